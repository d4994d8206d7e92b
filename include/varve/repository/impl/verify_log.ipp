// SPDX-License-Identifier: Apache-2.0
// Transaction logs, checked against what a snapshot did to the nodes of its parent.
#pragma once

#include <varve/repository/impl/verify_findings.ipp>

#include <varve/format/snapshot.hpp>
#include <varve/format/transaction_log.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace varve::inline v0::detail {

/// What one log says, or several that make up one step of the history.
class LogCheck {
 public:
  void add(const format::TransactionLogView& log) {
    add(log.new_groups(), new_groups_);
    add(log.new_arrays(), new_arrays_);
    add(log.deleted_groups(), deleted_);
    add(log.deleted_arrays(), deleted_);
    add(log.updated_groups(), updated_);
    add(log.updated_arrays(), updated_);
    for (std::size_t i = 0; i != log.updated_array_count(); ++i) with_chunks_.insert(log.updated_chunks(i).id());
    for (std::size_t i = 0; i != log.move_count(); ++i) moved_.insert(log.move(i).id);
  }

  /// The log of an amended commit is a union, so a node may stand in several lists.
  void run(const format::SnapshotView& parent, const format::SnapshotView& snapshot, ObjectFindings& findings) const {
    std::unordered_map<NodeId, std::size_t> before, after;
    std::unordered_set<NodeId> shared;  // by two nodes: nobody can say what was done to which
    for (std::size_t i = 0; i != parent.node_count(); ++i) {
      if (!before.try_emplace(parent.node(i).id(), i).second) shared.insert(parent.node(i).id());
    }
    for (std::size_t i = 0; i != snapshot.node_count(); ++i) {
      if (!after.try_emplace(snapshot.node(i).id(), i).second) shared.insert(snapshot.node(i).id());
    }
    const auto differs = [&](const std::string& what, std::string_view path) {
      findings.warning(Damage::log_differs, "it does not say that `" + std::string(path) + "` " + what, path);
    };
    for (const auto& [id, at] : after) {
      if (shared.contains(id)) continue;
      const format::NodeView node = snapshot.node(at);
      const auto old = before.find(id);
      if (old == before.end()) {
        const auto& created = node.kind() == format::NodeKind::array ? new_arrays_ : new_groups_;
        if (!created.contains(id)) differs("was created", node.path());
        continue;
      }
      const format::NodeView was = parent.node(old->second);
      if (was.zarr_json() != node.zarr_json() && !updated_.contains(id) && !new_arrays_.contains(id) && !new_groups_.contains(id)) {
        differs("was updated", node.path());
      }
      if (was.path() != node.path() && !moved_.contains(id)) differs("was moved from `" + std::string(was.path()) + "`", node.path());
      if (deleted_.contains(id)) findings.warning(Damage::log_differs, "it says that `" + std::string(node.path()) + "` was deleted", node.path());
    }
    for (const auto& [id, at] : before) {
      if (!shared.contains(id) && !after.contains(id) && !deleted_.contains(id)) differs("was deleted", parent.node(at).path());
    }
    std::size_t unknown = 0;
    for (const auto* ids : {&new_groups_, &new_arrays_, &updated_, &with_chunks_}) {
      for (const NodeId id : *ids) unknown += !after.contains(id) && !deleted_.contains(id);
    }
    if (unknown != 0) {
      findings.warning(Damage::log_differs, "it speaks of " + std::to_string(unknown) + " nodes that the snapshot does not have");
    }
  }

 private:
  using Ids = std::unordered_set<NodeId>;
  static void add(const format::NodeIdsView& from, Ids& to) {
    for (std::size_t i = 0; i != from.size(); ++i) to.insert(from[i]);
  }
  Ids new_groups_, new_arrays_, deleted_, updated_, with_chunks_, moved_;
};

}  // namespace varve::inline v0::detail
