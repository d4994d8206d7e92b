// SPDX-License-Identifier: Apache-2.0
// What `repo` says, checked by itself: refs, the list of snapshots and their ancestry, the ops log.
#pragma once

#include <varve/repository/impl/verify_findings.ipp>

#include <varve/format/keys.hpp>
#include <varve/format/metadata.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/ancestry.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace varve::inline v0::detail {

/// Reads `repo`, or a backup, which is never repaired, as far as that can be done; `nullopt` if it cannot.
inline std::optional<format::RepoInfo> read_repo_info(ByteView stored, ObjectFindings& findings) {
  const bool is_backup = findings.object() != format::repo_key;
  findings.set_repair(is_backup ? Repair::none : Repair::restore_repo);
  const auto file = open_envelope(stored, format::FileType::repo_info, findings);
  if (!file) return std::nullopt;
  format::Flaws flaws;
  auto info = format::decode_repo_info(file->body, findings.object(), &flaws);
  if (!info) {
    add_refusal(findings, info.error());
    return std::nullopt;
  }
  for (const format::Flaw& flaw : flaws) {
    switch (flaw.damage) {
      case Damage::dangling_branch: findings.set_repair(Repair::move_branch); break;
      case Damage::dangling_tag: findings.set_repair(Repair::delete_tag); break;
      // Refs and parents are positions in the list of snapshots: in one that is not right nobody knows what they count.
      case Damage::snapshots_out_of_order:
      case Damage::duplicate_snapshot:
      case Damage::ops_log_empty: findings.set_repair(Repair::restore_repo); break;
      default: findings.set_repair(Repair::rewrite_repo);
    }
    if (is_backup) findings.set_repair(Repair::none);
    findings.error(flaw.damage, flaw.what);
  }
  return *std::move(info);
}

/// Checks the order of the operations of `repo` or a backup. `younger` is the time of the last one before it.
inline void check_operations(const format::RepoInfo& info, Timestamp younger, ObjectFindings& findings) {
  findings.set_repair(findings.object() == format::repo_key ? Repair::rewrite_repo : Repair::none);
  bool ordered = true, known = true;
  for (const format::Update& update : info.latest_updates) {
    ordered = ordered && update.updated_at < younger;
    younger = update.updated_at;
    known = known && !std::holds_alternative<format::UnknownUpdate>(update.kind);
  }
  if (!ordered) findings.warning(Damage::ops_log_out_of_order, "its operations do not go from the newest to the oldest");
  findings.set_repair(Repair::none);
  if (!known) {
    findings.warning(Damage::unknown_operation, "its log has an operation of a later version of the format: this version of varve "
                                                "can neither write it again nor leave it out, and a later one can");
  }
}

/// Of each ring of ancestors the oldest snapshot, as its position: its parent cannot be right.
inline std::vector<std::size_t> rings_of(const format::RepoInfo& info) {
  const auto& snapshots = info.snapshots;
  const auto parent_of = [&](std::size_t at) {
    if (!snapshots[at].parent) return snapshots.size();
    const auto parent = std::ranges::lower_bound(snapshots, *snapshots[at].parent, {}, &format::SnapshotInfo::id);
    return parent == snapshots.end() || parent->id != *snapshots[at].parent ? snapshots.size()
                                                                            : static_cast<std::size_t>(parent - snapshots.begin());
  };
  const auto is_older = [&](std::size_t a, std::size_t b) {
    return std::pair(snapshots[a].flushed_at, snapshots[a].id != initial_snapshot_id) <
           std::pair(snapshots[b].flushed_at, snapshots[b].id != initial_snapshot_id);
  };
  std::vector<std::size_t> oldest;
  // Each snapshot is walked from once: 0 not yet, else the number of the walk that came by.
  std::vector<std::size_t> walks(snapshots.size(), 0);
  for (std::size_t i = 0; i != snapshots.size(); ++i) {
    std::size_t at = i;
    for (; at != snapshots.size() && walks[at] == 0; at = parent_of(at)) walks[at] = i + 1;
    if (at == snapshots.size() || walks[at] != i + 1) continue;
    std::size_t first = at;
    for (std::size_t in = parent_of(at); in != at; in = parent_of(in)) {
      if (is_older(in, first)) first = in;
    }
    oldest.push_back(first);
  }
  return oldest;
}

/// Checks refs and ancestry. What is known of `info` is in memory: nothing is read.
inline void check_repo_info(const format::RepoInfo& info, ObjectFindings& findings) {
  // In format 1 there is no `repo`.
  findings.set_repair(findings.object() == format::repo_key ? Repair::rewrite_repo : Repair::none);
  if (!info.branches.contains("main")) findings.error(Damage::no_main_branch, "there is no branch `main`, and so nobody can commit");
  for (const auto& [name, id] : info.tags) {
    if (!info.deleted_tags.contains(name)) continue;
    findings.error(Damage::deleted_tag_is_live, "`" + name + "` is a tag and a deleted tag, and so nobody can commit", name);
  }
  if (info.config && !format::decode_flexbuffer(*info.config, findings.object())) {
    findings.error(Damage::bad_config, "the configuration that it holds cannot be decoded");
  }
  if (!info.latest_updates.empty() && info.latest_updates.front().backup_path) {
    findings.error(Damage::newest_operation_has_backup, "its newest operation names a backup, and so the reference cannot change it");
  }

  for (const std::size_t at : rings_of(info)) {
    findings.error(Damage::ancestry_cycle, "snapshot " + info.snapshots[at].id.to_string() + " is an ancestor of itself");
  }
  findings.set_repair(Repair::none);
  for (const format::SnapshotInfo& snapshot : info.snapshots) {
    const format::SnapshotInfo* const parent = snapshot.parent ? find_snapshot_info(info, *snapshot.parent) : nullptr;
    if (parent == nullptr || parent->flushed_at < snapshot.flushed_at) continue;
    findings.warning(Damage::not_after_parent, "snapshot " + snapshot.id.to_string() + " is not younger than its parent " +
                                                   parent->id.to_string() + ": versions by time may be the wrong ones");
  }
}

}  // namespace varve::inline v0::detail
