// SPDX-License-Identifier: Apache-2.0
// Who descends from whom: one step along the parents of a snapshot. In format 2 the whole history stands in `repo`; in
// format 1 each snapshot names its parent.
#pragma once

#include <varve/format/repo_info.hpp>
#include <varve/session/context.hpp>
#include <varve/session/objects.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
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
template <class Storage, class CacheType>
Awaitable<Result<format::SnapshotInfo>> snapshot_info(Context<Storage, CacheType>& context, const RepoState& state,
                                                      SnapshotId id) {
  if (state.spec_version != 1) {
    if (const auto* info = find_snapshot_info(state.info, id)) co_return *info;
    co_return Error(errc::snapshot_not_found, "look up snapshot", id.to_string());
  }
  auto snapshot = co_await fetch_snapshot(context, id);
  if (!snapshot) {
    if (snapshot.error().code() != errc::missing_object) co_return std::move(snapshot).error();
    co_return Error(errc::snapshot_not_found, "look up snapshot", id.to_string());
  }
  const format::SnapshotView& view = (*snapshot)->view();
  format::SnapshotInfo info;
  info.id = id;
  info.parent = view.parent();
  info.flushed_at = view.flushed_at();
  info.message = std::string(view.message());
  auto metadata = view.metadata();
  if (!metadata) co_return std::move(metadata).error();
  info.metadata = *std::move(metadata);
  co_return info;
}

/// Steps from a snapshot back to the root, newest first.
template <class Storage, class CacheType>
class AncestryWalk {
 public:
  using value_type = format::SnapshotInfo;

  AncestryWalk(std::shared_ptr<Context<Storage, CacheType>> context, std::shared_ptr<const RepoState> state,
               SnapshotId from)
      : context_(std::move(context)), state_(std::move(state)), at_(from) {}

  /// The next older snapshot; `nullopt` after the root. Errors: `errc::corrupt` if the parents form a ring.
  Awaitable<Result<std::optional<value_type>>> step() {
    if (!at_) co_return std::optional<value_type>();
    if (!seen_.insert(*at_).second) {
      co_return Error(errc::corrupt, "walk ancestry", at_->to_string(), "the snapshot is an ancestor of itself");
    }
    auto info = co_await snapshot_info(*context_, *state_, *at_);
    if (!info) co_return std::move(info).error();
    at_ = info->parent;
    co_return std::optional<value_type>(*std::move(info));
  }

 private:
  std::shared_ptr<Context<Storage, CacheType>> context_;
  std::shared_ptr<const RepoState> state_;
  std::optional<SnapshotId> at_;
  std::unordered_set<SnapshotId> seen_;
};

}  // namespace varve::inline v0
