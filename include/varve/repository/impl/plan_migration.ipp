// SPDX-License-Identifier: Apache-2.0
// Bodies of plan_migration.hpp.
#pragma once

#include <varve/repository/plan_migration.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// Collects the operations of a repository of format 1.
class MadeUpLog {
 public:
  explicit MadeUpLog(const SnapshotInfos& snapshots) : snapshots_(snapshots) {}

  /// The commits from `tip` back to one that is in the log, or to the root.
  Result<void> add_commits(const std::string& branch, SnapshotId tip) {
    for (std::optional<SnapshotId> at = tip; at && seen_.insert(*at).second;) {
      const auto snapshot = snapshots_.find(*at);
      if (snapshot == snapshots_.end()) return astray(branch, *at);
      const format::SnapshotInfo& info = snapshot->second;
      if (info.parent) {
        add(format::NewCommit{branch, info.id}, info.flushed_at);
      } else if (!root_) {
        root_ = info.flushed_at;
      }
      at = info.parent;
    }
    if (!root_) return Error(errc::corrupt, "migrate repository", branch, "its history is a ring: it has no first snapshot");
    return {};
  }
  Result<void> add_branch(const std::string& name, SnapshotId at) {
    const auto snapshot = snapshots_.find(at);
    if (snapshot == snapshots_.end()) return astray(name, at);
    add(format::BranchCreated{name}, snapshot->second.flushed_at + step);
    return {};
  }
  Result<void> add_tag(const std::string& name, SnapshotId at) {
    const auto snapshot = snapshots_.find(at);
    if (snapshot == snapshots_.end()) return astray(name, at);
    add(format::TagCreated{name}, snapshot->second.flushed_at + step);
    return {};
  }
  /// The snapshot of a deleted tag may be gone, or lead nowhere; then the tag is as old as the repository.
  void add_deleted_tag(const std::string& name, SnapshotId at) {
    const auto snapshot = snapshots_.find(at);
    const Timestamp when = snapshot == snapshots_.end() ? *root_ : snapshot->second.flushed_at;
    add(format::TagCreated{name}, when + step);
    add(format::TagDeleted{name, at}, when + 2 * step);
  }

  Timestamp root() const { return *root_; }

  /// All of it, newest first, each entry later than the one before.
  std::vector<format::Update> take(Timestamp now) {
    add(format::RepoInitialized(), *root_);
    std::rotate(updates_.begin(), updates_.end() - 1, updates_.end());
    std::stable_sort(updates_.begin(), updates_.end(),
                     [](const format::Update& a, const format::Update& b) { return a.updated_at < b.updated_at; });
    add(format::RepoMigrated{1, 2}, now);
    for (std::size_t i = 1; i < updates_.size(); ++i) {
      const Timestamp after = updates_[i - 1].updated_at + std::chrono::microseconds(1);
      updates_[i].updated_at = std::max(updates_[i].updated_at, after);
    }
    std::reverse(updates_.begin(), updates_.end());
    return std::move(updates_);
  }

 private:
  static constexpr std::chrono::milliseconds step{1};

  static Error astray(const std::string& name, SnapshotId at) {
    return Error(errc::corrupt, "migrate repository", name, "snapshot " + at.to_string() + ", which it leads to, is not there");
  }
  void add(format::UpdateKind kind, Timestamp at) {
    format::Update update;
    update.kind = std::move(kind);
    update.updated_at = at;
    updates_.push_back(std::move(update));
  }

  const SnapshotInfos& snapshots_;
  std::vector<format::Update> updates_;
  std::set<SnapshotId> seen_;
  std::optional<Timestamp> root_;
};

VARVE_DECL Result<format::RepoInfo> plan_migration(const OldRepository& old, Timestamp now) {
  const auto main = old.branches.find("main");
  if (main == old.branches.end()) return Error(errc::corrupt, "migrate repository", "main", "there is no such branch");
  MadeUpLog log(old.snapshots);
  Result<void> added = log.add_commits("main", main->second);
  for (const auto& [name, tip] : old.branches) {
    if (added && name != "main") added = log.add_commits(name, tip);
  }
  for (const auto& [name, tip] : old.branches) {
    if (added && name != "main") added = log.add_branch(name, tip);
  }
  for (const auto& [name, at] : old.tags) {
    if (added) added = log.add_tag(name, at);
  }
  if (!added) return std::move(added).error();
  for (const std::string& name : old.deleted_tags) {
    const auto at = old.deleted_tags_at.find(name);
    if (at != old.deleted_tags_at.end()) log.add_deleted_tag(name, at->second);
  }

  format::RepoInfo info;
  info.branches = old.branches;
  info.tags = old.tags;
  info.deleted_tags = old.deleted_tags;
  for (const auto& [id, snapshot] : old.snapshots) info.snapshots.push_back(snapshot);
  info.status.set_at = log.root();
  info.latest_updates = log.take(now);
  return info;
}

}  // namespace varve::inline v0::detail
