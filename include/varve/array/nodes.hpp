// SPDX-License-Identifier: Apache-2.0
// What groups and arrays have in common as nodes of the hierarchy: how they are made, with the groups above them, and
// how their attributes are changed.
#pragma once

#include <varve/array/turns.hpp>
#include <varve/async/entry.hpp>
#include <varve/core/path.hpp>
#include <varve/session/session_state.hpp>
#include <varve/zarr/metadata.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// Creates the groups above `path` that are missing, the root included, as Zarr users expect.
/// Errors: `errc::not_a_group` if one of the nodes above is an array.
template <class State>
Result<void> create_parents(State& state, const Path& path) {
  std::vector<Path> missing;
  for (Path above = path; !above.is_root();) {
    above = above.parent();
    auto node = state.find_node(above);
    if (!node) return std::move(node).error();
    if (!*node) {
      missing.push_back(above);
    } else if ((*node)->kind == NodeKind::array) {
      return Error(errc::not_a_group, "create node", path.text(), "`" + above.text() + "` is an array");
    }
  }
  while (!missing.empty()) {
    auto created = state.create_node(missing.back(), NodeKind::group, zarr::group_json());
    // Another thread of the session may have been faster.
    if (!created && created.error().code() != errc::node_exists) return std::move(created).error();
    missing.pop_back();
  }
  return {};
}

/// Creates a node and the groups above it. Errors: `errc::node_exists`, `errc::not_a_group`, those of the session.
template <class State>
Result<NodeInfo> create_with_parents(State& state, const Path& path, NodeKind kind, std::string zarr_json) {
  auto existing = state.find_node(path);
  if (!existing) return std::move(existing).error();
  if (*existing) return Error(errc::node_exists, "create node", path.text());
  if (auto parents = create_parents(state, path); !parents) return std::move(parents).error();
  return state.create_node(path, kind, std::move(zarr_json));
}

/// The node of a kind at a path. Errors: `errc::node_not_found`, `errc::not_an_array`, `errc::not_a_group`.
template <class State>
Result<NodeInfo> find_of_kind(State& state, const Path& path, NodeKind kind, const char* doing) {
  auto node = state.find_node(path);
  if (!node) return std::move(node).error();
  if (!*node) return Error(errc::node_not_found, doing, path.text());
  if ((*node)->kind == kind) return **std::move(node);
  return kind == NodeKind::array ? Error(errc::not_an_array, doing, path.text(), "the node is a group")
                                 : Error(errc::not_a_group, doing, path.text(), "the node is an array");
}

/// Replaces the attributes of a node. Everything else in its zarr.json stays as it is.
template <class State>
Awaitable<Result<void>> set_attributes(std::shared_ptr<State> state, std::shared_ptr<Turns> turns, Path path,
                                       NodeKind kind, std::string attributes) {
  const Semaphore::Permit turn = co_await turns->metadata();
  auto node = find_of_kind(*state, path, kind, "set attributes");
  if (!node) co_return std::move(node).error();
  auto text = zarr::with_attributes(*node->zarr_json, attributes);
  if (!text) co_return Error(text.error().code(), "set attributes", path.text(), text.error().hint());
  auto updated = state->update_node(*node, *std::move(text));
  if (!updated) co_return std::move(updated).error();
  co_return Result<void>();
}

}  // namespace varve::inline v0::detail
