// SPDX-License-Identifier: Apache-2.0
// Repository: versioned, transactional Zarr hierarchies in a store, composed at compile time from where the bytes live,
// which codecs it can decode, what it keeps in memory and what a rebase does with overlapping writes.
//
// Every function has two forms. The plain one blocks and throws; `async_NAME` is an `Awaitable<Result<T>>` for use
// from a coroutine, honours cancellation and throws only for exhausted memory and what a policy of yours throws.
//
// g++ 12 destroys a brace-built temporary aggregate within a co_await expression twice. With that compiler, build Options
// and CommitOptions that you fill in before the co_await; the default arguments here are constructor calls for that reason.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/async/lazy_range.hpp>
#include <varve/cache/lru.hpp>
#include <varve/codec/default.hpp>
#include <varve/conflict/merge.hpp>
#include <varve/conflict/policy.hpp>
#include <varve/repository/collect.hpp>
#include <varve/repository/create.hpp>
#include <varve/repository/descriptor.hpp>
#include <varve/repository/expire.hpp>
#include <varve/repository/history.hpp>
#include <varve/repository/inspect.hpp>
#include <varve/repository/refs.hpp>
#include <varve/repository/repairer.hpp>
#include <varve/repository/save_config.hpp>
#include <varve/repository/session.hpp>
#include <varve/repository/settings.hpp>
#include <varve/repository/stats.hpp>
#include <varve/repository/verify.hpp>
#include <varve/repository/version.hpp>
#include <varve/session/context.hpp>
#include <varve/session/diff.hpp>
#include <varve/session/preload.hpp>
#include <varve/session/repo_object.hpp>
#include <varve/session/rewrite_manifests.hpp>
#include <varve/storage/backend.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A handle; copies share one open repository. Safe for use from several threads.
///   Storage    a Backend: `storage::Memory`, `storage::Local`, your own
///   Codecs     a `codec::Set<...>`: arrays with any other codec give `errc::unsupported_codec`
///   CacheType  a Cache: `cache::Lru`, `cache::None`, your own
///   Conflicts  a ConflictPolicy: `conflict::Fail`, `Ours`, `Theirs`, a merge, your own
template <class Storage, class Codecs = codec::Default, class CacheType = cache::Lru, class Conflicts = conflict::Fail>
class Repository {
  static_assert(expect_backend<Storage>());
  static_assert(expect_cache<CacheType>());
  static_assert(conflict::expect_conflict_policy<Conflicts>());

 public:
  using SessionType = Session<Storage, Codecs, CacheType, Conflicts>;
  using Ancestry = LazyRange<AncestryWalk<Storage, CacheType>>;
  using OpsLog = LazyRange<OpsLogWalk<Storage, CacheType>>;

  /// The policies that have state, for a repository whose defaults do not do.
  struct Policies {
    CacheType cache{};
    Conflicts conflicts{};
  };

  // Opening.

  /// Creates an empty repository with the branch `main`. Errors: `errc::repository_exists`; `errc::prefix_not_empty`;
  /// `errc::unsupported_operation` on a store that would lose commits.
  static Awaitable<Result<Repository>> async_create(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return guarded(start(Repository(std::move(storage), std::move(options), std::move(policies)), Opening::create));
  }
  static Repository create(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return block_on(async_create(std::move(storage), std::move(options), std::move(policies))).value();
  }

