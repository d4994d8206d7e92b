// SPDX-License-Identifier: Apache-2.0
// Bodies of snapshot_builder.hpp.
#pragma once

#include <varve/format/snapshot_builder.hpp>

#include <varve/core/path.hpp>
#include <varve/format/generated/icechunk.hpp>
#include <varve/format/impl/flat_builder.ipp>
#include <varve/format/impl/metadata_items.ipp>
#include <varve/format/keys.hpp>

#include <algorithm>
#include <utility>

namespace varve::inline v0::format {

namespace detail {

inline Error malformed(const std::string& path, std::string why) {
  return Error(errc::malformed_snapshot, "build snapshot", path, std::move(why));
}

/// Checks nodes sorted by path.
inline Result<void> check_hierarchy(const std::vector<NodeData>& nodes) {
  const auto find = [&](std::string_view path) {
    const auto at = std::lower_bound(nodes.begin(), nodes.end(), path,
                                     [](const NodeData& node, std::string_view p) { return node.path < p; });
    return at != nodes.end() && at->path == path ? &*at : nullptr;
  };
  for (std::size_t i = 0; i != nodes.size(); ++i) {
    const NodeData& node = nodes[i];
    if (!node.path.starts_with('/')) return malformed(node.path, "the path of a node is absolute");
    if (i != 0 && node.path == nodes[i - 1].path) return malformed(node.path, "two nodes have this path");
    if (node.kind == NodeKind::group && (!node.shape.empty() || node.dimension_names || !node.manifests.empty())) {
      return malformed(node.path, "a group has no shape, dimension names or manifests");
    }
    for (std::size_t slash = node.path.rfind('/'); node.path.size() > 1; slash = node.path.rfind('/', slash - 1)) {
      const NodeData* above = find(slash == 0 ? std::string_view("/") : std::string_view(node.path).substr(0, slash));
      if (above != nullptr && above->kind == NodeKind::array) {
        return malformed(node.path, "it would lie below the array `" + above->path + "`");
      }
      if (slash == 0) break;
    }
  }
  return {};
}

/// Checks that `manifests`, sorted by id, are exactly those that the nodes refer to.
inline Result<void> check_manifests(const std::vector<NodeData>& nodes, const std::vector<ManifestFile>& manifests) {
  std::vector<bool> used(manifests.size(), false);
  for (const NodeData& node : nodes) {
    for (const ManifestRefData& ref : node.manifests) {
      const auto at = std::lower_bound(manifests.begin(), manifests.end(), ref.id,
                                       [](const ManifestFile& file, const ManifestId& id) { return file.id < id; });
      if (at == manifests.end() || at->id != ref.id) {
        return malformed(node.path, "its manifest " + ref.id.to_string() + " is not listed");
      }
      used[static_cast<std::size_t>(at - manifests.begin())] = true;
      if (!ref.extents.empty() && ref.extents.size() != node.shape.size()) {
        return malformed(node.path, "the extents of manifest " + ref.id.to_string() + " are of another rank");
      }
    }
  }
  for (std::size_t i = 0; i != manifests.size(); ++i) {
    const std::string name = manifests[i].id.to_string();
    if (!used[i]) return malformed("manifests/" + name, "no node refers to this manifest");
    if (i != 0 && manifests[i].id == manifests[i - 1].id) return malformed("manifests/" + name, "it is listed twice");
  }
  return {};
}

inline flatbuffers::Offset<fb::ArrayNodeData> create_array(flatbuffers::FlatBufferBuilder& flat, const NodeData& node) {
  std::vector<flatbuffers::Offset<fb::DimensionShapeV2>> shape;
  for (const DimensionShape& dimension : node.shape) {
    shape.push_back(fb::CreateDimensionShapeV2(flat, dimension.array_length, dimension.num_chunks));
  }
  std::vector<flatbuffers::Offset<fb::DimensionName>> names;
  if (node.dimension_names) {
    for (const auto& name : *node.dimension_names) {
      const auto text = name ? create_text(flat, *name) : flatbuffers::Offset<flatbuffers::String>();
      names.push_back(fb::CreateDimensionName(flat, text));
    }
  }
  std::vector<flatbuffers::Offset<fb::ManifestRef>> refs;
  for (const ManifestRefData& ref : node.manifests) {
    std::vector<fb::ChunkIndexRange> extents;
    for (const ChunkRange& range : ref.extents) extents.emplace_back(range.first, range.last);
    const auto extents_at = flat.CreateVectorOfStructs(extents);
    const fb::ObjectId12 id = flat_id(ref.id);
    refs.push_back(fb::CreateManifestRef(flat, &id, extents_at));
  }
  // Files of format 2 hold the list of format 1 too, empty: readers require it.
  const auto no_shape = flat.CreateVectorOfStructs<fb::DimensionShape>(nullptr, 0);
  const auto names_at = node.dimension_names ? flat.CreateVector(names) : 0;
  const auto refs_at = flat.CreateVector(refs);
  const auto shape_at = flat.CreateVector(shape);
  return fb::CreateArrayNodeData(flat, no_shape, names_at, refs_at, shape_at);
}

}  // namespace detail

VARVE_DECL Result<Bytes> encode_snapshot(SnapshotData&& data) {
  std::sort(data.nodes.begin(), data.nodes.end(),
            [](const NodeData& a, const NodeData& b) { return a.path < b.path; });
  std::sort(data.manifests.begin(), data.manifests.end(),
            [](const ManifestFile& a, const ManifestFile& b) { return a.id < b.id; });
  if (auto checked = detail::check_hierarchy(data.nodes); !checked) return std::move(checked).error();
  if (auto checked = detail::check_manifests(data.nodes, data.manifests); !checked) return std::move(checked).error();
  const auto too_large = [&] {
    return Error(errc::invalid_argument, "build snapshot", snapshot_key(data.id), "it would have more than 2 GiB");
  };

  flatbuffers::FlatBufferBuilder flat(4096 + data.nodes.size() * 512);
  std::vector<flatbuffers::Offset<fb::NodeSnapshot>> nodes;
  nodes.reserve(data.nodes.size());
  for (const NodeData& node : data.nodes) {
    std::size_t needed = 512 + node.path.size() + node.zarr_json.size() + node.shape.size() * 48;
    for (const ManifestRefData& ref : node.manifests) needed += 64 + ref.extents.size() * 8;
    if (node.dimension_names) {
      for (const auto& name : *node.dimension_names) needed += 32 + (name ? name->size() : 0);
    }
    if (!detail::fits(flat, needed + nodes.size() * 4)) return too_large();
    const auto path = detail::create_text(flat, node.path);
    const auto user_data = detail::create_bytes(flat, as_bytes(node.zarr_json));
    const bool array = node.kind == NodeKind::array;
    const auto tag = array ? fb::NodeData::Array : fb::NodeData::Group;
    const auto node_data = array ? detail::create_array(flat, node).Union() : fb::CreateGroupNodeData(flat).Union();
    const fb::ObjectId8 id = detail::flat_id(node.id);
    nodes.push_back(fb::CreateNodeSnapshot(flat, &id, path, user_data, tag, node_data));
  }
  const auto items = detail::encode_metadata(data.metadata);
  if (!items) return items.error();
  const std::size_t rest = 4096 + nodes.size() * 4 + data.manifests.size() * 64 + data.message.size();
  if (!detail::fits(flat, rest + detail::size_of(*items))) return too_large();
  std::vector<flatbuffers::Offset<fb::ManifestFileInfoV2>> files;
  files.reserve(data.manifests.size());
  for (const ManifestFile& file : data.manifests) {
    const fb::ObjectId12 id = detail::flat_id(file.id);
    files.push_back(fb::CreateManifestFileInfoV2(flat, &id, file.size_bytes, file.num_chunk_refs));
  }
  const auto nodes_at = flat.CreateVector(nodes);
  const auto message = detail::create_text(flat, data.message);
  const auto metadata = detail::create_metadata(flat, *items);
  const auto no_files = flat.CreateVectorOfStructs<fb::ManifestFileInfo>(nullptr, 0);
  const auto files_at = flat.CreateVector(files);
  const fb::ObjectId12 id = detail::flat_id(data.id);
  flat.Finish(fb::CreateSnapshot(flat, &id, nullptr, nodes_at, detail::stored_timestamp(data.flushed_at), message,
                                 metadata, no_files, files_at),
              detail::file_identifier);
  return detail::take_bytes(flat);
}

VARVE_DECL NodeData copy_node(const NodeView& node) {
  NodeData out;
  out.id = node.id();
  out.path = std::string(node.path());
  out.zarr_json = std::string(node.zarr_json());
  out.kind = node.kind();
  for (std::size_t i = 0; i != node.rank(); ++i) out.shape.push_back(node.dimension(i));
  if (node.has_dimension_names()) {
    out.dimension_names.emplace();
    for (std::size_t i = 0; i != node.dimension_name_count(); ++i) {
      const auto name = node.dimension_name(i);
      out.dimension_names->push_back(name ? std::optional<std::string>(*name) : std::nullopt);
    }
  }
  for (std::size_t i = 0; i != node.manifest_ref_count(); ++i) {
    const ManifestRefView ref = node.manifest_ref(i);
    ManifestRefData& data = out.manifests.emplace_back();
    data.id = ref.id();
    for (std::size_t k = 0; k != ref.rank(); ++k) data.extents.push_back(ref.extent(k));
  }
  return out;
}

VARVE_DECL Result<SnapshotData> copy_snapshot(const SnapshotView& snapshot) {
  SnapshotData out;
  out.id = snapshot.id();
  out.flushed_at = snapshot.flushed_at();
  out.message = std::string(snapshot.message());
  auto metadata = snapshot.metadata();
  if (!metadata) return std::move(metadata).error();
  out.metadata = *std::move(metadata);
  for (std::size_t i = 0; i != snapshot.node_count(); ++i) out.nodes.push_back(copy_node(snapshot.node(i)));
  for (std::size_t i = 0; i != snapshot.manifest_count(); ++i) out.manifests.push_back(snapshot.manifest(i));
  return out;
}

VARVE_DECL SnapshotData initial_snapshot(Timestamp now) {
  SnapshotData out;
  out.id = initial_snapshot_id;
  out.flushed_at = now;
  out.message = "Repository initialized";
  out.metadata.emplace("__icechunk", Json::Object{{"is_root", Json(true)}});
  return out;
}

}  // namespace varve::inline v0::format
