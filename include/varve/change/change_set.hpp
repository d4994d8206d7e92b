// SPDX-License-Identifier: Apache-2.0
// ChangeSet: the edits of a session before they are committed: nodes created, updated and deleted, chunks written and
// erased; or nodes moved, in a session that does nothing else. It knows nothing of the base snapshot that it is laid over;
// whoever edits says which nodes stand there. A commit works on a copy, so that a failed one loses nothing.
#pragma once

#include <varve/change/chunk_edits.hpp>
#include <varve/change/chunk_payload.hpp>
#include <varve/change/moves.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/path.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/format/transaction_log.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// The order of paths in a snapshot, also against plain text.
struct PathLess {
  using is_transparent = void;
  static std::string_view text(const Path& path) { return path.text(); }
  static std::string_view text(std::string_view path) { return path; }
  bool operator()(const auto& a, const auto& b) const { return text(a) < text(b); }
};

class ChangeSet {
 public:
  struct NewNode {
    NodeId id;
    format::NodeKind kind{};
    std::string zarr_json;
  };
  struct UpdatedNode {
    Path path;
    format::NodeKind kind{};
    std::string zarr_json;
  };
  struct DeletedNode {
    NodeId id;
    format::NodeKind kind{};
  };

  /// Nothing was changed, or everything that was created has been deleted again. An array whose edits were all
  /// forgotten still counts: after a rebase that drops them, the session has something to commit, if only its place.
  bool empty() const noexcept { return new_.empty() && updated_.empty() && deleted_.empty() && chunks_.empty() && moves_.empty(); }
  /// Forgets everything.
  void discard() { *this = ChangeSet(); }

  /// Creates a node. Deleting a node and creating another at its path leaves both on record.
  /// Errors: `errc::node_exists` if this change set already has a new node there.
  Result<void> add_node(const Path& path, NodeId id, format::NodeKind kind, std::string zarr_json);
  /// Replaces the zarr.json of a node, new or of the base. Whether the bytes differ is for the caller to see.
  void update_node(NodeId id, const Path& path, format::NodeKind kind, std::string zarr_json);
  /// Deletes one node and what was changed in it. A new one vanishes without trace; one of the base is put on record.
  /// Nodes below it are deleted by further calls.
  void delete_node(const Path& path, NodeId id, format::NodeKind kind);
  /// Makes every new node at or below `path` vanish.
  void forget_new_nodes(const Path& path);

  const std::map<Path, NewNode, PathLess>& new_nodes() const noexcept { return new_; }
  const std::map<NodeId, UpdatedNode>& updated_nodes() const noexcept { return updated_; }
  /// Nodes of the base that are deleted; there may be a new node at the same path.
  const std::map<Path, DeletedNode, PathLess>& deleted_nodes() const noexcept { return deleted_; }
  /// The path of the new node `id`; null if there is none.
  const Path* new_path(NodeId id) const {
    const auto found = new_paths_.find(id);
    return found == new_paths_.end() ? nullptr : &found->second;
  }

  /// The nodes of the base that have been moved.
  const Moves& moves() const noexcept { return moves_; }
  Moves& moves() noexcept { return moves_; }

  /// Writes or erases a chunk of an array. Bytes of the payload are copied. An index of another rank than the array's
  /// earlier edits speaks of another grid: those edits are dropped.
  void set_chunk(NodeId node, std::span<const std::uint32_t> index, const ChunkPayload& payload);
  /// The edits of an array of that rank, for many more of them.
  ChunkEdits& edit_chunks(NodeId node, std::size_t rank) {
    const auto edits = chunks_.try_emplace(node, rank).first;
    if (edits->second.rank() != rank) edits->second = ChunkEdits(rank);
    return edits->second;
  }
  /// The edit of a chunk, which keeps its bytes alive; `nullopt` if the session did not touch the chunk.
  std::optional<ChunkPayload> find_chunk(NodeId node, std::span<const std::uint32_t> index) const {
    const auto edits = chunks_.find(node);
    return edits == chunks_.end() ? std::nullopt : edits->second.find(index);
  }
  /// Takes the edit of one chunk back; the node stays on record as touched. Returns whether there was one.
  bool forget_chunk_edit(NodeId node, std::span<const std::uint32_t> index) {
    const auto edits = chunks_.find(node);
    return edits != chunks_.end() && edits->second.forget(index);
  }
  /// See ChunkEdits::move.
  void move_chunks(NodeId node, std::size_t axis, std::uint32_t from, std::uint32_t by) {
    if (const auto edits = chunks_.find(node); edits != chunks_.end()) edits->second.move(axis, from, by);
  }
  /// Whether any chunk of the node is written or erased.
  bool has_chunks(NodeId node) const {
    const auto edits = chunks_.find(node);
    return edits != chunks_.end() && edits->second.size() != 0;
  }
  /// The edited chunks of each array, erased ones included.
  const std::map<NodeId, ChunkEdits>& chunk_edits() const noexcept { return chunks_; }
  /// Calls `visit(std::span<const std::uint32_t> index, const ChunkPayload&)` for each edit of the node, in ascending
  /// order of the indices.
  template <class Visit>
  void for_each_chunk(NodeId node, Visit&& visit) const {
    if (const auto edits = chunks_.find(node); edits != chunks_.end()) edits->second.for_each(visit);
  }
  /// All edits of chunks, erased ones included.
  std::size_t chunk_count() const noexcept {
    std::size_t count = 0;
    for (const auto& [node, edits] : chunks_) count += edits.size();
    return count;
  }

  /// What the change set costs in memory, near enough to hold it to a budget. Takes a step for each edited array.
  std::size_t memory_bytes() const noexcept {
    std::size_t bytes = node_bytes_ + moves_.size() * moved_node_bytes;
    for (const auto& [node, edits] : chunks_) bytes += edits.memory_bytes() + tree_node_bytes;
    return bytes;
  }

  /// What the transaction log of the commit `id` says.
  format::TransactionLogData log(SnapshotId id) const;

 private:
  static constexpr std::size_t tree_node_bytes = 48;  // beside its value
  static constexpr std::size_t moved_node_bytes = 400;
  static std::size_t cost(const Path& path) { return 2 * path.text().size() + sizeof(NewNode) + 3 * tree_node_bytes; }

  std::map<Path, NewNode, PathLess> new_;
  std::map<NodeId, Path> new_paths_;
  std::map<NodeId, UpdatedNode> updated_;
  std::map<Path, DeletedNode, PathLess> deleted_;
  std::map<NodeId, ChunkEdits> chunks_;
  Moves moves_;
  std::size_t node_bytes_ = 0;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/change/impl/change_set.ipp>
#endif
