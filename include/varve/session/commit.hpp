// SPDX-License-Identifier: Apache-2.0
// commit: one attempt to make a session's changes the tip of its branch. Everything that the new snapshot refers to is
// in the store before `repo` names it, so no reader ever sees a half; what a lost race leaves behind is unreachable.
// All of that goes out at once, the backup of `repo` with it: a commit is two rounds of requests.
#pragma once

#include <varve/async/for_each.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/repo_object.hpp>
#include <varve/session/session_state.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// The change of `repo` that a commit is.
struct LandCommit {
  const std::string& branch;
  SnapshotId parent;
  const NewSnapshot& made;

  Result<format::UpdateKind> operator()(format::RepoInfo& info, Timestamp) const {
    const auto tip = info.branches.find(branch);
    if (tip == info.branches.end()) return Error(errc::branch_not_found, "commit", branch);
    if (tip->second != parent) {
      return Error(errc::conflict, "commit", branch,
                   "the branch is at " + tip->second.to_string() + " and the session began at " + parent.to_string() +
                       "; rebase and commit again, or commit with rebase_tries");
    }
    format::SnapshotInfo snapshot;
    snapshot.id = made.id;
    snapshot.parent = parent;
    snapshot.flushed_at = made.flushed_at;
    snapshot.message = made.message;
    snapshot.metadata = made.metadata;
    const auto at = std::lower_bound(info.snapshots.begin(), info.snapshots.end(), made.id,
                                     [](const format::SnapshotInfo& a, SnapshotId b) { return a.id < b; });
    info.snapshots.insert(at, std::move(snapshot));
    tip->second = made.id;
    return format::UpdateKind(format::NewCommit{branch, made.id});
  }
};

/// Keeps writes out of a session while a commit or a rebase reads its changes.
template <class State>
class CommitGuard {
 public:
  explicit CommitGuard(State& state) : state_(state) {}
  ~CommitGuard() { state_.end_commit(); }
  CommitGuard(const CommitGuard&) = delete;
  CommitGuard& operator=(const CommitGuard&) = delete;

 private:
  State& state_;
};

}  // namespace detail

/// Commits the session's changes to its branch and returns the new snapshot's id; the session then only reads.
/// Errors: `errc::conflict` if the branch has moved: the session keeps its changes; `errc::no_changes` unless
/// `allow_empty`; those of building and writing. Cancellation: total until `repo` is replaced; that step is awaited.
template <class Storage, class CacheType>
Awaitable<Result<SnapshotId>> commit_once(SessionState<Storage, CacheType>& state, std::string message,
                                          Metadata metadata, bool allow_empty) {
  if (auto begun = state.begin_commit(); !begun) co_return std::move(begun).error();
  const detail::CommitGuard guard(state);
  auto& context = state.context();
  const std::string branch = *state.branch();
  const SnapshotId parent = state.snapshot_id();
  const auto base = state.base();
  const ChangeSet& changes = state.changes_to_commit();
  if (const auto attempt = state.unclear_attempt()) {
    // The same changes went out before and nobody said how that ended. If they have landed, this is that commit.
    auto repo = co_await read_repo(context);
    if (!repo) co_return std::move(repo).error();
    if (find_snapshot_info((*repo)->info, *attempt) != nullptr) {
      auto landed = co_await fetch_snapshot(context, *attempt);
      if (!landed) co_return std::move(landed).error();
      state.become(*attempt, *std::move(landed));
      co_return *attempt;
    }
  }
  if (changes.empty() && !allow_empty) {
    co_return Error(errc::no_changes, "commit", branch, "nothing has changed; set allow_empty to commit all the same");
  }
  for (const auto& [name, value] : context.options.commit_metadata) metadata.emplace(name, value);

  const detail::HeldChunks held = state.holds_chunks() ? detail::HeldChunks(context, changes) : detail::HeldChunks();
  auto made = co_await build_snapshot(context, *base, changes, held, std::move(message), std::move(metadata));
  if (!made) co_return std::move(made).error();

  std::vector<const NewObject*> objects;
  for (const detail::HeldChunk& chunk : held.chunks()) objects.push_back(&chunk.object);
  for (const NewObject& object : made->objects) objects.push_back(&object);
  bool stored = false;
  auto put = [&](std::size_t i) { return put_object(context, *objects[i]); };
  auto store_objects = [&]() -> Awaitable<Result<void>> {
    auto done = co_await for_each(objects.size(), context.options.concurrency, put);
    stored = done.has_value();
    co_return done;
  };
  detail::LandCommit land{branch, parent, *made};
  auto landed = co_await update_repo(context, land, store_objects);
  if (!landed) {
    if (stored) state.chunks_stored(held);
    if (landed.error().code() != errc::conflict) state.note_attempt(made->id);
    co_return std::move(landed).error();
  }

  auto view = format::SnapshotView::open(*made->body, format::written_version, format::snapshot_key(made->id));
  if (!view) co_return std::move(view).error();
  state.become(made->id, std::make_shared<const Snapshot>(std::move(made->body), *view));
  co_return made->id;
}

}  // namespace varve::inline v0
