// SPDX-License-Identifier: Apache-2.0
// Conflict: one reason why a session's changes cannot be replayed on a commit that another writer made first, or merged with
// those of a fork.
// The kinds and their rules are those of the reference (format facts, "Conflicts and rebase").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0 {

enum class ConflictKind : std::uint8_t {
  new_node_conflicts_with_existing_node,
  new_node_in_invalid_group,
  zarr_metadata_double_update,
  zarr_metadata_update_of_deleted_array,
  zarr_metadata_update_of_deleted_group,
  chunks_updated_in_deleted_array,
  chunks_updated_in_updated_array,
  chunk_double_update,
  delete_of_updated_array,
  delete_of_updated_group,
  move_operation_cannot_be_rebased,
  // What the reference lets through and varve refuses, because the snapshot would be malformed:
  parent_group_deleted,   ///< our new node would be left without its parent group
  child_of_deleted_group, ///< our delete of a group would orphan a node that they created below it
  node_below_new_array,   ///< they created a node below the path of our new array
  node_replaced,          ///< both deleted and recreated the node, or our delete would miss their new one
};

/// The stable name of a kind, as the reference spells it in snake case.
constexpr std::string_view name_of(ConflictKind kind) {
  switch (kind) {
    case ConflictKind::new_node_conflicts_with_existing_node: return "new_node_conflicts_with_existing_node";
    case ConflictKind::new_node_in_invalid_group: return "new_node_in_invalid_group";
    case ConflictKind::zarr_metadata_double_update: return "zarr_metadata_double_update";
    case ConflictKind::zarr_metadata_update_of_deleted_array: return "zarr_metadata_update_of_deleted_array";
    case ConflictKind::zarr_metadata_update_of_deleted_group: return "zarr_metadata_update_of_deleted_group";
    case ConflictKind::chunks_updated_in_deleted_array: return "chunks_updated_in_deleted_array";
    case ConflictKind::chunks_updated_in_updated_array: return "chunks_updated_in_updated_array";
    case ConflictKind::chunk_double_update: return "chunk_double_update";
    case ConflictKind::delete_of_updated_array: return "delete_of_updated_array";
    case ConflictKind::delete_of_updated_group: return "delete_of_updated_group";
    case ConflictKind::move_operation_cannot_be_rebased: return "move_operation_cannot_be_rebased";
    case ConflictKind::parent_group_deleted: return "parent_group_deleted";
    case ConflictKind::child_of_deleted_group: return "child_of_deleted_group";
    case ConflictKind::node_below_new_array: return "node_below_new_array";
    case ConflictKind::node_replaced: return "node_replaced";
  }
  return "unknown";
}

/// One conflict. `snapshot` is the commit of the other writer, in its text form; empty if the other is a fork.
struct Conflict {
  ConflictKind kind{};
  std::string path;                                ///< of the node as the session sees it
  std::string snapshot;                            ///< the commit it conflicts with
  std::vector<std::vector<std::uint32_t>> chunks;  ///< indices, for `chunk_double_update`
  std::string reason;                              ///< what more is known, such as what a policy said when it could not merge

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

}  // namespace varve::inline v0
