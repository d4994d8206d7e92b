// SPDX-License-Identifier: Apache-2.0
// Damage: the ways in which a repository can be broken, each with a stable name, and the flaws that a reader may be told to
// go past. Usually the first thing wrong with a file is the error of reading it; whoever verifies wants to know all of them.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::format {

/// What can be wrong. Names are stable; `name_of` gives them as text.
enum class Damage : std::uint8_t {
  // Any object.
  missing_object,       ///< something refers to it, and it is not in the store
  unreadable_object,    ///< the store does not give it out
  truncated_file,       ///< shorter than the header of a file
  foreign_file,         ///< it does not begin as files of the format do
  wrong_file_type,      ///< the header says that it is of another kind than its name
  unsupported_version,  ///< of the format, or of its compression
  uncompressed_file,    ///< which the specification allows and the reference refuses
  damaged_compression,  ///< its zstd frame is truncated, damaged, or followed by something
  damaged_contents,     ///< its tables lead out of the file, or what is required is not there
  wrong_id,             ///< the id inside is not the one that the object is named by
  bad_metadata,         ///< a metadata value that cannot be decoded
  noncanonical_name,    ///< the name of an object is no id in canonical text: garbage collections never see it
  unknown_object,       ///< an object that does not belong to a repository
  orphans,              ///< objects that nothing leads to: of lost races, dropped sessions, expired snapshots
  // `repo`, or the refs of format 1.
  bad_ref,                     ///< a ref of format 1 that does not name a snapshot
  no_main_branch,
  dangling_branch,             ///< it points at no snapshot that is listed
  dangling_tag,
  refs_out_of_order,           ///< branches or tags, which are searched
  duplicate_ref,               ///< two branches or two tags have one name
  deleted_tags_out_of_order,
  deleted_tag_is_live,         ///< a name that stands among the tags and among the deleted ones
  snapshots_out_of_order,
  duplicate_snapshot,          ///< one snapshot is listed twice
  parent_not_listed,
  ancestry_cycle,              ///< a snapshot is its own ancestor
  not_after_parent,            ///< a snapshot is not younger than its parent
  snapshot_info_differs,       ///< `repo` says something else of a snapshot than the snapshot itself
  feature_flags_out_of_order,
  bad_config,                  ///< the configuration cannot be decoded
  ops_log_empty,               ///< the reference could not change such a repository
  ops_log_out_of_order,        ///< operations do not go from the newest to the oldest
  newest_operation_has_backup, ///< the reference could not change such a repository
  unknown_operation,           ///< of a later version of the format
  ops_log_is_cut,              ///< the backup in which the log goes on is missing or cannot be read
  // Snapshots.
  nodes_out_of_order,
  duplicate_path,
  duplicate_node_id,
  bad_path,                ///< not absolute, or not canonical
  unknown_node_kind,
  node_below_array,
  missing_parent_group,
  bad_zarr_json,
  zarr_json_differs,       ///< kind, shape, number of chunks or names of dimensions in it are not those beside it
  manifest_not_listed,     ///< an array refers to a manifest that the snapshot does not list
  manifest_not_used,       ///< the snapshot lists a manifest that no array refers to
  duplicate_manifest,      ///< the snapshot lists it twice
  manifest_size_differs,   ///< the listed size is not that of the object
  manifest_count_differs,  ///< the listed number of chunk refs is not that in the manifest
  wrong_extents_rank,
  empty_extents,
  extents_outside_grid,
  extents_overlap,         ///< those of two manifests of one array
  // Manifests.
  arrays_out_of_order,
  chunk_refs_out_of_order,
  duplicate_chunk_ref,
  damaged_chunk_ref,       ///< without a payload, or with one that cannot be read
  wrong_index_rank,
  chunk_outside_grid,
  chunk_outside_extents,   ///< readers never see it
  empty_chunk,             ///< without bytes
  bad_location,            ///< of a virtual chunk: it cannot be decompressed, or is none
  long_location,           ///< compressed, and longer than the reference can read back
  array_not_in_manifest,   ///< an array refers to a manifest that has nothing of it
  chunk_beyond_object,     ///< the object is shorter than the ref says
  // Transaction logs.
  log_out_of_order,
  log_differs,             ///< it does not agree with what the snapshot did to the nodes of its parent
  // Chunks, where they are read.
  undecodable_chunk,
  unchecked_array,         ///< its codecs or its data type are not known here
};
/// The number of kinds.
inline constexpr std::size_t damage_count = static_cast<std::size_t>(Damage::unchecked_array) + 1;

/// The stable text, such as "chunk_refs_out_of_order".
VARVE_DECL std::string_view name_of(Damage damage);

/// Something wrong with a file that can be read all the same.
struct Flaw {
  Damage damage{};
  std::string what;  ///< a sentence, without the object
};
using Flaws = std::vector<Flaw>;

namespace detail {

/// Notes a flaw and goes on where `flaws` are collected; otherwise it is the error.
inline Result<void> flawed(Flaws* flaws, Damage damage, std::string_view doing, std::string_view key, std::string what) {
  if (flaws == nullptr) {
    const errc code = damage == Damage::unknown_node_kind ? errc::unsupported_format : errc::corrupt;
    return Error(code, std::string(doing), std::string(key), std::move(what));
  }
  if (flaws->empty() || flaws->back().damage != damage || flaws->back().what != what) flaws->push_back({damage, std::move(what)});
  return {};
}

}  // namespace detail

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/damage.ipp>
#endif
