// SPDX-License-Identifier: Apache-2.0
// Repository: versioned, transactional Zarr hierarchies in a store, composed at compile time from where the bytes live,
// which codecs it can decode, what it keeps in memory and what a rebase does with overlapping writes.
//
// What it has beside sessions stands in RepositoryCore.
//
// g++ 12 destroys a brace-built temporary aggregate within a co_await expression twice. With that compiler, build Options
// and CommitOptions that you fill in before the co_await; the default arguments here are constructor calls for that reason.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/cache/lru.hpp>
#include <varve/codec/default.hpp>
#include <varve/conflict/erased.hpp>
#include <varve/conflict/merge.hpp>
#include <varve/conflict/policy.hpp>
#include <varve/repository/descriptor.hpp>
#include <varve/repository/repository_core.hpp>
#include <varve/repository/session.hpp>
#include <varve/repository/version.hpp>
#include <varve/session/context.hpp>
#include <varve/storage/backend.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace varve::inline v0 {

/// A handle; copies share one open repository. Safe for use from several threads.
///   Storage    a Backend: `storage::Memory`, `storage::Local`, your own
///   Codecs     a `codec::Set<...>`: arrays with any other codec give `errc::unsupported_codec`
///   CacheType  a Cache: `cache::Lru`, `cache::None`, your own
///   Conflicts  a ConflictPolicy: `conflict::Fail`, `Ours`, `Theirs`, a merge, your own
template <class Storage, class Codecs = codec::Default, class CacheType = cache::Lru, class Conflicts = conflict::Fail>
class Repository : public RepositoryCore {
  static_assert(expect_backend<Storage>());
  static_assert(expect_cache<CacheType>());
  static_assert(conflict::expect_conflict_policy<Conflicts>());

 public:
  using SessionType = Session<Storage, Codecs, CacheType, Conflicts>;

  /// The policies that have state, for a repository whose defaults do not do.
  struct Policies {
    CacheType cache{};
    Conflicts conflicts{};
  };

  // Opening.

  /// Creates an empty repository with the branch `main`. Errors: `errc::repository_exists`; `errc::prefix_not_empty`;
  /// `errc::unsupported_operation` on a store that would lose commits.
  static Awaitable<Result<Repository>> async_create(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return guarded(begin_with(Repository(std::move(storage), std::move(options), std::move(policies)), Opening::create));
  }
  static Repository create(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return block_on(async_create(std::move(storage), std::move(options), std::move(policies))).value();
  }

  /// Opens a repository of format 1 (read-only) or 2. Errors: `errc::repository_not_found`; `errc::corrupt`.
  static Awaitable<Result<Repository>> async_open(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return guarded(begin_with(Repository(std::move(storage), std::move(options), std::move(policies)), Opening::open));
  }
  static Repository open(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return block_on(async_open(std::move(storage), std::move(options), std::move(policies))).value();
  }

  /// A handle on a repository that is asked for nothing yet: the first use of it reads `repo`, and reports what `open`
  /// would. It saves a round trip where a session is opened at once.
  static Repository attach(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return Repository(std::move(storage), std::move(options), std::move(policies));
  }
  /// The same with what another process learned, see `descriptor`: a session of that version then costs one conditional
  /// request, and reading a chunk one more. The cache must be able to keep it. Errors: `errc::corrupt`.
  static Repository attach(Storage storage, ByteView descriptor, Options options = Options(), Policies policies = Policies()) {
    Repository self(std::move(storage), std::move(options), std::move(policies));
    detail::learn_descriptor(*self.context_, descriptor).value();
    return self;
  }

  /// Opens the repository, or creates it; of several processes that do so at once, all get the same one.
  static Awaitable<Result<Repository>> async_open_or_create(Storage storage, Options options = Options(),
                                                            Policies policies = Policies()) {
    return guarded(begin_with(Repository(std::move(storage), std::move(options), std::move(policies)), Opening::either));
  }
  static Repository open_or_create(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return block_on(async_open_or_create(std::move(storage), std::move(options), std::move(policies))).value();
  }

