// SPDX-License-Identifier: Apache-2.0
// Bodies of collect.hpp.
#pragma once

#include <varve/repository/collect.hpp>

#include <varve/core/function_ref.hpp>
#include <varve/repository/history.hpp>
#include <varve/repository/manifest_scan.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/objects.hpp>
#include <varve/session/repo_object.hpp>

#include <algorithm>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// A set of chunks for very many of them: ten million take 120 MB. Chunks are added first and looked up later.
class ChunkSet {
 public:
  using value_type = ChunkId;

  void add(std::span<const ChunkId> chunks) {
    ids_.insert(ids_.end(), chunks.begin(), chunks.end());
    if (ids_.size() > sort_at_) sort();
  }
  /// To be called between the last `add` and the first look. Manifests of many snapshots name the same chunks.
  void sort() {
    std::sort(ids_.begin(), ids_.end());
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
    sort_at_ = std::max<std::size_t>(2 * ids_.size(), std::size_t{1} << 20);
  }
  bool contains(ChunkId id) const { return std::binary_search(ids_.begin(), ids_.end(), id); }

 private:
  std::vector<ChunkId> ids_;
  std::size_t sort_at_ = std::size_t{1} << 20;
};

/// The objects that must stay: those that the refs of a state of `repo` lead to.
struct Reachable {
  std::unordered_set<SnapshotId> snapshots;
  std::unordered_set<SnapshotId> logs;
  std::unordered_set<ManifestId> manifests;
  ChunkSet chunks;
};

/// One garbage collection.
class Collector {
 public:
  Collector(std::shared_ptr<Context> context, CollectOptions options)
      : shared_(std::move(context)), context_(*shared_), options_(std::move(options)) {}

  Awaitable<Result<Collected>> run() {
    constexpr int most_restarts = 10;
    for (int restarts = 0;; ++restarts) {
      auto found = co_await find_reachable();
      if (!found) co_return std::move(found).error();
      if (options_.dry_run) break;
      bool moved = false;
      auto drop = [&](format::RepoInfo& info, Timestamp) { return drop_snapshots(info, moved); };
      auto dropped = co_await update_repo(context_, drop);
      if (dropped) break;
      if (!moved || restarts == most_restarts) co_return std::move(dropped).error();
    }
    // What refers to others goes before them, so that whatever an interruption leaves is whole.
    auto swept = co_await sweep("snapshots/", &Collected::snapshots, needed_.snapshots);
    if (swept) swept = co_await sweep("transactions/", &Collected::transaction_logs, needed_.logs);
    if (swept) swept = co_await sweep("manifests/", &Collected::manifests, needed_.manifests);
    if (swept) swept = co_await sweep("chunks/", &Collected::chunks, needed_.chunks);
    if (swept && options_.orphan_backups) swept = co_await sweep_backups();
    if (!swept) co_return std::move(swept).error();
    co_return collected_;
  }

 private:
  Awaitable<Result<void>> find_reachable() {
    needed_ = Reachable();
    old_.clear();
    auto listed = co_await list_old_snapshots();
    if (!listed) co_return listed;
    auto state = co_await read_repo(context_);
    if (!state) co_return std::move(state).error();
    if ((*state)->spec_version == 1) {
      co_return Error(errc::read_only_repository, "collect garbage", {}, "it has format 1, which varve reads and does not change");
    }
    if (options_.keep_recent_tips) {
      auto read = co_await read_operations(*state);
      if (!read) co_return read;
    }
    auto kept = kept_by((*state)->info);
    if (!kept) co_return std::move(kept).error();
    needed_.snapshots = *std::move(kept);
    needed_.snapshots.insert(initial_snapshot_id);
    needed_.logs = needed_.snapshots;
    for (const format::SnapshotInfo& snapshot : (*state)->info.snapshots) {
      if (!needed_.snapshots.contains(snapshot.id)) continue;
      needed_.logs.insert(snapshot.pruned_ancestor_tx_logs.begin(), snapshot.pruned_ancestor_tx_logs.end());
    }
    for (const SnapshotId id : recent_) {
      if (needed_.snapshots.contains(id)) continue;
      auto expired = co_await fetch_snapshot(context_, id);
      if (expired) {
        needed_.snapshots.insert(id);
        needed_.logs.insert(id);
      } else if (expired.error().code() != errc::missing_object) {
        co_return std::move(expired).error();
      }
    }
    const std::vector<SnapshotId> snapshots(needed_.snapshots.begin(), needed_.snapshots.end());
    auto manifests = co_await manifests_of(context_, snapshots);
    if (!manifests) co_return std::move(manifests).error();
    for (const auto& [id, size] : *manifests) needed_.manifests.insert(id);
    auto look = [&](const Manifest& manifest) { return add_chunks(manifest.view); };
    auto done = co_await scan_manifests(context_, *manifests, look);
    needed_.chunks.sort();
    co_return done;
  }

