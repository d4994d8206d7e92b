// SPDX-License-Identifier: Apache-2.0
// RepoInfo: the contents of `repo`, the one mutable object of a repository of format 2: refs, the history, the status
// and the newest part of the operations log. Every change of a repository reads it whole and writes it whole, so it is
// decoded into plain values rather than viewed in place.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/json.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/core/shared_vector.hpp>
#include <varve/format/damage.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace varve::inline v0::format {

/// What the repository knows of a snapshot without opening it.
struct SnapshotInfo {
  SnapshotId id;
  std::optional<SnapshotId> parent;
  Timestamp flushed_at{};
  std::string message;
  Metadata metadata;
  /// The logs of ancestors that expiration cut out between the parent and this snapshot, oldest first. Every rewrite of
  /// `repo` keeps them: the change from the parent to this snapshot is these logs and then its own.
  std::vector<SnapshotId> pruned_ancestor_tx_logs;
  friend bool operator==(const SnapshotInfo&, const SnapshotInfo&) = default;
};

enum class RepoAvailability : std::uint8_t { online, read_only, offline };

struct RepoStatus {
  RepoAvailability availability = RepoAvailability::online;
  Timestamp set_at{};
  std::optional<std::string> reason;
  friend bool operator==(const RepoStatus&, const RepoStatus&) = default;
};

// The operations that the log records, in the order of their tags in the format, from 1.

struct RepoInitialized { friend bool operator==(const RepoInitialized&, const RepoInitialized&) = default; };
struct RepoMigrated {
  std::uint8_t from_version = 0;
  std::uint8_t to_version = 0;
  friend bool operator==(const RepoMigrated&, const RepoMigrated&) = default;
};
struct ConfigChanged { friend bool operator==(const ConfigChanged&, const ConfigChanged&) = default; };
struct MetadataChanged { friend bool operator==(const MetadataChanged&, const MetadataChanged&) = default; };
struct TagCreated {
  std::string name;
  friend bool operator==(const TagCreated&, const TagCreated&) = default;
};
struct TagDeleted {
  std::string name;
  SnapshotId previous_snapshot;
  friend bool operator==(const TagDeleted&, const TagDeleted&) = default;
};
struct BranchCreated {
  std::string name;
  friend bool operator==(const BranchCreated&, const BranchCreated&) = default;
};
struct BranchDeleted {
  std::string name;
  SnapshotId previous_snapshot;
  friend bool operator==(const BranchDeleted&, const BranchDeleted&) = default;
};
struct BranchReset {
  std::string name;
  SnapshotId previous_snapshot;  ///< the tip before the reset
  friend bool operator==(const BranchReset&, const BranchReset&) = default;
};
struct NewCommit {
  std::string branch;
  SnapshotId new_snapshot;
  friend bool operator==(const NewCommit&, const NewCommit&) = default;
};
struct CommitAmended {
  std::string branch;
  SnapshotId previous_snapshot;  ///< the tip that was replaced
  SnapshotId new_snapshot;
  friend bool operator==(const CommitAmended&, const CommitAmended&) = default;
};
struct NewDetachedSnapshot {
  SnapshotId new_snapshot;
  friend bool operator==(const NewDetachedSnapshot&, const NewDetachedSnapshot&) = default;
};
struct GcRan { friend bool operator==(const GcRan&, const GcRan&) = default; };
struct ExpirationRan { friend bool operator==(const ExpirationRan&, const ExpirationRan&) = default; };
struct FeatureFlagChanged {
  std::uint16_t id = 0;
  bool new_value = false;
  bool is_set = false;  ///< false: the flag was put back to its default
  friend bool operator==(const FeatureFlagChanged&, const FeatureFlagChanged&) = default;
};
struct RepoStatusChanged {
  RepoStatus status;
  friend bool operator==(const RepoStatusChanged&, const RepoStatusChanged&) = default;
};
/// An operation of a later version of the format. It can be read past and not written: the reference could no longer
/// change a repository whose log holds one.
struct UnknownUpdate {
  std::uint8_t tag = 0;
  friend bool operator==(const UnknownUpdate&, const UnknownUpdate&) = default;
};

using UpdateKind = std::variant<RepoInitialized, RepoMigrated, ConfigChanged, MetadataChanged, TagCreated, TagDeleted,
                                BranchCreated, BranchDeleted, BranchReset, NewCommit, CommitAmended,
                                NewDetachedSnapshot, GcRan, ExpirationRan, FeatureFlagChanged, RepoStatusChanged,
                                UnknownUpdate>;
/// Those of one change of `repo`, oldest first.
using RepoUpdates = std::vector<UpdateKind>;

/// The name of an operation, such as "new_commit", for logs.
VARVE_DECL std::string_view name_of(const UpdateKind& kind);
/// The same for people, with what it was about: "new commit on main: 1CECHNKREP0F1RSTCMT0".
VARVE_DECL std::string describe(const UpdateKind& kind);

struct Update {
  UpdateKind kind;
  Timestamp updated_at{};
  /// The base name of the backup in which this entry is the newest: the state right after the operation. The newest
  /// entry of a file has none, since it has not been replaced yet.
  std::optional<std::string> backup_path;
  friend bool operator==(const Update&, const Update&) = default;
};

struct RepoInfo {
  std::map<std::string, SnapshotId, std::less<>> branches;
  std::map<std::string, SnapshotId, std::less<>> tags;
  std::set<std::string, std::less<>> deleted_tags;  ///< their names are never used again
  SharedVector<SnapshotInfo> snapshots;             ///< ascending by id
  RepoStatus status;
  Metadata metadata;
  std::vector<Update> latest_updates;              ///< newest first, never empty
  std::optional<std::string> repo_before_updates;  ///< the backup in which the log goes on
  std::optional<Bytes> config;                     ///< a FlexBuffer, kept as it is; see decode_flexbuffer
  std::vector<std::uint16_t> enabled_feature_flags;   ///< ascending
  std::vector<std::uint16_t> disabled_feature_flags;  ///< ascending
  friend bool operator==(const RepoInfo&, const RepoInfo&) = default;
};

/// Reads the body of `repo` or of one of its backups.
/// Errors: `errc::corrupt`; `errc::unsupported_format` if its own field says another version than 2. Both name `key`.
/// With `flaws`, what can be gone past is put there instead: what is out of order is sorted, of two equal names the first
/// counts, a ref that points nowhere is left out, a parent that is not there is none, bad metadata is empty.
VARVE_DECL Result<RepoInfo> decode_repo_info(ByteView body, std::string_view key, Flaws* flaws = nullptr);

/// The body of `repo`. What other implementations could not read or not write on top of is refused.
/// Errors: `errc::invalid_argument` if there is no `main`, a ref or a parent names a snapshot that is not listed,
/// snapshots or flags do not ascend, the log is empty, its newest entry has a backup, or it holds an operation that this
/// version does not know, and beyond 2 GiB.
VARVE_DECL Result<Bytes> encode_repo_info(const RepoInfo& info);

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/repo_info.ipp>
#endif
