// SPDX-License-Identifier: Apache-2.0
// What a repair puts in the place of a broken `repo` that can be read in part: what is right of it, and what backups know
// of the rest.
#pragma once

#include <varve/repository/impl/verify_evidence.ipp>
#include <varve/repository/impl/verify_repo_info.ipp>

#include <varve/format/file.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/metadata.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/ancestry.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// What can be read of `repo`, put right.
struct RightedInfo {
  format::RepoInfo info;
  std::vector<std::string> what;      ///< has been changed; nothing if it was right
  std::vector<std::string> obstacle;  ///< to writing it
};
/// Backups that can be read, by base name: the newest comes first.
using Backups = std::vector<std::pair<std::string, format::RepoInfo>>;

/// Whether a file that can be opened is one that the reference cannot open.
inline bool is_uncompressed(ByteView stored) { return stored[format::file_header_size - 1] == std::byte{0}; }

/// What a flaw means for a `repo` that is written anew.
inline std::string righting_of(const format::Flaw& flaw) {
  switch (flaw.damage) {
    case Damage::bad_metadata: return "left out metadata that cannot be decoded: " + flaw.what;
    case Damage::dangling_branch:
    case Damage::dangling_tag: return "left out a ref: " + flaw.what;
    case Damage::duplicate_ref: return "kept the first of two refs: " + flaw.what;
    default: return "written in order: " + flaw.what;
  }
}

/// The parent that a backup, or a snapshot of format 1 itself, knows of a snapshot: one that `info` lists, and that is older.
inline std::optional<SnapshotId> known_parent(const format::RepoInfo& info, const format::SnapshotInfo& snapshot, const Backups& backups,
                                              const Evidence& evidence) {
  if (snapshot.id == initial_snapshot_id) return std::nullopt;
  const auto fits = [&](const std::optional<SnapshotId>& parent) {
    const format::SnapshotInfo* const listed = parent ? find_snapshot_info(info, *parent) : nullptr;
    return listed != nullptr && listed->flushed_at < snapshot.flushed_at;
  };
  for (const auto& [name, backup] : backups) {
    const format::SnapshotInfo* const known = find_snapshot_info(backup, snapshot.id);
    if (known != nullptr && fits(known->parent)) return known->parent;
  }
  const auto own = evidence.parents.find(snapshot.id);
  return own != evidence.parents.end() && fits(own->second) ? std::optional(own->second) : std::nullopt;
}

/// Cuts each ring of ancestors where its oldest snapshot has a younger parent, and gives that one the parent that is known.
inline void cut_rings(RightedInfo& righted, const Backups& backups, const Evidence& evidence) {
  format::RepoInfo& info = righted.info;
  for (const std::size_t at : rings_of(info)) {
    const std::string id = info.snapshots[at].id.to_string();
    const auto parent = known_parent(info, info.snapshots[at], backups, evidence);
    info.snapshots.edit(at).parent = parent;
    righted.what.push_back("snapshot " + id + " is no ancestor of itself any more: " +
                           (parent ? "its parent is " + parent->to_string() : std::string("its history begins with it")));
  }
  for (const std::size_t at : rings_of(info)) info.snapshots.edit(at).parent.reset();  // where what was known closes another
}

inline bool can_decode_config(const format::RepoInfo& info) {
  return !info.config || format::decode_flexbuffer(*info.config, format::repo_key).has_value();
}

/// Takes a configuration that cannot be decoded from the newest backup in which it can.
inline void right_config(RightedInfo& righted, const Backups& backups) {
  if (can_decode_config(righted.info)) return;
  const auto sound = [](const auto& backup) { return can_decode_config(backup.second); };
  const auto newest = std::find_if(backups.begin(), backups.end(), sound);
  if (newest != backups.end()) righted.info.config = newest->second.config;
  else righted.info.config.reset();
  const std::string from = newest != backups.end() ? "that of the backup " + newest->first : std::string("lost, and no backup has it");
  righted.what.push_back("its configuration is " + from + (righted.info.config ? "" : ": all of it is as by default"));
}

inline Result<RightedInfo> right_repo_info(ByteView stored, const Backups& backups, const Evidence& evidence, bool drop_refs) {
  const auto file = format::open_file(stored, format::FileType::repo_info, format::repo_key);
  if (!file) return file.error();
  format::Flaws flaws;
  auto decoded = format::decode_repo_info(file->body, format::repo_key, &flaws);
  if (!decoded) return std::move(decoded).error();
  RightedInfo righted{*std::move(decoded), {}, {}};
  format::RepoInfo& info = righted.info;
  if (is_uncompressed(stored)) righted.what.push_back("compressed, so that the reference can read it");
  for (const format::Flaw& flaw : flaws) {
    // Refs and parents are positions in the list of snapshots, and without its log nothing tells how old `repo` is.
    if (flaw.damage == Damage::snapshots_out_of_order || flaw.damage == Damage::duplicate_snapshot || flaw.damage == Damage::ops_log_empty) {
      return Error(errc::corrupt, "repair", std::string(format::repo_key), flaw.what);
    }
    const bool of_ref = flaw.damage == Damage::dangling_branch || flaw.damage == Damage::dangling_tag;
    if (of_ref && !drop_refs) righted.obstacle.push_back("repo: " + flaw.what + "; it is left out if refs may be dropped");
    righted.what.push_back(righting_of(flaw));
    if (flaw.damage != Damage::parent_not_listed) continue;
    // A backup may still know the parent: only the newest snapshots are in none.
    for (std::size_t i = 0; i != info.snapshots.size(); ++i) {
      const format::SnapshotInfo& snapshot = info.snapshots[i];
      if (snapshot.parent || snapshot.id == initial_snapshot_id) continue;
      if (const auto parent = known_parent(info, snapshot, backups, evidence)) info.snapshots.edit(i).parent = parent;
    }
  }
  cut_rings(righted, backups, evidence);
  right_config(righted, backups);
  for (const auto& [name, id] : info.tags) {
    if (info.deleted_tags.erase(name) != 0) righted.what.push_back("`" + name + "` is a tag, and no deleted one any more");
  }
  if (std::exchange(info.latest_updates.front().backup_path, std::nullopt)) {
    righted.what.push_back("its newest operation names no backup any more");
  }
  const auto newest_first = [](const format::Update& a, const format::Update& b) { return a.updated_at > b.updated_at; };
  if (!std::is_sorted(info.latest_updates.begin(), info.latest_updates.end(), newest_first)) {
    std::stable_sort(info.latest_updates.begin(), info.latest_updates.end(), newest_first);
    righted.what.push_back("its operations go from the newest to the oldest again");
    if (std::exchange(info.latest_updates.front().backup_path, std::nullopt)) {
      righted.what.push_back("its newest operation names no backup any more");
    }
  }
  if (!info.branches.contains("main")) {
    for (const auto& [name, backup] : backups) {
      const auto main = backup.branches.find("main");
      if (main == backup.branches.end() || find_snapshot_info(info, main->second) == nullptr) continue;
      info.branches.insert(*main);
      righted.what.push_back("`main` is where it was in the backup " + name);
      break;
    }
    if (!info.branches.contains("main")) {
      righted.obstacle.push_back("repo: there is no branch `main`, and no backup knows where it was");
    }
  }
  return righted;
}

}  // namespace varve::inline v0::detail
