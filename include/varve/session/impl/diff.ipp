// SPDX-License-Identifier: Apache-2.0
// Bodies of diff.hpp.
#pragma once

#include <varve/session/diff.hpp>

#include <varve/session/ancestry.hpp>
#include <varve/session/objects.hpp>

#include <span>

namespace varve::inline v0 {

namespace detail {

/// Adds what one log says to `diff`; `path_of` gives a node's path, or an empty one for a node that is in neither end.
template <class PathOf>
void add_to_diff(Diff& diff, const format::TransactionLogData& log, const PathOf& path_of) {
  const auto add = [&](const std::vector<NodeId>& ids, std::set<std::string>& paths) {
    for (const NodeId id : ids) {
      if (std::string path = path_of(id); !path.empty()) paths.insert(std::move(path));
    }
  };
  add(log.new_groups, diff.new_groups);
  add(log.new_arrays, diff.new_arrays);
  add(log.deleted_groups, diff.deleted_groups);
  add(log.deleted_arrays, diff.deleted_arrays);
  add(log.updated_groups, diff.updated_groups);
  add(log.updated_arrays, diff.updated_arrays);
  for (const format::ArrayUpdatedChunks& array : log.updated_chunks) {
    const std::string path = path_of(array.id);
    if (path.empty()) continue;
    auto& indices = diff.updated_chunks[path];
    for (std::size_t i = 0; i != array.count; ++i) {
      const auto index = std::span(array.coordinates).subspan(i * array.rank, array.rank);
      indices.emplace(index.begin(), index.end());
    }
  }
  for (const format::Move& move : log.moves) diff.moved_nodes.push_back(MovedNode{move.from, move.to});
}

}  // namespace detail

VARVE_DECL Diff session_status(const SessionState& state) {
  const ChangeSet all = state.changes();
  const ChangeSet changes = state.own_changes();
  const auto base = state.base();
  std::map<NodeId, std::string> added;
  for (const auto& [path, node] : all.new_nodes()) added.emplace(node.id, path.text());
  Diff diff;
  detail::add_to_diff(diff, changes.log(state.snapshot_id()), [&](NodeId id) {
    if (const auto found = added.find(id); found != added.end()) return found->second;
    const auto node = base->find(id);
    return node ? std::string(node->path()) : std::string();
  });
  return diff;
}

VARVE_DECL Awaitable<Result<Diff>> diff_snapshots(std::shared_ptr<Context> context,
                                                  std::shared_ptr<const RepoState> state, SnapshotId from, SnapshotId to) {
  std::vector<SnapshotId> logs;  // newest first
  AncestryWalk walk(context, state, to);
  for (;;) {
    auto info = co_await walk.step();
    if (!info) co_return std::move(info).error();
    if (!*info) {
      co_return Error(errc::invalid_chain, "diff", from.to_string() + ".." + to.to_string(),
                      "the first must be an ancestor of the second");
    }
    if ((*info)->id == from) break;
    logs.push_back((*info)->id);
    const auto& pruned = (*info)->pruned_ancestor_tx_logs;  // oldest first
    logs.insert(logs.end(), pruned.rbegin(), pruned.rend());
  }
  if (logs.empty()) {
    co_return Error(errc::invalid_chain, "diff", from.to_string(), "a snapshot has no difference from itself");
  }
  auto first = co_await fetch_snapshot(*context, from);
  if (!first) co_return std::move(first).error();
  auto last = co_await fetch_snapshot(*context, to);
  if (!last) co_return std::move(last).error();
  const auto path_of = [&](NodeId id) {
    auto node = (*last)->find(id);
    if (!node) node = (*first)->find(id);
    return node ? std::string(node->path()) : std::string();
  };
  Diff diff;
  for (auto id = logs.rbegin(); id != logs.rend(); ++id) {
    auto log = co_await fetch_transaction_log(*context, *id);
    if (!log) {
      // A pruned log may be gone with an old garbage collection; the format lets a diff go on without it.
      const bool pruned = state->spec_version == 2 && find_snapshot_info(state->info, *id) == nullptr;
      if (pruned && log.error().code() == errc::missing_object) continue;
      co_return std::move(log).error();
    }
    auto contents = log->view.copy();
    if (!contents) co_return std::move(contents).error();
    detail::add_to_diff(diff, *contents, path_of);
  }
  co_return diff;
}

}  // namespace varve::inline v0