  /// Opens a repository of format 1 (read-only) or 2. Errors: `errc::repository_not_found`; `errc::corrupt`.
  static Awaitable<Result<Repository>> async_open(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return guarded(start(Repository(std::move(storage), std::move(options), std::move(policies)), Opening::open));
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

  /// What `attach` elsewhere needs to begin with `version`: the state of `repo`, the snapshot, and as many of its manifests
  /// as fit into `most_bytes`. Not for keeping: it is as good as the moment it was made in.
  /// Errors: those of `resolve`; `errc::unsupported_format` in format 1.
  Awaitable<Result<Bytes>> async_descriptor(Version version, std::uint64_t most_bytes = 64 << 20) {
    return guarded(describe(*this, std::move(version), most_bytes));
  }
  Bytes descriptor(Version version, std::uint64_t most_bytes = 64 << 20) {
    return block_on(async_descriptor(std::move(version), most_bytes)).value();
  }

  /// Opens the repository, or creates it; of several processes that do so at once, all get the same one.
  static Awaitable<Result<Repository>> async_open_or_create(Storage storage, Options options = Options(),
                                                            Policies policies = Policies()) {
    return guarded(start(Repository(std::move(storage), std::move(options), std::move(policies)), Opening::either));
  }
  static Repository open_or_create(Storage storage, Options options = Options(), Policies policies = Policies()) {
    return block_on(async_open_or_create(std::move(storage), std::move(options), std::move(policies))).value();
  }

  /// Whether there is a repository. Errors: one that cannot be read is an error and not a `false`.
  static Awaitable<Result<bool>> async_exists(Storage storage, Options options = Options()) {
    return guarded(find(Repository(std::move(storage), std::move(options), Policies{})));
  }
  static bool exists(Storage storage, Options options = Options()) {
    return block_on(async_exists(std::move(storage), std::move(options))).value();
  }

  /// 2, or 1 for a repository that varve only reads.
  int spec_version() const {
    if (const auto known = context_->known()) return known->spec_version;
    return block_on(read_repo(*context_)).value()->spec_version;  // attached, and not used yet
  }
  Storage& storage() const noexcept { return context_->storage; }

  // Branches. Errors of all: those of reading and replacing `repo`.

  /// The names, sorted.
  Awaitable<Result<std::vector<std::string>>> async_list_branches() { return guarded(names(*this, &format::RepoInfo::branches)); }
  std::vector<std::string> list_branches() { return block_on(async_list_branches()).value(); }

  /// The newest commit of a branch. Errors: `errc::branch_not_found`.
  Awaitable<Result<SnapshotId>> async_lookup_branch(std::string name) { return async_resolve(Branch{std::move(name)}); }
  SnapshotId lookup_branch(std::string name) { return block_on(async_lookup_branch(std::move(name))).value(); }

  /// Errors: `errc::branch_exists`, `errc::snapshot_not_found`, `errc::invalid_ref_name`.
  Awaitable<Result<void>> async_create_branch(std::string name, SnapshotId at) {
    return change(detail::CreateBranch{std::move(name), at});
  }
  void create_branch(std::string name, SnapshotId at) { block_on(async_create_branch(std::move(name), at)).value(); }

  /// Points a branch at another snapshot, if it is at `expected` where that is given: compare-and-swap.
  /// Errors: `errc::reference_moved`, `errc::branch_not_found`, `errc::snapshot_not_found`.
  Awaitable<Result<void>> async_reset_branch(std::string name, SnapshotId to,
                                             std::optional<SnapshotId> expected = std::nullopt) {
    return change(detail::ResetBranch{std::move(name), to, expected});
  }
  void reset_branch(std::string name, SnapshotId to, std::optional<SnapshotId> expected = std::nullopt) {
    block_on(async_reset_branch(std::move(name), to, expected)).value();
  }

  /// Errors: `errc::branch_not_found`; `errc::cannot_delete_main`.
  Awaitable<Result<void>> async_delete_branch(std::string name) { return change(detail::DeleteBranch{std::move(name)}); }
  void delete_branch(std::string name) { block_on(async_delete_branch(std::move(name))).value(); }

  // Tags: names of snapshots that never move.

  Awaitable<Result<std::vector<std::string>>> async_list_tags() { return guarded(names(*this, &format::RepoInfo::tags)); }
  std::vector<std::string> list_tags() { return block_on(async_list_tags()).value(); }

  /// Errors: `errc::tag_not_found`.
  Awaitable<Result<SnapshotId>> async_lookup_tag(std::string name) { return async_resolve(Tag{std::move(name)}); }
  SnapshotId lookup_tag(std::string name) { return block_on(async_lookup_tag(std::move(name))).value(); }

  /// Errors: `errc::tag_exists`; `errc::tag_deleted`: a deleted name is never used again; `errc::snapshot_not_found`.
  Awaitable<Result<void>> async_create_tag(std::string name, SnapshotId at) {
    return change(detail::CreateTag{std::move(name), at});
  }
  void create_tag(std::string name, SnapshotId at) { block_on(async_create_tag(std::move(name), at)).value(); }

  /// Errors: `errc::tag_not_found`.
  Awaitable<Result<void>> async_delete_tag(std::string name) { return change(detail::DeleteTag{std::move(name)}); }
  void delete_tag(std::string name) { block_on(async_delete_tag(std::move(name))).value(); }

  // The repository itself. Errors of what changes it: `errc::read_only_repository`, in format 1 as well; those of `repo`.

  /// What anybody has noted of the repository: JSON values by name.
  Awaitable<Result<Metadata>> async_metadata() { return guarded(part(*this, &format::RepoInfo::metadata)); }
  Metadata metadata() { return block_on(async_metadata()).value(); }
  /// Replaces all of it.
  Awaitable<Result<void>> async_set_metadata(Metadata metadata) {
    return change(detail::SetMetadata{std::move(metadata), true});
  }
  void set_metadata(Metadata metadata) { block_on(async_set_metadata(std::move(metadata))).value(); }
  /// Sets the names in `changes` and keeps the others.
  Awaitable<Result<void>> async_update_metadata(Metadata changes) {
    return change(detail::SetMetadata{std::move(changes), false});
  }
  void update_metadata(Metadata changes) { block_on(async_update_metadata(std::move(changes))).value(); }

  /// The configuration that the repository keeps for everybody who opens it; Options say what holds for this program.
  /// Errors: `errc::corrupt`, `errc::unsupported_format`, naming the field; `errc::unsupported_operation` in format 1 without
  /// Options::parse_config_yaml.
  Awaitable<Result<RepositoryConfig>> async_config() { return guarded(read_config(*this)); }
  RepositoryConfig config() { return block_on(async_config()).value(); }
  /// Replaces it: change what `config` returns, to keep what others have set. From then on it holds here and wherever `repo`
  /// is next read. Errors: `errc::invalid_argument` for a value out of range, and for flags that make the reference write
  /// without conditions on a store that is no folder.
  Awaitable<Result<void>> async_save_config(RepositoryConfig config) { return guarded(save_config(*this, std::move(config))); }
  void save_config(RepositoryConfig config) { block_on(async_save_config(std::move(config))).value(); }

  /// Whether the repository takes changes, since when, and why not. One that is read-only refuses writable sessions and
  /// every change but this.
  Awaitable<Result<RepoStatus>> async_status() { return guarded(part(*this, &format::RepoInfo::status)); }
  RepoStatus status() { return block_on(async_status()).value(); }
  /// Online or read-only. Errors: `errc::invalid_argument` for anything else.
  Awaitable<Result<void>> async_set_status(RepoAvailability availability, std::optional<std::string> reason = std::nullopt) {
    return change(detail::SetStatus{availability, std::move(reason)});
  }
  void set_status(RepoAvailability availability, std::optional<std::string> reason = std::nullopt) {
    block_on(async_set_status(availability, std::move(reason))).value();
  }

  /// The operations that the repository can forbid, and whether it does.
  Awaitable<Result<std::vector<FeatureState>>> async_features() { return guarded(list_features(*this)); }
  std::vector<FeatureState> features() { return block_on(async_features()).value(); }
  /// Allows or forbids one; none puts it back to its default, which is to allow it.
  Awaitable<Result<void>> async_set_feature(Feature feature, std::optional<bool> enabled) {
    return change(detail::SetFeature{feature, enabled});
  }
  void set_feature(Feature feature, std::optional<bool> enabled) { block_on(async_set_feature(feature, enabled)).value(); }

  // Sessions.

  /// The snapshot that `version` names. Errors: `errc::branch_not_found`, `tag_not_found`, `snapshot_not_found`.
  Awaitable<Result<SnapshotId>> async_resolve(Version version) { return guarded(resolve(*this, std::move(version))); }
  SnapshotId resolve(Version version) { return block_on(async_resolve(std::move(version))).value(); }

  /// A view of one snapshot, which no later commit changes.
  Awaitable<Result<SessionType>> async_readonly_session(Version version) {
    return guarded(begin(*this, std::move(version), std::nullopt));
  }
  SessionType readonly_session(Version version) { return block_on(async_readonly_session(std::move(version))).value(); }

  /// A transaction on the newest commit of `branch`. Errors: `errc::branch_not_found`, `errc::read_only_repository`; those of
  /// `config`, which says how things are written.
  Awaitable<Result<SessionType>> async_writable_session(std::string branch) {
    return guarded(begin(*this, Branch{branch}, branch));
  }
  SessionType writable_session(std::string branch) {
    return block_on(async_writable_session(std::move(branch))).value();
  }

  /// A transaction that moves nodes and does nothing else, see Session::move. It can be rebased over other commits, but
  /// no session can over its own. Errors: as above, and `errc::feature_disabled`.
  Awaitable<Result<SessionType>> async_rearrange_session(std::string branch) {
    return guarded(begin(*this, Branch{branch}, branch, true));
  }
  SessionType rearrange_session(std::string branch) {
    return block_on(async_rearrange_session(std::move(branch))).value();
  }

  /// A session that goes on where `Session::fork` made those bytes, in this process or another. What it has changed goes back
  /// with its `changes`. `repo` is not read for it. Errors: `errc::corrupt`; those of reading the snapshot.
  Awaitable<Result<SessionType>> async_forked_session(Bytes fork) { return guarded(join(*this, std::move(fork))); }
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

  // History.

  /// From the snapshot that `version` names back to the root, newest first, fetched as it is walked.
  Awaitable<Result<Ancestry>> async_ancestry(Version version) { return guarded(history(*this, std::move(version))); }
  Ancestry ancestry(Version version) { return block_on(async_ancestry(std::move(version))).value(); }

  /// Every operation on the repository, newest first, fetched as it is walked; empty in format 1, which keeps none.
  Awaitable<Result<OpsLog>> async_ops_log() { return guarded(operations(*this)); }
  OpsLog ops_log() { return block_on(async_ops_log()).value(); }

  /// What stands in a metadata object, by its key: "repo", "snapshots/ID", "manifests/ID", "transactions/ID" or a backup of
  /// `repo`, "overwritten/repo.NAME". See format::inspect. Errors: `errc::missing_object`; `errc::corrupt`.
  Awaitable<Result<Json>> async_inspect(std::string key, std::size_t most_refs = 1000) {
    return guarded(detail::inspect_object(context_, std::move(key), most_refs));
  }
  Json inspect(std::string key, std::size_t most_refs = 1000) {
    return block_on(async_inspect(std::move(key), most_refs)).value();
  }

  /// Writes all manifests of a branch anew, as a commit that changes no data: the rules for splitting that hold now, and all
  /// other ways of writing manifests, then hold for what was written before as well. Older snapshots keep their manifests.
  /// Errors: `errc::conflict` if others commit to the branch meanwhile, `errc::branch_not_found`,
  /// `errc::read_only_repository`, `errc::cannot_amend_initial`; those of reading and writing manifests.
  Awaitable<Result<SnapshotId>> async_rewrite_manifests(std::string branch, std::string message,
                                                        RewriteOptions options = RewriteOptions()) {
    return guarded(rewrite(*this, std::move(branch), std::move(message), std::move(options)));
  }
  SnapshotId rewrite_manifests(std::string branch, std::string message, RewriteOptions options = RewriteOptions()) {
    return block_on(async_rewrite_manifests(std::move(branch), std::move(message), std::move(options))).value();
  }

  /// Cuts old snapshots out of the history, in one change; nobody who reads them is disturbed before a garbage collection.
  /// Sessions that began at one of them can no longer be committed by a rebase. Errors: those of changing `repo`.
  Awaitable<Result<Expired>> async_expire_snapshots(ExpireOptions options) { return guarded(expire(*this, options)); }
  Expired expire_snapshots(ExpireOptions options) { return block_on(async_expire_snapshots(options)).value(); }

  /// Deletes what no branch and no tag leads to any more, if it is old enough; see CollectOptions::older_than for how old
  /// that must be. Readers of snapshots that go lose them. Interrupted, it is finished by the next one. Errors: those of
  /// reading every snapshot and manifest that stays, before anything is deleted; those of listing and deleting.
  Awaitable<Result<Collected>> async_garbage_collect(CollectOptions options) { return guarded(collect(*this, std::move(options))); }
  Collected garbage_collect(CollectOptions options) { return block_on(async_garbage_collect(std::move(options))).value(); }

  /// The chunks of one version, by array as well; or of everything that the branches and tags lead to, which is what storing
  /// the repository takes. Reads every manifest. Errors: those of `resolve`, and of reading snapshots and manifests.
  Awaitable<Result<RepositoryStats>> async_stats(std::optional<Version> version = std::nullopt) {
    return guarded(statistics(*this, std::move(version)));
  }
  RepositoryStats stats(std::optional<Version> version = std::nullopt) {
    return block_on(async_stats(std::move(version))).value();
  }

  /// Looks at every object that the repository needs, as the store has it now, and says all that is wrong; see VerifyReport.
  /// A repository whose `repo` is broken is verified through `attach`. It may go on beside writers.
  /// Errors: `errc::repository_not_found` where there is nothing of one; those for which no object can be blamed.
  Awaitable<Result<VerifyReport>> async_verify(VerifyOptions options = VerifyOptions()) {
    return guarded(detail::verify_store<Codecs>(context_, std::move(options)));
  }
  VerifyReport verify(VerifyOptions options = VerifyOptions()) { return block_on(async_verify(std::move(options))).value(); }

  /// Verifies the repository and mends what can be mended, by new objects alone: a `repo` that is broken is restored from a
  /// backup or written anew, branches get a commit without the chunks that are lost. Nobody else may write meanwhile.
  /// Errors: those of `verify` and of the store; `errc::conflict` where somebody did write.
  Awaitable<Result<RepairReport>> async_repair(RepairOptions options = RepairOptions()) { return guarded(mend(*this, std::move(options))); }
  RepairReport repair(RepairOptions options = RepairOptions()) { return block_on(async_repair(std::move(options))).value(); }

  /// What changed from a snapshot to a descendant of it. Errors: `errc::invalid_chain`.
  Awaitable<Result<Diff>> async_diff(Version from, Version to) {
    return guarded(difference(*this, std::move(from), std::move(to)));
  }
  Diff diff(Version from, Version to) { return block_on(async_diff(std::move(from), std::move(to))).value(); }

 private:
  using ContextType = Context<Storage, CacheType>;
  enum class Opening : std::uint8_t { create, open, either };

  Repository(Storage storage, Options options, Policies policies)
      : context_(std::make_shared<ContextType>(std::move(storage), std::move(policies.cache), std::move(options))),
        conflicts_(std::make_shared<const Conflicts>(std::move(policies.conflicts))) {}

  // The coroutines take the repository by value: a caller may start one and let its own handle go.

  static Awaitable<Result<Repository>> start(Repository self, Opening how) {
    if (how != Opening::create) {
      auto opened = co_await read_repo(*self.context_);
      if (opened) co_return self;
      if (how == Opening::open || opened.error().code() != errc::repository_not_found) {
        co_return std::move(opened).error();
      }
    }
    auto created = co_await detail::create_repository(*self.context_);
    if (created) co_return self;
    if (how == Opening::create || created.error().code() != errc::repository_exists) {
      co_return std::move(created).error();
    }
    auto opened = co_await read_repo(*self.context_);
    if (!opened) co_return std::move(opened).error();
    co_return self;
  }

  static Awaitable<Result<bool>> find(Repository self) {
    auto opened = co_await read_repo(*self.context_);
    if (opened) co_return true;
    if (opened.error().code() == errc::repository_not_found) co_return false;
    co_return std::move(opened).error();
  }

  using Refs = std::map<std::string, SnapshotId, std::less<>> format::RepoInfo::*;
  static Awaitable<Result<std::vector<std::string>>> names(Repository self, Refs refs) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    std::vector<std::string> found;
    for (const auto& [name, id] : (*state)->info.*refs) found.push_back(name);
    co_return found;
  }

