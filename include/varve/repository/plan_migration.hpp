// SPDX-License-Identifier: Apache-2.0
// plan_migration: what `repo` says of a repository of format 1. Format 1 keeps no log of operations: one is made up from
// the times of the snapshots, as the reference makes it up.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/repo_info.hpp>

#include <map>
#include <set>
#include <string>

namespace varve::inline v0::detail {

using SnapshotInfos = std::map<SnapshotId, format::SnapshotInfo>;

/// A repository of format 1.
struct OldRepository {
  std::map<std::string, SnapshotId, std::less<>> branches;
  std::map<std::string, SnapshotId, std::less<>> tags;
  std::set<std::string, std::less<>> deleted_tags;
  std::map<std::string, SnapshotId, std::less<>> deleted_tags_at;  ///< where they were, if their refs are still there
  SnapshotInfos snapshots;                                         ///< those that branches and tags lead to
};

/// The log: the root snapshot, then for each commit of a branch its snapshot at its time, `main`'s first; branches and tags
/// a millisecond after the snapshots they point at; deleted tags two; at last the migration, at `now`.
/// Errors: `errc::corrupt` if a ref leads to a snapshot that is not there, to itself or to no root.
VARVE_DECL Result<format::RepoInfo> plan_migration(const OldRepository& old, Timestamp now);

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/plan_migration.ipp>
#endif
