// SPDX-License-Identifier: Apache-2.0
// Bodies of detect.hpp.
#pragma once

#include <varve/conflict/detect.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace varve::inline v0::conflict {

namespace detail {

class Detector {
 public:
  Detector(const format::TransactionLogView& log, const format::SnapshotView& at_theirs, const ChangeSet& ours,
           const format::SnapshotView& our_base, SnapshotId commit)
      : log_(log), theirs_(at_theirs), ours_(ours), base_(our_base), commit_(commit.to_string()) {}

  std::vector<Finding> run() &&;

 private:
  using NodeKind = format::NodeKind;

  void report(ConflictKind kind, std::string_view path, NodeId node, std::string reason = {}) {
    findings_.push_back({Conflict{kind, std::string(path), commit_, {}, std::move(reason)}, node});
  }
  void new_nodes();
  void updated_nodes();
  void chunks();
  void deleted_nodes();
  void lost_parents();
  void lost_children();
  void children_of_arrays();
  void replaced_nodes();

  /// Whether our changes delete the node that they have at `path`.
  bool we_delete(const format::NodeView& node) const {
    const auto deleted = ours_.deleted_nodes().find(node.path());
    return deleted != ours_.deleted_nodes().end() && deleted->second.id == node.id();
  }
  bool they_changed_chunks(NodeId id) const {
    const auto updated = log_.find_updated_chunks(id);
    return updated && updated->size() != 0;
  }
  /// The indices that are in our edits of an array and in their log, ascending.
  std::vector<std::vector<std::uint32_t>> changed_by_both(const ChunkEdits& edits, NodeId id) const;
  /// Calls `visit` for each node of theirs strictly below `path`, which stand together in a snapshot.
  template <class Visit>
  void for_each_below(const Path& path, Visit visit) const {
    const std::string prefix = path.is_root() ? "/" : path.text() + "/";
    for (std::size_t i = theirs_.lower_bound(prefix); i != theirs_.node_count(); ++i) {
      const format::NodeView node = theirs_.node(i);
      if (!node.path().starts_with(prefix)) break;
      if (node.path() != prefix) visit(node);
    }
  }
  /// The path of a node of the base, for the arrays of which only chunks were changed.
  std::string_view path_of(NodeId node);

