// SPDX-License-Identifier: Apache-2.0
// rewrite_manifests: writes all manifests of a branch anew, as the rules and limits that now hold cut them. Not a chunk is
// read or moved: it is what follows a change of the rules, or a history of commits under others.
#pragma once

#include <varve/core/config.hpp>
#include <varve/session/build_snapshot.hpp>

#include <cstddef>
#include <functional>
#include <string>

namespace varve::inline v0 {

struct RewriteOptions {
  bool amend = false;    ///< take the place of the branch's newest commit, instead of one on top of it
  Metadata metadata{};   ///< JSON values by name, kept with the snapshot
  /// Called by one thread at a time, with the arrays whose manifests are written and how many there are.
  std::function<void(std::size_t arrays, std::size_t of)> progress{};
};

/// Writes the manifests of every array of `tip`, the newest commit of `branch`, and makes that a commit. Arrays with together
/// some millions of chunk refs are worked on at a time. Errors: `errc::conflict` if the branch has moved meanwhile;
/// `errc::cannot_amend_initial`; those of reading and writing manifests. Cancellation: as for commits.
VARVE_DECL Awaitable<Result<SnapshotId>> rewrite_manifests(Context& context, std::string branch, SnapshotId tip,
                                                           std::string message, RewriteOptions options);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/rewrite_manifests.ipp>
#endif
