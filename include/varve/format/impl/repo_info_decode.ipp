// SPDX-License-Identifier: Apache-2.0
// decode_repo_info.
#pragma once

#include <varve/format/repo_info.hpp>

#include <varve/format/flat.hpp>
#include <varve/format/impl/metadata_items.ipp>

#include <algorithm>
#include <utility>
#include <vector>

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
  RepoInfoReader(ByteView body, std::string_view key, Flaws* flaws)
      : reader_(body), allowance_(body.size() * 16 + 4096), key_(key), flaws_(flaws) {}

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
    for (const unsigned slot : {RepoSlot::branches, RepoSlot::tags}) {
      if (auto read = read_refs(root, slot, slot == RepoSlot::tags ? info.tags : info.branches); !read) return std::move(read).error();
    }

    const FlatVector deleted = reader_.required(root, RepoSlot::deleted_tags, 4);
    std::string_view previous;
    for (std::size_t i = 0; i != deleted.count; ++i) {
      const FlatVector name = reader_.vector_at(reader_.follow(deleted.first + i * 4), 1);
      if (!spend(name)) return bad("its deleted tags are damaged");
      const std::string_view text = reader_.text(name);
      if (i != 0 && text < previous) {
        auto noted = flawed(Damage::deleted_tags_out_of_order, "its deleted tags are out of order");
        if (!noted) return std::move(noted).error();
      }
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
    if (info.latest_updates.empty()) {
      auto noted = flawed(Damage::ops_log_empty, "its log of operations is empty");
      if (!noted) return std::move(noted).error();
    }
    info.repo_before_updates = optional_text(root, RepoSlot::repo_before_updates);
    if (const FlatVector config = reader_.vector(root, RepoSlot::config, 1); config.present) {
      info.config = copy_bytes(reader_.bytes(config));
    }
    info.enabled_feature_flags = read_flags(root, RepoSlot::enabled_feature_flags);
    info.disabled_feature_flags = read_flags(root, RepoSlot::disabled_feature_flags);
    if (reader_.failed()) return bad("its configuration or feature flags are damaged");
    for (auto* const flags : {&info.enabled_feature_flags, &info.disabled_feature_flags}) {
      if (std::is_sorted(flags->begin(), flags->end())) continue;
      auto noted = flawed(Damage::feature_flags_out_of_order, "its feature flags are out of order");
      if (!noted) return std::move(noted).error();
      std::sort(flags->begin(), flags->end());
    }
    return info;
  }

 private:
  Error bad(std::string why) const { return corrupt("read repo info", key_, std::move(why)); }
  Result<void> flawed(Damage damage, std::string what) {
    return detail::flawed(flaws_, damage, "read repo info", key_, std::move(what));
  }

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
    auto metadata = read_metadata_items(reader_, items, 2, allowance_, key_);
    if (metadata || flaws_ == nullptr || reader_.failed()) return metadata;
    flaws_->push_back({Damage::bad_metadata, metadata.error().hint()});
    return Metadata();
  }
  std::vector<std::uint16_t> read_flags(const FlatTable& root, unsigned slot) {
    const FlatVector at = reader_.vector(root, slot, 2);
    std::vector<std::uint16_t> flags;
    for (std::size_t i = 0; i != at.count; ++i) {
      flags.push_back(reader_.load<std::uint16_t>(at.first + i * 2));
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
      listed_.push_back(snapshot.id);
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
      if (i == 0 || listed_[i - 1] < snapshot.id) continue;
      auto noted = listed_[i - 1] == snapshot.id
                       ? flawed(Damage::duplicate_snapshot, "snapshot " + snapshot.id.to_string() + " is in its list twice")
                       : flawed(Damage::snapshots_out_of_order, "its snapshots are out of order");
      if (!noted) return noted;
    }
    if (reader_.failed()) return bad("a snapshot in its list is damaged");
    for (std::size_t i = 0; i != parents.size(); ++i) {
      if (parents[i] == -1) continue;
      if (parents[i] < 0 || static_cast<std::size_t>(parents[i]) >= parents.size()) {
        auto noted = flawed(Damage::parent_not_listed, "the parent of snapshot " + listed_[i].to_string() + " is not in its list");
        if (!noted) return noted;
        continue;
      }
      snapshots[i].parent = listed_[static_cast<std::size_t>(parents[i])];
    }
    if (flaws_ != nullptr) {
      std::ranges::stable_sort(snapshots, {}, &SnapshotInfo::id);
      const auto repeated = std::ranges::unique(snapshots, {}, &SnapshotInfo::id);
      snapshots.erase(repeated.begin(), repeated.end());
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
      if (reader_.failed()) return bad("its branches or tags are damaged");
      const bool dangles = at >= listed_.size();
      if (dangles) {
        auto noted = flawed(slot == RepoSlot::tags ? Damage::dangling_tag : Damage::dangling_branch,
                            "`" + name + "` points at no snapshot in its list");
        if (!noted) return noted;
      }
      if (i != 0 && !(previous < name)) {
        auto noted = previous == name ? flawed(Damage::duplicate_ref, "two branches or two tags are named `" + name + "`")
                                      : flawed(Damage::refs_out_of_order, "its branches or tags are out of order");
        if (!noted) return noted;
      }
      previous = name;
      if (!dangles) refs.emplace(std::move(name), listed_[at]);
    }
    if (reader_.failed()) return bad("its branches or tags are damaged");
    return {};
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
  Flaws* flaws_;
  std::vector<SnapshotId> listed_;  // as they stand in the file
};

}  // namespace detail

VARVE_DECL Result<RepoInfo> decode_repo_info(ByteView body, std::string_view key, Flaws* flaws) {
  return detail::RepoInfoReader(body, key, flaws).read();
}

}  // namespace varve::inline v0::format
