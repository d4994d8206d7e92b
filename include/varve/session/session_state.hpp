// SPDX-License-Identifier: Apache-2.0
// SessionState: one session's view of the hierarchy: a base snapshot that never changes, under the edits made since.
// Arrays, groups and the Zarr-store face all stand on it; commit and rebase replace its base.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/change/fork.hpp>
#include <varve/core/config.hpp>
#include <varve/core/path.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/context.hpp>
#include <varve/session/held_chunks.hpp>
#include <varve/session/list_chunks.hpp>
#include <varve/zarr/metadata.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace varve::inline v0 {

using format::NodeKind;

/// A node as a session sees it. `zarr_json` is exactly what was written.
struct NodeInfo {
  NodeId id;
  Path path;
  NodeKind kind{};
  std::shared_ptr<const std::string> zarr_json;
};

/// An array as whoever knows the indices of its chunks needs it.
struct ArrayOutline {
  NodeId id;
  std::size_t rank = 0;
};

/// Thread-safe: reads and writes of one session may come from several threads. Writes to the same chunk are ordered
/// only by their callers. A commit or rebase must not overlap writes; a write that comes during one is refused.
class SessionState : public std::enable_shared_from_this<SessionState> {
 public:
  /// `branch` is empty for a session that only reads. One that `rearranges` moves nodes and does nothing else.
  SessionState(std::shared_ptr<Context> context, SnapshotId id, std::shared_ptr<const Snapshot> base,
               std::optional<std::string> branch, bool rearranges = false)
      : context_(std::move(context)), id_(id), base_(std::move(base)), branch_(std::move(branch)), rearranges_(rearranges) {}
  /// A session that was forked from one with those changes.
  SessionState(std::shared_ptr<Context> context, std::shared_ptr<const Snapshot> base, Fork fork)
      : context_(std::move(context)), id_(fork.snapshot), base_(std::move(base)), branch_(std::move(fork.branch)),
        rearranges_(false), changes_(fork.changes), inherited_(std::move(fork.changes)) {}

  Context& context() const noexcept { return *context_; }
  const std::shared_ptr<Context>& shared_context() const noexcept { return context_; }
  const Runtime& runtime() const noexcept { return context_->options.runtime; }
  std::size_t read_concurrency() const { return context_->concurrency(); }
  std::size_t write_concurrency() const { return context_->concurrency(); }
  /// See Options::bytes_in_flight.
  std::uint64_t bytes_in_flight() const { return context_->options.bytes_in_flight; }
  Awaitable<Semaphore::Permit> take_bytes(std::uint64_t count) const { return context_->bytes_in_flight.take(count); }

  bool writable() const;
  const std::optional<std::string>& branch() const noexcept { return branch_; }
  bool rearranges() const noexcept { return rearranges_; }
  /// The snapshot that reads see below the session's own edits.
  SnapshotId snapshot_id() const;
  std::shared_ptr<const Snapshot> base() const;
  /// A copy of the edits since the base.
  ChangeSet changes() const;
  /// The session's own edits, without those that a forked one began with.
  ChangeSet own_changes() const;
  /// Changes whenever nodes may have: who has looked at one need not look again while it is the same.
  std::uint64_t nodes_revision() const noexcept { return nodes_revision_.load(std::memory_order_acquire); }
  bool has_changes() const;
  /// Whether there may be chunks among the edits that are not in the store yet.
  bool holds_chunks() const;
  Result<void> discard_changes();

  // Nodes.

  Result<std::optional<NodeInfo>> find_node(const Path& path) const;

  /// The array at a path, if there is one, remembered for the next call. Errors: `errc::bad_metadata`.
  Result<std::optional<ArrayOutline>> find_array(const Path& path);

  /// `below` itself, if it exists, and all nodes under it, sorted by path as raw bytes.
  Result<std::vector<NodeInfo>> nodes(const Path& below) const;

  /// Errors: `errc::node_exists`; `errc::not_a_group` below an array; `errc::bad_metadata`; a session that is not writable.
  Result<NodeInfo> create_node(const Path& path, NodeKind kind, std::string zarr_json);

  /// Replaces a node's zarr.json; the same bytes are no change.
  Result<NodeInfo> update_node(const NodeInfo& node, std::string zarr_json);

  /// Deletes a node and everything below it; a missing node is `errc::node_not_found`.
  Result<void> delete_node(const Path& path);

  /// Moves a node and everything below it; see Moves::move. Errors: also `errc::wrong_session` unless the session rearranges.
  Result<void> move_node(const Path& from, const Path& to);

  // Chunks, by the node and the chunk's index in its grid.

  /// Where the chunk is: in the session's edits, else in a manifest of the base; `nullopt` if one must be fetched to know.
  /// Errors: those of reading manifests.
  std::optional<Result<ChunkLocation>> locate_cached(NodeId node, std::span<const std::uint32_t> index);
  /// The same, fetching the manifest where needed.
  Awaitable<Result<ChunkLocation>> locate(NodeId node, std::span<const std::uint32_t> index);
  /// See fetch_chunk and fetch_chunk_into.
  Awaitable<Result<ByteView>> fetch(ChunkLocation& location, Bytes& scratch);
  Awaitable<Result<void>> fetch_into(const ChunkLocation& location, MutableByteView buffer);

