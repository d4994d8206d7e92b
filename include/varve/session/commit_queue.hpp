// SPDX-License-Identifier: Apache-2.0
// CommitQueue: the commits of one process that are under way. Each is built on the one before it, though that has not
// landed yet, and those that come while an update of `repo` runs land together with the next: one update for many
// commits, in the order in which they came. If an update fails, what was built on its commits is built again.
#pragma once

#include <varve/async/event.hpp>
#include <varve/async/semaphore.hpp>
#include <varve/cache/cache.hpp>
#include <varve/core/result.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// A commit that has been built and is to land.
struct PendingCommit {
  std::string branch;
  SnapshotId stands_on;  ///< what the branch must be at
  bool amends = false;   ///< it takes the place of that
  bool moves = false;    ///< it is of a session that moves nodes
  format::SnapshotInfo info;
  std::shared_ptr<const Snapshot> snapshot;
  TransactionLog log;
  std::vector<std::pair<CacheKey, CacheEntry>> files;  ///< its metadata, which may not be in the store yet
};

/// Commits that land with one update of `repo`, all or none. The first to join leads: it makes the update.
class CommitGroup {
 public:
  enum class End {
    landed,
    failed,     ///< the update failed: each member has that error
    broken,     ///< a member could not store its objects, or what it was built on did not land: the others try again
    abandoned,  ///< nobody knows
  };

  /// Called by a member once its objects are in the store, or cannot be.
  void stored(bool success) {
    bool all = false;
    {
      const std::scoped_lock lock(mutex_);
      ++stored_;
      whole_ = whole_ && success;
      all = closed_ && stored_ == commits_.size();
    }
    if (all) all_stored_.set();
  }
  /// Waits for the objects of all members, of a group that is closed; whether all are in the store.
  Awaitable<bool> all_stored() {
    co_await all_stored_.wait();
    const std::scoped_lock lock(mutex_);
    co_return whole_;
  }
  /// Waits until it is decided what became of the group. Cancellation: none, since others may be built on a member.
  Awaitable<End> ended() {
    co_await ended_.wait();
    const std::scoped_lock lock(mutex_);
    co_return end_;
  }
  /// Of a group that failed.
  Error error() const {
    const std::scoped_lock lock(mutex_);
    return *error_;
  }
  /// The members of a closed group, oldest first.
  const std::vector<std::shared_ptr<const PendingCommit>>& commits() const noexcept { return commits_; }

 private:
  friend class CommitQueue;

  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const PendingCommit>> commits_;
  std::size_t stored_ = 0;
  bool whole_ = true;
  bool closed_ = false;
  bool doomed_ = false;
  End end_ = End::abandoned;
  std::optional<Error> error_;
  Event all_stored_;
  Event ended_;
};

/// Thread-safe.
class CommitQueue {
 public:
  using Pending = std::shared_ptr<const PendingCommit>;

  /// Who builds a commit on a branch takes its turn, so that the next is built on it.
  Semaphore& turn(const std::string& branch) {
    const std::scoped_lock lock(mutex_);
    auto& turn = turns_[branch];
    if (!turn) turn = std::make_unique<Semaphore>(1);
    return *turn;
  }

  /// The commits of a branch that are under way, oldest first, and the group that the newest is in.
  std::pair<std::vector<Pending>, std::shared_ptr<CommitGroup>> pending(const std::string& branch) const {
    const std::scoped_lock lock(mutex_);
    std::pair<std::vector<Pending>, std::shared_ptr<CommitGroup>> found;
    for (const auto& group : groups_) {
      for (const Pending& commit : group->commits_) {
        if (commit->branch != branch) continue;
        found.first.push_back(commit);
        found.second = group;
      }
    }
    return found;
  }

  /// The metadata file of a commit that is under way.
  std::optional<CacheEntry> find(const CacheKey& key) const {
    const std::scoped_lock lock(mutex_);
    for (const auto& group : groups_) {
      for (const Pending& commit : group->commits_) {
        for (const auto& [known, entry] : commit->files) {
          if (known == key) return entry;
        }
      }
    }
    return std::nullopt;
  }

  /// Adds a commit to the group that waits for its update, or to a new one; true if the caller leads that.
  std::pair<std::shared_ptr<CommitGroup>, bool> join(Pending commit) {
    const std::scoped_lock lock(mutex_);
    const bool leads = groups_.empty() || groups_.back()->closed_;
    if (leads) groups_.push_back(std::make_shared<CommitGroup>());
    const auto& group = groups_.back();
    const std::scoped_lock inner(group->mutex_);
    group->commits_.push_back(std::move(commit));
    return {group, leads};
  }

  /// Nobody joins the group any more. False if it stands on commits that did not land.
  bool close(CommitGroup& group) {
    const std::scoped_lock lock(mutex_);
    bool all = false;
    {
      const std::scoped_lock inner(group.mutex_);
      group.closed_ = true;
      all = group.stored_ == group.commits_.size();
    }
    if (all) group.all_stored_.set();
    return !group.doomed_;
  }

  /// Says what became of the group. Unless it landed, all that came after it may stand on it, and ends as well.
  void end(const std::shared_ptr<CommitGroup>& group, CommitGroup::End how, std::optional<Error> error = std::nullopt) {
    {
      const std::scoped_lock lock(mutex_);
      const auto at = std::find(groups_.begin(), groups_.end(), group);
      if (at != groups_.end()) {
        const auto after = groups_.erase(at);
        if (how != CommitGroup::End::landed) {
          for (auto later = after; later != groups_.end(); ++later) (*later)->doomed_ = true;
          groups_.erase(after, groups_.end());
        }
      }
      const std::scoped_lock inner(group->mutex_);
      group->end_ = how;
      group->error_ = std::move(error);
    }
    group->ended_.set();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Semaphore>> turns_;
  std::vector<std::shared_ptr<CommitGroup>> groups_;  // oldest first; of those that are not closed only the last
};

/// Ends a group however its leader leaves.
class Leading {
 public:
  Leading(CommitQueue& queue, std::shared_ptr<CommitGroup> group) : queue_(queue), group_(std::move(group)) {}
  Leading(const Leading&) = delete;
  Leading& operator=(const Leading&) = delete;
  ~Leading() {
    if (!ended_) queue_.end(group_, CommitGroup::End::abandoned);
  }
  void end(CommitGroup::End how, std::optional<Error> error = std::nullopt) {
    ended_ = true;
    queue_.end(group_, how, std::move(error));
  }

 private:
  CommitQueue& queue_;
  std::shared_ptr<CommitGroup> group_;
  bool ended_ = false;
};

}  // namespace varve::inline v0::detail
