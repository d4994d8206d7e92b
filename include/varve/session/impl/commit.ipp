// SPDX-License-Identifier: Apache-2.0
// Bodies of commit.hpp.
#pragma once

#include <varve/session/commit.hpp>

#include <varve/async/for_each.hpp>
#include <varve/session/commit_queue.hpp>
#include <varve/session/feature.hpp>
#include <varve/session/rebase.hpp>
#include <varve/session/repo_object.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

VARVE_DECL void insert_snapshot(format::RepoInfo& info, format::SnapshotInfo snapshot) {
  const auto at = std::lower_bound(info.snapshots.begin(), info.snapshots.end(), snapshot.id,
                                   [](const format::SnapshotInfo& a, SnapshotId b) { return a.id < b; });
  info.snapshots.insert(at, std::move(snapshot));
}

/// The change of `repo` that a commit is.
inline Result<format::UpdateKind> land(format::RepoInfo& info, const PendingCommit& commit) {
  const auto tip = info.branches.find(commit.branch);
  if (tip == info.branches.end()) return Error(errc::branch_not_found, "commit", commit.branch);
  if (tip->second != commit.stands_on) {
    return Error(errc::conflict, "commit", commit.branch,
                 "the branch is at " + tip->second.to_string() + " and the session began at " + commit.stands_on.to_string() +
                     (commit.amends ? "; open a session on the newest commit to amend that"
                                    : "; rebase and commit again, or commit with rebase_tries"));
  }
  if (commit.moves) {
    if (auto allowed = check_moves_allowed(info, "commit", commit.branch); !allowed) return std::move(allowed).error();
  }
  format::SnapshotInfo snapshot = commit.info;
  format::UpdateKind kind = format::NewCommit{commit.branch, snapshot.id};
  if (commit.amends) {
    const format::SnapshotInfo* const replaced = find_snapshot_info(info, commit.stands_on);
    if (replaced == nullptr || !replaced->parent) {
      return Error(errc::cannot_amend_initial, "commit", commit.branch, "nothing has been committed yet");
    }
    snapshot.parent = replaced->parent;
    snapshot.pruned_ancestor_tx_logs = replaced->pruned_ancestor_tx_logs;
    kind = format::CommitAmended{commit.branch, commit.stands_on, snapshot.id};
  }
  tip->second = snapshot.id;
  insert_snapshot(info, std::move(snapshot));
  return kind;
}

VARVE_DECL Awaitable<Result<std::optional<SnapshotId>>> landed_before(SessionState& state) {
  const auto unclear = state.unclear_attempt();
  if (!unclear) co_return std::optional<SnapshotId>();
  auto repo = co_await read_repo(state.context());
  if (!repo) co_return std::move(repo).error();
  if (find_snapshot_info((*repo)->info, *unclear) == nullptr) co_return std::optional<SnapshotId>();
  auto landed = co_await fetch_snapshot(state.context(), *unclear);
  if (!landed) co_return std::move(landed).error();
  state.become(*unclear, *std::move(landed));
  co_return unclear;
}

VARVE_DECL Awaitable<Result<TransactionLog>> amended_log(Context& context, const std::string& branch, SnapshotId replaced,
                                                         bool only_moves) {
  auto log = co_await fetch_transaction_log(context, replaced);
  if (!log && replaced == initial_snapshot_id) {  // which may have none
    co_return Error(errc::cannot_amend_initial, "commit", branch, "nothing has been committed yet");
  }
  if (log && log->view.move_count() != 0 && !only_moves) {
    co_return Error(errc::wrong_session, "commit", branch,
                    "the commit to amend moved nodes, and only moves can be added to that: commit without amend");
  }
  co_return log;
}

/// One commit, from the session's changes to their place in `repo`, however often others are faster.
class Committer {
 public:
  Committer(SessionState& state, const conflict::ErasedPolicy& policy, std::string message, CommitOptions options)
      : state_(state), context_(state.context()), policy_(policy), message_(std::move(message)),
        options_(std::move(options)), branch_(*state.branch()) {}

