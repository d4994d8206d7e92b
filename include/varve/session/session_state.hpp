// SPDX-License-Identifier: Apache-2.0
// SessionState: one session's view of the hierarchy: a base snapshot that never changes, under the edits made since.
// Arrays, groups and the Zarr-store face all stand on it; commit and rebase replace its base.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/change/fork.hpp>
#include <varve/change/merge.hpp>
#include <varve/core/path.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/context.hpp>
#include <varve/session/held_chunks.hpp>
#include <varve/session/list_chunks.hpp>
#include <varve/session/objects.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
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

/// Thread-safe: reads and writes of one session may come from several threads. Writes to the same chunk are ordered
/// only by their callers. A commit or rebase must not overlap writes; a write that comes during one is refused.
template <class Storage, class CacheType>
class SessionState : public std::enable_shared_from_this<SessionState<Storage, CacheType>> {
 public:
  using ContextType = Context<Storage, CacheType>;

  /// `branch` is empty for a session that only reads. One that `rearranges` moves nodes and does nothing else.
  SessionState(std::shared_ptr<ContextType> context, SnapshotId id, std::shared_ptr<const Snapshot> base,
               std::optional<std::string> branch, bool rearranges = false)
      : context_(std::move(context)), id_(id), base_(std::move(base)), branch_(std::move(branch)), rearranges_(rearranges) {}
  /// A session that was forked from one with those changes.
  SessionState(std::shared_ptr<ContextType> context, std::shared_ptr<const Snapshot> base, Fork fork)
      : context_(std::move(context)), id_(fork.snapshot), base_(std::move(base)), branch_(std::move(fork.branch)),
        rearranges_(false), changes_(fork.changes), inherited_(std::move(fork.changes)) {}

  ContextType& context() const noexcept { return *context_; }
  const std::shared_ptr<ContextType>& shared_context() const noexcept { return context_; }
  const Runtime& runtime() const noexcept { return context_->options.runtime; }
  std::size_t read_concurrency() const { return context_->options.concurrency; }
  std::size_t write_concurrency() const { return context_->options.concurrency; }
  /// See Options::bytes_in_flight.
  std::uint64_t bytes_in_flight() const { return context_->options.bytes_in_flight; }
  Awaitable<Semaphore::Permit> take_bytes(std::uint64_t count) const { return context_->bytes_in_flight.take(count); }

