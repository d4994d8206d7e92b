// SPDX-License-Identifier: Apache-2.0
// Moves: which nodes a session has moved, and to where. A move changes paths and nothing else: a node keeps its id, its
// zarr.json and its manifests, and what lies below a group goes along with it.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/path.hpp>
#include <varve/core/result.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/format/transaction_log.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// Moves of nodes of one snapshot, `base`, which is the same in every call until `replay` is given another.
class Moves {
 public:
  /// Every node is where it was, also if some have been away meanwhile.
  bool empty() const noexcept { return moved_.empty(); }
  std::size_t size() const noexcept { return moved_.size(); }

  /// Moves the node at `from` and all below it. Errors: `errc::node_not_found` for the node or for the parent of `to`;
  /// `errc::not_a_group` if that is an array; `errc::node_exists` for a node at or below `to`; `errc::invalid_argument` if
  /// `to` is `from` or lies below it. Nothing is moved then.
  Result<void> move(const format::SnapshotView& base, const Path& from, const Path& to);
  /// Makes the same moves again, one after the other, of the nodes that another snapshot has at their paths: these are then
  /// moves of that one. Errors: as above; they are then what they were.
  Result<void> replay(const format::SnapshotView& base);

  /// The node that is at a path now.
  std::optional<format::NodeView> find(const format::SnapshotView& base, std::string_view path) const;
  /// Where a node is now; null if it has not moved.
  const std::string* path_of(NodeId id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
  }
  /// Calls `visit(std::string_view path, std::size_t position)` for each node that is at `below` or under it now, with its
  /// position in the snapshot. Those that have moved come last.
  template <class Visit>
  void for_each(const format::SnapshotView& base, std::string_view below, Visit&& visit) const {
    const auto inside = [&](std::string_view path) { return path == below || Path::is_below(path, below); };
    for (std::size_t i = base.lower_bound(below); i != base.node_count(); ++i) {
      const format::NodeView node = base.node(i);
      if (!node.path().starts_with(below)) break;
      if (inside(node.path()) && !by_id_.contains(node.id())) visit(node.path(), i);
    }
    for (auto node = moved_.lower_bound(below); node != moved_.end() && node->first.starts_with(below); ++node) {
      if (inside(node->first)) visit(std::string_view(node->first), node->second.position);
    }
  }

  /// What the transaction log says: every node that is not where it was, by its new path, segment by segment.
  std::vector<format::Move> list() const;

 private:
  struct Node {
    std::size_t position;  // in the snapshot
    std::string from;
    NodeId id;
    format::NodeKind kind;
  };
  std::map<std::string, Node, std::less<>> moved_;  // by the path where it is now
  std::unordered_map<NodeId, std::string> by_id_;   // the same paths
  std::vector<std::pair<Path, Path>> made_;         // as they were asked for, while anything has moved
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/change/impl/moves.ipp>
#endif
