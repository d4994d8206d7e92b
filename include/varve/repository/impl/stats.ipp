// SPDX-License-Identifier: Apache-2.0
// Bodies of stats.hpp.
#pragma once

#include <varve/repository/stats.hpp>

#include <varve/core/bytes.hpp>
#include <varve/format/chunk_ref.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/repository/manifest_scan.hpp>
#include <varve/session/ancestry.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// Adds up the chunks of manifests. Ten million distinct ones take some 500 MB, however often they are referred to.
class StatsTally {
 public:
  /// Of all arrays together.
  StatsTally() = default;
  /// Of the arrays of one snapshot.
  explicit StatsTally(const format::SnapshotView& snapshot);

  /// Thread-safe. Errors: `errc::corrupt` naming the manifest.
  Result<void> add(const format::ManifestView& manifest);
  /// Once, after the last `add`.
  RepositoryStats finish();

 private:
  /// A chunk that counts once: a native one by its id, a virtual one by a digest of its location and range.
  struct Record {
    std::array<std::uint8_t, 12> key;
    std::uint32_t array;  // place in `arrays_`
    std::uint64_t length;
  };
  class Distinct {
   public:
    void add(const std::vector<Record>& more);
    void sort();
    const std::vector<Record>& records() const { return records_; }

   private:
    std::vector<Record> records_;
    std::size_t sort_at_ = std::size_t{1} << 20;
  };
  struct Found;  // in one manifest

  void count(Distinct& distinct, std::uint64_t ChunkStats::*chunks, std::uint64_t ChunkStats::*bytes);

  const bool by_array_ = false;
  std::unordered_map<NodeId, std::uint32_t> places_;
  std::vector<std::string> paths_;
  std::mutex mutex_;
  std::vector<ChunkStats> arrays_{1};
  ChunkStats total_;
  Distinct native_, virtual_;
  std::uint64_t manifests_ = 0;
};

/// What tells the range of a file from others: two chunks with one digest would count as one, which nobody can expect of 96
/// bits and locations that were not made for it.
inline std::array<std::uint8_t, 12> digest_of(std::string_view location, std::uint64_t offset, std::uint64_t length) {
  std::array<std::uint64_t, 2> lanes{0x9E3779B97F4A7C15U ^ location.size(), 0xC2B2AE3D27D4EB4FU};
  const auto mix = [&](std::uint64_t word) {
    lanes[0] = (lanes[0] ^ word) * 0xBF58476D1CE4E5B9U;
    lanes[0] ^= lanes[0] >> 31;
    lanes[1] = (lanes[1] + word) * 0x94D049BB133111EBU;
    lanes[1] ^= lanes[1] >> 29 ^ lanes[0] << 17;
  };
  for (std::size_t at = 0; at < location.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, location.data() + at, std::min<std::size_t>(8, location.size() - at));
    mix(word);
  }
  mix(offset);
  mix(length);
  std::array<std::uint8_t, 12> digest;
  std::memcpy(digest.data(), lanes.data(), digest.size());
  return digest;
}

struct StatsTally::Found {
  std::vector<Record> native, virtuals;
  std::unordered_map<std::uint32_t, ChunkStats> inlined;
};

VARVE_DECL StatsTally::StatsTally(const format::SnapshotView& snapshot) : by_array_(true) {
  for (std::size_t i = 0; i != snapshot.node_count(); ++i) {
    const format::NodeView node = snapshot.node(i);
    if (node.kind() != format::NodeKind::array) continue;
    places_.try_emplace(node.id(), static_cast<std::uint32_t>(paths_.size()));
    paths_.emplace_back(node.path());
  }
  arrays_.resize(paths_.size());
}

VARVE_DECL Result<void> StatsTally::add(const format::ManifestView& manifest) {
  const std::string key = format::manifest_key(manifest.id());
  Found found;
  for (std::size_t i = 0; i != manifest.array_count(); ++i) {
    const auto id = manifest.array_id(i);
    if (!id) return id.error();
    const auto refs = manifest.array(i);
    if (!refs) return refs.error();
    std::uint32_t array = 0;
    if (by_array_) {
      const auto place = places_.find(*id);
      if (place == places_.end()) continue;  // it was deleted; another array still needs the manifest
      array = place->second;
    }
    for (std::size_t k = 0; k != refs->size(); ++k) {
      const auto ref = refs->ref(k);
      if (!ref) return ref.error();
      switch (ref->kind) {
        case format::ChunkRefKind::native: found.native.push_back({ref->chunk_id.bytes, array, ref->length}); break;
        case format::ChunkRefKind::inlined: {
          ChunkStats& stats = found.inlined[array];
          ++stats.inline_chunks;
          stats.inline_bytes += ref->length;
          break;
        }
        case format::ChunkRefKind::virtual_location: {
          const auto location = format::full_location(*ref, key);
          if (!location) return location.error();
          found.virtuals.push_back({digest_of(*location, ref->offset, ref->length), array, ref->length});
          break;
        }
      }
    }
  }
  const std::scoped_lock lock(mutex_);
  ++manifests_;
  native_.add(found.native);
  virtual_.add(found.virtuals);
  for (const auto& [array, stats] : found.inlined) {
    for (ChunkStats* const sum : {&arrays_[array], &total_}) {
      sum->inline_chunks += stats.inline_chunks;
      sum->inline_bytes += stats.inline_bytes;
    }
  }
  return {};
}

