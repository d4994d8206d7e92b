// SPDX-License-Identifier: Apache-2.0
// commit: one attempt to make a session's changes the tip of its branch. Everything that the new snapshot refers to is
// in the store before `repo` names it, so no reader ever sees a half; what a lost race leaves behind is unreachable.
// All of that goes out at once, the backup of `repo` with it: a commit is two rounds of requests.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/repo_object.hpp>
#include <varve/session/session_state.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// Takes the chunks that the session held back (see Options::held_chunk_bytes) out of its changes: they get objects of
/// their own.
template <class Storage, class CacheType>
std::vector<NewObject> take_held_chunks(Context<Storage, CacheType>& context, ChangeSet& changes) {
  std::vector<NewObject> objects;
  for (const auto& [node, edits] : changes.chunk_edits()) {
    std::vector<std::vector<std::uint32_t>> held;
    edits.for_each([&](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
      if (payload.kind() == ChunkPayload::Kind::inlined && payload.length() > context.options.inline_chunk_bytes) {
        held.emplace_back(index.begin(), index.end());
      }
    });
    for (const auto& index : held) {
      const ChunkPayload payload = *edits.find(index);
      const auto id = context.options.environment.template new_id<ChunkId>();
      NewObject& object = objects.emplace_back();
      object.name = format::chunk_key(id);
      object.keep = payload.shared_bytes();
      object.stored = payload.bytes();
      changes.set_chunk(node, index, ChunkPayload::native(id, 0, payload.length()));
    }
  }
  return objects;
}

/// Stores the objects of a commit, many at a time.
template <class Storage, class CacheType>
struct ObjectWriter {
  Context<Storage, CacheType>& context;
  const std::vector<NewObject>& objects;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> done = false;

  Awaitable<Result<void>> operator()() {
    for (std::size_t i = next++; i < objects.size(); i = next++) {
      auto put = co_await put_object(context, objects[i]);
      if (!put) co_return put;
    }
    co_return Result<void>();
  }

  Awaitable<Result<void>> run() {
    auto written = co_await gather(context.options.runtime, std::min(objects.size(), context.options.concurrency), *this);
    done = written.has_value();
    co_return written;
  }
};

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
  ChangeSet changes = state.changes();
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

  std::vector<NewObject> chunks;
  if (state.holds_chunks()) chunks = detail::take_held_chunks(context, changes);
  const bool held = !chunks.empty();
  auto made = co_await build_snapshot(context, *base, changes, std::move(message), std::move(metadata));
  if (!made) co_return std::move(made).error();
  std::move(chunks.begin(), chunks.end(), std::back_inserter(made->objects));

  detail::ObjectWriter<Storage, CacheType> writer{context, made->objects};
  detail::LandCommit land{branch, parent, *made};
  auto store_objects = [&] { return writer.run(); };
  auto landed = co_await update_repo(context, land, store_objects);
  if (!landed) {
    if (held && writer.done) state.chunks_stored(std::move(changes));
    if (landed.error().code() != errc::conflict) state.note_attempt(made->id);
    co_return std::move(landed).error();
  }

  auto view = format::SnapshotView::open(*made->body, format::written_version, format::snapshot_key(made->id));
  if (!view) co_return std::move(view).error();
  state.become(made->id, std::make_shared<const Snapshot>(std::move(made->body), *view));
  co_return made->id;
}

}  // namespace varve::inline v0
