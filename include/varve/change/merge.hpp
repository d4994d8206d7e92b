// SPDX-License-Identifier: Apache-2.0
// merge: takes what a forked session changed into the changes of the session that it was forked from. Both are edits of
// one snapshot, made at the same time, so each must make sense beside the other; a chunk that both wrote is as the fork
// has it. The time is that of the fork's changes, however much has been merged before.
#pragma once

#include <varve/change/fork.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/snapshot.hpp>

#include <optional>

namespace varve::inline v0 {

/// Merges a fork that comes back into `ours`, all or nothing. `base` is the snapshot that both stand on, `find` finds a
/// node of it by id. A group that both created, with the same zarr.json, is one.
/// Errors: `errc::merge_failed` with every conflict: both created a node at one path, or updated one differently; one
/// deleted what the other created, updated or wrote to; a node would lie below an array or below nothing.
/// `errc::bad_metadata`, `errc::corrupt` for what no fork of the session could hold.
VARVE_DECL Result<void> merge_changes(ChangeSet& ours, const Fork& fork, const format::SnapshotView& base,
                                      FunctionRef<std::optional<format::NodeView>(NodeId)> find);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/change/impl/merge.ipp>
#endif
