// SPDX-License-Identifier: Apache-2.0
// Bodies of moves.hpp.
#pragma once

#include <varve/change/moves.hpp>

#include <algorithm>

namespace varve::inline v0 {

VARVE_DECL Result<void> Moves::move(const format::SnapshotView& base, const Path& from, const Path& to) {
  const auto refuse = [&](errc code, std::string hint) { return Error(code, "move node", from.text(), std::move(hint)); };
  if (!find(base, from.text())) return refuse(errc::node_not_found, "there is no node to move");
  if (to == from || to.is_below(from)) {
    return refuse(errc::invalid_argument, "`" + to.text() + "` is the node itself or lies below it");
  }
  std::string occupied;
  for_each(base, to.text(), [&](std::string_view path, std::size_t) {
    if (occupied.empty()) occupied = path;
  });
  if (!occupied.empty()) return refuse(errc::node_exists, "`" + occupied + "` is there already, and a move replaces nothing");
  const auto parent = find(base, to.parent().text());
  if (!parent) {
    return refuse(errc::node_not_found, "the group `" + to.parent().text() + "` that it would lie in does not exist: create it first");
  }
  if (parent->kind() == format::NodeKind::array) {
    return refuse(errc::not_a_group, "`" + to.parent().text() + "`, that it would lie in, is an array");
  }

  std::vector<std::pair<std::string, std::size_t>> nodes;
  for_each(base, from.text(), [&](std::string_view path, std::size_t position) { nodes.emplace_back(path, position); });
  for (const auto& [path, position] : nodes) moved_.erase(path);
  for (const auto& [path, position] : nodes) {
    const format::NodeView node = base.node(position);
    std::string now = to.text() + path.substr(from.text().size());
    if (now == node.path()) {
      by_id_.erase(node.id());
      continue;
    }
    by_id_.insert_or_assign(node.id(), now);
    moved_.insert_or_assign(std::move(now), Node{position, std::string(node.path()), node.id(), node.kind()});
  }
  made_.emplace_back(from, to);
  if (moved_.empty()) made_.clear();
  return {};
}

VARVE_DECL Result<void> Moves::replay(const format::SnapshotView& base) {
  Moves again;
  for (const auto& [from, to] : made_) {
    if (auto moved = again.move(base, from, to); !moved) return moved;
  }
  *this = std::move(again);
  return {};
}

VARVE_DECL std::optional<format::NodeView> Moves::find(const format::SnapshotView& base, std::string_view path) const {
  if (const auto moved = moved_.find(path); moved != moved_.end()) return base.node(moved->second.position);
  auto node = base.find(path);
  if (node && by_id_.contains(node->id())) return std::nullopt;
  return node;
}

VARVE_DECL std::vector<format::Move> Moves::list() const {
  std::vector<format::Move> moves;
  for (const auto& [path, node] : moved_) moves.push_back(format::Move{node.from, path, node.id, node.kind});
  std::ranges::sort(moves, [](const format::Move& a, const format::Move& b) { return format::segments_less(a.to, b.to); });
  return moves;
}

}  // namespace varve::inline v0
