// SPDX-License-Identifier: Apache-2.0
// The keys of a repository's objects, relative to its root. Ids appear in their canonical text only: the reference's
// garbage collection lists folders by first character and would never see another spelling.
#pragma once

#include <varve/core/environment.hpp>
#include <varve/core/object_id.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace varve::inline v0::format {

/// The one mutable object of a repository of format 2.
inline constexpr std::string_view repo_key = "repo";
/// The configuration of a repository of format 1; format 2 keeps it in `repo`.
inline constexpr std::string_view spec1_config_key = "config.yaml";

inline std::string snapshot_key(SnapshotId id) { return "snapshots/" + id.to_string(); }
inline std::string manifest_key(ManifestId id) { return "manifests/" + id.to_string(); }
inline std::string transaction_log_key(SnapshotId id) { return "transactions/" + id.to_string(); }
inline std::string chunk_key(ChunkId id) { return "chunks/" + id.to_string(); }

/// The key of a backup of `repo`, from its base name: ops log entries hold only that.
inline std::string overwritten_key(std::string_view backup) { return "overwritten/" + std::string(backup); }

namespace detail {
inline constexpr std::int64_t year_3000_ms = 32'503'680'000'000;
}  // namespace detail

/// The base name of a backup made at `now`. The time stands in milliseconds, counted down from the year 3000, so that
/// a listing shows the newest first; `random` keeps two writers of one moment apart.
template <class Role>
std::string backup_name(Timestamp now, const ObjectId<12, Role>& random) {
  const std::int64_t now_ms = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  std::string digits = std::to_string(detail::year_3000_ms > now_ms ? detail::year_3000_ms - now_ms : 0);
  if (digits.size() < 14) digits.insert(0, 14 - digits.size(), '0');
  return "repo." + digits + "." + random.to_string();
}

/// When the backup of that base name was made, by its writer's clock; `nullopt` if it is not the name of one.
inline std::optional<Timestamp> backup_time(std::string_view name) {
  constexpr std::size_t digits = 14;
  constexpr std::string_view begin = "repo.";
  if (name.size() != begin.size() + digits + 1 + SnapshotId::text_size || !name.starts_with(begin)) return std::nullopt;
  std::int64_t count = 0;
  for (const char digit : name.substr(begin.size(), digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    count = count * 10 + (digit - '0');
  }
  if (name[begin.size() + digits] != '.' || !SnapshotId::parse(name.substr(begin.size() + digits + 1))) return std::nullopt;
  return Timestamp(std::chrono::milliseconds(detail::year_3000_ms - count));
}

// Format 1 has an object for each ref.
inline std::string spec1_branch_key(std::string_view name) { return "refs/branch." + std::string(name) + "/ref.json"; }
inline std::string spec1_tag_key(std::string_view name) { return "refs/tag." + std::string(name) + "/ref.json"; }
/// Its presence says that the tag is deleted; the ref.json of the tag stays.
inline std::string spec1_deleted_tag_key(std::string_view name) { return spec1_tag_key(name) + ".deleted"; }

}  // namespace varve::inline v0::format
