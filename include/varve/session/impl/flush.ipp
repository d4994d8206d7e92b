// SPDX-License-Identifier: Apache-2.0
// Bodies of flush.hpp.
#pragma once

#include <varve/session/flush.hpp>

#include <varve/async/for_each.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/commit.hpp>
#include <varve/session/repo_object.hpp>

#include <utility>
#include <vector>

namespace varve::inline v0 {

VARVE_DECL Awaitable<Result<SnapshotId>> flush_session(SessionState& state, std::string message, Metadata metadata) {
  if (auto begun = state.begin_commit(); !begun) co_return std::move(begun).error();
  const detail::CommitGuard guard(state);
  auto& context = state.context();
  if (state.changes_to_commit().empty()) co_return Error(errc::no_changes, "flush", {}, "nothing has changed");
  auto before = co_await detail::landed_before(state);
  if (!before) co_return std::move(before).error();
  if (*before) co_return **before;
  for (const auto& [name, value] : context.options.commit_metadata) metadata.emplace(name, value);

  const SnapshotId parent = state.snapshot_id();
  const auto base = state.base();
  const ChangeSet& changes = state.changes_to_commit();
  const detail::HeldChunks held = state.holds_chunks() ? detail::HeldChunks(context, changes) : detail::HeldChunks();
  auto made = co_await build_snapshot(context, *base, changes, held, std::move(message), std::move(metadata));
  if (!made) co_return std::move(made).error();
  auto apply = [&](format::RepoInfo& info, Timestamp) -> Result<format::RepoUpdates> {
    if (find_snapshot_info(info, parent) == nullptr) {
      return Error(errc::snapshot_not_found, "flush", parent.to_string(), "the session's base has expired");
    }
    if (state.rearranges()) {
      if (auto allowed = detail::check_moves_allowed(info, "flush", *state.branch()); !allowed) return std::move(allowed).error();
    }
    detail::insert_snapshot(info, made->info(parent));
    return format::RepoUpdates{format::NewDetachedSnapshot{made->id}};
  };
  std::vector<const NewObject*> objects;
  for (const detail::HeldChunk& chunk : held.chunks()) objects.push_back(&chunk.object);
  for (const NewObject& object : made->objects) objects.push_back(&object);
  auto put = [&](std::size_t i) { return put_object(context, *objects[i]); };
  bool stored = false;
  auto store = [&]() -> Awaitable<Result<void>> {
    auto done = co_await for_each(objects.size(), context.concurrency(), put);
    stored = done.has_value();
    co_return done;
  };
  auto landed = co_await update_repo(context, apply, store);
  if (!landed) {
    if (stored) {
      state.chunks_stored(held);
      state.note_attempt(made->id);
    }
    co_return std::move(landed).error();
  }
  state.become(made->id, std::move(made->snapshot));
  co_return made->id;
}

}  // namespace varve::inline v0
