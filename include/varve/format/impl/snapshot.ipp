// SPDX-License-Identifier: Apache-2.0
// Bodies of snapshot.hpp.
#pragma once

#include <varve/format/snapshot.hpp>

#include <varve/core/lower_bound.hpp>
#include <varve/format/impl/metadata_items.ipp>
#include <varve/format/keys.hpp>

#include <algorithm>
#include <string>

namespace varve::inline v0::format {

namespace detail {

// Slots of the tables, in the order of the specification.
struct SnapshotSlot {
  enum : unsigned { id, parent_id, nodes, flushed_at, message, metadata, manifest_files, manifest_files_v2 };
};
struct NodeSlot {
  enum : unsigned { id, path, user_data, node_data_type, node_data };
};
struct ArrayNodeSlot {
  enum : unsigned { shape, dimension_names, manifests, shape_v2 };
};
struct ManifestRefSlot {
  enum : unsigned { object_id, extents };
};
struct ManifestFileSlot {
  enum : unsigned { id, size_bytes, num_chunk_refs };
};

inline constexpr std::uint8_t array_tag = 1, group_tag = 2;       // of the union NodeData
inline constexpr std::size_t dimension_shape_v1_bytes = 16;       // u64 array_length, u64 chunk_length
inline constexpr std::size_t manifest_file_v1_bytes = 32;         // id, 4 bytes of padding, u64, u32, 4 of padding
inline constexpr std::size_t chunk_index_range_bytes = 8;         // u32 from, u32 to

/// ceil(array_length / chunk_length), for the shapes of format 1. Writers of 2.x store a chunk length that gives back
/// the number of chunks rather than the true one.
inline DimensionShape dimension_v1(FlatReader& reader, std::uint64_t array_length, std::uint64_t chunk_length) {
  DimensionShape out{array_length, 0};
  if (chunk_length == 0) {
    reader.require(array_length == 0);
    return out;
  }
  const std::uint64_t chunks = array_length / chunk_length + (array_length % chunk_length != 0 ? 1 : 0);
  reader.require(chunks <= UINT32_MAX);
  out.num_chunks = static_cast<std::uint32_t>(chunks);
  return out;
}

inline DimensionShape read_dimension(FlatReader& reader, const FlatVector& shape, bool v2, std::size_t i) {
  if (!v2) {
    const std::size_t at = shape.first + i * dimension_shape_v1_bytes;
    return dimension_v1(reader, reader.load<std::uint64_t>(at), reader.load<std::uint64_t>(at + 8));
  }
  const FlatTable table = reader.element(shape, i);
  return {reader.scalar<std::uint64_t>(table, 0, 0), reader.scalar<std::uint32_t>(table, 1, 0)};
}

inline ManifestFile read_manifest_file(FlatReader& reader, const FlatVector& files, bool v2, std::size_t i) {
  if (!v2) {
    const std::size_t at = files.first + i * manifest_file_v1_bytes;
    return {reader.id<ManifestId>(at), reader.load<std::uint64_t>(at + 16), reader.load<std::uint32_t>(at + 24)};
  }
  const FlatTable table = reader.element(files, i);
  return {reader.required_id<ManifestId>(table, ManifestFileSlot::id),
          reader.scalar<std::uint64_t>(table, ManifestFileSlot::size_bytes, 0),
          reader.scalar<std::uint32_t>(table, ManifestFileSlot::num_chunk_refs, 0)};
}

}  // namespace detail

VARVE_DECL ManifestId ManifestRefView::id() const noexcept {
  detail::FlatReader reader(body_);
  return reader.required_id<ManifestId>(table_, detail::ManifestRefSlot::object_id);
}

VARVE_DECL ChunkRange ManifestRefView::extent(std::size_t i) const noexcept {
  if (i >= extents_.count) return {};
  const std::byte* at = body_.data() + extents_.first + i * detail::chunk_index_range_bytes;
  return {detail::load_little<std::uint32_t>(at), detail::load_little<std::uint32_t>(at + 4)};
}

VARVE_DECL bool ManifestRefView::covers(std::span<const std::uint32_t> index) const noexcept {
  if (extents_.count == 0) return true;
  if (extents_.count != index.size()) return false;
  for (std::size_t i = 0; i != index.size(); ++i) {
    const ChunkRange range = extent(i);
    if (index[i] < range.first || index[i] >= range.last) return false;
  }
  return true;
}

VARVE_DECL std::size_t ManifestRefView::place(std::span<const std::uint32_t> index) const noexcept {
  std::uint64_t place = 0;  // of boxes beyond 2^64 chunks, any
  for (std::size_t i = 0; i != std::min<std::size_t>(index.size(), extents_.count); ++i) {
    const ChunkRange range = extent(i);
    place = place * (range.last - range.first) + (index[i] - range.first);
  }
  return static_cast<std::size_t>(place);
}

VARVE_DECL NodeId NodeView::id() const noexcept {
  detail::FlatReader reader(body_);
  return reader.required_id<NodeId>(table_, detail::NodeSlot::id);
}

VARVE_DECL std::string_view NodeView::path() const noexcept {
  detail::FlatReader reader(body_);
  return reader.text(reader.vector(table_, detail::NodeSlot::path, 1));
}

VARVE_DECL std::string_view NodeView::zarr_json() const noexcept {
  detail::FlatReader reader(body_);
  return reader.text(reader.vector(table_, detail::NodeSlot::user_data, 1));
}

VARVE_DECL DimensionShape NodeView::dimension(std::size_t i) const noexcept {
  if (i >= shape_.count) return {};
  detail::FlatReader reader(body_);
  return detail::read_dimension(reader, shape_, shape_v2_, i);
}

VARVE_DECL std::optional<std::string_view> NodeView::dimension_name(std::size_t i) const noexcept {
  if (i >= names_.count) return std::nullopt;
  detail::FlatReader reader(body_);
  const detail::FlatVector name = reader.vector(reader.element(names_, i), 0, 1);
  if (!name.present) return std::nullopt;
  return reader.text(name);
}

VARVE_DECL ManifestRefView NodeView::manifest_ref(std::size_t i) const noexcept {
  ManifestRefView out;
  if (i >= manifests_.count) return out;
  detail::FlatReader reader(body_);
  out.body_ = body_;
  out.table_ = reader.element(manifests_, i);
  out.extents_ = reader.required(out.table_, detail::ManifestRefSlot::extents, detail::chunk_index_range_bytes);
  return out;
}

VARVE_DECL Result<SnapshotView> SnapshotView::open(ByteView body, std::uint8_t version, std::string_view key, Flaws* flaws) {
  using Slot = detail::SnapshotSlot;
  detail::FlatReader reader(body);
  SnapshotView view;
  view.body_ = body;
  view.version_ = version;
  view.root_ = reader.root();
  view.id_ = reader.required_id<SnapshotId>(view.root_, Slot::id);
  // Format 2 keeps parents in `repo`; one that stands in the file all the same means nothing there.
  if (const std::size_t at = reader.field(view.root_, Slot::parent_id, SnapshotId::size); at != 0 && version == 1) {
    view.parent_ = reader.id<SnapshotId>(at);
  }
  view.flushed_at_ = detail::read_timestamp(reader, view.root_, Slot::flushed_at);
  reader.required(view.root_, Slot::message, 1);
  reader.required(view.root_, Slot::metadata, 4);
  view.nodes_ = reader.required(view.root_, Slot::nodes, 4);
  view.manifests_ = reader.required(view.root_, Slot::manifest_files, detail::manifest_file_v1_bytes);
  if (const auto v2 = reader.vector(view.root_, Slot::manifest_files_v2, 4); v2.present) {
    view.manifests_ = v2;
    view.manifests_v2_ = true;
  }
  if (reader.failed()) return detail::corrupt("read snapshot", key, "its root table is damaged");
  if (auto checked = view.check(key, flaws); !checked) return std::move(checked).error();
  return view;
}

VARVE_DECL Result<void> SnapshotView::check(std::string_view key, Flaws* flaws) const {
  using Slot = detail::NodeSlot;
  const auto bad = [&](const char* why) { return detail::corrupt("read snapshot", key, why); };
  const auto flawed = [&](Damage damage, std::string what) {
    return detail::flawed(flaws, damage, "read snapshot", key, std::move(what));
  };
  detail::FlatReader reader(body_);
  // Honest files hold each element of a list once. A hostile one could name one long list in a million nodes.
  std::size_t allowance = body_.size();

  const detail::FlatVector metadata = reader.required(root_, detail::SnapshotSlot::metadata, 4);
  if (!detail::check_metadata_items(reader, metadata)) return bad("its metadata is damaged");
  for (std::size_t i = 0; i != manifests_.count; ++i) detail::read_manifest_file(reader, manifests_, manifests_v2_, i);
  if (reader.failed()) return bad("its list of manifests is damaged");

  std::string_view previous;
  for (std::size_t i = 0; i != nodes_.count; ++i) {
    const detail::FlatTable table = reader.element(nodes_, i);
    reader.required_id<NodeId>(table, Slot::id);
    const detail::FlatVector path_at = reader.required(table, Slot::path, 1);
    reader.required(table, Slot::user_data, 1);
    const auto tag = reader.scalar<std::uint8_t>(table, Slot::node_data_type, 0);
    const detail::FlatTable data = reader.child(table, Slot::node_data);
    reader.require(data.vtable_size != 0);
    if (reader.failed()) return bad("a node is damaged");
    const std::string_view path = reader.text(path_at);
    Result<void> noted;
    if (!path.starts_with('/')) noted = flawed(Damage::bad_path, "the path of a node is not absolute");
    if (noted && path < previous) noted = flawed(Damage::nodes_out_of_order, "its nodes are out of order");
    previous = path;
    if (noted && tag != detail::array_tag && tag != detail::group_tag) {
      noted = flawed(Damage::unknown_node_kind,
                     "node `" + std::string(path) + "` is of a kind that this version of varve does not know");
    }
    if (!noted) return noted;
    if (tag != detail::array_tag) continue;
    if (const char* const why = damage_of(array(i), allowance)) return bad(why);
  }
  return {};
}

VARVE_DECL const char* SnapshotView::damage_of(const NodeView& array, std::size_t& allowance) const noexcept {
  detail::FlatReader reader(body_);
  const auto spend = [&](const detail::FlatVector& list) {
    reader.require(list.count <= allowance);
    allowance -= std::min<std::size_t>(list.count, allowance);
    return reader.failed() ? 0 : list.count;
  };
  const detail::FlatTable data = reader.child(array.table_, detail::NodeSlot::node_data);
  reader.require(reader.required(data, detail::ArrayNodeSlot::shape, detail::dimension_shape_v1_bytes).present);
  for (std::size_t k = spend(array.shape_); k-- > 0;) detail::read_dimension(reader, array.shape_, array.shape_v2_, k);
  if (reader.failed()) return "the shape of an array is damaged";
  for (std::size_t k = spend(array.names_); k-- > 0;) reader.vector(reader.element(array.names_, k), 0, 1);
  if (reader.failed()) return "the dimension names of an array are damaged";
  reader.required(data, detail::ArrayNodeSlot::manifests, 4);
  for (std::size_t k = spend(array.manifests_); k-- > 0;) {
    const detail::FlatTable ref = reader.element(array.manifests_, k);
    reader.required_id<ManifestId>(ref, detail::ManifestRefSlot::object_id);
    reader.required(ref, detail::ManifestRefSlot::extents, detail::chunk_index_range_bytes);
  }
  return reader.failed() ? "the manifests of an array are damaged" : nullptr;
}

VARVE_DECL std::string_view SnapshotView::message() const noexcept {
  detail::FlatReader reader(body_);
  return reader.text(reader.vector(root_, detail::SnapshotSlot::message, 1));
}

VARVE_DECL Result<Metadata> SnapshotView::metadata() const {
  detail::FlatReader reader(body_);
  const detail::FlatVector items = reader.vector(root_, detail::SnapshotSlot::metadata, 4);
  std::size_t allowance = 2 * body_.size();
  return detail::read_metadata_items(reader, items, version_, allowance, snapshot_key(id_));
}

VARVE_DECL NodeView SnapshotView::node(std::size_t i) const noexcept {
  using Slot = detail::NodeSlot;
  NodeView out;
  if (i >= nodes_.count) return out;
  detail::FlatReader reader(body_);
  out.body_ = body_;
  out.table_ = reader.element(nodes_, i);
  return reader.scalar<std::uint8_t>(out.table_, Slot::node_data_type, 0) == detail::array_tag ? array(i) : out;
}

VARVE_DECL std::optional<NodeView> SnapshotView::hidden_array(std::size_t i, std::size_t& allowance) const noexcept {
  if (i >= nodes_.count || node(i).kind() == NodeKind::array) return std::nullopt;
  const NodeView hidden = array(i);
  return damage_of(hidden, allowance) == nullptr ? std::optional(hidden) : std::nullopt;
}

VARVE_DECL NodeView SnapshotView::array(std::size_t i) const noexcept {
  using Slot = detail::NodeSlot;
  NodeView out;
  detail::FlatReader reader(body_);
  out.body_ = body_;
  out.table_ = reader.element(nodes_, i);
  out.kind_ = NodeKind::array;
  const detail::FlatTable data = reader.child(out.table_, Slot::node_data);
  out.shape_ = reader.vector(data, detail::ArrayNodeSlot::shape_v2, 4);
  out.shape_v2_ = out.shape_.present;
  if (!out.shape_v2_) {
    out.shape_ = reader.vector(data, detail::ArrayNodeSlot::shape, detail::dimension_shape_v1_bytes);
  }
  out.names_ = reader.vector(data, detail::ArrayNodeSlot::dimension_names, 4);
  out.manifests_ = reader.vector(data, detail::ArrayNodeSlot::manifests, 4);
  return out;
}

VARVE_DECL std::string_view SnapshotView::path_of(std::size_t i) const noexcept {
  detail::FlatReader reader(body_);
  return reader.text(reader.vector(reader.element(nodes_, i), detail::NodeSlot::path, 1));
}

VARVE_DECL std::size_t SnapshotView::lower_bound(std::string_view path) const noexcept {
  return varve::detail::lower_bound(nodes_.count, [&](std::size_t i) { return path_of(i) < path; });
}

VARVE_DECL std::optional<NodeView> SnapshotView::find(std::string_view path) const noexcept {
  const std::size_t at = lower_bound(path);
  if (at == nodes_.count || path_of(at) != path) return std::nullopt;
  return node(at);
}

VARVE_DECL std::optional<NodeView> SnapshotView::find(NodeId id) const noexcept {
  for (std::size_t i = 0; i != nodes_.count; ++i) {
    detail::FlatReader reader(body_);
    if (reader.required_id<NodeId>(reader.element(nodes_, i), detail::NodeSlot::id) == id) return node(i);
  }
  return std::nullopt;
}

VARVE_DECL ManifestFile SnapshotView::manifest(std::size_t i) const noexcept {
  if (i >= manifests_.count) return {};
  detail::FlatReader reader(body_);
  return detail::read_manifest_file(reader, manifests_, manifests_v2_, i);
}

VARVE_DECL std::optional<ManifestFile> SnapshotView::find_manifest(ManifestId id) const noexcept {
  for (std::size_t i = 0; i != manifests_.count; ++i) {
    if (const ManifestFile file = manifest(i); file.id == id) return file;
  }
  return std::nullopt;
}

}  // namespace varve::inline v0::format
