// SPDX-License-Identifier: Apache-2.0
// Bodies of change_set.hpp.
#pragma once

#include <varve/change/change_set.hpp>

#include <algorithm>
#include <utility>

namespace varve::inline v0 {

VARVE_DECL Result<void> ChangeSet::add_node(const Path& path, NodeId id, format::NodeKind kind, std::string zarr_json) {
  if (new_.contains(path)) return Error(errc::node_exists, "create node", path.text());
  node_bytes_ += cost(path) + zarr_json.size();
  new_paths_.emplace(id, path);
  new_.emplace(path, NewNode{id, kind, std::move(zarr_json)});
  return {};
}

VARVE_DECL void ChangeSet::update_node(NodeId id, const Path& path, format::NodeKind kind, std::string zarr_json) {
  node_bytes_ += zarr_json.size();
  if (const Path* at = new_path(id)) {
    std::string& text = new_.find(*at)->second.zarr_json;
    node_bytes_ -= text.size();
    text = std::move(zarr_json);
    return;
  }
  const auto [updated, added] = updated_.try_emplace(id);
  node_bytes_ -= updated->second.zarr_json.size();
  if (added) node_bytes_ += cost(path);
  updated->second = UpdatedNode{path, kind, std::move(zarr_json)};
}

VARVE_DECL void ChangeSet::delete_node(const Path& path, NodeId id, format::NodeKind kind) {
  chunks_.erase(id);
  if (const auto at = new_paths_.find(id); at != new_paths_.end()) {
    const auto node = new_.find(at->second);
    node_bytes_ -= cost(at->second) + node->second.zarr_json.size();
    new_.erase(node);
    new_paths_.erase(at);
    return;
  }
  if (const auto updated = updated_.find(id); updated != updated_.end()) {
    node_bytes_ -= cost(updated->second.path) + updated->second.zarr_json.size();
    updated_.erase(updated);
  }
  if (deleted_.insert_or_assign(path, DeletedNode{id, kind}).second) node_bytes_ += cost(path);
}

VARVE_DECL void ChangeSet::forget_new_nodes(const Path& path) {
  const std::string prefix = path.is_root() ? "/" : path.text() + "/";
  const auto vanish = [&](auto node) {
    const auto [at, value] = *node++;
    delete_node(at, value.id, value.kind);
    return node;
  };
  if (const auto node = new_.find(path); node != new_.end()) vanish(node);
  for (auto node = new_.lower_bound(prefix); node != new_.end() && node->first.text().starts_with(prefix);) {
    node = vanish(node);
  }
}

VARVE_DECL void ChangeSet::set_chunk(NodeId node, std::span<const std::uint32_t> index, const ChunkPayload& payload) {
  edit_chunks(node, index.size()).set(index, payload);
}

VARVE_DECL format::TransactionLogData ChangeSet::log(SnapshotId id) const {
  using format::NodeKind;
  format::TransactionLogData log;
  log.id = id;
  for (const auto& [node, path] : new_paths_) {
    (new_.find(path)->second.kind == NodeKind::array ? log.new_arrays : log.new_groups).push_back(node);
  }
  for (const auto& [node, updated] : updated_) {
    (updated.kind == NodeKind::array ? log.updated_arrays : log.updated_groups).push_back(node);
  }
  for (const auto& [path, node] : deleted_) {
    (node.kind == NodeKind::array ? log.deleted_arrays : log.deleted_groups).push_back(node.id);
  }
  std::ranges::sort(log.deleted_arrays);
  std::ranges::sort(log.deleted_groups);
  for (const auto& [node, edits] : chunks_) {
    auto& updated = log.updated_chunks.emplace_back();
    updated.id = node;
    updated.rank = edits.rank();
    updated.count = edits.size();
    updated.coordinates.reserve(edits.size() * edits.rank());
    edits.for_each([&](std::span<const std::uint32_t> index, const ChunkPayload&) {
      updated.coordinates.insert(updated.coordinates.end(), index.begin(), index.end());
    });
  }
  log.moves = moves_.list();
  return log;
}

}  // namespace varve::inline v0