VARVE_DECL void StatsTally::Distinct::add(const std::vector<Record>& more) {
  records_.insert(records_.end(), more.begin(), more.end());
  if (records_.size() > sort_at_) sort();
}

VARVE_DECL void StatsTally::Distinct::sort() {
  const auto before = [](const Record& a, const Record& b) { return std::tie(a.key, a.array) < std::tie(b.key, b.array); };
  const auto same = [](const Record& a, const Record& b) { return a.array == b.array && a.key == b.key; };
  std::sort(records_.begin(), records_.end(), before);
  records_.erase(std::unique(records_.begin(), records_.end(), same), records_.end());
  sort_at_ = std::max(2 * records_.size(), std::size_t{1} << 20);
}

VARVE_DECL void StatsTally::count(Distinct& distinct, std::uint64_t ChunkStats::*chunks, std::uint64_t ChunkStats::*bytes) {
  distinct.sort();
  const Record* previous = nullptr;
  for (const Record& record : distinct.records()) {
    const bool repeated = previous != nullptr && previous->key == record.key;
    for (ChunkStats* const sum : {&arrays_[record.array], repeated ? nullptr : &total_}) {
      if (sum == nullptr) continue;
      ++(sum->*chunks);
      sum->*bytes += record.length;
    }
    previous = &record;
  }
}

VARVE_DECL RepositoryStats StatsTally::finish() {
  count(native_, &ChunkStats::native_chunks, &ChunkStats::native_bytes);
  count(virtual_, &ChunkStats::virtual_chunks, &ChunkStats::virtual_bytes);
  RepositoryStats stats;
  stats.total = total_;
  stats.manifests = manifests_;
  for (std::size_t i = 0; by_array_ && i != paths_.size(); ++i) stats.arrays.emplace(std::move(paths_[i]), arrays_[i]);
  return stats;
}

/// The snapshots that branches and tags lead to. Errors: those of walking their ancestry.
inline Awaitable<Result<std::vector<SnapshotId>>> below_refs(std::shared_ptr<Context> context,
                                                      std::shared_ptr<const RepoState> state) {
  std::unordered_set<SnapshotId> reached;
  for (const auto* refs : {&state->info.branches, &state->info.tags}) {
    for (const auto& [name, tip] : *refs) {
      AncestryWalk walk(context, state, tip);
      for (;;) {
        auto step = co_await walk.step();
        if (!step) co_return std::move(step).error();
        if (!*step || !reached.insert((*step)->id).second) break;
      }
    }
  }
  co_return std::vector<SnapshotId>(reached.begin(), reached.end());
}

/// The statistics of one snapshot, or of all that the refs lead to.
VARVE_DECL Awaitable<Result<RepositoryStats>> stats_of(std::shared_ptr<Context> context,
                                            std::shared_ptr<const RepoState> state, std::optional<SnapshotId> only) {
  std::vector<SnapshotId> snapshots;
  std::optional<StatsTally> tally;
  if (only) {
    auto snapshot = co_await fetch_snapshot(*context, *only);
    if (!snapshot) co_return std::move(snapshot).error();
    tally.emplace((*snapshot)->view());
    snapshots.push_back(*only);
  } else {
    auto reached = co_await below_refs(context, std::move(state));
    if (!reached) co_return std::move(reached).error();
    tally.emplace();
    snapshots = *std::move(reached);
  }
  auto manifests = co_await manifests_of(*context, snapshots);
  if (!manifests) co_return std::move(manifests).error();
  auto add = [&](const Manifest& manifest) { return tally->add(manifest.view); };
  auto done = co_await scan_manifests(*context, *manifests, add);
  if (!done) co_return std::move(done).error();
  RepositoryStats stats = tally->finish();
  stats.snapshots = snapshots.size();
  co_return stats;
}

}  // namespace varve::inline v0::detail