  const format::TransactionLogView& log_;
  const format::SnapshotView& theirs_;
  const ChangeSet& ours_;
  const format::SnapshotView& base_;
  std::string commit_;
  std::unordered_map<NodeId, std::string_view> base_paths_;
  std::vector<Finding> findings_;
};

VARVE_DECL std::vector<Finding> Detector::run() && {
  if (log_.move_count() != 0) {
    const format::Move move = log_.move(0);
    report(ConflictKind::move_operation_cannot_be_rebased, move.from, move.id, "they moved it to " + move.to);
    return std::move(findings_);
  }
  new_nodes();
  updated_nodes();
  chunks();
  deleted_nodes();
  lost_parents();
  lost_children();
  children_of_arrays();
  replaced_nodes();
  std::ranges::stable_sort(findings_, {}, [](const Finding& finding) { return finding.conflict.kind; });
  return std::move(findings_);
}

VARVE_DECL void Detector::new_nodes() {
  std::set<std::string_view> arrays;  // one conflict for each, however many nodes of ours are below it
  for (const auto& [path, node] : ours_.new_nodes()) {
    if (theirs_.find(path.text()) && !ours_.deleted_nodes().contains(path)) {
      report(ConflictKind::new_node_conflicts_with_existing_node, path.text(), node.id);
    }
    for (Path above = path; !above.is_root();) {
      above = above.parent();
      const auto found = theirs_.find(above.text());
      if (found && found->kind() == NodeKind::array && arrays.insert(found->path()).second) {
        report(ConflictKind::new_node_in_invalid_group, above.text(), node.id);
      }
    }
  }
}

VARVE_DECL void Detector::updated_nodes() {
  for (const auto& [id, node] : ours_.updated_nodes()) {
    if (log_.updated_arrays().contains(id) || log_.updated_groups().contains(id)) {
      report(ConflictKind::zarr_metadata_double_update, node.path.text(), id);
    }
    if (node.kind == NodeKind::array && log_.deleted_arrays().contains(id)) {
      report(ConflictKind::zarr_metadata_update_of_deleted_array, node.path.text(), id);
    }
    if (node.kind == NodeKind::group && log_.deleted_groups().contains(id)) {
      report(ConflictKind::zarr_metadata_update_of_deleted_group, node.path.text(), id);
    }
  }
}

VARVE_DECL void Detector::chunks() {
  for (const auto& [id, edits] : ours_.chunk_edits()) {
    if (edits.size() == 0) continue;
    if (log_.deleted_arrays().contains(id)) report(ConflictKind::chunks_updated_in_deleted_array, path_of(id), id);
    if (log_.updated_arrays().contains(id)) report(ConflictKind::chunks_updated_in_updated_array, path_of(id), id);
    auto both = changed_by_both(edits, id);
    if (both.empty()) continue;
    report(ConflictKind::chunk_double_update, path_of(id), id);
    findings_.back().conflict.chunks = std::move(both);
  }
}

VARVE_DECL std::vector<std::vector<std::uint32_t>> Detector::changed_by_both(const ChunkEdits& edits, NodeId id) const {
  std::vector<std::vector<std::uint32_t>> both;
  const auto updated = log_.find_updated_chunks(id);
  if (!updated) return both;
  if (edits.size() <= updated->size()) {
    edits.for_each([&](std::span<const std::uint32_t> index, const ChunkPayload&) {
      if (updated->contains(index)) both.emplace_back(index.begin(), index.end());
    });
    return both;
  }
  std::vector<std::uint32_t> index;
  for (std::size_t i = 0; i != updated->size(); ++i) {
    updated->index(i, index);
    if (edits.contains(index)) both.push_back(index);
  }
  return both;
}

VARVE_DECL void Detector::deleted_nodes() {
  for (const auto& [path, node] : ours_.deleted_nodes()) {
    const auto found = theirs_.find(path.text());
    if (!found) continue;
    const bool array_changed = log_.updated_arrays().contains(found->id()) || they_changed_chunks(found->id());
    if (node.kind == NodeKind::array && array_changed) {
      report(ConflictKind::delete_of_updated_array, path.text(), node.id);
    }
    if (node.kind == NodeKind::group && log_.updated_groups().contains(found->id())) {
      report(ConflictKind::delete_of_updated_group, path.text(), node.id);
    }
  }
}

/// A group that stood above our new node when we began is gone, and we do not make it anew.
VARVE_DECL void Detector::lost_parents() {
  for (const auto& [path, node] : ours_.new_nodes()) {
    for (Path above = path; !above.is_root();) {
      above = above.parent();
      if (ours_.new_nodes().contains(above)) break;  // which is looked at itself
      const auto before = base_.find(above.text());
      if (!before || we_delete(*before) || theirs_.find(above.text())) continue;
      report(ConflictKind::parent_group_deleted, path.text(), node.id, "they deleted " + above.text());
      break;
    }
  }
}

/// Below a group that we delete stands a node that we know nothing of.
VARVE_DECL void Detector::lost_children() {
  std::set<std::string_view> seen;  // one conflict for each, and it names the highest group above it
  for (const auto& [path, node] : ours_.deleted_nodes()) {
    if (node.kind != NodeKind::group || ours_.new_nodes().contains(path)) continue;
    for_each_below(path, [&](const format::NodeView& child) {
      const bool known = ours_.deleted_nodes().contains(child.path());
      if (known || !seen.insert(child.path()).second) return;
      report(ConflictKind::child_of_deleted_group, path.text(), node.id, "they created " + std::string(child.path()));
    });
  }
}

VARVE_DECL void Detector::children_of_arrays() {
  for (const auto& [path, node] : ours_.new_nodes()) {
    if (node.kind != NodeKind::array) continue;
    for_each_below(path, [&](const format::NodeView& child) {
      if (we_delete(child)) return;
      report(ConflictKind::node_below_new_array, path.text(), node.id, "they created " + std::string(child.path()));
    });
  }
}

/// Where our changes delete a node, they have another one.
VARVE_DECL void Detector::replaced_nodes() {
  for (const auto& [path, node] : ours_.deleted_nodes()) {
    const auto found = theirs_.find(path.text());
    if (found && found->id() != node.id) {
      report(ConflictKind::node_replaced, path.text(), node.id, "they deleted it too and created another");
    }
  }
}

VARVE_DECL std::string_view Detector::path_of(NodeId node) {
  if (base_paths_.empty()) {
    for (std::size_t i = 0; i != base_.node_count(); ++i) base_paths_.emplace(base_.node(i).id(), base_.node(i).path());
  }
  const auto found = base_paths_.find(node);
  return found == base_paths_.end() ? std::string_view() : found->second;
}

}  // namespace detail

VARVE_DECL std::vector<Finding> detect(const format::TransactionLogView& log, const format::SnapshotView& at_theirs,
                                       const ChangeSet& ours, const format::SnapshotView& our_base, SnapshotId commit) {
  return detail::Detector(log, at_theirs, ours, our_base, commit).run();
}

}  // namespace varve::inline v0::conflict
