// SPDX-License-Identifier: Apache-2.0
// encode_snapshot: makes the body of a snapshot of format 2 from a list of nodes. It is the last place where a
// malformed hierarchy can be stopped: the reference stores two nodes at one path, and nodes below an array, without
// complaint.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>
#include <varve/format/snapshot.hpp>

#include <optional>
#include <string>
#include <vector>

namespace varve::inline v0::format {

/// That a manifest holds chunks of an array: the smallest box around the indices it really holds. Readers trust it, so
/// a box too small hides chunks. An empty list covers everything.
struct ManifestRefData {
  ManifestId id;
  std::vector<ChunkRange> extents;
  friend bool operator==(const ManifestRefData&, const ManifestRefData&) = default;
};

struct NodeData {
  NodeId id;
  std::string path;
  std::string zarr_json;
  NodeKind kind = NodeKind::group;
  std::vector<DimensionShape> shape;  ///< this and what follows: of arrays only
  std::optional<std::vector<std::optional<std::string>>> dimension_names;
  std::vector<ManifestRefData> manifests;
  friend bool operator==(const NodeData&, const NodeData&) = default;
};

struct SnapshotData {
  SnapshotId id;
  Timestamp flushed_at{};
  std::string message;
  Metadata metadata;
  std::vector<NodeData> nodes;          ///< in any order
  std::vector<ManifestFile> manifests;  ///< exactly those that the nodes refer to, in any order
  friend bool operator==(const SnapshotData&, const SnapshotData&) = default;
};

/// The body of a snapshot file of version 2.
/// Errors: `errc::malformed_snapshot` for two nodes at one path, a node below an array, a node that is both a group
/// and has what only arrays have, or manifests that are not exactly those the nodes refer to;
/// `errc::invalid_argument` beyond 2 GiB.
VARVE_DECL Result<Bytes> encode_snapshot(SnapshotData&& data);

/// A copy of everything that a view shows.
VARVE_DECL NodeData copy_node(const NodeView& node);
/// Errors: `errc::corrupt` from the metadata.
VARVE_DECL Result<SnapshotData> copy_snapshot(const SnapshotView& snapshot);

/// The snapshot that every repository starts from: no nodes, `initial_snapshot_id`.
VARVE_DECL SnapshotData initial_snapshot(Timestamp now);

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/snapshot_builder.ipp>
#endif
