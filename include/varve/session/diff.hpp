// SPDX-License-Identifier: Apache-2.0
// Diff: what changed between two snapshots, or in a session since its base, by path. It is read from transaction logs,
// so it costs what changed and not what there is.
#pragma once

#include <varve/core/config.hpp>
#include <varve/format/transaction_log.hpp>
#include <varve/session/session_state.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace varve::inline v0 {

/// A node that was moved or renamed.
struct MovedNode {
  std::string from;
  std::string to;
  friend bool operator==(const MovedNode&, const MovedNode&) = default;
};

/// Paths are sorted. A node can be in several sets: created and then updated, for example.
struct Diff {
  std::set<std::string> new_groups;
  std::set<std::string> new_arrays;
  std::set<std::string> deleted_groups;
  std::set<std::string> deleted_arrays;
  std::set<std::string> updated_groups;  ///< attributes changed
  std::set<std::string> updated_arrays;  ///< anything in zarr.json changed
  /// Indices of the chunks written or deleted, by array.
  std::map<std::string, std::set<std::vector<std::uint32_t>>> updated_chunks;
  std::vector<MovedNode> moved_nodes;  ///< of each commit, the oldest first: every node of a group, by its new path

  bool empty() const {
    return new_groups.empty() && new_arrays.empty() && deleted_groups.empty() && deleted_arrays.empty() &&
           updated_groups.empty() && updated_arrays.empty() && updated_chunks.empty() && moved_nodes.empty();
  }
};

/// What the session has changed since its base.
VARVE_DECL Diff session_status(const SessionState& state);

/// What changed from snapshot `from` to its descendant `to`.
/// Errors: `errc::invalid_chain` if `from` is not an ancestor of `to`; those of reading logs and snapshots.
VARVE_DECL Awaitable<Result<Diff>> diff_snapshots(std::shared_ptr<Context> context,
                                                  std::shared_ptr<const RepoState> state, SnapshotId from, SnapshotId to);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/diff.ipp>
#endif
