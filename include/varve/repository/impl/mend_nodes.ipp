// SPDX-License-Identifier: Apache-2.0
// The nodes of a broken snapshot, put right: those that share a path or an id, and those whose zarr.json cannot be used or
// is of the other kind. What belongs there is asked of the ancestors, the newest first: ids never change, and paths rarely.
#pragma once

#include <varve/repository/impl/verify_snapshot.ipp>

#include <varve/core/environment.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/format/transaction_log.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/objects.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

struct MendedNode {
  format::NodeData data;
  NodeId held_as;              ///< the id that the snapshot gave it, by which manifests may have its chunks
  bool shows_chunks = false;   ///< which nobody saw in the broken snapshot
  bool dropped = false;
};

/// Mends the nodes of one snapshot. After `run`, no two of those that are left share an id or a path.
class NodeMender {
 public:
  /// The newest of `ancestors` comes first.
  NodeMender(Context& context, const std::vector<SnapshotId>& ancestors) : context_(context), ancestors_(ancestors) {}

  std::vector<MendedNode>& nodes() { return nodes_; }
  const std::unordered_set<NodeId>& ids() const { return ids_; }  ///< old and new ones
  std::vector<std::string>& what() { return what_; }  ///< was done, nothing if all was right
  std::vector<std::string>& left() { return left_; }  ///< cannot be mended, and why

  /// `body_bytes` is the size of what `view` shows. Errors: those of the store that another try may not meet.
  Awaitable<Result<void>> run(const format::SnapshotView& view, std::size_t body_bytes) {
    take(view, body_bytes);
    for (std::size_t i = 0; i != ancestors_.size() && has_questions(); ++i) {
      auto ancestor = co_await fetch_snapshot(context_, ancestors_[i]);
      if (ancestor) ask(**ancestor, "snapshot " + ancestors_[i].to_string());
      else if (is_of_the_moment(ancestor.error().code())) co_return std::move(ancestor).error();
    }
    for (const auto& [id, members] : same_id_) settle_ids(id, members, nullptr);
    for (const auto& [path, members] : same_path_) settle_paths(path, members, nullptr);
    for (const std::size_t i : bad_json_) do_without(nodes_[i]);
    co_return Result<void>();
  }

  /// Adds to the log of the mended snapshot what differs from `view`, but for chunks.
  void tell(const format::SnapshotView& view, format::TransactionLogData& log) const {
    std::unordered_set<NodeId> alive;
    for (const MendedNode& node : nodes_) {
      if (!node.dropped) alive.insert(node.data.id);
    }
    for (std::size_t i = 0; i != nodes_.size(); ++i) {
      const format::NodeData& node = nodes_[i].data;
      const format::NodeView was = view.node(i);
      const bool is_array = node.kind == format::NodeKind::array;
      if (nodes_[i].dropped) {
        if (!alive.contains(was.id())) (is_array ? log.deleted_arrays : log.deleted_groups).push_back(was.id());
      } else if (node.id != was.id()) {
        (is_array ? log.new_arrays : log.new_groups).push_back(node.id);
      } else {
        if (node.path != was.path()) log.moves.push_back(format::Move{std::string(was.path()), node.path, node.id, node.kind});
        if (node.kind != was.kind() || node.zarr_json != was.zarr_json()) {
          (is_array ? log.updated_arrays : log.updated_groups).push_back(node.id);
        }
      }
    }
  }

 private:
  using Members = std::vector<std::size_t>;

  void take(const format::SnapshotView& view, std::size_t allowance) {
    std::map<NodeId, Members> by_id;
    std::map<std::string_view, Members> by_path;
    std::set<std::pair<std::string_view, NodeId>> seen;
    for (std::size_t i = 0; i != view.node_count(); ++i) {
      const format::NodeView node = view.node(i);
      MendedNode& mended = nodes_.emplace_back(MendedNode{format::copy_node(node), node.id()});
      const std::string path = mended.data.path;
      ids_.insert(node.id());
      paths_.insert(path);
      const ZarrJson json = judge(node.kind(), node.zarr_json(), path);
      const auto hidden = json == ZarrJson::other_kind ? view.hidden_array(i, allowance) : std::nullopt;
      if (hidden) {
        mended.data = format::copy_node(*hidden);
        mended.shows_chunks = true;
        what_.push_back("`" + path + "` is an array again, and no group");
      } else if (json == ZarrJson::other_kind || json == ZarrJson::bad) {
        bad_json_.insert(i);
      }
      if (!seen.emplace(node.path(), node.id()).second) {
        drop(i, "it was there twice");
        continue;
      }
      by_path[node.path()].push_back(i);
      by_id[node.id()].push_back(i);
    }
    for (auto& [id, members] : by_id) {
      if (members.size() > 1) same_id_.emplace(id, std::move(members));
    }
    for (auto& [path, members] : by_path) {
      if (members.size() > 1) same_path_.emplace(std::string(path), std::move(members));
    }
  }

