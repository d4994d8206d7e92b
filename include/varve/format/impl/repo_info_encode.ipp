// SPDX-License-Identifier: Apache-2.0
// encode_repo_info.
#pragma once

#include <varve/format/repo_info.hpp>

#include <varve/format/generated/icechunk.hpp>
#include <varve/format/impl/flat_builder.ipp>
#include <varve/format/impl/metadata_items.ipp>
#include <varve/format/impl/repo_info_snapshots.ipp>

#include <algorithm>
#include <string>
#include <utility>

namespace varve::inline v0::format {

namespace detail {

inline Error bad_info(std::string key, const char* why) {
  return Error(errc::invalid_argument, "build repo info", std::move(key), why);
}

/// Whether a list of feature flags can be searched.
inline bool ascends(const std::vector<std::uint16_t>& flags) { return std::is_sorted(flags.begin(), flags.end()); }

/// The position of each snapshot's parent; a root says -1, since what is left out means position 0.
inline Result<std::vector<std::int32_t>> parents_of(const SharedVector<SnapshotInfo>& snapshots, const SnapshotIndex& index) {
  std::vector<std::int32_t> parents(snapshots.size(), -1);
  for (std::size_t i = 0; i != snapshots.size(); ++i) {
    const SnapshotInfo& snapshot = snapshots[i];
    if (i != 0 && !(snapshots[i - 1].id < snapshot.id)) {
      return bad_info(snapshot.id.to_string(), "snapshots stand in ascending order of their ids, each once");
    }
    if (!snapshot.parent) continue;
    parents[i] = index.position_of(*snapshot.parent);
    if (parents[i] < 0) return bad_info(snapshot.id.to_string(), "its parent is not in the list of snapshots");
  }
  return parents;
}

/// Refuses what no implementation could read, and what the reference could read but never change again.
inline Result<void> check_info(const RepoInfo& info, const SnapshotIndex& index) {
  if (!info.branches.contains("main")) return bad_info("main", "a repository has a branch `main`");
  for (const auto* refs : {&info.branches, &info.tags}) {
    for (const auto& [name, id] : *refs) {
      if (index.position_of(id) < 0) return bad_info(name, "its snapshot is not in the list of snapshots");
    }
  }
  for (const auto& [name, id] : info.tags) {
    if (info.deleted_tags.contains(name)) return bad_info(name, "the name of a deleted tag is never used again");
  }
  if (info.latest_updates.empty()) return bad_info("repo", "the log of operations is never empty");
  if (info.latest_updates.front().backup_path) return bad_info("repo", "the newest operation has no backup yet");
  for (std::size_t i = 0; i != info.latest_updates.size(); ++i) {
    const Update& update = info.latest_updates[i];
    if (std::holds_alternative<UnknownUpdate>(update.kind)) {
      return bad_info("repo", "its log has an operation of a later format; a later version of varve can write here");
    }
    if (i != 0 && info.latest_updates[i - 1].updated_at < update.updated_at) {
      return bad_info("repo", "the log of operations runs from the newest to the oldest");
    }
  }
  if (!ascends(info.enabled_feature_flags) || !ascends(info.disabled_feature_flags)) {
    return bad_info("repo", "feature flags stand in ascending order");
  }
  return {};
}

/// Writes the payload of an operation; the tag is one more than its place in `UpdateKind`.
struct UpdateWriter {
  flatbuffers::FlatBufferBuilder& flat;
  using Union = flatbuffers::Offset<void>;

  static auto status_of(flatbuffers::FlatBufferBuilder& flat, const RepoStatus& status) {
    const auto reason = status.reason ? create_text(flat, *status.reason) : 0;
    return fb::CreateRepoStatus(flat, static_cast<fb::RepoAvailability>(status.availability),
                                stored_timestamp(status.set_at), reason);
  }
  template <class Create>
  Union named(Create create, const std::string& name, const SnapshotId& snapshot) const {
    const fb::ObjectId12 id = flat_id(snapshot);
    return create(flat, create_text(flat, name), &id).Union();
  }