  /// Whether there is a repository. Errors: one that cannot be read is an error and not a `false`.
  static Awaitable<Result<bool>> async_exists(Storage storage, Options options = Options()) {
    return guarded(find(make_context<Codecs>(std::move(storage), CacheType(), std::move(options))));
  }
  static bool exists(Storage storage, Options options = Options()) {
    return block_on(async_exists(std::move(storage), std::move(options))).value();
  }

  Storage& storage() const noexcept { return static_cast<storage::erased::StoreOf<Storage>&>(context_->storage).store; }

  // Sessions.

  /// A view of one snapshot, which no later commit changes.
  Awaitable<Result<SessionType>> async_readonly_session(Version version) {
    return guarded(open_session(begin(context_, std::move(version), std::nullopt), conflicts_));
  }
  SessionType readonly_session(Version version) { return block_on(async_readonly_session(std::move(version))).value(); }

  /// A transaction on the newest commit of `branch`. Errors: `errc::branch_not_found`, `errc::read_only_repository`; those of
  /// `config`, which says how things are written.
  Awaitable<Result<SessionType>> async_writable_session(std::string branch) {
    return guarded(open_session(begin(context_, Branch{branch}, branch), conflicts_));
  }
  SessionType writable_session(std::string branch) {
    return block_on(async_writable_session(std::move(branch))).value();
  }

  /// A transaction that moves nodes and does nothing else, see Session::move. It can be rebased over other commits, but
  /// no session can over its own. Errors: as above, and `errc::feature_disabled`.
  Awaitable<Result<SessionType>> async_rearrange_session(std::string branch) {
    return guarded(open_session(begin(context_, Branch{branch}, branch, true), conflicts_));
  }
  SessionType rearrange_session(std::string branch) {
    return block_on(async_rearrange_session(std::move(branch))).value();
  }

  /// A session that goes on where `Session::fork` made those bytes, in this process or another. What it has changed goes back
  /// with its `changes`. `repo` is not read for it. Errors: `errc::corrupt`; those of reading the snapshot.
  Awaitable<Result<SessionType>> async_forked_session(Bytes fork) { return guarded(open_session(join(context_, std::move(fork)), conflicts_)); }
  SessionType forked_session(Bytes fork) { return block_on(async_forked_session(std::move(fork))).value(); }

  /// Opens a session on `branch`, calls `work(session)`, and commits it, rebasing as often as it takes; a conflict that
  /// the policy does not solve runs `work` again on the newest commit, up to `tries` times. `work` may thus run more
  /// than once. It blocks and may throw, which ends the transaction. Returns the new snapshot, or the tip if `work`
  /// changed nothing.
  template <class Work>
  SnapshotId transaction(const std::string& branch, const std::string& message, Work work, std::size_t tries = 100) {
    for (std::size_t attempt = 1;; ++attempt) {
      SessionType session = writable_session(branch);
      work(session);
      if (!session.has_changes()) return session.snapshot_id();
      CommitOptions options;
      options.rebase_tries = tries;
      auto committed = block_on(session.async_commit(message, std::move(options)));
      if (committed) return *committed;
      if (committed.error().code() != errc::rebase_failed || attempt >= tries) committed.error().raise();
    }
  }

 private:
  Repository(Storage storage, Options options, Policies policies)
      : RepositoryCore(make_context<Codecs>(std::move(storage), std::move(policies.cache), std::move(options))),
        conflicts_(std::make_shared<conflict::ErasedPolicyOf<Conflicts>>(std::move(policies.conflicts))) {}

  static Awaitable<Result<Repository>> begin_with(Repository self, Opening how) {
    auto begun = co_await start(self.context_, how);
    if (!begun) co_return std::move(begun).error();
    co_return self;
  }
  static Awaitable<Result<SessionType>> open_session(Awaitable<Result<State>> begun,
                                                     std::shared_ptr<const conflict::ErasedPolicy> conflicts) {
    auto state = co_await std::move(begun);
    if (!state) co_return std::move(state).error();
    co_return SessionType(*std::move(state), std::move(conflicts));
  }

  std::shared_ptr<const conflict::ErasedPolicy> conflicts_;
};

}  // namespace varve::inline v0
