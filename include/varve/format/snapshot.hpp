// SPDX-License-Identifier: Apache-2.0
// SnapshotView: the nodes of one version of the hierarchy, sorted by the raw bytes of their paths, and the manifests
// that hold their chunks, read in place. Every read of a repository passes through a snapshot, so its body is checked
// whole when it is opened; after that no accessor can fail.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/json.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/damage.hpp>
#include <varve/format/flat.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace varve::inline v0::format {

enum class NodeKind : std::uint8_t { group, array };

/// One dimension of an array. Files of format 1 hold a chunk length; the number of chunks is computed from it.
struct DimensionShape {
  std::uint64_t array_length = 0;
  std::uint32_t num_chunks = 0;
  friend bool operator==(const DimensionShape&, const DimensionShape&) = default;
};

/// The chunk coordinates [first, last) along one dimension.
struct ChunkRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  friend bool operator==(const ChunkRange&, const ChunkRange&) = default;
};

/// What a snapshot says of a manifest that its nodes refer to.
struct ManifestFile {
  ManifestId id;
  std::uint64_t size_bytes = 0;  ///< of the object as stored, header included; 0 if not known
  std::uint32_t num_chunk_refs = 0;
  friend bool operator==(const ManifestFile&, const ManifestFile&) = default;
};

/// That a manifest holds chunks of an array, and the box they lie in.
class ManifestRefView {
 public:
  ManifestId id() const noexcept;
  /// The number of extents: that of the array's dimensions, or 0.
  std::size_t rank() const noexcept { return extents_.count; }
  ChunkRange extent(std::size_t i) const noexcept;
  /// Whether the manifest may hold the chunk at `index`. No extents at all cover everything.
  bool covers(std::span<const std::uint32_t> index) const noexcept;
  /// The place of a covered `index` among all indices of the extents, in their order: where its ref is in a manifest that
  /// has all of them.
  std::size_t place(std::span<const std::uint32_t> index) const noexcept;

 private:
  friend class NodeView;
  ByteView body_;
  detail::FlatTable table_;
  detail::FlatVector extents_;
};

class NodeView {
 public:
  NodeId id() const noexcept;
  std::string_view path() const noexcept;
  /// The bytes of the node's zarr.json, exactly as they were written.
  std::string_view zarr_json() const noexcept;
  NodeKind kind() const noexcept { return kind_; }

  // Of arrays; a group has none of these.
  std::size_t rank() const noexcept { return shape_.count; }
  DimensionShape dimension(std::size_t i) const noexcept;
  bool has_dimension_names() const noexcept { return names_.present; }
  /// The name of dimension `i`; `nullopt` if it has none. The list may be shorter or longer than the rank.
  std::optional<std::string_view> dimension_name(std::size_t i) const noexcept;
  std::size_t dimension_name_count() const noexcept { return names_.count; }
  std::size_t manifest_ref_count() const noexcept { return manifests_.count; }
  ManifestRefView manifest_ref(std::size_t i) const noexcept;

 private:
  friend class SnapshotView;
  ByteView body_;
  detail::FlatTable table_;
  NodeKind kind_ = NodeKind::group;
  bool shape_v2_ = false;
  detail::FlatVector shape_;
  detail::FlatVector names_;
  detail::FlatVector manifests_;
};

/// A snapshot. A view: whoever makes it keeps `body` alive.
class SnapshotView {
 public:
  /// Checks the whole body: every offset, the order of the nodes, the shapes. `version` is the byte of the file's
  /// header. Two nodes at one path, which the reference can produce, are let through; `find` returns one of them.
  /// Errors: `errc::corrupt`, `errc::unsupported_format` for a kind of node from the future; both name `key`.
  /// With `flaws`, nodes out of order, of an unknown kind (as groups) or at a relative path are put there instead; then
  /// `find` may miss some.
  static Result<SnapshotView> open(ByteView body, std::uint8_t version, std::string_view key, Flaws* flaws = nullptr);

  SnapshotId id() const noexcept { return id_; }
  /// In files of format 1; format 2 keeps parents in `repo`.
  std::optional<SnapshotId> parent() const noexcept { return parent_; }
  Timestamp flushed_at() const noexcept { return flushed_at_; }
  std::string_view message() const noexcept;
  /// Errors: `errc::corrupt`: the values are the one part that opening leaves unread.
  Result<Metadata> metadata() const;

  std::size_t node_count() const noexcept { return nodes_.count; }
  NodeView node(std::size_t i) const noexcept;
  /// A node that says it is a group, if what is stored of it is an array all the same. `allowance` is how many elements the
  /// lists of all such arrays may still have: honest files hold no more than they have bytes.
  std::optional<NodeView> hidden_array(std::size_t i, std::size_t& allowance) const noexcept;
  /// The node at a path, by binary search.
  std::optional<NodeView> find(std::string_view path) const noexcept;
  /// The node with an id, by looking at each.
  std::optional<NodeView> find(NodeId id) const noexcept;
  /// The position of the first node whose path is not less than `path`, as raw bytes.
  std::size_t lower_bound(std::string_view path) const noexcept;

  std::size_t manifest_count() const noexcept { return manifests_.count; }
  ManifestFile manifest(std::size_t i) const noexcept;
  /// By looking at each, since the format does not promise an order.
  std::optional<ManifestFile> find_manifest(ManifestId id) const noexcept;

 private:
  Result<void> check(std::string_view key, Flaws* flaws) const;
  std::string_view path_of(std::size_t i) const noexcept;
  NodeView array(std::size_t i) const noexcept;
  /// What is damaged of an array; null if nothing is.
  const char* damage_of(const NodeView& array, std::size_t& allowance) const noexcept;

  ByteView body_;
  SnapshotId id_;
  std::optional<SnapshotId> parent_;
  Timestamp flushed_at_{};
  std::uint8_t version_ = 2;
  bool manifests_v2_ = false;
  detail::FlatTable root_;
  detail::FlatVector nodes_;
  detail::FlatVector manifests_;
};

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/snapshot.ipp>
#endif