  Awaitable<Result<SnapshotId>> run() {
    if (state_.changes_to_commit().empty() && !options_.allow_empty) {
      co_return Error(errc::no_changes, "commit", branch_, "nothing has changed; set allow_empty to commit all the same");
    }
    if (options_.amend && options_.rebase_tries != 0) {
      co_return Error(errc::invalid_argument, "commit", branch_,
                      "what amends a commit is not rebased on another: leave rebase_tries at 0, and amend again from a new session");
    }
    for (const auto& [name, value] : context_.options.commit_metadata) options_.metadata.emplace(name, value);
    const auto pause = context_.courtesy.pause(context_.options.environment);
    if (pause.count() != 0) {
      co_await sleep_for(pause);
      auto seen = co_await read_repo(context_);  // to begin from what others have done meanwhile
      if (!seen) co_return std::move(seen).error();
    }
    for (std::size_t lost = 0;;) {
      const auto begun = std::chrono::steady_clock::now();
      auto tried = co_await attempt();
      if (tried && *tried) {
        context_.courtesy.landed(lost, std::chrono::steady_clock::now() - begun);
        co_return **tried;
      }
      if (tried) continue;
      if (tried.error().code() != errc::conflict || lost++ == options_.rebase_tries) co_return std::move(tried).error();
    }
  }

 private:
  using End = CommitGroup::End;
  using Attempt = Result<std::optional<SnapshotId>>;  // none: try again, nothing was lost

  /// What a commit is built of: changes, and the snapshot that they stand on.
  struct Ground {
    SnapshotId parent;
    std::shared_ptr<const Snapshot> base;
    const ChangeSet* changes;
    std::optional<ChangeSet> replayed{};
    std::shared_ptr<CommitGroup> group{};  ///< of the commit that it stands on, if that is under way
  };

  Awaitable<Attempt> attempt() {
    auto before = co_await landed_before(state_);
    if (!before) co_return std::move(before).error();
    if (*before) co_return *before;
    Semaphore::Permit turn = co_await context_.commits.turn(branch_).take(1);
    Ground ground;
    auto found = co_await find_ground(ground, turn);
    if (!found) co_return std::move(found).error();
    if (!*found) co_return std::optional<SnapshotId>();
    const HeldChunks held = state_.holds_chunks() ? HeldChunks(context_, *ground.changes) : HeldChunks();
    Metadata metadata = options_.metadata;
    if (options_.rebase_tries != 0) {
      const Json::Object attempts{Json::Member("rebase_attempts", rebases_)};
      metadata.emplace("__icechunk", attempts);
    }
    std::optional<TransactionLog> amended;
    if (options_.amend) {
      auto log = co_await amended_log(context_, branch_, ground.parent, state_.rearranges());
      if (!log) co_return std::move(log).error();
      amended = *std::move(log);
    }
    SnapshotOptions special;
    if (amended) special.amended = &*amended;
    auto made = co_await build_snapshot(context_, *ground.base, *ground.changes, held, message_, std::move(metadata), std::move(special));
    if (!made && ground.group) {  // it may be for what did not land
      turn = Semaphore::Permit();
      co_await ground.group->ended();
      co_return std::optional<SnapshotId>();
    }
    if (!made) co_return std::move(made).error();

    auto pending = std::make_shared<PendingCommit>();
    pending->branch = branch_;
    pending->stands_on = ground.parent;
    pending->amends = options_.amend;
    pending->moves = state_.rearranges();
    pending->info = made->info(ground.parent);
    pending->snapshot = made->snapshot;
    pending->log = std::move(made->log);
    for (const NewObject& object : made->objects) pending->files.emplace_back(object.key, object.entry);
    Membership member(context_.commits, std::move(pending));
    turn = Semaphore::Permit();

    std::vector<const NewObject*> objects;
    for (const HeldChunk& chunk : held.chunks()) objects.push_back(&chunk.object);
    for (const NewObject& object : made->objects) objects.push_back(&object);
    auto end = member.leads() ? lead(member, objects) : follow(member, objects);
    auto landed = co_await std::move(end);  // g++ 12 makes two of what a conditional expression awaits
    if (landed && *landed == End::landed) {
      state_.become(made->id, std::move(made->snapshot));
      co_return std::optional(made->id);
    }
    if (member.stored()) state_.chunks_stored(held);
    if (!landed) {
      if (member.stored() && landed.error().code() != errc::conflict) state_.note_attempt(made->id);
      co_return std::move(landed).error();
    }
    if (*landed == End::abandoned) state_.note_attempt(made->id);
    co_return std::optional<SnapshotId>();
  }

