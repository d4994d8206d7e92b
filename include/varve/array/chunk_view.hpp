// SPDX-License-Identifier: Apache-2.0
// ChunkView: the elements of one chunk where they are. A chunk that is stored as it is and that is in memory already, in
// the cache, in a manifest or among the session's edits, need not be copied to be looked at.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/codec/strided.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace varve::inline v0 {

/// A contiguous range of elements that never change, and what keeps them alive. Copies share the elements.
template <class T>
class ChunkView {
 public:
  using value_type = T;

  ChunkView() = default;
  ChunkView(std::span<const T> elements, std::shared_ptr<const void> keep) : elements_(elements), keep_(std::move(keep)) {}

  const T* data() const { return elements_.data(); }
  std::size_t size() const { return elements_.size(); }
  const T& operator[](std::size_t i) const { return elements_[i]; }
  auto begin() const { return elements_.begin(); }
  auto end() const { return elements_.end(); }

 private:
  std::span<const T> elements_;
  std::shared_ptr<const void> keep_;
};

namespace detail {

/// The encoded bytes of a chunk as its elements, if that is what they are. Those of a manifest may not be aligned.
template <class T, class Pipeline>
std::optional<ChunkView<T>> view_in_place(const Pipeline& pipeline, ByteView encoded, std::shared_ptr<const void> keep) {
  const bool aligned = reinterpret_cast<std::uintptr_t>(encoded.data()) % alignof(T) == 0;
  if (!pipeline.is_identity() || encoded.size() != pipeline.plain_size() || !aligned) return std::nullopt;
  return ChunkView<T>({reinterpret_cast<const T*>(encoded.data()), encoded.size() / sizeof(T)}, std::move(keep));
}

/// Errors: `errc::out_of_bounds` for an index of another rank or beyond the grid.
inline Result<void> check_chunk_index(const zarr::ArrayMetadata& metadata, std::span<const std::uint32_t> index, const Path& path) {
  if (metadata.meets_chunk(index)) return {};
  return Error(errc::out_of_bounds, "view chunk", path.text(), "its index is not in the chunk grid");
}

/// `nullopt` if the chunk must be fetched, decoded or copied, or cannot be had.
template <class T, class Codecs, class State>
std::optional<ChunkView<T>> view_cached_chunk(const ArrayCore<Codecs, State>& core, const ArrayModel<Codecs>& model,
                                              std::span<const std::uint32_t> index) {
  if (!model.pipelines.largest().is_identity() || !check_chunk_index(model.metadata, index, core.path())) return std::nullopt;
  const auto pipeline = model.pipeline_of(index);
  if (!pipeline) return std::nullopt;
  auto located = core.state().locate_cached(model.node.id, index);
  if (!located || !*located) return std::nullopt;
  ChunkLocation& location = **located;
  ByteView encoded = location.inline_bytes;
  if (location.kind == ChunkLocation::Kind::native) {
    const auto cached = cached_chunk(core.state().context(), location);
    if (!cached || !*cached) return std::nullopt;
    encoded = **cached;
  }
  return view_in_place<T>(**pipeline, encoded, std::move(location.keep));
}

/// Any chunk. `index` lives until this completes.
template <class T, class Codecs, class State>
Awaitable<Result<ChunkView<T>>> view_chunk(const ArrayCore<Codecs, State>& core, const ArrayModel<Codecs>& model,
                                           std::span<const std::uint32_t> index) {
  if (auto inside = check_chunk_index(model.metadata, index, core.path()); !inside) co_return std::move(inside).error();
  const auto pipeline = model.pipeline_of(index);
  if (!pipeline) co_return pipeline.error();
  auto located = co_await core.state().locate(model.node.id, index);
  if (!located) co_return std::move(located).error();
  ChunkLocation& location = *located;
  const std::size_t size = (*pipeline)->plain_size();
  const auto plain = std::make_shared<Bytes>();
  if (location.kind == ChunkLocation::Kind::missing) {
    plain->resize(size);
    const std::array<std::ptrdiff_t, 1> stride{sizeof(T)};
    const std::array<std::uint64_t, 1> count{size / sizeof(T)};
    codec::fill_strided(plain->data(), stride, count, model.metadata.fill_value, sizeof(T));
  } else {
    const Runtime& runtime = core.state().runtime();
    const Workers workers = Workers::plan(runtime, 1, size, size, 1, core.state().bytes_in_flight());
    Semaphore::Permit room;
    if (workers.takes_from_budget()) room = co_await core.state().take_bytes(workers.bytes_each);
    const auto fetched = std::make_shared<Bytes>();
    auto encoded = co_await core.state().fetch(location, *fetched);
    if (!encoded) co_return chunk_error(encoded.error(), core.path(), index, location);
    std::shared_ptr<const void> keep = fetched;
    if (location.keep) keep = location.keep;
    if (auto view = view_in_place<T>(**pipeline, *encoded, std::move(keep))) co_return *std::move(view);
    plain->resize(size);
    auto decode = [&]() -> Result<void> {
      const Pool<codec::Scratch>::Loan scratch(core.scratches());
      return (*pipeline)->decode(*encoded, *plain, *scratch);
    };
    auto decoded = co_await workers.compute(runtime, size, decode);
    if (!decoded) co_return chunk_error(decoded.error(), core.path(), index, location);
  }
  co_return ChunkView<T>({reinterpret_cast<const T*>(plain->data()), size / sizeof(T)}, plain);
}

}  // namespace detail

}  // namespace varve::inline v0