  bool has_questions() const { return !same_id_.empty() || !same_path_.empty() || !bad_json_.empty(); }

  void ask(const Snapshot& ancestor, const std::string& name) {
    std::erase_if(same_id_, [&](const auto& group) { return settle_ids(group.first, group.second, &ancestor); });
    const auto has_id = [&](std::size_t i) { return !same_id_.contains(nodes_[i].data.id); };  // by which it can be asked for
    std::erase_if(same_path_, [&](const auto& group) {
      return std::all_of(group.second.begin(), group.second.end(), has_id) && settle_paths(group.first, group.second, &ancestor);
    });
    std::erase_if(bad_json_, [&](std::size_t i) { return has_id(i) && settle_json(nodes_[i], ancestor, name); });
  }

  /// One of the nodes keeps the id: that which had it, or else the first, as readers see it. The others get the ids that they
  /// had at their paths, or new ones. False if an older ancestor may know better; null stands for nobody.
  bool settle_ids(NodeId id, const Members& members, const Snapshot* ancestor) {
    std::vector<std::optional<NodeId>> had;
    for (const std::size_t i : members) {
      const auto was = ancestor == nullptr ? std::nullopt : ancestor->view().find(nodes_[i].data.path);
      had.push_back(was && was->kind() == nodes_[i].data.kind ? std::optional(was->id()) : std::nullopt);
    }
    if (std::count(had.begin(), had.end(), std::optional(id)) > 1) return false;
    std::size_t keeper = 0;
    for (std::size_t k = members.size(); k-- > 0;) {
      if (!had[k]) keeper = k;
    }
    for (std::size_t k = 0; k != members.size(); ++k) {
      if (had[k] == id) keeper = k;
    }
    for (std::size_t k = 0; k != members.size(); ++k) {
      if (k == keeper) continue;
      MendedNode& node = nodes_[members[k]];
      const bool is_back = had[k] && !ids_.contains(*had[k]);
      node.data.id = is_back ? *had[k] : context_.options.environment.new_id<NodeId>();
      ids_.insert(node.data.id);
      node.shows_chunks = true;
      what_.push_back("`" + node.data.path + "` has " + (is_back ? "its own id again" : "a new id") + ", and not that of `" +
                      nodes_[members[keeper]].data.path + "`");
    }
    return true;
  }

  /// The same for a path: nodes go back to where they were, if nobody is there now, and are left out otherwise.
  bool settle_paths(const std::string& path, const Members& members, const Snapshot* ancestor) {
    std::vector<std::string> had;  // empty: unknown
    for (const std::size_t i : members) {
      const auto was = ancestor == nullptr ? std::nullopt : ancestor->find(nodes_[i].data.id);
      had.push_back(was ? std::string(was->path()) : std::string());
    }
    if (std::count(had.begin(), had.end(), path) > 1) return false;
    const auto can_go_back = [&](std::size_t k) { return !had[k].empty() && !paths_.contains(had[k]); };
    std::size_t keeper = 0;
    for (std::size_t k = members.size(); k-- > 0;) {
      if (!can_go_back(k)) keeper = k;
    }
    for (std::size_t k = 0; k != members.size(); ++k) {
      if (had[k] == path) keeper = k;
    }
    for (std::size_t k = 0; k != members.size(); ++k) {
      if (k == keeper) continue;
      if (!can_go_back(k)) {
        drop(members[k], "another node is there, which readers saw; it is still in the snapshot before");
        continue;
      }
      nodes_[members[k]].data.path = had[k];
      paths_.insert(had[k]);
      what_.push_back("a node at `" + path + "` is at `" + had[k] + "` again");
    }
    return true;
  }
  void drop(std::size_t i, const std::string& why) {
    nodes_[i].dropped = true;
    bad_json_.erase(i);
    what_.push_back("left out a node at `" + nodes_[i].data.path + "`: " + why);
  }

