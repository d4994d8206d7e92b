// SPDX-License-Identifier: Apache-2.0
// Bodies of merge.hpp.
#pragma once

#include <varve/change/merge.hpp>

#include <varve/core/conflict.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// Looks at a merge from all sides before anything is changed, then carries it out.
class Merger {
 public:
  using Find = FunctionRef<std::optional<format::NodeView>(NodeId)>;
  Merger(ChangeSet& ours, const Fork& fork, const format::SnapshotView& base, Find find)
      : ours_(ours), fork_(fork), theirs_(fork.changes), base_(base), find_(find) {}

  Result<void> run() {
    for (const auto check : {&Merger::check_deleted, &Merger::check_new, &Merger::check_updated, &Merger::check_chunks}) {
      if (auto checked = (this->*check)(); !checked) return checked;
    }
    if (!conflicts_.empty()) {
      return Error(errc::merge_failed, "merge fork", conflicts_.front().path, "the session is as it was")
          .with_conflicts(std::move(conflicts_));
    }
    apply();
    return {};
  }

 private:
  using NodeKind = format::NodeKind;
  struct Node {
    std::string path;
    NodeKind kind{};
  };

  void report(ConflictKind kind, std::string path, std::string reason) {
    conflicts_.push_back(Conflict{kind, std::move(path), {}, {}, std::move(reason)});
  }
  static Error impossible(const std::string& path, std::string why) {
    return Error(errc::corrupt, "merge fork", path, std::move(why));
  }
  Result<void> check_deleted();
  Result<void> check_new();
  Result<void> check_updated();
  Result<void> check_chunks();
  void check_parents(const Path& path);
  void apply();

  static bool is_deleted(const ChangeSet& changes, const Path& path, NodeId id) {
    const auto deleted = changes.deleted_nodes().find(path);
    return deleted != changes.deleted_nodes().end() && deleted->second.id == id;
  }
  /// The node of the snapshot at a path, unless one of both deletes it.
  std::optional<format::NodeView> base_at(const Path& path) const {
    auto node = base_.find(path.text());
    if (node && (is_deleted(ours_, path, node->id()) || is_deleted(theirs_, path, node->id()))) node.reset();
    return node;
  }
  /// A node of our side, also if the fork deletes it.
  std::optional<Node> ours_by_id(NodeId id) const {
    if (const Path* const path = ours_.new_path(id)) return Node{path->text(), ours_.new_nodes().find(*path)->second.kind};
    const auto node = find_(id);
    if (!node) return std::nullopt;
    const auto path = Path::parse(node->path());
    if (path && is_deleted(ours_, *path, id)) return std::nullopt;
    return Node{std::string(node->path()), node->kind()};
  }
  /// Whether we have changed the node since the fork began.
  bool changed_since(NodeId id, bool with_chunks) const {
    const auto found = fork_.found.find(id);
    return fingerprint(ours_, id, with_chunks) != (found == fork_.found.end() ? 0 : found->second);
  }
  /// Calls `visit` with the path of each new node of ours below `path` that the fork does not delete.
  template <class Visit>
  void for_each_new_below(const Path& path, Visit visit) const {
    const std::string prefix = path.is_root() ? "/" : path.text() + "/";
    for (auto node = ours_.new_nodes().upper_bound(prefix); node != ours_.new_nodes().end(); ++node) {
      if (!node->first.text().starts_with(prefix)) break;
      if (!is_deleted(theirs_, node->first, node->second.id)) visit(node->first.text());
    }
  }

  ChangeSet& ours_;
  const Fork& fork_;
  const ChangeSet& theirs_;
  const format::SnapshotView& base_;
  const Find find_;
  std::vector<Conflict> conflicts_;
  std::set<NodeId> same_groups_;  // of theirs, that we created as well
};

VARVE_DECL Result<void> Merger::check_deleted() {
  for (const auto& [path, node] : theirs_.deleted_nodes()) {
    const bool array = node.kind == NodeKind::array;
    const auto known = ours_by_id(node.id);
    if (!known) continue;  // both deleted it
    if (known->path != path.text() || known->kind != node.kind) {
      return impossible(path.text(), "it deletes another node than there is");
    }
    if (changed_since(node.id, true)) {
      report(array ? ConflictKind::delete_of_updated_array : ConflictKind::delete_of_updated_group, path.text(),
             "the fork deleted it, and the session changed it");
    }
    const auto again = theirs_.new_nodes().find(path);
    if (array || (again != theirs_.new_nodes().end() && again->second.kind == NodeKind::group)) continue;
    for_each_new_below(path, [&](const std::string& child) {
      report(ConflictKind::child_of_deleted_group, path.text(), "the fork deleted it, and the session created " + child);
    });
  }
  return {};
}

VARVE_DECL Result<void> Merger::check_new() {
  for (const auto& [path, node] : theirs_.new_nodes()) {
    auto outline = zarr::outline(node.zarr_json, path.text());
    if (!outline) return std::move(outline).error();
    if (outline->is_array != (node.kind == NodeKind::array)) return impossible(path.text(), "its zarr.json is of another kind");
    const Path* const elsewhere = ours_.new_path(node.id);
    if (find_(node.id) || (elsewhere != nullptr && *elsewhere != path)) return impossible(path.text(), "its id is taken");
    const auto other = ours_.new_nodes().find(path);
    if (other != ours_.new_nodes().end() && !is_deleted(theirs_, path, other->second.id)) {
      const bool same = other->second.zarr_json == node.zarr_json && other->second.kind == node.kind;
      if (same && node.kind == NodeKind::group) {
        same_groups_.insert(node.id);
      } else if (!same || other->second.id != node.id) {
        report(ConflictKind::new_node_conflicts_with_existing_node, path.text(), "the fork and the session created it");
      }
      continue;
    }
    if (base_at(path)) {
      report(ConflictKind::new_node_conflicts_with_existing_node, path.text(), "the fork created it, and it is there");
      continue;
    }
    check_parents(path);
    if (node.kind != NodeKind::array) continue;
    for_each_new_below(path, [&](const std::string& child) {
      report(ConflictKind::node_below_new_array, path.text(), "the session created " + child);
    });
  }
  return {};
}

