// SPDX-License-Identifier: Apache-2.0
// Bodies of inspect.hpp.
#pragma once

#include <varve/format/inspect.hpp>

#include <varve/format/file.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/metadata.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/format/transaction_log.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace varve::inline v0::format {

namespace detail {

inline Json json_of(const Metadata& metadata) { return Json::Object(metadata.begin(), metadata.end()); }

inline Json json_of(std::span<const std::uint32_t> numbers) { return Json::Array(numbers.begin(), numbers.end()); }

template <class Ids>
Json json_of_ids(const Ids& ids) {
  Json::Array array;
  for (std::size_t i = 0; i != ids.size(); ++i) array.emplace_back(ids[i].to_string());
  return array;
}

inline Json json_of_text(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

inline Json json_of(const std::map<std::string, SnapshotId, std::less<>>& refs) {
  Json::Object object;
  for (const auto& [name, id] : refs) object.emplace_back(name, id.to_string());
  return object;
}

inline Json json_of(const RepoStatus& status) {
  constexpr std::array names{"online", "read_only", "offline"};
  return Json::Object{{"availability", names[static_cast<std::size_t>(status.availability)]},
                      {"set_at", rfc3339(status.set_at)},
                      {"limited_availability_reason", json_of_text(status.reason)}};
}

/// The fields of an operation. Which of them it has says its type.
struct UpdateFields {
  template <class Kind>
  Json::Object operator()(const Kind& kind) const {
    Json::Object fields;
    if constexpr (requires { kind.from_version; }) {
      fields.emplace_back("from_version", kind.from_version);
      fields.emplace_back("to_version", kind.to_version);
    }
    if constexpr (requires { kind.name; }) fields.emplace_back("name", kind.name);
    if constexpr (requires { kind.branch; }) fields.emplace_back("branch", kind.branch);
    if constexpr (requires { kind.previous_snapshot; }) fields.emplace_back("previous_snap_id", kind.previous_snapshot.to_string());
    if constexpr (requires { kind.new_snapshot; }) fields.emplace_back("new_snap_id", kind.new_snapshot.to_string());
    if constexpr (requires { kind.new_value; }) {
      fields.emplace_back("id", kind.id);
      fields.emplace_back("new_value", kind.is_set ? Json(kind.new_value) : Json());
    }
    if constexpr (requires { kind.status; }) fields.emplace_back("status", json_of(kind.status));
    if constexpr (requires { kind.tag; }) fields.emplace_back("tag", kind.tag);
    return fields;
  }
};

inline Json json_of(const Update& update) {
  Json::Object object{{"type", name_of(update.kind)}};
  for (Json::Member& field : std::visit(UpdateFields(), update.kind)) object.push_back(std::move(field));
  object.emplace_back("updated_at", rfc3339(update.updated_at));
  object.emplace_back("backup_path", json_of_text(update.backup_path));
  return object;
}

inline Json json_of(const SnapshotInfo& snapshot) {
  return Json::Object{{"id", snapshot.id.to_string()},
                      {"parent_id", snapshot.parent ? Json(snapshot.parent->to_string()) : Json()},
                      {"flushed_at", rfc3339(snapshot.flushed_at)},
                      {"message", snapshot.message},
                      {"metadata", json_of(snapshot.metadata)},
                      {"pruned_ancestor_tx_logs", json_of_ids(snapshot.pruned_ancestor_tx_logs)}};
}

inline Result<Json::Object> inspect_repo_info(const File& file, std::string_view key) {
  auto info = decode_repo_info(file.body, key);
  if (!info) return std::move(info).error();
  Json::Array snapshots, updates;
  for (const SnapshotInfo& snapshot : info->snapshots) snapshots.push_back(json_of(snapshot));
  for (const Update& update : info->latest_updates) updates.push_back(json_of(update));
  Json config;
  if (info->config) {
    auto decoded = decode_flexbuffer(*info->config, key);
    if (!decoded) return std::move(decoded).error();
    config = *std::move(decoded);
  }
  return Json::Object{
      {"branches", json_of(info->branches)},
      {"tags", json_of(info->tags)},
      {"deleted_tags", Json::Array(info->deleted_tags.begin(), info->deleted_tags.end())},
      {"snapshots", std::move(snapshots)},
      {"status", json_of(info->status)},
      {"metadata", json_of(info->metadata)},
      {"latest_updates", std::move(updates)},
      {"repo_before_updates", json_of_text(info->repo_before_updates)},
      {"config", std::move(config)},
      {"enabled_feature_flags", Json::Array(info->enabled_feature_flags.begin(), info->enabled_feature_flags.end())},
      {"disabled_feature_flags", Json::Array(info->disabled_feature_flags.begin(), info->disabled_feature_flags.end())}};
}

inline Json json_of(const NodeView& node) {
  const bool is_array = node.kind() == NodeKind::array;
  Json::Object object{{"id", node.id().to_string()},
                      {"path", node.path()},
                      {"node_type", is_array ? "array" : "group"},
                      {"user_data", node.zarr_json()}};
  if (!is_array) return object;
  Json::Array shape, refs;
  for (std::size_t i = 0; i != node.rank(); ++i) {
    const DimensionShape dimension = node.dimension(i);
    Json::Object fields;
    if (const auto name = node.dimension_name(i)) fields.emplace_back("name", *name);
    fields.emplace_back("array_length", dimension.array_length);
    fields.emplace_back("num_chunks", dimension.num_chunks);
    shape.emplace_back(std::move(fields));
  }
  object.emplace_back("shape", std::move(shape));
  for (std::size_t i = 0; i != node.manifest_ref_count(); ++i) {
    const ManifestRefView ref = node.manifest_ref(i);
    Json::Array extents;
    for (std::size_t d = 0; d != ref.rank(); ++d) extents.emplace_back(Json::Array{ref.extent(d).first, ref.extent(d).last});
    refs.emplace_back(Json::Object{{"id", ref.id().to_string()}, {"extents", std::move(extents)}});
  }
  object.emplace_back("manifest_refs", std::move(refs));
  return object;
}

inline Result<Json::Object> inspect_snapshot(const File& file, std::string_view key) {
  const auto view = SnapshotView::open(file.body, file.version, key);
  if (!view) return view.error();
  auto metadata = view->metadata();
  if (!metadata) return std::move(metadata).error();
  Json::Array manifests, nodes;
  for (std::size_t i = 0; i != view->manifest_count(); ++i) {
    const ManifestFile manifest = view->manifest(i);
    manifests.emplace_back(Json::Object{{"id", manifest.id.to_string()},
                                        {"size_bytes", manifest.size_bytes},
                                        {"num_chunk_refs", manifest.num_chunk_refs}});
  }
  for (std::size_t i = 0; i != view->node_count(); ++i) nodes.push_back(json_of(view->node(i)));
  Json::Object object{{"id", view->id().to_string()}};
  if (const auto parent = view->parent()) object.emplace_back("parent_id", parent->to_string());
  object.emplace_back("flushed_at", rfc3339(view->flushed_at()));
  object.emplace_back("commit_message", view->message());
  object.emplace_back("metadata", json_of(*metadata));
  object.emplace_back("manifests", std::move(manifests));
  object.emplace_back("nodes", std::move(nodes));
  return object;
}

inline Result<Json::Object> inspect_transaction_log(const File& file, std::string_view key) {
  const auto view = TransactionLogView::open(file.body, key);
  if (!view) return view.error();
  Json::Array chunks, moves;
  std::vector<std::uint32_t> index;
  for (std::size_t i = 0; i != view->updated_array_count(); ++i) {
    const UpdatedChunksView updated = view->updated_chunks(i);
    Json::Array indices;
    for (std::size_t k = 0; k != updated.size(); ++k) {
      updated.index(k, index);
      indices.push_back(json_of(index));
    }
    chunks.emplace_back(Json::Object{{"node_id", updated.id().to_string()}, {"chunks", std::move(indices)}});
  }
  for (std::size_t i = 0; i != view->move_count(); ++i) {
    const Move move = view->move(i);
    moves.emplace_back(Json::Object{{"from", move.from},
                                    {"to", move.to},
                                    {"node_id", move.id.to_string()},
                                    {"node_type", move.kind == NodeKind::array ? "array" : "group"}});
  }
  return Json::Object{{"id", view->id().to_string()},
                      {"new_groups", json_of_ids(view->new_groups())},
                      {"new_arrays", json_of_ids(view->new_arrays())},
                      {"deleted_groups", json_of_ids(view->deleted_groups())},
                      {"deleted_arrays", json_of_ids(view->deleted_arrays())},
                      {"updated_groups", json_of_ids(view->updated_groups())},
                      {"updated_arrays", json_of_ids(view->updated_arrays())},
                      {"updated_chunks", std::move(chunks)},
                      {"moved_nodes", std::move(moves)}};
}

inline Result<Json> json_of(std::span<const std::uint32_t> index, const ChunkRef& ref, std::string_view key) {
  Json::Object object{{"index", json_of(index)}};
  switch (ref.kind) {
    case ChunkRefKind::inlined:
      object.emplace_back("type", "inline");
      object.emplace_back("length", ref.inline_bytes.size());
      return Json(std::move(object));
    case ChunkRefKind::native:
      object.emplace_back("type", "native");
      object.emplace_back("chunk_id", ref.chunk_id.to_string());
      break;
    case ChunkRefKind::virtual_location: {
      auto location = full_location(ref, key);
      if (!location) return std::move(location).error();
      object.emplace_back("type", "virtual");
      object.emplace_back("location", *std::move(location));
      if (!ref.checksum_etag.empty()) object.emplace_back("checksum_etag", ref.checksum_etag);
      if (ref.checksum_last_modified != 0) object.emplace_back("checksum_last_modified", ref.checksum_last_modified);
      break;
    }
  }
  object.emplace_back("offset", ref.offset);
  object.emplace_back("length", ref.length);
  return Json(std::move(object));
}

/// How many refs there are of each kind.
struct RefCounts {
  std::array<std::uint64_t, 3> of_kind{};

  void append_to(Json::Object& object, std::string_view prefix) const {
    constexpr std::array names{"inline", "native", "virtual"};
    for (std::size_t i = 0; i != names.size(); ++i) object.emplace_back(std::string(prefix) + names[i], of_kind[i]);
  }
};

inline Result<Json::Object> inspect_manifest(const File& file, std::string_view key, std::size_t most_refs) {
  const auto view = ManifestView::open(file.body, key);
  if (!view) return view.error();
  RefCounts all;
  std::uint64_t all_refs = 0;
  Json::Array arrays;
  std::vector<std::uint32_t> index;
  for (std::size_t i = 0; i != view->array_count(); ++i) {
    const auto id = view->array_id(i);
    if (!id) return id.error();
    const auto refs = view->array(i);
    if (!refs) return refs.error();
    RefCounts counts;
    Json::Array listed;
    for (std::size_t k = 0; k != refs->size(); ++k) {
      const auto ref = refs->ref(k);
      if (!ref) return ref.error();
      ++counts.of_kind[static_cast<std::size_t>(ref->kind)];
      ++all.of_kind[static_cast<std::size_t>(ref->kind)];
      if (k >= most_refs) continue;
      if (auto read = refs->index(k, index); !read) return std::move(read).error();
      auto json = json_of(index, *ref, key);
      if (!json) return std::move(json).error();
      listed.push_back(*std::move(json));
    }
    all_refs += refs->size();
    Json::Object array{{"node_id", id->to_string()}, {"num_chunk_refs", refs->size()}};
    counts.append_to(array, "num_");
    array.emplace_back("refs", std::move(listed));
    arrays.emplace_back(std::move(array));
  }
  Json::Object object{{"id", view->id().to_string()}, {"num_arrays", view->array_count()}, {"total_chunk_refs", all_refs}};
  all.append_to(object, "total_");
  object.emplace_back("location_dictionary_bytes", view->location_dictionary().size());
  object.emplace_back("arrays", std::move(arrays));
  return object;
}

}  // namespace detail

VARVE_DECL Result<Json> inspect(ByteView stored, std::string_view key, std::size_t most_refs) {
  if (stored.size() < file_header_size) return detail::bad_file(key, "it is shorter than the header of a file");
  const auto type = static_cast<FileType>(stored[detail::type_at]);
  const auto file = open_file(stored, type, key);
  if (!file) return file.error();
  Result<Json::Object> fields = Error(errc::unsupported_format, "inspect", std::string(key), "it is of a kind that varve does not know");
  std::string_view kind = "unknown";
  switch (type) {
    case FileType::repo_info: kind = "repo-info", fields = detail::inspect_repo_info(*file, key); break;
    case FileType::snapshot: kind = "snapshot", fields = detail::inspect_snapshot(*file, key); break;
    case FileType::transaction_log: kind = "transaction-log", fields = detail::inspect_transaction_log(*file, key); break;
    case FileType::manifest: kind = "manifest", fields = detail::inspect_manifest(*file, key, most_refs); break;
  }
  if (!fields) return std::move(fields).error();
  std::string_view written_by = as_text(stored.subspan(detail::name_at, detail::name_size));
  written_by = written_by.substr(0, written_by.find_last_not_of(std::string_view(" \0", 2)) + 1);
  Json::Object object{{"header", Json::Object{{"written_by", written_by},
                                              {"spec_version", file->version},
                                              {"file_type", kind},
                                              {"compression", stored[detail::compression_at] == std::byte{0} ? "none" : "zstd"}}},
                      {"stored_bytes", stored.size()},
                      {"body_bytes", file->body.size()}};
  for (Json::Member& field : *fields) object.push_back(std::move(field));
  return Json(std::move(object));
}

}  // namespace varve::inline v0::format
