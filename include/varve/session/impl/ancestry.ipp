// SPDX-License-Identifier: Apache-2.0
// Bodies of ancestry.hpp.
#pragma once

#include <varve/session/ancestry.hpp>

#include <varve/session/objects.hpp>

#include <string>

namespace varve::inline v0 {

VARVE_DECL Awaitable<Result<format::SnapshotInfo>> snapshot_info(Context& context, const RepoState& state, SnapshotId id) {
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

VARVE_DECL Awaitable<Result<std::optional<format::SnapshotInfo>>> AncestryWalk::step() {
  if (!at_) co_return std::optional<value_type>();
  if (!seen_.insert(*at_).second) {
    co_return Error(errc::corrupt, "walk ancestry", at_->to_string(), "the snapshot is an ancestor of itself");
  }
  auto info = co_await snapshot_info(*context_, *state_, *at_);
  if (!info) co_return std::move(info).error();
  at_ = info->parent;
  co_return std::optional<value_type>(*std::move(info));
}

}  // namespace varve::inline v0