  /// The snapshots that are old enough to go. One that is not listed yet is young.
  Awaitable<Result<void>> list_old_snapshots() {
    std::optional<std::string> next;
    do {
      auto page = co_await context_.storage.list("snapshots/", next);
      if (!page) co_return std::move(page).error();
      for (const ObjectInfo& object : page->objects) {
        const auto id = SnapshotId::parse(std::string_view(object.key).substr(std::string_view("snapshots/").size()));
        if (id && object.modified < options_.older_than) old_.insert(*id);
      }
      next = std::move(page->next);
    } while (next);
    co_return Result<void>();
  }

  /// The snapshots that `info` must go on listing: the first one, those below refs, and those that are young.
  Result<std::unordered_set<SnapshotId>> kept_by(const format::RepoInfo& info) const {
    std::unordered_set<SnapshotId> kept;
    for (const auto* refs : {&info.branches, &info.tags}) {
      for (const auto& [name, tip] : *refs) {
        for (std::optional<SnapshotId> at = tip; at && kept.insert(*at).second;) {
          const format::SnapshotInfo* const snapshot = find_snapshot_info(info, *at);
          if (snapshot == nullptr) {
            return Error(errc::corrupt, "collect garbage", at->to_string(), "`repo` does not list this ancestor of " + name);
          }
          at = snapshot->parent;
        }
      }
    }
    for (const format::SnapshotInfo& snapshot : info.snapshots) {
      if (!old_.contains(snapshot.id) || recent_.contains(snapshot.id) || snapshot.id == initial_snapshot_id) kept.insert(snapshot.id);
    }
    return kept;
  }

  /// Finds the tips since the cutoff.
  Awaitable<Result<void>> read_operations(std::shared_ptr<const RepoState> state) {
    recent_.clear();
    std::unordered_set<std::string> began_before;  // branches whose tip at the cutoff is still to be found
    OpsLogWalk walk(shared_, std::move(state));
    for (;;) {
      auto step = co_await walk.step();
      if (!step) co_return std::move(step).error();
      if (!*step) break;
      const bool is_recent = (*step)->updated_at >= options_.older_than;
      if (!is_recent && began_before.empty()) break;
      std::visit([&](const auto& kind) { note_tips(kind, is_recent, began_before); }, (*step)->kind);
    }
    co_return Result<void>();
  }

  /// Adds the snapshots that were tips after the cutoff by what an entry of the ops log says; entries come newest first.
  template <class Kind>
  void note_tips(const Kind& kind, bool is_recent, std::unordered_set<std::string>& began_before) {
    constexpr bool commits = requires { kind.branch; };
    constexpr bool of_tag = std::is_same_v<Kind, format::TagCreated> || std::is_same_v<Kind, format::TagDeleted>;
    if constexpr (requires { kind.previous_snapshot; }) {
      if (is_recent) recent_.insert(kind.previous_snapshot);
    }
    if constexpr (commits) {
      const bool is_tip_at_cutoff = !is_recent && began_before.erase(kind.branch) != 0;
      if (is_recent || is_tip_at_cutoff) recent_.insert(kind.new_snapshot);
      if (is_recent) began_before.insert(kind.branch);
    } else if constexpr (requires { kind.name; } && !of_tag) {
      began_before.erase(kind.name);
    }
  }

  /// Notes the chunks that a manifest refers to. Thread-safe.
  Result<void> add_chunks(const format::ManifestView& manifest) {
    std::vector<ChunkId> chunks;
    for (std::size_t i = 0; i != manifest.array_count(); ++i) {
      const auto refs = manifest.array(i);
      if (!refs) return refs.error();
      for (std::size_t k = 0; k != refs->size(); ++k) {
        const auto ref = refs->ref(k);
        if (!ref) return ref.error();
        if (ref->kind == format::ChunkRefKind::native) chunks.push_back(ref->chunk_id);
      }
    }
    const std::scoped_lock lock(mutex_);
    needed_.chunks.add(chunks);
    return {};
  }

