// SPDX-License-Identifier: Apache-2.0
// The few steps between the public arrays and the engine: checks of type, rank, bounds and shape.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/array/nodes.hpp>
#include <varve/array/write_chunks.hpp>
#include <varve/async/gather.hpp>
#include <varve/core/memory.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// Errors: `errc::type_mismatch` for another element type or rank.
inline Result<void> check_type(const zarr::ArrayMetadata& metadata, zarr::DataType type, std::size_t rank,
                               const std::string& path) {
  if (metadata.data_type == type && metadata.rank() == rank) return {};
  const auto describe = [](zarr::DataType of, std::size_t dimensions) {
    return std::string(zarr::name_of(of)) + " with " + std::to_string(dimensions) + " dimension(s)";
  };
  return Error(errc::type_mismatch, "open array", path,
               "it holds " + describe(metadata.data_type, metadata.rank()) + ", not " + describe(type, rank));
}

/// Compiles first, so that an array that could not be read is never created.
template <class Codecs, class State>
Result<ArrayCore<Codecs, State>> create_array(std::shared_ptr<State> state, Path path,
                                              const zarr::ArrayMetadata& metadata) {
  std::string text = zarr::array_json(metadata);
  NodeInfo draft{{}, path, NodeKind::array, std::make_shared<const std::string>(text)};
  auto model = compile_array<Codecs>(std::move(draft));
  if (!model) return std::move(model).error();
  auto node = create_with_parents(*state, path, NodeKind::array, std::move(text));
  if (!node) return std::move(node).error();
  return ArrayCore<Codecs, State>::open(std::move(state), std::move(path));
}

/// The elements of a region that lies in the array.
template <class Codecs>
Result<std::uint64_t> count_checked(const ArrayModel<Codecs>& model, const Region& region, std::size_t item_size) {
  auto inside = check_region(region, model.metadata.shape, "read array", model.node.path.text());
  if (!inside) return std::move(inside).error();
  return element_count(region.shape, item_size);
}

template <class Codecs, class State>
Awaitable<Result<void>> write_checked(const ArrayCore<Codecs, State>& core, const ArrayModel<Codecs>& model,
                                      const Region& region, RawView<const std::byte> view, bool keeps_empty) {
  const std::string& path = core.path().text();
  if (auto inside = check_region(region, model.metadata.shape, "write array", path); !inside) co_return inside;
  auto fitted = view.fit(region.shape, model.item_size(), "write array", path);
  if (!fitted) co_return fitted;
  co_return co_await write_region(core, model, region, view, keeps_empty);
}

/// One of the threads that make a buffer present, piece by piece.
struct Populating {
  MutableByteView buffer;
  std::atomic<std::size_t>& next;

  Awaitable<Result<void>> operator()() const {
    constexpr std::size_t piece = std::size_t{8} << 20;
    for (std::size_t at = next.fetch_add(piece); at < buffer.size(); at = next.fetch_add(piece)) {
      populate(buffer.subspan(at, std::min(piece, buffer.size() - at)));
    }
    co_return Result<void>();
  }
};

/// The elements that `read()` returns. A vector of bool has no memory to read into, so those are read beside it.
template <class T>
class Values {
 public:
  /// A vector zeroes its elements, and the one thread that does would take all page faults of a large one while the
  /// others wait. So all threads take them before. Smaller vectors are often memory that was freed a moment ago.
  Awaitable<Result<void>> allocate(const Runtime& runtime, std::size_t count) {
    constexpr std::size_t always_fresh = std::size_t{32} << 20;
    values_.reserve(count);
    const MutableByteView memory(reinterpret_cast<std::byte*>(values_.data()), count * sizeof(T));
    if (memory.size() >= always_fresh && runtime.executor()) {
      std::atomic<std::size_t> next = 0;
      Populating populating{memory, next};
      auto done = co_await gather(runtime, runtime.parallelism(), populating);
      if (!done) co_return done;
    }
    values_.resize(count);
    co_return Result<void>();
  }
  T* data() { return values_.data(); }
  std::vector<T> take() && { return std::move(values_); }

 private:
  std::vector<T> values_;
};
template <>
class Values<bool> {
 public:
  Awaitable<Result<void>> allocate(const Runtime&, std::size_t count) {
    values_ = std::make_unique<bool[]>(count);
    count_ = count;
    co_return Result<void>();
  }
  bool* data() { return values_.get(); }
  std::vector<bool> take() && { return std::vector<bool>(values_.get(), values_.get() + count_); }

 private:
  std::unique_ptr<bool[]> values_;
  std::size_t count_ = 0;
};

/// Turns elements from native order to little-endian, or back.
inline void to_little_endian([[maybe_unused]] MutableByteView elements, [[maybe_unused]] std::size_t swap_size) {
  if constexpr (std::endian::native == std::endian::big) {
    for (std::size_t at = 0; at + swap_size <= elements.size(); at += swap_size) {
      std::reverse(elements.begin() + static_cast<std::ptrdiff_t>(at),
                   elements.begin() + static_cast<std::ptrdiff_t>(at + swap_size));
    }
  }
}

}  // namespace varve::inline v0::detail
