// SPDX-License-Identifier: Apache-2.0
// commit: makes a session's changes the tip of its branch. Everything that the new snapshot refers to is in the store
// before `repo` names it, so no reader ever sees a half; what a lost race leaves behind is unreachable. All of that goes
// out at once, the backup of `repo` with it: a commit is two rounds of requests, for one session or for all sessions of
// the process that commit meanwhile (see CommitQueue).
#pragma once

#include <varve/conflict/erased.hpp>
#include <varve/core/config.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/session_state.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace varve::inline v0 {

/// How a commit is made.
struct CommitOptions {
  std::size_t rebase_tries = 0;  ///< how often to rebase and try again when the branch has moved
  bool allow_empty = false;      ///< commit even if nothing has changed
  bool amend = false;            ///< take the place of the newest commit, which the session began at, with its changes and
                                 ///< the session's; tags and other branches that point at it keep it as it was. If it moved
                                 ///< nodes, only a rearrange session can
  Metadata metadata{};           ///< JSON values by name, kept with the snapshot
};

namespace detail {

/// Lists a snapshot, at its place by id.
VARVE_DECL void insert_snapshot(format::RepoInfo& info, format::SnapshotInfo snapshot);

/// If the session's changes went out before, and nobody said how that ended: the snapshot of them, if they have landed.
VARVE_DECL Awaitable<Result<std::optional<SnapshotId>>> landed_before(SessionState& state);

/// The log of the commit that another one takes the place of.
VARVE_DECL Awaitable<Result<TransactionLog>> amended_log(Context& context, const std::string& branch, SnapshotId replaced,
                                                         bool only_moves);

}  // namespace detail

/// Commits the session's changes to its branch and returns the new snapshot's id; the session then only reads.
/// Errors: `errc::conflict` if the branch has moved and `rebase_tries` is used up: the session keeps its changes;
/// `errc::rebase_failed`; `errc::no_changes` unless `allow_empty`; those of building and writing.
/// Cancellation: total until `repo` is replaced; that step is awaited, as is the whole update once it is another's.
VARVE_DECL Awaitable<Result<SnapshotId>> commit_session(SessionState& state, const conflict::ErasedPolicy& policy,
                                                        std::string message, CommitOptions options);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/commit.ipp>
#endif