  Union operator()(const RepoInitialized&) const { return fb::CreateRepoInitializedUpdate(flat).Union(); }
  Union operator()(const RepoMigrated& u) const {
    return fb::CreateRepoMigratedUpdate(flat, u.from_version, u.to_version).Union();
  }
  Union operator()(const ConfigChanged&) const { return fb::CreateConfigChangedUpdate(flat).Union(); }
  Union operator()(const MetadataChanged&) const { return fb::CreateMetadataChangedUpdate(flat).Union(); }
  Union operator()(const TagCreated& u) const {
    return fb::CreateTagCreatedUpdate(flat, create_text(flat, u.name)).Union();
  }
  Union operator()(const TagDeleted& u) const { return named(fb::CreateTagDeletedUpdate, u.name, u.previous_snapshot); }
  Union operator()(const BranchCreated& u) const {
    return fb::CreateBranchCreatedUpdate(flat, create_text(flat, u.name)).Union();
  }
  Union operator()(const BranchDeleted& u) const {
    return named(fb::CreateBranchDeletedUpdate, u.name, u.previous_snapshot);
  }
  Union operator()(const BranchReset& u) const { return named(fb::CreateBranchResetUpdate, u.name, u.previous_snapshot); }
  Union operator()(const NewCommit& u) const { return named(fb::CreateNewCommitUpdate, u.branch, u.new_snapshot); }
  Union operator()(const CommitAmended& u) const {
    const fb::ObjectId12 previous = flat_id(u.previous_snapshot), next = flat_id(u.new_snapshot);
    return fb::CreateCommitAmendedUpdate(flat, create_text(flat, u.branch), &previous, &next).Union();
  }
  Union operator()(const NewDetachedSnapshot& u) const {
    const fb::ObjectId12 id = flat_id(u.new_snapshot);
    return fb::CreateNewDetachedSnapshotUpdate(flat, &id).Union();
  }
  Union operator()(const GcRan&) const { return fb::CreateGCRanUpdate(flat).Union(); }
  Union operator()(const ExpirationRan&) const { return fb::CreateExpirationRanUpdate(flat).Union(); }
  Union operator()(const FeatureFlagChanged& u) const {
    return fb::CreateFeatureFlagChangedUpdate(flat, u.id, u.new_value, u.is_set).Union();
  }
  Union operator()(const RepoStatusChanged& u) const {
    return fb::CreateRepoStatusChangedUpdate(flat, status_of(flat, u.status)).Union();
  }
  Union operator()(const UnknownUpdate&) const { return {}; }  // refused by check_info
};

/// A bound of what all but the list of snapshots and the metadata add to a body.
inline std::size_t text_size(const RepoInfo& info) {
  std::size_t size = 8192 + (info.config ? info.config->size() : 0);
  for (const auto* refs : {&info.branches, &info.tags}) {
    for (const auto& [name, id] : *refs) size += 64 + name.size();
  }
  for (const std::string& name : info.deleted_tags) size += 32 + name.size();
  // The payload of an operation holds at most one name, and no name is longer than what bounds it here.
  for (const Update& update : info.latest_updates) {
    size += 256 + (update.backup_path ? update.backup_path->size() : 0);
    std::visit(
        [&](const auto& payload) {
          if constexpr (requires { payload.name; }) size += payload.name.size();
          if constexpr (requires { payload.branch; }) size += payload.branch.size();
          if constexpr (requires { payload.status; }) size += payload.status.reason.value_or("").size();
        },
        update.kind);
  }
  return size;
}

inline auto create_refs(flatbuffers::FlatBufferBuilder& flat, const SnapshotIndex& index,
                        const std::map<std::string, SnapshotId, std::less<>>& refs) {
  std::vector<flatbuffers::Offset<fb::Ref>> out;
  for (const auto& [name, id] : refs) {
    out.push_back(fb::CreateRef(flat, create_text(flat, name), static_cast<std::uint32_t>(index.position_of(id))));
  }
  return flat.CreateVector(out);
}

}  // namespace detail

VARVE_DECL Result<Bytes> encode_repo_info(const RepoInfo& info) {
  if (info.snapshots.size() > 0x7fffffff) return detail::bad_info("repo", "it has more snapshots than can be numbered");
  const detail::SnapshotIndex index(info.snapshots);
  const auto parents = detail::parents_of(info.snapshots, index);
  if (!parents) return parents.error();
  if (auto checked = detail::check_info(info, index); !checked) return std::move(checked).error();
  const auto list = detail::SnapshotList().lay_out(info.snapshots, *parents);
  if (!list) return list.error();
  const auto of_repo = detail::encode_metadata(info.metadata);
  if (!of_repo) return of_repo.error();
  const std::size_t size = detail::text_size(info) + list->size() + detail::size_of(*of_repo);
  if (size >= detail::largest_built) return detail::bad_info("repo", "it would have more than 2 GiB");

  flatbuffers::FlatBufferBuilder flat(size);
  const auto tags = detail::create_refs(flat, index, info.tags);
  const auto branches = detail::create_refs(flat, index, info.branches);
  std::vector<flatbuffers::Offset<flatbuffers::String>> deleted;
  for (const std::string& name : info.deleted_tags) deleted.push_back(detail::create_text(flat, name));
  const auto deleted_at = flat.CreateVector(deleted);
  flat.Align(8);
  flat.PushBytes(reinterpret_cast<const std::uint8_t*>(list->data()), list->size());
  const flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::SnapshotInfo>>> snapshots(flat.GetSize());
  const auto status = detail::UpdateWriter::status_of(flat, info.status);
  const auto metadata = detail::create_metadata(flat, *of_repo);
  std::vector<flatbuffers::Offset<fb::Update>> updates;
  for (const Update& update : info.latest_updates) {
    const auto payload = std::visit(detail::UpdateWriter{flat}, update.kind);
    const auto backup = update.backup_path ? detail::create_text(flat, *update.backup_path) : 0;
    const auto tag = static_cast<fb::UpdateType>(update.kind.index() + 1);
    updates.push_back(fb::CreateUpdate(flat, tag, payload, detail::stored_timestamp(update.updated_at), backup));
  }
  const auto updates_at = flat.CreateVector(updates);
  const auto before = info.repo_before_updates ? detail::create_text(flat, *info.repo_before_updates) : 0;
  const auto config = info.config ? detail::create_bytes(flat, *info.config) : 0;
  const auto enabled = info.enabled_feature_flags.empty() ? 0 : flat.CreateVector(info.enabled_feature_flags);
  const auto disabled = info.disabled_feature_flags.empty() ? 0 : flat.CreateVector(info.disabled_feature_flags);
  flat.Finish(fb::CreateRepo(flat, 2, tags, branches, deleted_at, snapshots, status, metadata, updates_at, before,
                             config, enabled, disabled),
              detail::file_identifier);
  return detail::take_bytes(flat);
}

}  // namespace varve::inline v0::format
