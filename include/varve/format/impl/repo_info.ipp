// SPDX-License-Identifier: Apache-2.0
// Bodies of repo_info.hpp.
#pragma once

#include <varve/format/repo_info.hpp>

#include <varve/format/impl/repo_info_decode.ipp>
#include <varve/format/impl/repo_info_encode.ipp>

namespace varve::inline v0::format {

VARVE_DECL std::string_view name_of(const UpdateKind& kind) {
  constexpr std::string_view names[] = {
      "repo_initialized", "repo_migrated", "config_changed", "metadata_changed",      "tag_created", "tag_deleted",
      "branch_created",   "branch_deleted", "branch_reset",  "new_commit",            "commit_amended",
      "new_detached_snapshot", "gc_ran",   "expiration_ran", "feature_flag_changed",  "repo_status_changed",
      "unknown"};
  static_assert(std::size(names) == std::variant_size_v<UpdateKind>);
  return names[kind.index()];
}

}  // namespace varve::inline v0::format