  /// Takes the snapshots that are to go out of the list. `moved`, if somebody needs one of them by now.
  Result<format::RepoUpdates> drop_snapshots(format::RepoInfo& info, bool& moved) const {
    auto kept = kept_by(info);
    if (!kept) return std::move(kept).error();
    const auto stays = [&](SnapshotId id) { return kept->contains(id); };
    SharedVector<format::SnapshotInfo> snapshots;
    for (auto at = info.snapshots.begin(); at != info.snapshots.end(); ++at) {
      const format::SnapshotInfo& snapshot = *at;
      if (!kept->contains(snapshot.id)) continue;
      moved = old_.contains(snapshot.id) && !needed_.snapshots.contains(snapshot.id);
      if (moved) {
        return Error(errc::conflict, "collect garbage", snapshot.id.to_string(), "a ref was put on it meanwhile; try again");
      }
      snapshots.share(at);
      if (!snapshot.parent || stays(*snapshot.parent)) continue;
      auto stands = stand_on_kept(info, snapshots.edit(snapshots.size() - 1), stays);
      if (!stands) return std::move(stands).error();
    }
    info.snapshots = std::move(snapshots);
    return format::RepoUpdates{format::GcRan()};
  }

  /// Deletes what lies below `prefix`, is old enough and not needed. Names that are no ids are left alone.
  template <class Ids>
  Awaitable<Result<void>> sweep(std::string_view prefix, std::uint64_t Collected::*count, const Ids& needed) {
    constexpr std::size_t most = 10'000;  // enough for a store to overlap its requests
    std::vector<std::string> doomed;
    std::optional<std::string> next;
    do {
      auto page = co_await context_.storage.list(prefix, next);
      if (!page) co_return std::move(page).error();
      next = std::move(page->next);
      for (ObjectInfo& object : page->objects) {
        const auto id = Ids::value_type::parse(std::string_view(object.key).substr(prefix.size()));
        if (!id || object.modified >= options_.older_than || needed.contains(*id)) continue;
        collected_.bytes += object.size;
        ++(collected_.*count);
        doomed.push_back(std::move(object.key));
        if (doomed.size() != most) continue;
        auto removed = co_await remove(doomed);
        if (!removed) co_return removed;
        doomed.clear();
      }
    } while (next);
    co_return co_await remove(doomed);
  }

  /// Deletes the backups that the ops log does not lead to, if it can be read to its beginning: what lies behind a gap
  /// cannot be told from orphans.
  Awaitable<Result<void>> sweep_backups() {
    constexpr std::string_view prefix = "overwritten/";
    std::vector<ObjectInfo> old;
    std::optional<std::string> next;
    do {
      auto page = co_await context_.storage.list(prefix, next);
      if (!page) co_return std::move(page).error();
      for (ObjectInfo& object : page->objects) {
        // A store may give a backup the age of what it is a copy of, so the time in its name counts as well.
        const auto made = format::backup_time(std::string_view(object.key).substr(prefix.size()));
        if (made && std::max(*made, object.modified) < *options_.orphan_backups) old.push_back(std::move(object));
      }
      next = std::move(page->next);
    } while (next);

    auto state = co_await read_repo(context_);  // after the listing: it knows of every backup there that has become part of it
    if (!state) co_return std::move(state).error();
    std::unordered_set<std::string> named;
    OpsLogWalk walk(shared_, *std::move(state));
    for (;;) {
      if (walk.continues_in()) named.insert(format::overwritten_key(*walk.continues_in()));
      auto step = co_await walk.step();
      if (!step) co_return std::move(step).error();
      if (!*step) break;
      if ((*step)->backup_path) named.insert(format::overwritten_key(*(*step)->backup_path));
    }
    if (walk.is_cut()) co_return Result<void>();
    std::vector<std::string> doomed;
    for (ObjectInfo& object : old) {
      if (named.contains(object.key)) continue;
      collected_.bytes += object.size;
      ++collected_.backups;
      doomed.push_back(std::move(object.key));
    }
    co_return co_await remove(doomed);
  }

  Awaitable<Result<void>> remove(const std::vector<std::string>& doomed) {
    if (!doomed.empty() && !options_.dry_run) {
      auto removed = co_await context_.storage.remove(doomed);
      if (!removed) co_return removed;
    }
    if (options_.progress) options_.progress(collected_);
    co_return Result<void>();
  }

  std::shared_ptr<Context> shared_;
  Context& context_;
  CollectOptions options_;
  std::unordered_set<SnapshotId> old_;
  std::unordered_set<SnapshotId> recent_;  // tips since the cutoff, expired ones among them
  std::mutex mutex_;
  Reachable needed_;
  Collected collected_;
};

VARVE_DECL Awaitable<Result<Collected>> collect_garbage(std::shared_ptr<Context> context, CollectOptions options) {
  Collector collector(std::move(context), std::move(options));
  co_return co_await collector.run();
}

}  // namespace detail

}  // namespace varve::inline v0
