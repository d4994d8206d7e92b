// SPDX-License-Identifier: Apache-2.0
// detect: what stands between a session's changes and a commit that another writer made first. The transaction log of
// that commit says what it changed by node id and chunk index; paths are looked up in the snapshots. The rules and
// their order are the reference's, and after them stand four that it lacks: without them a rebase builds snapshots with
// two nodes at one path, arrays with children, or nodes without a parent.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/core/config.hpp>
#include <varve/core/conflict.hpp>
#include <varve/core/object_id.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/format/transaction_log.hpp>

#include <vector>

namespace varve::inline v0::conflict {

/// A conflict and the node of ours that it is about.
struct Finding {
  Conflict conflict;
  NodeId node;
};

/// Every conflict between `ours`, edits of the snapshot `our_base`, and the commit `commit` on top of it, whose
/// transaction log is `log` and whose snapshot is `at_theirs`. Grouped by kind in the order of `ConflictKind`, but a
/// commit that moved nodes is one conflict alone. Empty if both can stand. Reads no other object.
VARVE_DECL std::vector<Finding> detect(const format::TransactionLogView& log, const format::SnapshotView& at_theirs,
                                       const ChangeSet& ours, const format::SnapshotView& our_base, SnapshotId commit);

/// The conflict of a move of ours that the commit has made impossible, for the reason in `error`.
inline Conflict impossible_move(const Error& error, SnapshotId commit) {
  return Conflict{ConflictKind::move_operation_cannot_be_rebased, error.key(), commit.to_string(), {}, error.hint()};
}

}  // namespace varve::inline v0::conflict

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/conflict/impl/detect.ipp>
#endif
