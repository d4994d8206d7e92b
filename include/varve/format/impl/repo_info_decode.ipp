// SPDX-License-Identifier: Apache-2.0
// decode_repo_info.
#pragma once

#include <varve/format/repo_info.hpp>

#include <varve/format/flat.hpp>
#include <varve/format/impl/metadata_items.ipp>

#include <utility>

namespace varve::inline v0::format {

namespace detail {

// Slots of the tables, in the order of the specification.
struct RepoSlot {
  enum : unsigned {
    spec_version, tags, branches, deleted_tags, snapshots, status, metadata, latest_updates, repo_before_updates, config,
    enabled_feature_flags, disabled_feature_flags
  };
};
struct RefSlot {
  enum : unsigned { name, snapshot_index };
};
struct SnapshotInfoSlot {
  enum : unsigned { id, parent_offset, flushed_at, message, metadata, pruned_ancestor_tx_logs };
};
struct RepoStatusSlot {
  enum : unsigned { availability, set_at, limited_availability_reason };
};
struct UpdateSlot {
  enum : unsigned { update_type_type, update_type, updated_at, backup_path };
};

/// Reads the tables of a repo info body. What it copies is bounded by the size of the body, since parts of a hostile
/// one could be shared a million times.
class RepoInfoReader {
 public:
  RepoInfoReader(ByteView body, std::string_view key)
      : reader_(body), allowance_(body.size() * 16 + 4096), key_(key) {}

  Result<RepoInfo> read() {
    const FlatTable root = reader_.root();
    const auto version = reader_.scalar<std::uint8_t>(root, RepoSlot::spec_version, 0);
    if (reader_.failed()) return bad("its root table is damaged");
    if (version != 2) {
      return Error(errc::unsupported_format, "read repo info", std::string(key_),
                   "it says that its format version is " + std::to_string(version) + "; this version of varve reads 2");
    }
    RepoInfo info;
    if (auto read = read_snapshots(root, info); !read) return std::move(read).error();
    if (auto read = read_refs(root, RepoSlot::branches, info.branches); !read) return std::move(read).error();
    if (auto read = read_refs(root, RepoSlot::tags, info.tags); !read) return std::move(read).error();

    const FlatVector deleted = reader_.required(root, RepoSlot::deleted_tags, 4);
    std::string_view previous;
    for (std::size_t i = 0; i != deleted.count; ++i) {
      const FlatVector name = reader_.vector_at(reader_.follow(deleted.first + i * 4), 1);
      if (!spend(name)) return bad("its deleted tags are damaged");
      const std::string_view text = reader_.text(name);
      if (i != 0 && text < previous) return bad("its deleted tags are out of order");
      previous = text;
      info.deleted_tags.emplace(text);
    }
    reader_.require(reader_.has(root, RepoSlot::status));
    info.status = read_status(reader_.child(root, RepoSlot::status));
    if (reader_.failed()) return bad("its status is damaged");
    auto metadata = read_metadata(root, RepoSlot::metadata);
    if (!metadata) return std::move(metadata).error();
    info.metadata = *std::move(metadata);
    const FlatVector updates = reader_.required(root, RepoSlot::latest_updates, 4);
    for (std::size_t i = 0; i != updates.count && !reader_.failed(); ++i) {
      info.latest_updates.push_back(read_update(reader_.element(updates, i)));
    }
    if (reader_.failed()) return bad("its log of operations is damaged");
    if (info.latest_updates.empty()) return bad("its log of operations is empty");
    info.repo_before_updates = optional_text(root, RepoSlot::repo_before_updates);
    if (const FlatVector config = reader_.vector(root, RepoSlot::config, 1); config.present) {
      info.config = copy_bytes(reader_.bytes(config));
    }
    info.enabled_feature_flags = read_flags(root, RepoSlot::enabled_feature_flags);
    info.disabled_feature_flags = read_flags(root, RepoSlot::disabled_feature_flags);
    if (reader_.failed()) return bad("its configuration or feature flags are damaged");
    return info;
  }

