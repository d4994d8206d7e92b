// SPDX-License-Identifier: Apache-2.0
// Changes of branches and tags, each the edit of `repo` that update_repo makes, with the format's rules: `main` stays,
// the name of a deleted tag is never used again, a reset is a compare-and-swap.
#pragma once

#include <varve/format/repo_info.hpp>
#include <varve/repository/settings.hpp>
#include <varve/session/ancestry.hpp>

#include <optional>
#include <string>

namespace varve::inline v0::detail {

inline Result<void> check_ref_name(const std::string& name) {
  if (name.empty() || name.find('\0') != name.npos) {
    return Error(errc::invalid_ref_name, "name a branch or tag", name, "a name has at least one character and no NUL");
  }
  return {};
}

inline Result<void> check_snapshot(const format::RepoInfo& info, SnapshotId id) {
  if (find_snapshot_info(info, id) != nullptr) return {};
  return Error(errc::snapshot_not_found, "look up snapshot", id.to_string());
}

struct CreateBranch {
  std::string name;
  SnapshotId target;

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    if (auto valid = check_ref_name(name); !valid) return std::move(valid).error();
    if (auto known = check_snapshot(info, target); !known) return std::move(known).error();
    if (!info.branches.emplace(name, target).second) return Error(errc::branch_exists, "create branch", name);
    return format::RepoUpdates{format::BranchCreated{name}};
  }
};

struct ResetBranch {
  std::string name;
  SnapshotId target;
  std::optional<SnapshotId> expected;

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    const auto branch = info.branches.find(name);
    if (branch == info.branches.end()) return Error(errc::branch_not_found, "reset branch", name);
    if (auto known = check_snapshot(info, target); !known) return std::move(known).error();
    if (expected && branch->second != *expected) {
      return Error(errc::reference_moved, "reset branch", name,
                   "it is at " + branch->second.to_string() + " and not at " + expected->to_string());
    }
    const SnapshotId previous = branch->second;
    branch->second = target;
    return format::RepoUpdates{format::BranchReset{name, previous}};
  }
};

struct DeleteBranch {
  std::string name;

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    if (name == "main") return Error(errc::cannot_delete_main, "delete branch", name);
    const auto branch = info.branches.find(name);
    if (branch == info.branches.end()) return Error(errc::branch_not_found, "delete branch", name);
    const SnapshotId previous = branch->second;
    info.branches.erase(branch);
    return format::RepoUpdates{format::BranchDeleted{name, previous}};
  }
};

struct CreateTag {
  std::string name;
  SnapshotId target;

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    if (auto valid = check_ref_name(name); !valid) return std::move(valid).error();
    if (!feature_enabled(info, Feature::create_tag)) return Error(errc::feature_disabled, "create tag", name);
    if (info.deleted_tags.contains(name)) {
      return Error(errc::tag_deleted, "create tag", name, "a deleted tag's name is never used again; choose another");
    }
    if (auto known = check_snapshot(info, target); !known) return std::move(known).error();
    if (!info.tags.emplace(name, target).second) return Error(errc::tag_exists, "create tag", name);
    return format::RepoUpdates{format::TagCreated{name}};
  }
};

struct DeleteTag {
  std::string name;

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    if (!feature_enabled(info, Feature::delete_tag)) return Error(errc::feature_disabled, "delete tag", name);
    const auto tag = info.tags.find(name);
    if (tag == info.tags.end()) return Error(errc::tag_not_found, "delete tag", name);
    const SnapshotId previous = tag->second;
    info.tags.erase(tag);
    info.deleted_tags.insert(name);
    return format::RepoUpdates{format::TagDeleted{name, previous}};
  }
};

}  // namespace varve::inline v0::detail
