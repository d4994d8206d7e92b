// SPDX-License-Identifier: Apache-2.0
// expire: cuts old snapshots out of the history. Only `repo` changes: what is younger stands on the root then, and names
// the logs of what was between, so that a diff or a rebase still sees all of it. The objects of a snapshot that is in no
// history any more stay until a garbage collection takes them.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/core/result.hpp>
#include <varve/format/repo_info.hpp>

#include <string>
#include <vector>

namespace varve::inline v0 {

/// Which snapshots are to go. The one that every repository begins with never does, nor the newest of `main`.
struct ExpireOptions {
  Timestamp older_than{};                ///< those that were made before, other than the newest of a branch, or a tag's;
                                         ///< a session that still reads one loses it with the next garbage collection
  bool delete_expired_branches = false;  ///< branches whose newest snapshot is that old as well, with all of theirs
  bool delete_expired_tags = false;      ///< and tags of snapshots that are that old; their names are never used again
  bool dry_run = false;                  ///< only say what would be done
};

/// What an expiration did, or would do.
struct Expired {
  std::vector<SnapshotId> released;           ///< those that are gone, ascending
  std::vector<SnapshotId> edited;             ///< those that stand on the root now, ascending
  std::vector<std::string> deleted_branches;  ///< sorted
  std::vector<std::string> deleted_tags;      ///< sorted
  friend bool operator==(const Expired&, const Expired&) = default;
};

namespace detail {

/// Puts `snapshot` on its nearest ancestor that `stays`, and has it name the logs of those between: what they changed is part
/// of what it changed. Errors: `errc::corrupt` if its ancestors form a ring, are not listed, or none of them stays.
VARVE_DECL Result<void> stand_on_kept(const format::RepoInfo& info, format::SnapshotInfo& snapshot,
                                      FunctionRef<bool(SnapshotId)> stays);

/// Errors: `errc::corrupt` if the ancestors of a snapshot do not lead to a root.
VARVE_DECL Result<Expired> expire(format::RepoInfo& info, const ExpireOptions& options);

struct Expire {
  ExpireOptions options;
  Expired expired{};

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) {
    auto done = expire(info, options);
    if (!done) return std::move(done).error();
    expired = *std::move(done);
    return format::RepoUpdates{format::ExpirationRan()};
  }
};

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/expire.ipp>
#endif