 private:
  Error bad(std::string why) const { return corrupt("read repo info", key_, std::move(why)); }

  bool spend(const FlatVector& bytes) {
    reader_.require(bytes.count + std::size_t{8} <= allowance_);
    if (!reader_.failed()) allowance_ -= bytes.count + std::size_t{8};
    return !reader_.failed();
  }
  std::string text(const FlatTable& table, unsigned slot) {
    const FlatVector at = reader_.required(table, slot, 1);
    return spend(at) ? std::string(reader_.text(at)) : std::string();
  }
  std::optional<std::string> optional_text(const FlatTable& table, unsigned slot) {
    const FlatVector at = reader_.vector(table, slot, 1);
    if (!at.present || !spend(at)) return std::nullopt;
    return std::string(reader_.text(at));
  }
  Result<Metadata> read_metadata(const FlatTable& table, unsigned slot) {
    const FlatVector items = reader_.vector(table, slot, 4);
    if (reader_.failed()) return bad("its metadata is damaged");
    return read_metadata_items(reader_, items, 2, allowance_, key_);
  }
  std::vector<std::uint16_t> read_flags(const FlatTable& root, unsigned slot) {
    const FlatVector at = reader_.vector(root, slot, 2);
    std::vector<std::uint16_t> flags;
    for (std::size_t i = 0; i != at.count; ++i) {
      flags.push_back(reader_.load<std::uint16_t>(at.first + i * 2));
      reader_.require(i == 0 || flags[i - 1] <= flags[i]);
    }
    return flags;
  }

  Result<void> read_snapshots(const FlatTable& root, RepoInfo& info) {
    const FlatVector list = reader_.required(root, RepoSlot::snapshots, 4);
    std::vector<std::int32_t> parents;
    std::vector<SnapshotInfo> snapshots;
    for (std::size_t i = 0; i != list.count; ++i) {
      const FlatTable table = reader_.element(list, i);
      SnapshotInfo& snapshot = snapshots.emplace_back();
      snapshot.id = reader_.required_id<SnapshotId>(table, SnapshotInfoSlot::id);
      parents.push_back(reader_.scalar<std::int32_t>(table, SnapshotInfoSlot::parent_offset, 0));
      snapshot.flushed_at = read_timestamp(reader_, table, SnapshotInfoSlot::flushed_at);
      snapshot.message = text(table, SnapshotInfoSlot::message);
      auto metadata = read_metadata(table, SnapshotInfoSlot::metadata);
      if (!metadata) return std::move(metadata).error();
      snapshot.metadata = *std::move(metadata);
      const FlatVector pruned = reader_.vector(table, SnapshotInfoSlot::pruned_ancestor_tx_logs, SnapshotId::size);
      if (!spend(pruned)) return bad("a snapshot in its list is damaged");
      for (std::size_t k = 0; k != pruned.count; ++k) {
        snapshot.pruned_ancestor_tx_logs.push_back(reader_.id<SnapshotId>(pruned.first + k * SnapshotId::size));
      }
      if (i != 0 && !(snapshots[i - 1].id < snapshot.id)) return bad("its snapshots are out of order");
    }
    if (reader_.failed()) return bad("a snapshot in its list is damaged");
    for (std::size_t i = 0; i != parents.size(); ++i) {
      if (parents[i] != -1 && (parents[i] < 0 || static_cast<std::size_t>(parents[i]) >= parents.size())) {
        return bad("the parent of snapshot " + snapshots[i].id.to_string() + " is not in its list");
      }
      if (parents[i] != -1) snapshots[i].parent = snapshots[static_cast<std::size_t>(parents[i])].id;
    }
    for (SnapshotInfo& snapshot : snapshots) info.snapshots.push_back(std::move(snapshot));
    return {};
  }