  /// Finds what the commit stands on: the branch as it was last seen, with the commits of this process that are under way.
  /// False if it is not to be known before those have ended, which has been awaited. Errors: `errc::conflict` if the branch
  /// has moved and the session may not be rebased; those of rebasing.
  Awaitable<Result<bool>> find_ground(Ground& ground, Semaphore::Permit& turn) {
    auto [pending, group] = context_.commits.pending(branch_);  // before what has landed is looked at, so that none is missed
    for (auto repo = context_.known(); repo;) {
      const auto tip = repo->info.branches.find(branch_);
      if (tip == repo->info.branches.end()) break;  // the update will see whether that is so
      const auto landed = std::find_if(pending.begin(), pending.end(), [&](const auto& commit) { return commit->info.id == tip->second; });
      if (landed != pending.end()) pending.erase(pending.begin(), landed + 1);
      if (tip->second == state_.snapshot_id()) break;
      Result<void> rebased = Error(errc::conflict, "commit", branch_,
                                   "the branch is at " + tip->second.to_string() + " and the session began at " +
                                       state_.snapshot_id().to_string() + "; rebase and commit again, or commit with rebase_tries");
      if (options_.rebase_tries != 0) {
        rebased = co_await rebase_on(state_, repo, policy_);
        if (rebased) {
          ++rebases_;
          break;
        }
        if (rebased.error().code() != errc::rebase_failed || !rebased.error().conflicts().empty()) co_return std::move(rebased).error();
      }
      // What was last seen may be older than the session: nothing is refused on its word.
      auto fresh = co_await read_repo(context_);
      if (!fresh) co_return std::move(fresh).error();
      if (*fresh == repo) co_return std::move(rebased).error();
      repo = *std::move(fresh);
    }
    ground.parent = state_.snapshot_id();
    ground.base = state_.base();
    ground.changes = &state_.changes_to_commit();
    if (pending.empty()) co_return true;

    ground.group = group;
    const bool amends = std::any_of(pending.begin(), pending.end(), [](const auto& commit) { return commit->amends; });
    bool stands = options_.rebase_tries != 0 && !amends && pending.front()->stands_on == ground.parent;
    if (stands) ground.replayed = *ground.changes;
    const std::unique_ptr<conflict::ErasedPolicy> policy = policy_.copy();
    for (auto commit = pending.begin(); stands && commit != pending.end(); ++commit) {
      TheirCommit theirs{(*commit)->info.id, (*commit)->snapshot};
      theirs.logs.emplace_back((*commit)->log);
      auto replayed = co_await replay_on(context_, branch_, *ground.base, theirs, *policy, *ground.replayed);
      stands = replayed.has_value();
      ground.parent = theirs.id;
      ground.base = theirs.snapshot;
    }
    if (stands) {
      ++rebases_;
      ground.changes = &*ground.replayed;
      co_return true;
    }
    // Only commits that have landed may decide anything for good.
    turn = Semaphore::Permit();
    co_await group->ended();
    co_return false;
  }