/// A node below one that we have deleted, or below an array of ours, has no place.
VARVE_DECL void Merger::check_parents(const Path& path) {
  for (Path above = path; !above.is_root();) {
    above = above.parent();
    if (theirs_.new_nodes().contains(above)) return;  // which is looked at itself
    std::optional<NodeKind> kind;
    if (const auto added = ours_.new_nodes().find(above);
        added != ours_.new_nodes().end() && !is_deleted(theirs_, above, added->second.id)) {
      kind = added->second.kind;
    } else if (const auto node = base_at(above)) {
      kind = node->kind();
    }
    if (kind == NodeKind::array) {
      report(ConflictKind::new_node_in_invalid_group, path.text(), above.text() + " is an array of the session");
    } else if (!kind && ours_.deleted_nodes().contains(above)) {
      report(ConflictKind::parent_group_deleted, path.text(), "the session deleted " + above.text());
    }
    if (kind || ours_.deleted_nodes().contains(above)) return;
  }
}

VARVE_DECL Result<void> Merger::check_updated() {
  for (const auto& [id, node] : theirs_.updated_nodes()) {
    const bool array = node.kind == NodeKind::array;
    auto outline = zarr::outline(node.zarr_json, node.path.text());
    if (!outline) return std::move(outline).error();
    const auto known = ours_by_id(id);
    if (!known) {
      report(array ? ConflictKind::zarr_metadata_update_of_deleted_array : ConflictKind::zarr_metadata_update_of_deleted_group,
             node.path.text(), "the fork changed it, and the session deleted it");
      continue;
    }
    if (known->path != node.path.text() || known->kind != node.kind || outline->is_array != array) {
      return impossible(node.path.text(), "it updates another node than there is");
    }
    const std::string* const text = changed_json(ours_, id);
    if ((text == nullptr || *text != node.zarr_json) && changed_since(id, false)) {
      report(ConflictKind::zarr_metadata_double_update, node.path.text(), "the fork and the session changed its zarr.json");
    }
  }
  return {};
}

VARVE_DECL Result<void> Merger::check_chunks() {
  for (const auto& [id, edits] : theirs_.chunk_edits()) {
    std::size_t rank = 0;
    std::string path;
    const std::string* text = changed_json(theirs_, id);
    if (const Path* const added = theirs_.new_path(id)) {
      path = added->text();
    } else {
      const auto known = ours_by_id(id);
      if (!known) {
        const auto before = find_(id);
        report(ConflictKind::chunks_updated_in_deleted_array, before ? std::string(before->path()) : std::string(),
               "the fork wrote to it, and the session " + std::string(before ? "deleted it" : "does not have it"));
        continue;
      }
      path = known->path;
      if (text == nullptr) text = changed_json(ours_, id);
      if (text == nullptr) {
        const auto node = find_(id);
        if (node->kind() != NodeKind::array) return impossible(path, "it writes chunks of a group");
        rank = node->rank();
      }
    }
    if (text != nullptr) {
      auto outline = zarr::outline(*text, path);
      if (!outline) return std::move(outline).error();
      if (!outline->is_array) return impossible(path, "it writes chunks of a group");
      rank = outline->num_chunks.size();
    }
    if (edits.size() != 0 && edits.rank() != rank) {
      report(ConflictKind::chunks_updated_in_updated_array, path,
             "the fork wrote chunks of " + std::to_string(edits.rank()) + " dimensions, the array has " + std::to_string(rank));
    }
  }
  return {};
}

VARVE_DECL void Merger::apply() {
  for (const auto& [path, node] : theirs_.deleted_nodes()) {
    if (ours_by_id(node.id)) ours_.delete_node(path, node.id, node.kind);
  }
  for (const auto& [path, node] : theirs_.new_nodes()) {
    if (same_groups_.contains(node.id)) continue;
    static_cast<void>(ours_.add_node(path, node.id, node.kind, node.zarr_json));  // may be there, from an earlier merge
  }
  for (const auto& [id, node] : theirs_.updated_nodes()) ours_.update_node(id, node.path, node.kind, node.zarr_json);
  for (const auto& [id, edits] : theirs_.chunk_edits()) {
    if (edits.size() == 0) {
      if (!ours_.chunk_edits().contains(id)) ours_.edit_chunks(id, edits.rank());
      continue;
    }
    ChunkEdits& merged = ours_.edit_chunks(id, edits.rank());
    edits.for_each([&](std::span<const std::uint32_t> index, const ChunkPayload& payload) { merged.set(index, payload); });
  }
}

}  // namespace detail

VARVE_DECL Result<void> merge_changes(ChangeSet& ours, const Fork& fork, const format::SnapshotView& base,
                                      FunctionRef<std::optional<format::NodeView>(NodeId)> find) {
  return detail::Merger(ours, fork, base, find).run();
}

}  // namespace varve::inline v0
