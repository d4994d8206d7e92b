// SPDX-License-Identifier: Apache-2.0
// Bodies of repo_info.hpp.
#pragma once

#include <varve/format/repo_info.hpp>

#include <varve/format/impl/repo_info_decode.ipp>
#include <varve/format/impl/repo_info_encode.ipp>

#include <algorithm>

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

namespace detail {

struct UpdateAbout {
  std::string operator()(const RepoMigrated& update) const {
    return ": " + std::to_string(update.from_version) + " to " + std::to_string(update.to_version);
  }
  std::string operator()(const TagCreated& update) const { return ": " + update.name; }
  std::string operator()(const TagDeleted& update) const { return left(update.name, update.previous_snapshot); }
  std::string operator()(const BranchCreated& update) const { return ": " + update.name; }
  std::string operator()(const BranchDeleted& update) const { return left(update.name, update.previous_snapshot); }
  std::string operator()(const BranchReset& update) const { return left(update.name, update.previous_snapshot); }
  std::string operator()(const NewCommit& update) const { return on(update.branch, update.new_snapshot); }
  std::string operator()(const CommitAmended& update) const {
    return on(update.branch, update.new_snapshot) + " for " + update.previous_snapshot.to_string();
  }
  std::string operator()(const NewDetachedSnapshot& update) const { return ": " + update.new_snapshot.to_string(); }
  std::string operator()(const FeatureFlagChanged& update) const {
    return ": flag " + std::to_string(update.id) + (!update.is_set ? ", no more set" : update.new_value ? ", on" : ", off");
  }
  std::string operator()(const RepoStatusChanged& update) const {
    const bool online = update.status.availability == RepoAvailability::online;
    return online ? ": online" : ": read-only" + (update.status.reason ? ", " + *update.status.reason : "");
  }
  std::string operator()(const UnknownUpdate& update) const { return ": tag " + std::to_string(update.tag); }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }

 private:
  static std::string left(const std::string& name, SnapshotId was) { return ": " + name + ", which was at " + was.to_string(); }
  static std::string on(const std::string& branch, SnapshotId made) { return " on " + branch + ": " + made.to_string(); }
};

}  // namespace detail

VARVE_DECL std::string describe(const UpdateKind& kind) {
  std::string text(name_of(kind));
  std::replace(text.begin(), text.end(), '_', ' ');
  return text + std::visit(detail::UpdateAbout(), kind);
}

}  // namespace varve::inline v0::format
