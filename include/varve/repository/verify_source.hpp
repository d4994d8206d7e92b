// SPDX-License-Identifier: Apache-2.0
// What a verification asks of a store and of a set of codecs, without their types: it is not on the path of any chunk that a
// user waits for, and so it is compiled once.
#pragma once

#include <varve/array/pool.hpp>
#include <varve/async/awaitable.hpp>
#include <varve/codec/scratch.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>
#include <varve/zarr/chunk_pipelines.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// The two requests that reading a whole repository takes; see Backend.
struct ObjectSource {
  FunctionRef<Awaitable<Result<Fetched>>(std::string_view, GetOptions)> get;
  FunctionRef<Awaitable<Result<ListPage>>(std::string_view, std::optional<std::string>)> list;
};

/// Decodes chunks of one array, to see whether that can be done. Thread-safe.
struct ChunkDecoder {
  std::function<Result<void>(std::span<const std::uint32_t> index, ByteView)> decode;
  std::size_t plain_size = 0;  ///< bytes of the largest chunk, decoded
};
using MakeDecoder = FunctionRef<Result<ChunkDecoder>(std::string_view zarr_json, std::string_view path)>;

/// Errors: those of zarr::parse_array and of the set of codecs.
template <class Codecs>
Result<ChunkDecoder> make_chunk_decoder(std::string_view zarr_json, std::string_view path) {
  struct State {
    State(zarr::ArrayMetadata about, zarr::ChunkPipelines<Codecs> compiled)
        : metadata(std::move(about)), pipelines(std::move(compiled)) {}
    zarr::ArrayMetadata metadata;
    zarr::ChunkPipelines<Codecs> pipelines;
    Pool<Bytes> chunks{std::size_t{64} << 20};
    Pool<codec::Scratch> scratches{std::size_t{64} << 20};
  };
  auto metadata = zarr::parse_array(zarr_json, path);
  if (!metadata) return std::move(metadata).error();
  auto pipelines = zarr::ChunkPipelines<Codecs>::compile(*metadata);
  if (!pipelines) return std::move(pipelines).error();
  auto state = std::make_shared<State>(*std::move(metadata), *std::move(pipelines));
  ChunkDecoder decoder;
  decoder.plain_size = state->pipelines.largest().plain_size();
  decoder.decode = [state](std::span<const std::uint32_t> index, ByteView encoded) -> Result<void> {
    const zarr::ArrayMetadata& metadata = state->metadata;
    if (!metadata.is_regular() && !metadata.meets_chunk(index)) return {};  // nobody reads it
    const auto pipeline = state->pipelines.of(metadata, index);
    if (!pipeline) return pipeline.error();
    const Pool<Bytes>::Loan chunk(state->chunks);
    const Pool<codec::Scratch>::Loan scratch(state->scratches);
    chunk->resize((*pipeline)->plain_size());
    return (*pipeline)->decode(encoded, *chunk, *scratch);
  };
  return decoder;
}

/// The objects of one kind that a store lists, and which of them something leads to: 21 bytes for each. Filled first and
/// looked at later; then it is thread-safe.
class ObjectTable {
 public:
  using Id = std::array<std::uint8_t, 12>;

  void add(const Id& id, std::uint64_t size) {
    entries_.push_back({id, {static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(size >> 32)}});
  }
  /// To be called between the last `add` and the first look.
  void sort() {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.id < b.id; });
    flags_.assign(entries_.size(), 0);
  }
  /// The bytes of an object; `nullopt` if there is none.
  std::optional<std::uint64_t> size_of(const Id& id) const {
    const std::size_t at = find(id);
    if (at == entries_.size()) return std::nullopt;
    return size_at(at);
  }
  /// The same, and notes that something leads to it.
  std::optional<std::uint64_t> reach(const Id& id) {
    const std::size_t at = find(id);
    if (at == entries_.size()) return std::nullopt;
    set(at, is_reached);
    return size_at(at);
  }
  /// Marks an object, and says whether it was marked before.
  bool mark(const Id& id) {
    const std::size_t at = find(id);
    return at != entries_.size() && (set(at, is_marked) & is_marked) != 0;
  }
  std::size_t size() const { return entries_.size(); }
  /// Calls `visit(id, bytes)` for each object that nothing leads to.
  template <class Visit>
  void for_each_orphan(Visit visit) const {
    for (std::size_t i = 0; i != entries_.size(); ++i) {
      if ((flags_[i] & is_reached) == 0) visit(entries_[i].id, size_at(i));
    }
  }

 private:
  struct Entry {
    Id id;
    std::array<std::uint32_t, 2> size;  // in halves, for the sake of four bytes of padding
  };
  static constexpr std::uint8_t is_reached = 1, is_marked = 2;
  std::uint8_t set(std::size_t at, std::uint8_t flag) {
    return std::atomic_ref(flags_[at]).fetch_or(flag, std::memory_order_relaxed);
  }
  std::size_t find(const Id& id) const {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), id, [](const Entry& a, const Id& b) { return a.id < b; });
    return at == entries_.end() || at->id != id ? entries_.size() : static_cast<std::size_t>(at - entries_.begin());
  }
  std::uint64_t size_at(std::size_t i) const { return entries_[i].size[0] | std::uint64_t{entries_[i].size[1]} << 32; }

  std::vector<Entry> entries_;
  std::vector<std::uint8_t> flags_;
};

}  // namespace varve::inline v0::detail
