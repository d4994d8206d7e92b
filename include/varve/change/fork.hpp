// SPDX-License-Identifier: Apache-2.0
// Fork: what goes back and forth between a session and those who write for it elsewhere: on the way out, the changes that
// the session has already; on the way back, those that were made on top of them. Both stand on the same snapshot, so
// neither costs one.
//
// Layout: the magic line; the direction; the id of the snapshot and the branch; the changes (see change_set_bytes.hpp);
// on the way back what was found, as pairs of a node's id and 8 bytes; last the content_hash of all before. It is not for
// keeping: a later varve may refuse it.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace varve::inline v0 {

struct Fork {
  enum class Direction : std::uint8_t { out = 1, back = 2 };

  Direction direction = Direction::out;
  SnapshotId snapshot;  ///< that the session began at
  std::string branch;   ///< that its commit will move
  ChangeSet changes;
  /// On the way back, for each node that was updated or deleted and that the session itself had changed before: its
  /// `fingerprint` in the session's changes. Who merges sees from it whether the session has gone on changing the node.
  std::map<NodeId, std::uint64_t> found;
};

VARVE_DECL Bytes encode_fork(const Fork& fork);
/// Errors: `errc::corrupt`; `errc::invalid_argument` for bytes of the other direction.
VARVE_DECL Result<Fork> decode_fork(ByteView bytes, Fork::Direction expected);

/// What a change set says about a node, in 64 bits: its zarr.json and, `with_chunks`, its edited chunks. 0 for nothing.
VARVE_DECL std::uint64_t fingerprint(const ChangeSet& changes, NodeId node, bool with_chunks);

/// What has to be done to `then` to get `now`, which began as a copy of it, and what was found there: `changes` and
/// `found` of a Fork that goes back.
VARVE_DECL Fork changes_since(const ChangeSet& then, const ChangeSet& now);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/change/impl/fork.ipp>
#endif
