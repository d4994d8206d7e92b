// SPDX-License-Identifier: Apache-2.0
// build_snapshot: turns a base snapshot and a change set into the objects of a commit. There are new manifests where
// chunks changed and nowhere else; every other node, and every other part of an array, keeps what it refers to.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/core/config.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/session/held_chunks.hpp>
#include <varve/session/objects.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// Sets what a snapshot repeats of zarr.json: shape, number of chunks, names of dimensions.
VARVE_DECL Result<void> describe(format::NodeData& node, std::string zarr_json);

}  // namespace detail

/// What a commit will consist of.
struct NewSnapshot {
  SnapshotId id;
  Timestamp flushed_at;
  std::string message;
  Metadata metadata;
  std::shared_ptr<const Snapshot> snapshot;
  TransactionLog log;
  std::vector<NewObject> objects;  ///< to be stored: the snapshot, its transaction log, manifests

  /// What `repo` will say of it.
  format::SnapshotInfo info(SnapshotId parent) const {
    format::SnapshotInfo known;
    known.id = id;
    known.parent = parent;
    known.flushed_at = flushed_at;
    known.message = message;
    known.metadata = metadata;
    return known;
  }
};

/// What is special about a snapshot.
struct SnapshotOptions {
  const TransactionLog* amended = nullptr;  ///< the log of the commit that it takes the place of: its log says that as well
  bool manifests_anew = false;              ///< writes the manifests of every array, and not only where chunks changed
  std::function<void(std::size_t arrays, std::size_t of)> progress{};  ///< called when the manifests of arrays are written
};

/// Builds the snapshot that `changes` make of `base`. Nothing of it is in the store yet but manifests beyond
/// ManifestWriter::waiting_bytes. Errors: `errc::malformed_snapshot`; those of reading old manifests and of writing new ones.
VARVE_DECL Awaitable<Result<NewSnapshot>> build_snapshot(Context& context, const Snapshot& base, const ChangeSet& changes,
                                                         const detail::HeldChunks& held, std::string message,
                                                         Metadata metadata, SnapshotOptions options = SnapshotOptions());

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/build_snapshot.ipp>
#endif
