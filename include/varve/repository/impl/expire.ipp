// SPDX-License-Identifier: Apache-2.0
// Bodies of expire.hpp.
#pragma once

#include <varve/repository/expire.hpp>

#include <varve/session/ancestry.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

using SnapshotSet = std::unordered_set<SnapshotId>;

/// Removes the refs, but `main`, at `old` snapshots, and returns their names.
inline std::vector<std::string> delete_refs(std::map<std::string, SnapshotId, std::less<>>& refs, const SnapshotSet& old) {
  std::vector<std::string> deleted;
  std::erase_if(refs, [&](const auto& ref) {
    const bool goes = ref.first != "main" && old.contains(ref.second);
    if (goes) deleted.push_back(ref.first);
    return goes;
  });
  return deleted;
}

VARVE_DECL Result<void> stand_on_kept(const format::RepoInfo& info, format::SnapshotInfo& snapshot,
                                      FunctionRef<bool(SnapshotId)> stays) {
  if (!snapshot.parent || stays(*snapshot.parent)) return {};
  std::vector<const format::SnapshotInfo*> between;  // newest first
  std::optional<SnapshotId> at = snapshot.parent;
  for (; at && !stays(*at); at = between.back()->parent) {
    const format::SnapshotInfo* const ancestor = find_snapshot_info(info, *at);
    if (ancestor == nullptr || between.size() == info.snapshots.size()) break;
    between.push_back(ancestor);
  }
  if (!at || !stays(*at)) {
    return Error(errc::corrupt, "cut the history", snapshot.id.to_string(), "its ancestors do not lead to one that stays");
  }
  snapshot.parent = at;
  std::vector<SnapshotId> logs;
  for (auto ancestor = between.rbegin(); ancestor != between.rend(); ++ancestor) {
    const auto& before = (*ancestor)->pruned_ancestor_tx_logs;
    logs.insert(logs.end(), before.begin(), before.end());
    logs.push_back((*ancestor)->id);
  }
  snapshot.pruned_ancestor_tx_logs.insert(snapshot.pruned_ancestor_tx_logs.begin(), logs.begin(), logs.end());
  return {};
}

VARVE_DECL Result<Expired> expire(format::RepoInfo& info, const ExpireOptions& options) {
  SnapshotSet old;
  for (const format::SnapshotInfo& snapshot : info.snapshots) {
    if (snapshot.parent && snapshot.flushed_at < options.older_than) old.insert(snapshot.id);
  }
  Expired expired;
  if (options.delete_expired_branches) expired.deleted_branches = delete_refs(info.branches, old);
  if (options.delete_expired_tags) expired.deleted_tags = delete_refs(info.tags, old);
  info.deleted_tags.insert(expired.deleted_tags.begin(), expired.deleted_tags.end());
  SnapshotSet going = std::move(old);  // but what a ref still points at
  for (const auto* refs : {&info.branches, &info.tags}) {
    for (const auto& [name, id] : *refs) going.erase(id);
  }

  SharedVector<format::SnapshotInfo> kept;
  for (auto at = info.snapshots.begin(); at != info.snapshots.end(); ++at) {
    const format::SnapshotInfo& snapshot = *at;
    if (going.contains(snapshot.id)) {
      expired.released.push_back(snapshot.id);
      continue;
    }
    kept.share(at);
    if (!snapshot.parent || !going.contains(*snapshot.parent)) continue;
    // The root takes the parent's place, even where a ref holds an older ancestor in between, as the reference has it.
    const auto is_root = [&](SnapshotId id) {
      const format::SnapshotInfo* const ancestor = find_snapshot_info(info, id);
      return ancestor != nullptr && !ancestor->parent;
    };
    if (auto stands = stand_on_kept(info, kept.edit(kept.size() - 1), is_root); !stands) return std::move(stands).error();
    expired.edited.push_back(snapshot.id);
  }
  info.snapshots = std::move(kept);
  return expired;
}

}  // namespace varve::inline v0::detail
