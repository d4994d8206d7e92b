// SPDX-License-Identifier: Apache-2.0
// Bodies of session_state.hpp.
#pragma once

#include <varve/session/session_state.hpp>

#include <varve/change/merge.hpp>
#include <varve/session/objects.hpp>

#include <algorithm>

namespace varve::inline v0 {

VARVE_DECL bool SessionState::writable() const {
  const std::scoped_lock lock(mutex_);
  return branch_ && !committed_;
}

VARVE_DECL SnapshotId SessionState::snapshot_id() const {
  const std::scoped_lock lock(mutex_);
  return id_;
}

VARVE_DECL std::shared_ptr<const Snapshot> SessionState::base() const {
  const std::scoped_lock lock(mutex_);
  return base_;
}

VARVE_DECL ChangeSet SessionState::changes() const {
  const std::scoped_lock lock(mutex_);
  return changes_;
}

VARVE_DECL ChangeSet SessionState::own_changes() const {
  const std::scoped_lock lock(mutex_);
  return inherited_ && !inherited_->empty() ? changes_since(*inherited_, changes_).changes : changes_;
}

VARVE_DECL bool SessionState::has_changes() const {
  const std::scoped_lock lock(mutex_);
  return inherited_ ? !changes_since(*inherited_, changes_).changes.empty() : !changes_.empty();
}

VARVE_DECL bool SessionState::holds_chunks() const {
  const std::scoped_lock lock(mutex_);
  return held_bytes_ != 0;
}

VARVE_DECL Result<void> SessionState::discard_changes() {
  const std::scoped_lock lock(mutex_);
  if (auto allowed = check_writable(); !allowed) return allowed;
  changes_ = inherited_.value_or(ChangeSet());
  held_bytes_ = 0;
  ++edit_count_;
  ++nodes_revision_;
  outlines_.clear();
  return {};
}

VARVE_DECL Result<std::optional<NodeInfo>> SessionState::find_node(const Path& path) const {
  const std::scoped_lock lock(mutex_);
  return find_locked(path);
}

VARVE_DECL Result<std::optional<ArrayOutline>> SessionState::find_array(const Path& path) {
  constexpr std::size_t most_known = 10'000;
  const std::scoped_lock lock(mutex_);
  if (arrays_revision_ != nodes_revision_ || arrays_.size() == most_known) {
    arrays_.clear();
    arrays_revision_ = nodes_revision_;
  }
  if (const auto known = arrays_.find(path.text()); known != arrays_.end()) return std::optional(known->second);
  const auto node = find_locked(path);
  if (!node) return node.error();
  if (!*node || (*node)->kind != NodeKind::array) return std::optional<ArrayOutline>();
  const auto outline = zarr::outline(*(*node)->zarr_json, path.text());
  if (!outline) return outline.error();
  return std::optional(arrays_.emplace(path.text(), ArrayOutline{(*node)->id, outline->shape.size()}).first->second);
}

VARVE_DECL Result<std::vector<NodeInfo>> SessionState::nodes(const Path& below) const {
  const std::scoped_lock lock(mutex_);
  return nodes_locked(below);
}

VARVE_DECL Result<NodeInfo> SessionState::create_node(const Path& path, NodeKind kind, std::string zarr_json) {
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
  const auto id = context_->options.environment.new_id<NodeId>();
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

VARVE_DECL Result<NodeInfo> SessionState::update_node(const NodeInfo& node, std::string zarr_json) {
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

VARVE_DECL Result<void> SessionState::delete_node(const Path& path) {
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

VARVE_DECL Result<void> SessionState::move_node(const Path& from, const Path& to) {
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

VARVE_DECL std::optional<Result<ChunkLocation>> SessionState::locate_cached(NodeId node, std::span<const std::uint32_t> index) {
  if (!branch_) return locate_cached_chunk(*context_, *base_, node, index);  // nothing in the session ever changes
  std::shared_ptr<const Snapshot> base;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto edit = changes_.find_chunk(node, index)) return Result<ChunkLocation>(location_of(*edit));
    base = base_;
  }
  return locate_cached_chunk(*context_, *base, node, index);
}

VARVE_DECL Awaitable<Result<ChunkLocation>> SessionState::locate(NodeId node, std::span<const std::uint32_t> index) {
  if (auto known = locate_cached(node, index)) co_return *std::move(known);
  const auto base = this->base();
  co_return co_await locate_chunk(*context_, *base, node, index);
}

VARVE_DECL Awaitable<Result<ByteView>> SessionState::fetch(ChunkLocation& location, Bytes& scratch) {
  return fetch_chunk(*context_, location, scratch);
}

VARVE_DECL Awaitable<Result<void>> SessionState::fetch_into(const ChunkLocation& location, MutableByteView buffer) {
  return fetch_chunk_into(*context_, location, buffer);
}

VARVE_DECL Awaitable<Result<void>> SessionState::write_chunk(NodeId node, std::span<const std::uint32_t> index,
                                                             ByteView encoded) {
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

VARVE_DECL Result<void> SessionState::set_chunk_refs(NodeId node, std::span<const std::uint32_t> indices,
                                                     std::span<const ChunkPayload> refs) {
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

VARVE_DECL Result<void> SessionState::erase_chunk(NodeId node, std::span<const std::uint32_t> index) {
  const std::scoped_lock lock(mutex_);
  if (auto allowed = check_editable(); !allowed) return allowed;
  if (!outline_locked(node)) return Error(errc::not_an_array, "erase chunk");
  changes_.set_chunk(node, index, ChunkPayload::erased());
  ++edit_count_;
  return {};
}

VARVE_DECL Result<ChunkListWalk> SessionState::list_chunks(NodeId node) {
  const std::scoped_lock lock(mutex_);
  const zarr::NodeOutline* const outline = outline_locked(node);
  if (outline == nullptr) return Error(errc::not_an_array, "list chunks", {}, "the array has been deleted");
  const auto edits = changes_.chunk_edits().find(node);
  return ChunkListWalk(
      context_, base_, node, outline->num_chunks,
      edits == changes_.chunk_edits().end() ? nullptr : std::make_shared<const ChunkEdits>(edits->second));
}

VARVE_DECL Result<bool> SessionState::replace_chunk_edits(NodeId node, const ChunkListWalk& listed, ChunkEdits edits) {
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

VARVE_DECL Result<Fork> SessionState::fork() const {
  const std::scoped_lock lock(mutex_);
  if (auto allowed = check_editable(); !allowed) return std::move(allowed).error();
  Fork fork;
  fork.snapshot = id_;
  fork.branch = *branch_;
  fork.changes = changes_;
  return fork;
}

VARVE_DECL Fork SessionState::returned(const ChangeSet& changes) const {
  Fork fork = changes_since(*inherited_, changes);
  fork.snapshot = id_;
  fork.branch = *branch_;
  return fork;
}

VARVE_DECL Result<void> SessionState::merge(const Fork& fork) {
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

VARVE_DECL Result<void> SessionState::begin_commit() {
  const std::scoped_lock lock(mutex_);
  if (auto allowed = check_writable(); !allowed) return allowed;
  if (inherited_) {
    return Error(errc::invalid_argument, "commit", *branch_,
                 "a forked session has no place in the history: merge its changes into the session that it was forked from");
  }
  committing_ = true;
  return {};
}

VARVE_DECL void SessionState::end_commit() {
  const std::scoped_lock lock(mutex_);
  committing_ = false;
}

VARVE_DECL void SessionState::note_attempt(SnapshotId id) {
  const std::scoped_lock lock(mutex_);
  attempt_ = id;
  attempt_edits_ = edit_count_;
}

VARVE_DECL std::optional<SnapshotId> SessionState::unclear_attempt() const {
  const std::scoped_lock lock(mutex_);
  return attempt_edits_ == edit_count_ ? attempt_ : std::nullopt;
}

VARVE_DECL void SessionState::chunks_stored(const detail::HeldChunks& held) {
  const std::scoped_lock lock(mutex_);
  for (const detail::HeldChunk& chunk : held.chunks()) {
    const auto edit = changes_.find_chunk(chunk.node, chunk.index);
    if (!edit || *edit != ChunkPayload::inlined(chunk.object.stored)) continue;
    changes_.set_chunk(chunk.node, chunk.index, chunk.stored);
    held_bytes_ -= std::min(held_bytes_, chunk.stored.length());
  }
}

VARVE_DECL void SessionState::become(SnapshotId id, std::shared_ptr<const Snapshot> snapshot) {
  const std::scoped_lock lock(mutex_);
  id_ = id;
  base_ = std::move(snapshot);
  changes_ = ChangeSet();
  committed_ = true;
  ++nodes_revision_;
}

VARVE_DECL void SessionState::move_to(SnapshotId id, std::shared_ptr<const Snapshot> snapshot, ChangeSet changes) {
  const std::scoped_lock lock(mutex_);
  id_ = id;
  base_ = std::move(snapshot);
  changes_ = std::move(changes);
  outlines_.clear();
  ++nodes_revision_;
}

VARVE_DECL Result<void> SessionState::check_writable() const {
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

VARVE_DECL Result<void> SessionState::check_editable() const {
  if (auto allowed = check_writable(); !allowed || !rearranges_) return allowed;
  return Error(errc::wrong_session, "change session", {},
               "it only moves nodes: open writable_session(\"<branch>\") for every other change");
}

VARVE_DECL Result<void> SessionState::check_chunk(NodeId node, std::span<const std::uint32_t> index) {
  if (auto allowed = check_editable(); !allowed) return allowed;
  const zarr::NodeOutline* outline = outline_locked(node);
  if (outline == nullptr) return Error(errc::not_an_array, "write chunk", {}, "the array has been deleted");
  if (!in_grid(outline->num_chunks, index)) return outside_grid("write chunk");
  return {};
}

VARVE_DECL Error SessionState::outside_grid(const char* doing) {
  return Error(errc::out_of_bounds, doing, {}, "its index is not in the chunk grid");
}

VARVE_DECL const zarr::NodeOutline* SessionState::outline_locked(NodeId node) {
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

VARVE_DECL Result<std::optional<NodeInfo>> SessionState::find_locked(const Path& path) const {
  if (const auto added = changes_.new_nodes().find(path); added != changes_.new_nodes().end()) {
    return std::optional<NodeInfo>(new_node(path, added->second));
  }
  if (changes_.deleted_nodes().contains(path)) return std::optional<NodeInfo>();
  const auto in_base = changes_.moves().find(base_->view(), path.text());
  if (!in_base) return std::optional<NodeInfo>();
  return std::optional<NodeInfo>(base_node(path, *in_base));
}

VARVE_DECL Result<std::vector<NodeInfo>> SessionState::nodes_locked(const Path& below) const {
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

VARVE_DECL NodeInfo SessionState::new_node(const Path& path, const ChangeSet::NewNode& added) {
  return NodeInfo{added.id, path, added.kind, std::make_shared<const std::string>(added.zarr_json)};
}

VARVE_DECL NodeInfo SessionState::base_node(const Path& path, const format::NodeView& node) const {
  const auto updated = changes_.updated_nodes().find(node.id());
  std::string text = updated != changes_.updated_nodes().end() ? updated->second.zarr_json : std::string(node.zarr_json());
  return NodeInfo{node.id(), path, node.kind(), std::make_shared<const std::string>(std::move(text))};
}

}  // namespace varve::inline v0