  /// Takes zarr.json, or all of an array that is one no more, from an ancestor. False if an older one may have better.
  bool settle_json(MendedNode& node, const Snapshot& ancestor, const std::string& name) {
    format::NodeData& data = node.data;
    const auto was = ancestor.find(data.id);
    if (!was) {  // nor had it any before
      do_without(node);
      return true;
    }
    if (judge(was->kind(), was->zarr_json(), data.path) != ZarrJson::sound) return false;
    const bool is_array = data.kind == format::NodeKind::array, was_array = was->kind() == format::NodeKind::array;
    if (is_array && !was_array) return become_group(node, std::string(was->zarr_json()), name);
    if (is_array) {
      auto json = fitting(data, std::string(was->zarr_json()));
      if (!json) return false;
      data.zarr_json = *std::move(json);
    } else if (!was_array) {
      data.zarr_json = was->zarr_json();
    } else {
      format::NodeData old = format::copy_node(*was);
      old.path = data.path;
      if (judge(old.kind, data.zarr_json, data.path) == ZarrJson::sound) old.zarr_json = data.zarr_json;
      data = std::move(old);
      node.shows_chunks = true;
      what_.push_back("`" + data.path + "` is an array again, with the chunks that it had in " + name);
      return true;
    }
    what_.push_back("`" + data.path + "` has the zarr.json that it had in " + name);
    return true;
  }

  /// A node without manifests whose zarr.json is that of a group is one.
  bool become_group(MendedNode& node, std::string json, const std::string& name) {
    format::NodeData& data = node.data;
    if (!data.manifests.empty()) return false;
    data.kind = format::NodeKind::group;
    data.shape.clear();
    data.dimension_names.reset();
    data.zarr_json = std::move(json);
    what_.push_back("`" + data.path + "` is a group, as " + name + " says");
    return true;
  }

  /// The zarr.json with the shape of the node, if it has as many chunks then; nothing if chunks would be in other places.
  static std::optional<std::string> fitting(const format::NodeData& node, std::string json) {
    std::vector<std::uint64_t> shape;
    for (const format::DimensionShape& dimension : node.shape) shape.push_back(dimension.array_length);
    const auto has_shape = [&](const std::string& text) {
      format::NodeData described = node;
      return describe(described, text) && described.shape == node.shape;
    };
    if (has_shape(json)) return json;
    auto resized = zarr::with_shape(json, shape);
    if (!resized || !has_shape(*resized)) return std::nullopt;
    return *std::move(resized);
  }

  /// What becomes of a node whose zarr.json no ancestor knows.
  void do_without(MendedNode& node) {
    format::NodeData& data = node.data;
    const bool has_other_kind = judge(data.kind, data.zarr_json, data.path) == ZarrJson::other_kind;
    if (data.kind == format::NodeKind::array) {
      if (has_other_kind && become_group(node, data.zarr_json, "its zarr.json")) return;
      left_.push_back("`" + data.path + "`: " + (has_other_kind ? "it is an array, and its zarr.json is that of a group" : "its zarr.json cannot be used") +
                      ", and no ancestor has one that fits it");
      return;
    }
    const std::string below = data.path == "/" ? data.path : data.path + "/";
    const auto child = paths_.upper_bound(below);
    const bool has_children = child != paths_.end() && child->starts_with(below);
    if (has_other_kind && !has_children) {
      data.kind = format::NodeKind::array;
      if (describe(data, std::string(data.zarr_json))) {
        what_.push_back("`" + data.path + "` is an array, as its zarr.json says, without chunks");
        return;
      }
      data.kind = format::NodeKind::group;
    }
    data.zarr_json = zarr::group_json();
    what_.push_back("`" + data.path + "` has the zarr.json of a new group: its attributes are lost");
  }

  Context& context_;
  const std::vector<SnapshotId>& ancestors_;
  std::vector<MendedNode> nodes_;  // as they stand in the snapshot
  std::unordered_set<NodeId> ids_;
  std::set<std::string, std::less<>> paths_;
  std::map<NodeId, Members> same_id_;         // what is asked of ancestors, as are the next two
  std::map<std::string, Members> same_path_;
  std::set<std::size_t> bad_json_;
  std::vector<std::string> what_, left_;
};

}  // namespace varve::inline v0::detail
