// SPDX-License-Identifier: Apache-2.0
// Who descends from whom: one step along the parents of a snapshot. In format 2 the whole history stands in `repo`; in
// format 1 each snapshot names its parent.
#pragma once

#include <varve/core/config.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/context.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

namespace varve::inline v0 {

/// What `repo` says of a snapshot; null if it is not listed.
inline const format::SnapshotInfo* find_snapshot_info(const format::RepoInfo& info, SnapshotId id) {
  const auto found = std::lower_bound(info.snapshots.begin(), info.snapshots.end(), id,
                                      [](const format::SnapshotInfo& a, SnapshotId b) { return a.id < b; });
  return found != info.snapshots.end() && found->id == id ? &*found : nullptr;
}

/// The place of a snapshot in the history. Errors: `errc::snapshot_not_found`, those of reading it in format 1.
VARVE_DECL Awaitable<Result<format::SnapshotInfo>> snapshot_info(Context& context, const RepoState& state, SnapshotId id);

/// Steps from a snapshot back to the root, newest first.
class AncestryWalk {
 public:
  using value_type = format::SnapshotInfo;

  AncestryWalk(std::shared_ptr<Context> context, std::shared_ptr<const RepoState> state,
               SnapshotId from)
      : context_(std::move(context)), state_(std::move(state)), at_(from) {}

  /// The next older snapshot; `nullopt` after the root. Errors: `errc::corrupt` if the parents form a ring.
  Awaitable<Result<std::optional<value_type>>> step();

 private:
  std::shared_ptr<Context> context_;
  std::shared_ptr<const RepoState> state_;
  std::optional<SnapshotId> at_;
  std::unordered_set<SnapshotId> seen_;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/ancestry.ipp>
#endif
