// SPDX-License-Identifier: Apache-2.0
// rebase: replays a session's changes on what others committed meanwhile, commit by commit, oldest first. A conflict
// policy decides what overlaps; where it wants to see the data, the three versions of a chunk are fetched and decoded.
#pragma once

#include <varve/conflict/erased.hpp>
#include <varve/core/config.hpp>
#include <varve/session/session_state.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// What a rebase reads of a commit that others made.
struct TheirCommit {
  SnapshotId id;
  std::shared_ptr<const Snapshot> snapshot{};
  std::vector<SnapshotId> log_ids{};
  std::vector<std::optional<TransactionLog>> logs{};
};

/// Replays `changes`, which stand on `base`, on a commit that others made next.
/// Errors: `errc::rebase_failed` with every conflict that the policy did not solve; `changes` are then in between.
VARVE_DECL Awaitable<Result<void>> replay_on(Context& context, const std::string& branch, const Snapshot& base,
                                             const TheirCommit& commit, conflict::ErasedPolicy& policy,
                                             ChangeSet& changes);

/// Replays the session's changes, commit by commit, on where `repo` says that its branch is.
/// Errors: as rebase_session; `errc::rebase_failed` without conflicts if the session's base is not in that history.
VARVE_DECL Awaitable<Result<void>> rebase_on(SessionState& state, std::shared_ptr<const RepoState> repo,
                                             const conflict::ErasedPolicy& given);

}  // namespace detail

/// Replays the session's changes on the newest commit of its branch.
/// Errors: `errc::rebase_failed` with every conflict that the policy did not solve (where one is beyond solving, a policy
/// that looks at chunks is not shown any); the session then stands on the last commit that its changes could be replayed
/// on, and has lost none of them. Also if the session's base is no longer in
/// the branch's history. Cancellation: total; the session stands on some commit of the way.
VARVE_DECL Awaitable<Result<void>> rebase_session(SessionState& state, const conflict::ErasedPolicy& policy);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/rebase.ipp>
#endif