  /// Records the encoded bytes of a chunk; stores them, unless the session may hold them until its commit.
  /// Errors: `errc::not_an_array`, `errc::out_of_bounds` for an index of another rank or beyond the grid, those of the
  /// store. Cancellation: terminal: the chunk is recorded or it is not.
  Awaitable<Result<void>> write_chunk(NodeId node, std::span<const std::uint32_t> index, ByteView encoded);

  /// Points chunks at encoded bytes that are stored already, as chunk objects of this repository or ranges of other files:
  /// `indices` holds the coordinates of one after the other. Whether the bytes are there is found out by who reads them.
  /// Errors: as write_chunk; `errc::invalid_argument` for other payloads, and for no bytes. Then none is set.
  Result<void> set_chunk_refs(NodeId node, std::span<const std::uint32_t> indices, std::span<const ChunkPayload> refs);

  /// Makes the chunk read as fill values. An index beyond the grid is no error: there is nothing to erase.
  Result<void> erase_chunk(NodeId node, std::span<const std::uint32_t> index);

  /// The chunks that the array has now. Errors: `errc::not_an_array`.
  Result<ChunkListWalk> list_chunks(NodeId node);
  /// Makes `edits` the edits of an array, unless its chunks have changed since `listed`: then it returns false.
  Result<bool> replace_chunk_edits(NodeId node, const ChunkListWalk& listed, ChunkEdits edits);

  // Forks. A session that moves nodes has none.

  bool is_fork() const noexcept { return inherited_.has_value(); }
  /// What begins a session elsewhere with the changes of this one; held chunks are inside.
  Result<Fork> fork() const;
  /// What goes back from a forked session, which had `changes` when it was asked for them.
  Fork returned(const ChangeSet& changes) const;
  /// Errors: `errc::invalid_argument` for a fork of another session; those of merge_changes. Then nothing has changed.
  Result<void> merge(const Fork& fork);

  // What commit and rebase do to a session.

  /// Keeps writes out until `end_commit`. Errors: those of a session that is not writable; `errc::invalid_argument` for a fork.
  Result<void> begin_commit();
  void end_commit();
  /// A commit as `id` ended unclear: its last request failed, and may have been applied all the same.
  void note_attempt(SnapshotId id);
  /// The last such commit, if the session's changes are still those that it had.
  std::optional<SnapshotId> unclear_attempt() const;
  /// The edits themselves, which nothing changes until `end_commit`.
  const ChangeSet& changes_to_commit() const noexcept { return changes_; }
  /// Chunks that the session held have become objects. What has been written over them, or was not at that place, stays.
  void chunks_stored(const detail::HeldChunks& held);
  /// The commit landed: the session reads what it wrote and writes no more.
  void become(SnapshotId id, std::shared_ptr<const Snapshot> snapshot);
  /// The changes now stand on another commit.
  void move_to(SnapshotId id, std::shared_ptr<const Snapshot> snapshot, ChangeSet changes);

 private:
  Result<void> check_writable() const;

  Result<void> check_editable() const;

  Result<void> check_chunk(NodeId node, std::span<const std::uint32_t> index);
  static Error outside_grid(const char* doing);

  /// The chunk grid of an array; null if `node` is none.
  const zarr::NodeOutline* outline_locked(NodeId node);

  auto find_deleted(std::string_view path) const {
    const auto parsed = Path::parse(path);
    return parsed ? changes_.deleted_nodes().find(*parsed) : changes_.deleted_nodes().end();
  }

  Result<std::optional<NodeInfo>> find_locked(const Path& path) const;

  Result<std::vector<NodeInfo>> nodes_locked(const Path& below) const;

  static NodeInfo new_node(const Path& path, const ChangeSet::NewNode& added);
  NodeInfo base_node(const Path& path, const format::NodeView& node) const;

  const std::shared_ptr<Context> context_;
  mutable std::mutex mutex_;
  SnapshotId id_;
  std::shared_ptr<const Snapshot> base_;
  const std::optional<std::string> branch_;
  const bool rearranges_;
  ChangeSet changes_;
  const std::optional<ChangeSet> inherited_;  // of a fork: what it began with
  std::uint64_t held_bytes_ = 0;  // of chunks that were to be held; those that have been replaced since count, too
  std::uint64_t edit_count_ = 0;
  std::atomic<std::uint64_t> nodes_revision_ = 1;
  std::optional<SnapshotId> attempt_;
  std::uint64_t attempt_edits_ = 0;
  bool committed_ = false;
  bool committing_ = false;
  std::unordered_map<NodeId, zarr::NodeOutline> outlines_;
  std::unordered_map<std::string, ArrayOutline> arrays_;  // what find_array has found at `arrays_revision_`
  std::uint64_t arrays_revision_ = 0;
};

namespace detail {

/// Keeps writes out of a session while a commit or a rebase reads its changes.
class CommitGuard {
 public:
  explicit CommitGuard(SessionState& state) : state_(state) {}
  ~CommitGuard() { state_.end_commit(); }
  CommitGuard(const CommitGuard&) = delete;
  CommitGuard& operator=(const CommitGuard&) = delete;

 private:
  SessionState& state_;
};

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/session_state.ipp>
#endif
