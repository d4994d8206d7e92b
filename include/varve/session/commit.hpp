// SPDX-License-Identifier: Apache-2.0
// commit: one attempt to make a session's changes the tip of its branch. Everything that the new snapshot refers to is
// in the store before `repo` names it, so no reader ever sees a half; what a lost race leaves behind is unreachable.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/repo_object.hpp>
#include <varve/session/session_state.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace varve::inline v0 {

namespace detail {

/// Writes the snapshot and its transaction log side by side.
template <class Storage, class CacheType>
struct SnapshotFiles {
  Context<Storage, CacheType>& context;
  NewSnapshot& made;
  std::atomic<int>& next;

  Awaitable<Result<void>> operator()() const {
    const bool log = next++ != 0;
    const std::string key = log ? format::transaction_log_key(made.id) : format::snapshot_key(made.id);
    const auto type = log ? format::FileType::transaction_log : format::FileType::snapshot;
    Bytes body = log ? made.log_body : made.snapshot_body;
    auto size = co_await put_metadata(context, key, std::move(body), type);
    if (!size) co_return std::move(size).error();
    co_return Result<void>();
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
  const ChangeSet changes = state.changes();
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

  auto made = co_await build_snapshot(context, *base, changes, std::move(message), std::move(metadata));
  if (!made) co_return std::move(made).error();
  std::atomic<int> next = 0;
  detail::SnapshotFiles<Storage, CacheType> files{context, *made, next};
  auto written = co_await gather(2, files);
  if (!written) co_return std::move(written).error();

  detail::LandCommit land{branch, parent, *made};
  auto landed = co_await update_repo(context, land);
  if (!landed) {
    if (landed.error().code() != errc::conflict) state.note_attempt(made->id);
    co_return std::move(landed).error();
  }

  auto body = std::make_shared<const Bytes>(std::move(made->snapshot_body));
  auto view = format::SnapshotView::open(*body, 2, format::snapshot_key(made->id));
  if (!view) co_return std::move(view).error();
  state.become(made->id, std::make_shared<const Snapshot>(std::move(body), *view));
  co_return made->id;
}

}  // namespace varve::inline v0
