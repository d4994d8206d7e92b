// SPDX-License-Identifier: Apache-2.0
// What a verification keeps at hand, the objects that a store lists and decoders of chunks, and what a repair learns from it.
#pragma once

#include <varve/array/pool.hpp>
#include <varve/codec/erased.hpp>
#include <varve/codec/scratch.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/zarr/chunk_pipelines.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// Decodes chunks of one array, to see whether that can be done. Thread-safe.
class ChunkDecoder {
 public:
  using Pipelines = zarr::ChunkPipelines<codec::ErasedPipeline>;

  /// Errors: those of zarr::parse_array and of the set of codecs.
  static Result<std::shared_ptr<ChunkDecoder>> make(codec::ErasedCompile compile, std::string_view zarr_json, std::string_view path) {
    auto metadata = zarr::parse_array(zarr_json, path);
    if (!metadata) return std::move(metadata).error();
    auto pipelines = Pipelines::make(*metadata, compile);
    if (!pipelines) return std::move(pipelines).error();
    return std::make_shared<ChunkDecoder>(*std::move(metadata), *std::move(pipelines));
  }
  ChunkDecoder(zarr::ArrayMetadata metadata, Pipelines pipelines)
      : metadata_(std::move(metadata)), pipelines_(std::move(pipelines)) {}

  /// Bytes of the largest chunk, decoded.
  std::size_t plain_size() const { return pipelines_.largest().plain_size(); }
  Result<void> decode(std::span<const std::uint32_t> index, ByteView encoded) {
    if (!metadata_.is_regular() && !metadata_.meets_chunk(index)) return {};  // nobody reads it
    const auto pipeline = pipelines_.of(metadata_, index);
    if (!pipeline) return pipeline.error();
    const Pool<Bytes>::Loan chunk(chunks_);
    const Pool<codec::Scratch>::Loan scratch(scratches_);
    chunk->resize((*pipeline)->plain_size());
    return (*pipeline)->decode(encoded, *chunk, *scratch);
  }

 private:
  zarr::ArrayMetadata metadata_;
  Pipelines pipelines_;
  Pool<Bytes> chunks_{std::size_t{64} << 20};
  Pool<codec::Scratch> scratches_{std::size_t{64} << 20};
};

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

/// What a repair needs to know of a verification beside its report.
struct Evidence {
  ObjectTable chunks;                               ///< all that there are
  std::unordered_set<ChunkId> undecodable_chunks;   ///< of a deep verification, as is the next
  std::set<std::pair<NodeId, std::vector<std::uint32_t>>> undecodable_inline;
  std::unordered_set<ManifestId> lost_manifests;    ///< missing, or not to be read
  std::unordered_set<SnapshotId> whole_snapshots;   ///< they can be read, as far as their own objects go
  std::vector<SnapshotId> unlisted_snapshots;       ///< some of those that nothing leads to
  std::unordered_map<SnapshotId, SnapshotId> parents;  ///< as snapshots of format 1 name them
  std::set<SnapshotId> missing_logs;                ///< that can be made again
  int spec_version = 2;
};

/// Whether an error tells nothing of the object that was asked for: whoever asks again may get it.
inline bool is_of_the_moment(errc code) {
  for (const errc passing : {errc::cancelled, errc::unreachable, errc::throttled, errc::timed_out}) {
    if (code == passing) return true;
  }
  return false;
}

/// Whether `info` says what `repo` was later than `other`. The names of backups tell that only to the millisecond, and
/// by the clocks of their writers; the times in the log of operations rise strictly.
inline bool is_newer(const format::RepoInfo& info, const format::RepoInfo& other) {
  return info.latest_updates.front().updated_at > other.latest_updates.front().updated_at;
}
/// How many backups that can be read are compared to find the newest.
inline constexpr std::size_t backups_compared = 64;

}  // namespace varve::inline v0::detail