  Result<void> read_refs(const FlatTable& root, unsigned slot, std::map<std::string, SnapshotId, std::less<>>& refs) {
    const FlatVector list = reader_.required(root, slot, 4);
    std::string previous;
    for (std::size_t i = 0; i != list.count; ++i) {
      const FlatTable table = reader_.element(list, i);
      std::string name = text(table, RefSlot::name);
      const auto at = reader_.scalar<std::uint32_t>(table, RefSlot::snapshot_index, 0);
      if (reader_.failed() || at >= info_size(root)) return bad("a branch or tag points nowhere");
      if (i != 0 && !(previous < name)) return bad("its branches or tags are out of order");
      previous = name;
      refs.emplace(std::move(name), snapshot_at(root, at));
    }
    if (reader_.failed()) return bad("its branches or tags are damaged");
    return {};
  }
  std::size_t info_size(const FlatTable& root) { return reader_.vector(root, RepoSlot::snapshots, 4).count; }
  SnapshotId snapshot_at(const FlatTable& root, std::size_t i) {
    return reader_.required_id<SnapshotId>(reader_.element(reader_.vector(root, RepoSlot::snapshots, 4), i),
                                           SnapshotInfoSlot::id);
  }

  RepoStatus read_status(const FlatTable& table) {
    RepoStatus status;
    const auto availability = reader_.scalar<std::uint8_t>(table, RepoStatusSlot::availability, 0);
    reader_.require(availability <= 2);
    status.availability = static_cast<RepoAvailability>(availability);
    status.set_at = read_timestamp(reader_, table, RepoStatusSlot::set_at);
    status.reason = optional_text(table, RepoStatusSlot::limited_availability_reason);
    return status;
  }

  Update read_update(const FlatTable& table) {
    Update update;
    const auto tag = reader_.scalar<std::uint8_t>(table, UpdateSlot::update_type_type, 0);
    reader_.require(reader_.has(table, UpdateSlot::update_type));
    update.kind = read_kind(tag, reader_.child(table, UpdateSlot::update_type));
    update.updated_at = read_timestamp(reader_, table, UpdateSlot::updated_at);
    update.backup_path = optional_text(table, UpdateSlot::backup_path);
    return update;
  }
  UpdateKind read_kind(std::uint8_t tag, const FlatTable& table) {
    const auto name = [&] { return text(table, 0); };
    const auto id = [&](unsigned slot) { return reader_.required_id<SnapshotId>(table, slot); };
    switch (tag) {
      case 1: return RepoInitialized{};
      case 2: return RepoMigrated{reader_.scalar<std::uint8_t>(table, 0, 0), reader_.scalar<std::uint8_t>(table, 1, 0)};
      case 3: return ConfigChanged{};
      case 4: return MetadataChanged{};
      case 5: return TagCreated{name()};
      case 6: return TagDeleted{name(), id(1)};
      case 7: return BranchCreated{name()};
      case 8: return BranchDeleted{name(), id(1)};
      case 9: return BranchReset{name(), id(1)};
      case 10: return NewCommit{name(), id(1)};
      case 11: return CommitAmended{name(), id(1), id(2)};
      case 12: return NewDetachedSnapshot{id(0)};
      case 13: return GcRan{};
      case 14: return ExpirationRan{};
      case 15:
        return FeatureFlagChanged{reader_.scalar<std::uint16_t>(table, 0, 0),
                                  reader_.scalar<std::uint8_t>(table, 1, 0) != 0,
                                  reader_.scalar<std::uint8_t>(table, 2, 0) != 0};
      case 16: {
        reader_.require(reader_.has(table, 0));
        return RepoStatusChanged{read_status(reader_.child(table, 0))};
      }
      default: reader_.require(tag != 0); return UnknownUpdate{tag};
    }
  }

  FlatReader reader_;
  std::size_t allowance_;
  std::string_view key_;
};

}  // namespace detail

VARVE_DECL Result<RepoInfo> decode_repo_info(ByteView body, std::string_view key) {
  return detail::RepoInfoReader(body, key).read();
}

}  // namespace varve::inline v0::format