  /// A commit's place in a group, until its objects are stored or it gives up.
  class Membership {
   public:
    Membership(CommitQueue& queue, CommitQueue::Pending commit) {
      std::tie(group_, leads_) = queue.join(std::move(commit));
    }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;
    ~Membership() {
      if (!told_) group_->stored(false);
    }
    void tell(bool stored) {
      told_ = true;
      stored_ = stored;
      group_->stored(stored);
    }
    bool leads() const noexcept { return leads_; }
    bool stored() const noexcept { return stored_; }
    const std::shared_ptr<CommitGroup>& group() const noexcept { return group_; }

   private:
    std::shared_ptr<CommitGroup> group_;
    bool leads_ = false;
    bool told_ = false;
    bool stored_ = false;
  };

  Awaitable<Result<void>> store(Membership& member, const std::vector<const NewObject*>& objects) {
    auto put = [&](std::size_t i) { return put_object(context_, *objects[i]); };
    auto done = co_await for_each(objects.size(), context_.concurrency(), put);
    member.tell(done.has_value());
    co_return done;
  }

  /// Makes the update of `repo` for all of a group.
  Awaitable<Result<End>> lead(Membership& member, const std::vector<const NewObject*>& objects) {
    CommitGroup& group = *member.group();
    Leading leading(context_.commits, member.group());
    bool broken = false;
    auto apply = [&](format::RepoInfo& info, Timestamp) -> Result<format::RepoUpdates> {
      broken = !context_.commits.close(group);
      if (broken) return Error(errc::conflict, "commit", branch_, "a commit before it did not land");
      format::RepoUpdates updates;
      for (const auto& commit : group.commits()) {
        auto landed = land(info, *commit);
        if (!landed) return std::move(landed).error();
        updates.push_back(*std::move(landed));
      }
      return updates;
    };
    auto store_all = [&]() -> Awaitable<Result<void>> {
      auto own = co_await store(member, objects);
      if (!own) co_return own;
      broken = !co_await group.all_stored();
      if (broken) co_return Error(errc::conflict, "commit", branch_, "another commit of the group failed");
      co_return Result<void>();
    };
    auto landed = co_await update_repo(context_, apply, store_all);
    if (landed) {
      leading.end(End::landed);
      co_return End::landed;
    }
    if (broken) {
      leading.end(End::broken);
      co_return End::broken;
    }
    if (!member.stored() && landed.error().code() != errc::conflict) {
      leading.end(End::broken);  // it failed for a reason of its own
    } else {
      leading.end(End::failed, landed.error());
    }
    co_return fate(std::move(landed).error());
  }

  Awaitable<Result<End>> follow(Membership& member, const std::vector<const NewObject*>& objects) {
    auto own = co_await store(member, objects);
    if (!own) co_return std::move(own).error();
    const End end = co_await member.group()->ended();
    if (end != End::failed) co_return end;
    co_return fate(member.group()->error());
  }

  /// What the error of a group is to this member: nothing, where another branch has moved or gone, or where only moves
  /// are forbidden.
  Result<End> fate(Error error) const {
    const bool of_branch = error.code() == errc::conflict || error.code() == errc::branch_not_found;
    if (of_branch && error.key() != branch_) return End::broken;
    if (error.code() == errc::feature_disabled && !state_.rearranges()) return End::broken;
    return error;
  }

  SessionState& state_;
  Context& context_;
  const conflict::ErasedPolicy& policy_;
  std::string message_;
  CommitOptions options_;
  const std::string branch_;
  std::size_t rebases_ = 0;
};

}  // namespace detail

VARVE_DECL Awaitable<Result<SnapshotId>> commit_session(SessionState& state, const conflict::ErasedPolicy& policy,
                                                        std::string message, CommitOptions options) {
  if (auto begun = state.begin_commit(); !begun) co_return std::move(begun).error();
  const detail::CommitGuard guard(state);
  detail::Committer committer(state, policy, std::move(message), std::move(options));
  co_return co_await committer.run();
}

}  // namespace varve::inline v0
