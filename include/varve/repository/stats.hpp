// SPDX-License-Identifier: Apache-2.0
// stats: how many bytes the chunks of a repository have, by where they are, and by array. A chunk that several snapshots
// share counts once, so the sum is what storing all of them takes.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/repository/manifest_scan.hpp>
#include <varve/session/ancestry.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// Chunks and their encoded bytes.
struct ChunkStats {
  std::uint64_t native_chunks = 0;   ///< objects of the repository, each once
  std::uint64_t native_bytes = 0;
  std::uint64_t inline_chunks = 0;   ///< inside manifests; one that several manifests repeat counts in each
  std::uint64_t inline_bytes = 0;
  std::uint64_t virtual_chunks = 0;  ///< distinct ranges of other files
  std::uint64_t virtual_bytes = 0;

  std::uint64_t chunks() const { return native_chunks + inline_chunks + virtual_chunks; }
  std::uint64_t bytes() const { return native_bytes + inline_bytes + virtual_bytes; }
  friend bool operator==(const ChunkStats&, const ChunkStats&) = default;
};

struct RepositoryStats {
  ChunkStats total;
  std::uint64_t snapshots = 0;  ///< that were looked at
  std::uint64_t manifests = 0;
  /// Of one version: what each array has, by its path. A chunk of two arrays counts in both, and once in `total`.
  std::map<std::string, ChunkStats> arrays;
  friend bool operator==(const RepositoryStats&, const RepositoryStats&) = default;
};

namespace detail {

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

/// The snapshots that branches and tags lead to. Errors: those of walking their ancestry.
template <class Storage, class CacheType>
Awaitable<Result<std::vector<SnapshotId>>> below_refs(std::shared_ptr<Context<Storage, CacheType>> context,
                                                      std::shared_ptr<const RepoState> state) {
  std::unordered_set<SnapshotId> reached;
  for (const auto* refs : {&state->info.branches, &state->info.tags}) {
    for (const auto& [name, tip] : *refs) {
      AncestryWalk<Storage, CacheType> walk(context, state, tip);
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
template <class Storage, class CacheType>
Awaitable<Result<RepositoryStats>> stats_of(std::shared_ptr<Context<Storage, CacheType>> context,
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

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/stats.ipp>
#endif