  template <class Part>
  static Awaitable<Result<Part>> part(Repository self, Part format::RepoInfo::* which) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    co_return (*state)->info.*which;
  }
  static Awaitable<Result<RepositoryConfig>> read_config(Repository self) {
    co_return co_await detail::read_config(*self.context_);
  }
  static Awaitable<Result<void>> save_config(Repository self, RepositoryConfig config) {
    auto bytes = detail::persisted(config, is_folder(self.context_->storage));
    if (!bytes) co_return std::move(bytes).error();
    detail::SaveConfig change{*std::move(bytes)};
    co_return co_await update_repo(*self.context_, change);
  }
  static Awaitable<Result<std::vector<FeatureState>>> list_features(Repository self) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    co_return detail::features_of((*state)->info);
  }

  template <class Change>
  Awaitable<Result<void>> change(Change edit) {
    return guarded(change(*this, std::move(edit)));
  }
  template <class Change>
  static Awaitable<Result<void>> change(Repository self, Change edit) {
    co_return co_await update_repo(*self.context_, edit);
  }

  static Awaitable<Result<SnapshotId>> resolve(Repository self, Version version) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    co_return co_await resolve_in(self.context_, *std::move(state), std::move(version));
  }

  static Awaitable<Result<SnapshotId>> resolve_in(std::shared_ptr<ContextType> context,
                                                  std::shared_ptr<const RepoState> state, Version version) {
    const format::RepoInfo& info = state->info;
    if (const auto* id = std::get_if<SnapshotId>(&version)) {
      auto known = co_await snapshot_info(*context, *state, *id);
      if (!known) co_return std::move(known).error();
      co_return *id;
    }
    if (const auto* tag = std::get_if<Tag>(&version)) {
      const auto found = info.tags.find(tag->name);
      if (found == info.tags.end()) co_return Error(errc::tag_not_found, "look up tag", tag->name);
      co_return found->second;
    }
    const auto* as_of = std::get_if<AsOf>(&version);
    const std::string& name = as_of != nullptr ? as_of->branch : std::get_if<Branch>(&version)->name;
    const auto found = info.branches.find(name);
    if (found == info.branches.end()) co_return Error(errc::branch_not_found, "look up branch", name);
    if (as_of == nullptr) co_return found->second;
    AncestryWalk<Storage, CacheType> walk(context, state, found->second);
    for (;;) {
      auto step = co_await walk.step();
      if (!step) co_return std::move(step).error();
      if (!*step) co_return Error(errc::snapshot_not_found, "look up branch", name, "it has no commit that old");
      if ((*step)->flushed_at <= as_of->time) co_return (*step)->id;
    }
  }

  /// Whether the repository takes commits.
  Result<void> check_writable(const RepoState& state, const std::string& branch) const {
    if (state.spec_version == 1) {
      return Error(errc::read_only_repository, "open writable session", branch,
                   "it has format 1, which varve reads; migrate it to format 2 with the reference to write");
    }
    if (state.info.status.availability != format::RepoAvailability::online) {
      return Error(errc::read_only_repository, "open writable session", branch, state.info.status.reason.value_or(""));
    }
    const auto settings = context_->settings();
    if (settings->unreadable) return *settings->unreadable;
    return {};
  }

  static Awaitable<Result<SnapshotId>> rewrite(Repository self, std::string branch, std::string message, RewriteOptions options) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    if (auto writable = self.check_writable(**state, branch); !writable) co_return std::move(writable).error();
    const auto tip = (*state)->info.branches.find(branch);
    if (tip == (*state)->info.branches.end()) co_return Error(errc::branch_not_found, "rewrite manifests", branch);
    co_return co_await varve::rewrite_manifests(*self.context_, branch, tip->second, std::move(message), std::move(options));
  }

  static Awaitable<Result<SessionType>> begin(Repository self, Version version, std::optional<std::string> branch,
                                              bool rearranges = false) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    if (branch) {
      if (auto writable = self.check_writable(**state, *branch); !writable) co_return std::move(writable).error();
    }
    if (rearranges) {
      auto allowed = detail::check_moves_allowed((*state)->info, "open rearrange session", *branch);
      if (!allowed) co_return std::move(allowed).error();
    }
    auto id = co_await resolve_in(self.context_, *state, std::move(version));
    if (!id) co_return std::move(id).error();
    auto snapshot = co_await fetch_snapshot(*self.context_, *id);
    if (!snapshot) co_return std::move(snapshot).error();
    if (!branch) co_await preload(*self.context_, **snapshot);
    auto session = std::make_shared<SessionState<Storage, CacheType>>(self.context_, *id, *std::move(snapshot),
                                                                      std::move(branch), rearranges);
    co_return SessionType(std::move(session), self.conflicts_);
  }

  static Awaitable<Result<SessionType>> join(Repository self, Bytes bytes) {
    auto fork = decode_fork(bytes, Fork::Direction::out);
    if (!fork) co_return std::move(fork).error();
    auto snapshot = co_await fetch_snapshot(*self.context_, fork->snapshot);
    if (!snapshot) co_return std::move(snapshot).error();
    auto session = std::make_shared<SessionState<Storage, CacheType>>(self.context_, *std::move(snapshot), *std::move(fork));
    co_return SessionType(std::move(session), self.conflicts_);
  }

  static Awaitable<Result<Bytes>> describe(Repository self, Version version, std::uint64_t most_bytes) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    if ((*state)->spec_version == 1) {
      co_return Error(errc::unsupported_format, "make open descriptor", {}, "format 1 has no `repo` that it could be checked by");
    }
    auto id = co_await resolve_in(self.context_, *state, std::move(version));
    if (!id) co_return std::move(id).error();
    co_return co_await detail::make_descriptor(*self.context_, *std::move(state), *id, most_bytes);
  }

  static Awaitable<Result<Ancestry>> history(Repository self, Version version) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    auto id = co_await resolve_in(self.context_, *state, std::move(version));
    if (!id) co_return std::move(id).error();
    co_return Ancestry(AncestryWalk<Storage, CacheType>(self.context_, *std::move(state), *id));
  }

  static Awaitable<Result<RepositoryStats>> statistics(Repository self, std::optional<Version> version) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    std::optional<SnapshotId> only;
    if (version) {
      auto id = co_await resolve_in(self.context_, *state, *std::move(version));
      if (!id) co_return std::move(id).error();
      only = *id;
    }
    co_return co_await detail::stats_of(self.context_, *std::move(state), only);
  }

  static Awaitable<Result<RepairReport>> mend(Repository self, RepairOptions options) {
    detail::Repairer<Codecs, Storage, CacheType> repairer(self.context_, std::move(options));
    co_return co_await repairer.run();
  }

  static Awaitable<Result<Collected>> collect(Repository self, CollectOptions options) {
    detail::Collector<Storage, CacheType> collector(self.context_, std::move(options));
    co_return co_await collector.run();
  }

  static Awaitable<Result<Expired>> expire(Repository self, ExpireOptions options) {
    detail::Expire change{options};
    if (options.dry_run) {
      auto state = co_await read_repo(*self.context_);
      if (!state) co_return std::move(state).error();
      format::RepoInfo info = (*state)->info;
      co_return detail::expire(info, options);
    }
    auto done = co_await update_repo(*self.context_, change);
    if (!done) co_return std::move(done).error();
    co_return std::move(change.expired);
  }

  static Awaitable<Result<OpsLog>> operations(Repository self) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    co_return OpsLog(OpsLogWalk<Storage, CacheType>(self.context_, *std::move(state)));
  }

  static Awaitable<Result<Diff>> difference(Repository self, Version from, Version to) {
    auto state = co_await read_repo(*self.context_);
    if (!state) co_return std::move(state).error();
    auto first = co_await resolve_in(self.context_, *state, std::move(from));
    if (!first) co_return std::move(first).error();
    auto last = co_await resolve_in(self.context_, *state, std::move(to));
    if (!last) co_return std::move(last).error();
    co_return co_await diff_snapshots(self.context_, *state, *first, *last);
  }

  std::shared_ptr<ContextType> context_;
  std::shared_ptr<const Conflicts> conflicts_;
};

}  // namespace varve::inline v0
