// SPDX-License-Identifier: Apache-2.0
// Bodies of damage.hpp.
#pragma once

#include <varve/format/damage.hpp>

#include <cstddef>
#include <iterator>

namespace varve::inline v0::format {

VARVE_DECL std::string_view name_of(Damage damage) {
  // In the order of the enumeration.
  constexpr std::string_view names[] = {
      "missing_object", "unreadable_object", "truncated_file", "foreign_file", "wrong_file_type",
      "unsupported_version", "uncompressed_file", "damaged_compression", "damaged_contents", "wrong_id",
      "bad_metadata", "noncanonical_name", "unknown_object", "orphans", "bad_ref", "no_main_branch",
      "dangling_branch", "dangling_tag", "refs_out_of_order", "duplicate_ref", "deleted_tags_out_of_order",
      "deleted_tag_is_live", "snapshots_out_of_order", "duplicate_snapshot", "parent_not_listed", "ancestry_cycle",
      "not_after_parent", "snapshot_info_differs", "feature_flags_out_of_order", "bad_config", "ops_log_empty",
      "ops_log_out_of_order", "newest_operation_has_backup", "unknown_operation", "ops_log_is_cut",
      "nodes_out_of_order", "duplicate_path", "duplicate_node_id", "bad_path", "unknown_node_kind",
      "node_below_array", "missing_parent_group", "bad_zarr_json", "zarr_json_differs", "manifest_not_listed",
      "manifest_not_used", "duplicate_manifest", "manifest_size_differs", "manifest_count_differs",
      "wrong_extents_rank", "empty_extents", "extents_outside_grid", "extents_overlap", "arrays_out_of_order",
      "chunk_refs_out_of_order", "duplicate_chunk_ref", "damaged_chunk_ref", "wrong_index_rank", "chunk_outside_grid",
      "chunk_outside_extents", "empty_chunk", "bad_location", "long_location", "array_not_in_manifest",
      "chunk_beyond_object", "log_out_of_order", "log_differs", "undecodable_chunk", "unchecked_array",
  };
  static_assert(std::size(names) == damage_count);
  return names[static_cast<std::size_t>(damage)];
}

}  // namespace varve::inline v0::format