  bool writable() const {
    const std::scoped_lock lock(mutex_);
    return branch_ && !committed_;
  }
  const std::optional<std::string>& branch() const noexcept { return branch_; }
  bool rearranges() const noexcept { return rearranges_; }
  /// The snapshot that reads see below the session's own edits.
  SnapshotId snapshot_id() const {
    const std::scoped_lock lock(mutex_);
    return id_;
  }
  std::shared_ptr<const Snapshot> base() const {
    const std::scoped_lock lock(mutex_);
    return base_;
  }
  /// A copy of the edits since the base.
  ChangeSet changes() const {
    const std::scoped_lock lock(mutex_);
    return changes_;
  }
  /// The session's own edits, without those that a forked one began with.
  ChangeSet own_changes() const {
    const std::scoped_lock lock(mutex_);
    return inherited_ && !inherited_->empty() ? changes_since(*inherited_, changes_).changes : changes_;
  }
  /// Changes whenever nodes may have: who has looked at one need not look again while it is the same.
  std::uint64_t nodes_revision() const noexcept { return nodes_revision_.load(std::memory_order_acquire); }
  bool has_changes() const {
    const std::scoped_lock lock(mutex_);
    return inherited_ ? !changes_since(*inherited_, changes_).changes.empty() : !changes_.empty();
  }
  /// Whether there may be chunks among the edits that are not in the store yet.
  bool holds_chunks() const {
    const std::scoped_lock lock(mutex_);
    return held_bytes_ != 0;
  }
  Result<void> discard_changes() {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_writable(); !allowed) return allowed;
    changes_ = inherited_.value_or(ChangeSet());
    held_bytes_ = 0;
    ++edit_count_;
    ++nodes_revision_;
    outlines_.clear();
    return {};
  }

  // Nodes.

  Result<std::optional<NodeInfo>> find_node(const Path& path) const {
    const std::scoped_lock lock(mutex_);
    return find_locked(path);
  }

  /// `below` itself, if it exists, and all nodes under it, sorted by path as raw bytes.
  Result<std::vector<NodeInfo>> nodes(const Path& below) const {
    const std::scoped_lock lock(mutex_);
    return nodes_locked(below);
  }

  /// Errors: `errc::node_exists`; `errc::not_a_group` below an array; `errc::bad_metadata`; a session that is not writable.
  Result<NodeInfo> create_node(const Path& path, NodeKind kind, std::string zarr_json) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return std::move(allowed).error();
    if (find_locked(path)->has_value()) return Error(errc::node_exists, "create node", path.text());
    for (Path above = path; !above.is_root();) {
      above = above.parent();
      const auto parent = find_locked(above);
      if (*parent && (*parent)->kind == NodeKind::array) {
        return Error(errc::not_a_group, "create node", path.text(), "`" + above.text() + "` is an array");
      }
    }
    const auto id = context_->options.environment.template new_id<NodeId>();
    if (kind == NodeKind::array) {
      if (nodes_locked(path)->size() != 0) {
        return Error(errc::not_a_group, "create array", path.text(), "there are nodes below it");
      }
      auto outline = zarr::outline(zarr_json, path.text());
      if (!outline) return std::move(outline).error();
      outlines_[id] = *std::move(outline);
    }
    auto text = std::make_shared<const std::string>(std::move(zarr_json));
    if (auto added = changes_.add_node(path, id, kind, *text); !added) return std::move(added).error();
    ++edit_count_;
    ++nodes_revision_;
    return NodeInfo{id, path, kind, std::move(text)};
  }

  /// Replaces a node's zarr.json; the same bytes are no change.
  Result<NodeInfo> update_node(const NodeInfo& node, std::string zarr_json) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return std::move(allowed).error();
    auto current = find_locked(node.path);
    if (!*current || (*current)->id != node.id) {
      return Error(errc::node_not_found, "update node", node.path.text(), "it has been deleted in this session");
    }
    if (*(*current)->zarr_json == zarr_json) return **std::move(current);
    if (node.kind == NodeKind::array) {
      auto outline = zarr::outline(zarr_json, node.path.text());
      if (!outline) return std::move(outline).error();
      outlines_[node.id] = *std::move(outline);
    }
    auto text = std::make_shared<const std::string>(std::move(zarr_json));
    changes_.update_node(node.id, node.path, node.kind, *text);
    ++edit_count_;
    ++nodes_revision_;
    return NodeInfo{node.id, node.path, node.kind, std::move(text)};
  }

  /// Deletes a node and everything below it; a missing node is `errc::node_not_found`.
  Result<void> delete_node(const Path& path) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return allowed;
    const auto doomed = nodes_locked(path);
    if (doomed->empty()) return Error(errc::node_not_found, "delete node", path.text());
    ++edit_count_;
    ++nodes_revision_;
    for (const NodeInfo& node : *doomed) {
      changes_.delete_node(node.path, node.id, node.kind);
      outlines_.erase(node.id);
    }
    return {};
  }

  /// Moves a node and everything below it; see Moves::move. Errors: also `errc::wrong_session` unless the session rearranges.
  Result<void> move_node(const Path& from, const Path& to) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_writable(); !allowed) return allowed;
    if (!rearranges_) {
      return Error(errc::wrong_session, "move node", from.text(), "moves are commits of their own: open rearrange_session(\"<branch>\")");
    }
    if (auto moved = changes_.moves().move(base_->view(), from, to); !moved) return moved;
    ++edit_count_;
    ++nodes_revision_;
    return {};
  }

  // Chunks, by the node and the chunk's index in its grid.

  /// Where the chunk is: in the session's edits, else in a manifest of the base; `nullopt` if one must be fetched to know.
  /// Errors: those of reading manifests.
  std::optional<Result<ChunkLocation>> locate_cached(NodeId node, std::span<const std::uint32_t> index) {
    if (!branch_) return locate_cached_chunk(*context_, *base_, node, index);  // nothing in the session ever changes
    std::shared_ptr<const Snapshot> base;
    {
      const std::scoped_lock lock(mutex_);
      if (const auto edit = changes_.find_chunk(node, index)) return Result<ChunkLocation>(location_of(*edit));
      base = base_;
    }
    return locate_cached_chunk(*context_, *base, node, index);
  }
  /// The same, fetching the manifest where needed.
  Awaitable<Result<ChunkLocation>> locate(NodeId node, std::span<const std::uint32_t> index) {
    if (auto known = locate_cached(node, index)) co_return *std::move(known);
    const auto base = this->base();
    co_return co_await locate_chunk(*context_, *base, node, index);
  }
  /// See fetch_chunk and fetch_chunk_into.
  Awaitable<Result<ByteView>> fetch(ChunkLocation& location, Bytes& scratch) {
    return fetch_chunk(*context_, location, scratch);
  }
  Awaitable<Result<void>> fetch_into(const ChunkLocation& location, MutableByteView buffer) {
    return fetch_chunk_into(*context_, location, buffer);
  }

  /// Records the encoded bytes of a chunk; stores them, unless the session may hold them until its commit.
  /// Errors: `errc::not_an_array`, `errc::out_of_bounds` for an index of another rank or beyond the grid, those of the
  /// store. Cancellation: terminal: the chunk is recorded or it is not.
  Awaitable<Result<void>> write_chunk(NodeId node, std::span<const std::uint32_t> index, ByteView encoded) {
    {
      const std::scoped_lock lock(mutex_);
      if (auto allowed = check_chunk(node, index); !allowed) co_return allowed;
      if (!encoded.empty() && encoded.size() <= context_->options.held_chunk_bytes - held_bytes_) {
        if (encoded.size() > context_->settings()->inline_chunk_bytes) held_bytes_ += encoded.size();
        changes_.set_chunk(node, index, ChunkPayload::inlined(encoded));
        ++edit_count_;
        co_return Result<void>();
      }
    }
    auto payload = co_await store_chunk(*context_, encoded);
    if (!payload) co_return std::move(payload).error();
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_chunk(node, index); !allowed) co_return allowed;
    changes_.set_chunk(node, index, *payload);
    ++edit_count_;
    co_return Result<void>();
  }

  /// Points chunks at encoded bytes that are stored already, as chunk objects of this repository or ranges of other files:
  /// `indices` holds the coordinates of one after the other. Whether the bytes are there is found out by who reads them.
  /// Errors: as write_chunk; `errc::invalid_argument` for other payloads, and for no bytes. Then none is set.
  Result<void> set_chunk_refs(NodeId node, std::span<const std::uint32_t> indices, std::span<const ChunkPayload> refs) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return allowed;
    const zarr::NodeOutline* const outline = outline_locked(node);
    if (outline == nullptr) return Error(errc::not_an_array, "set chunk refs", {}, "the array has been deleted");
    const std::size_t rank = outline->num_chunks.size();
    if (indices.size() != refs.size() * rank) {
      return Error(errc::invalid_argument, "set chunk refs", {}, "each ref needs as many coordinates as the array has dimensions");
    }
    for (std::size_t i = 0; i != refs.size(); ++i) {
      const auto kind = refs[i].kind();
      if (kind != ChunkPayload::Kind::native && kind != ChunkPayload::Kind::virtual_location) {
        return Error(errc::invalid_argument, "set chunk refs", {}, "a ref is native or virtual; write and erase chunks by other means");
      }
      if (refs[i].length() == 0) return Error(errc::invalid_argument, "set chunk refs", {}, "a chunk has at least one byte");
      if (!in_grid(outline->num_chunks, indices.subspan(i * rank, rank))) return outside_grid("set chunk refs");
    }
    if (refs.empty()) return {};
    ++edit_count_;
    ChunkEdits& edits = changes_.edit_chunks(node, rank);
    for (std::size_t i = 0; i != refs.size(); ++i) edits.set(indices.subspan(i * rank, rank), refs[i]);
    return {};
  }

  /// Makes the chunk read as fill values. An index beyond the grid is no error: there is nothing to erase.
  Result<void> erase_chunk(NodeId node, std::span<const std::uint32_t> index) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return allowed;
    if (!outline_locked(node)) return Error(errc::not_an_array, "erase chunk");
    changes_.set_chunk(node, index, ChunkPayload::erased());
    ++edit_count_;
    return {};
  }

  /// The chunks that the array has now. Errors: `errc::not_an_array`.
  Result<ChunkListWalk<Storage, CacheType>> list_chunks(NodeId node) {
    const std::scoped_lock lock(mutex_);
    const zarr::NodeOutline* const outline = outline_locked(node);
    if (outline == nullptr) return Error(errc::not_an_array, "list chunks", {}, "the array has been deleted");
    const auto edits = changes_.chunk_edits().find(node);
    return ChunkListWalk<Storage, CacheType>(
        context_, base_, node, outline->num_chunks,
        edits == changes_.chunk_edits().end() ? nullptr : std::make_shared<const ChunkEdits>(edits->second));
  }
  /// Makes `edits` the edits of an array, unless its chunks have changed since `listed`: then it returns false.
  Result<bool> replace_chunk_edits(NodeId node, const ChunkListWalk<Storage, CacheType>& listed, ChunkEdits edits) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return std::move(allowed).error();
    if (outline_locked(node) == nullptr) return Error(errc::not_an_array, "move chunks", {}, "the array has been deleted");
    const auto revision = [](const ChunkEdits* known) { return known == nullptr ? 0 : known->revision(); };
    const auto now = changes_.chunk_edits().find(node);
    const bool same = revision(now == changes_.chunk_edits().end() ? nullptr : &now->second) == revision(listed.edits().get());
    if (base_ != listed.base() || !same) return false;
    changes_.edit_chunks(node, edits.rank()) = std::move(edits);
    ++edit_count_;
    return true;
  }

  // Forks. A session that moves nodes has none.

  bool is_fork() const noexcept { return inherited_.has_value(); }
  /// What begins a session elsewhere with the changes of this one; held chunks are inside.
  Result<Fork> fork() const {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return std::move(allowed).error();
    Fork fork;
    fork.snapshot = id_;
    fork.branch = *branch_;
    fork.changes = changes_;
    return fork;
  }
  /// What goes back from a forked session, which had `changes` when it was asked for them.
  Fork returned(const ChangeSet& changes) const {
    Fork fork = changes_since(*inherited_, changes);
    fork.snapshot = id_;
    fork.branch = *branch_;
    return fork;
  }
  /// Errors: `errc::invalid_argument` for a fork of another session; those of merge_changes. Then nothing has changed.
  Result<void> merge(const Fork& fork) {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_editable(); !allowed) return allowed;
    if (fork.snapshot != id_ || fork.branch != *branch_) {
      return Error(errc::invalid_argument, "merge fork", fork.branch,
                   "it stands on " + fork.snapshot.to_string() + " of branch `" + fork.branch + "` and the session on " +
                       id_.to_string() + " of `" + *branch_ + "`; merge forks into the session that they were made of, before that is rebased");
    }
    const auto find = [this](NodeId id) { return base_->find(id); };
    if (auto merged = merge_changes(changes_, fork, base_->view(), find); !merged) return merged;
    ++edit_count_;
    ++nodes_revision_;
    for (const auto& [path, node] : fork.changes.deleted_nodes()) outlines_.erase(node.id);
    for (const auto& [id, node] : fork.changes.updated_nodes()) outlines_.erase(id);
    return {};
  }

  // What commit and rebase do to a session.

  /// Keeps writes out until `end_commit`. Errors: those of a session that is not writable; `errc::invalid_argument` for a fork.
  Result<void> begin_commit() {
    const std::scoped_lock lock(mutex_);
    if (auto allowed = check_writable(); !allowed) return allowed;
    if (inherited_) {
      return Error(errc::invalid_argument, "commit", *branch_,
                   "a forked session has no place in the history: merge its changes into the session that it was forked from");
    }
    committing_ = true;
    return {};
  }
  void end_commit() {
    const std::scoped_lock lock(mutex_);
    committing_ = false;
  }
  /// A commit as `id` ended unclear: its last request failed, and may have been applied all the same.
  void note_attempt(SnapshotId id) {
    const std::scoped_lock lock(mutex_);
    attempt_ = id;
    attempt_edits_ = edit_count_;
  }
  /// The last such commit, if the session's changes are still those that it had.
  std::optional<SnapshotId> unclear_attempt() const {
    const std::scoped_lock lock(mutex_);
    return attempt_edits_ == edit_count_ ? attempt_ : std::nullopt;
  }
  /// The edits themselves, which nothing changes until `end_commit`.
  const ChangeSet& changes_to_commit() const noexcept { return changes_; }
  /// Chunks that the session held have become objects. What has been written over them, or was not at that place, stays.
  void chunks_stored(const detail::HeldChunks& held) {
    const std::scoped_lock lock(mutex_);
    for (const detail::HeldChunk& chunk : held.chunks()) {
      const auto edit = changes_.find_chunk(chunk.node, chunk.index);
      if (!edit || *edit != ChunkPayload::inlined(chunk.object.stored)) continue;
      changes_.set_chunk(chunk.node, chunk.index, chunk.stored);
      held_bytes_ -= std::min(held_bytes_, chunk.stored.length());
    }
  }
  /// The commit landed: the session reads what it wrote and writes no more.
  void become(SnapshotId id, std::shared_ptr<const Snapshot> snapshot) {
    const std::scoped_lock lock(mutex_);
    id_ = id;
    base_ = std::move(snapshot);
    changes_ = ChangeSet();
    committed_ = true;
    ++nodes_revision_;
  }
  /// The changes now stand on another commit.
  void move_to(SnapshotId id, std::shared_ptr<const Snapshot> snapshot, ChangeSet changes) {
    const std::scoped_lock lock(mutex_);
    id_ = id;
    base_ = std::move(snapshot);
    changes_ = std::move(changes);
    outlines_.clear();
    ++nodes_revision_;
  }

 private:
  Result<void> check_writable() const {
    if (!branch_) {
      return Error(errc::read_only_session, "change session", {},
                   "open it with writable_session(\"<branch>\"), or with rearrange_session(\"<branch>\") to move nodes");
    }
    if (committed_) {
      return Error(errc::session_committed, "change session", {}, "open a new session to go on writing");
    }
    if (committing_) return Error(errc::session_committed, "change session", {}, "its commit or rebase is running");
    return {};
  }

  Result<void> check_editable() const {
    if (auto allowed = check_writable(); !allowed || !rearranges_) return allowed;
    return Error(errc::wrong_session, "change session", {},
                 "it only moves nodes: open writable_session(\"<branch>\") for every other change");
  }

  Result<void> check_chunk(NodeId node, std::span<const std::uint32_t> index) {
    if (auto allowed = check_editable(); !allowed) return allowed;
    const zarr::NodeOutline* outline = outline_locked(node);
    if (outline == nullptr) return Error(errc::not_an_array, "write chunk", {}, "the array has been deleted");
    if (!in_grid(outline->num_chunks, index)) return outside_grid("write chunk");
    return {};
  }
  static Error outside_grid(const char* doing) {
    return Error(errc::out_of_bounds, doing, {}, "its index is not in the chunk grid");
  }

  /// The chunk grid of an array; null if `node` is none.
  const zarr::NodeOutline* outline_locked(NodeId node) {
    if (const auto found = outlines_.find(node); found != outlines_.end()) return &found->second;
    std::string_view path;
    std::string_view text;
    if (const auto updated = changes_.updated_nodes().find(node); updated != changes_.updated_nodes().end()) {
      path = updated->second.path.text();
      text = updated->second.zarr_json;
    } else if (const auto in_base = base_->find(node)) {
      if (in_base->kind() != NodeKind::array) return nullptr;
      const auto deleted = find_deleted(in_base->path());
      if (deleted != changes_.deleted_nodes().end() && deleted->second.id == node) return nullptr;
      path = in_base->path();
      text = in_base->zarr_json();
    } else if (const Path* where = changes_.new_path(node)) {
      path = where->text();
      text = changes_.new_nodes().find(*where)->second.zarr_json;
    }
    if (text.empty()) return nullptr;
    auto outline = zarr::outline(text, path);
    if (!outline || !outline->is_array) return nullptr;
    return &(outlines_[node] = *std::move(outline));
  }

  auto find_deleted(std::string_view path) const {
    const auto parsed = Path::parse(path);
    return parsed ? changes_.deleted_nodes().find(*parsed) : changes_.deleted_nodes().end();
  }

  Result<std::optional<NodeInfo>> find_locked(const Path& path) const {
    if (const auto added = changes_.new_nodes().find(path); added != changes_.new_nodes().end()) {
      return std::optional<NodeInfo>(new_node(path, added->second));
    }
    if (changes_.deleted_nodes().contains(path)) return std::optional<NodeInfo>();
    const auto in_base = changes_.moves().find(base_->view(), path.text());
    if (!in_base) return std::optional<NodeInfo>();
    return std::optional<NodeInfo>(base_node(path, *in_base));
  }

  Result<std::vector<NodeInfo>> nodes_locked(const Path& below) const {
    std::vector<NodeInfo> nodes;
    const format::SnapshotView& view = base_->view();
    changes_.moves().for_each(view, below.text(), [&](std::string_view text, std::size_t position) {
      auto path = Path::parse(text);
      if (path && !changes_.deleted_nodes().contains(*path)) nodes.push_back(base_node(*path, view.node(position)));
    });
    for (const auto& [path, added] : changes_.new_nodes()) {
      if (path == below || path.is_below(below)) nodes.push_back(new_node(path, added));
    }
    std::sort(nodes.begin(), nodes.end(), [](const NodeInfo& a, const NodeInfo& b) { return a.path < b.path; });
    return nodes;
  }

  template <class Added>
  static NodeInfo new_node(const Path& path, const Added& added) {
    return NodeInfo{added.id, path, added.kind, std::make_shared<const std::string>(added.zarr_json)};
  }
  NodeInfo base_node(const Path& path, const format::NodeView& node) const {
    const auto updated = changes_.updated_nodes().find(node.id());
    std::string text = updated != changes_.updated_nodes().end() ? updated->second.zarr_json : std::string(node.zarr_json());
    return NodeInfo{node.id(), path, node.kind(), std::make_shared<const std::string>(std::move(text))};
  }

  const std::shared_ptr<ContextType> context_;
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
};

namespace detail {

/// Keeps writes out of a session while a commit or a rebase reads its changes.
template <class State>
class CommitGuard {
 public:
  explicit CommitGuard(State& state) : state_(state) {}
  ~CommitGuard() { state_.end_commit(); }
  CommitGuard(const CommitGuard&) = delete;
  CommitGuard& operator=(const CommitGuard&) = delete;

 private:
  State& state_;
};

}  // namespace detail

}  // namespace varve::inline v0
