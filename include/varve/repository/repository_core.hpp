// SPDX-License-Identifier: Apache-2.0
// RepositoryCore: all of a repository that does not depend on what it is composed of: refs, history, configuration and
// upkeep. It is compiled once; `Repository` adds the sessions, whose arrays know their codecs.
//
// Every function has two forms. The plain one blocks and throws; `async_NAME` is an `Awaitable<Result<T>>` for use
// from a coroutine, honours cancellation and throws only for exhausted memory and what a policy of yours throws.
#pragma once

#include <varve/async/lazy_range.hpp>
#include <varve/core/config.hpp>
#include <varve/format/inspect.hpp>
#include <varve/format/repository_config.hpp>
#include <varve/repository/collect.hpp>
#include <varve/repository/expire.hpp>
#include <varve/repository/history.hpp>
#include <varve/repository/repair.hpp>
#include <varve/repository/settings.hpp>
#include <varve/repository/stats.hpp>
#include <varve/repository/verify.hpp>
#include <varve/repository/version.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/diff.hpp>
#include <varve/session/rewrite_manifests.hpp>
#include <varve/session/session_state.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A handle; copies share one open repository. Safe for use from several threads.
class RepositoryCore {
 public:
  using Ancestry = LazyRange<AncestryWalk>;
  using OpsLog = LazyRange<OpsLogWalk>;

  /// 2, or 1 for a repository that varve only reads.
  int spec_version() const;

  // Branches. Errors of all: those of reading and replacing `repo`.

  /// The names, sorted.
  Awaitable<Result<std::vector<std::string>>> async_list_branches();
  std::vector<std::string> list_branches();

  /// The newest commit of a branch. Errors: `errc::branch_not_found`.
  Awaitable<Result<SnapshotId>> async_lookup_branch(std::string name);
  SnapshotId lookup_branch(std::string name);

  /// Errors: `errc::branch_exists`, `errc::snapshot_not_found`, `errc::invalid_ref_name`.
  Awaitable<Result<void>> async_create_branch(std::string name, SnapshotId at);
  void create_branch(std::string name, SnapshotId at);

  /// Points a branch at another snapshot, if it is at `expected` where that is given: compare-and-swap.
  /// Errors: `errc::reference_moved`, `errc::branch_not_found`, `errc::snapshot_not_found`.
  Awaitable<Result<void>> async_reset_branch(std::string name, SnapshotId to,
                                             std::optional<SnapshotId> expected = std::nullopt);
  void reset_branch(std::string name, SnapshotId to, std::optional<SnapshotId> expected = std::nullopt);

  /// Errors: `errc::branch_not_found`; `errc::cannot_delete_main`.
  Awaitable<Result<void>> async_delete_branch(std::string name);
  void delete_branch(std::string name);

  // Tags: names of snapshots that never move.

  Awaitable<Result<std::vector<std::string>>> async_list_tags();
  std::vector<std::string> list_tags();

  /// Errors: `errc::tag_not_found`.
  Awaitable<Result<SnapshotId>> async_lookup_tag(std::string name);
  SnapshotId lookup_tag(std::string name);

  /// Errors: `errc::tag_exists`; `errc::tag_deleted`: a deleted name is never used again; `errc::snapshot_not_found`.
  Awaitable<Result<void>> async_create_tag(std::string name, SnapshotId at);
  void create_tag(std::string name, SnapshotId at);

  /// Errors: `errc::tag_not_found`.
  Awaitable<Result<void>> async_delete_tag(std::string name);
  void delete_tag(std::string name);

  // The repository itself. Errors of what changes it: `errc::read_only_repository`, in format 1 as well; those of `repo`.

  /// What anybody has noted of the repository: JSON values by name.
  Awaitable<Result<Metadata>> async_metadata();
  Metadata metadata();
  /// Replaces all of it.
  Awaitable<Result<void>> async_set_metadata(Metadata metadata);
  void set_metadata(Metadata metadata);
  /// Sets the names in `changes` and keeps the others.
  Awaitable<Result<void>> async_update_metadata(Metadata changes);
  void update_metadata(Metadata changes);

  /// The configuration that the repository keeps for everybody who opens it; Options say what holds for this program.
  /// Errors: `errc::corrupt`, `errc::unsupported_format`, naming the field; `errc::unsupported_operation` in format 1 without
  /// Options::parse_config_yaml.
  Awaitable<Result<RepositoryConfig>> async_config();
  RepositoryConfig config();
  /// Replaces it: change what `config` returns, to keep what others have set. From then on it holds here and wherever `repo`
  /// is next read. Errors: `errc::invalid_argument` for a value out of range, and for flags that make the reference write
  /// without conditions on a store that is no folder.
  Awaitable<Result<void>> async_save_config(RepositoryConfig config);
  void save_config(RepositoryConfig config);

  /// Whether the repository takes changes, since when, and why not. One that is read-only refuses writable sessions and
  /// every change but this.
  Awaitable<Result<RepoStatus>> async_status();
  RepoStatus status();
  /// Online or read-only. Errors: `errc::invalid_argument` for anything else.
  Awaitable<Result<void>> async_set_status(RepoAvailability availability, std::optional<std::string> reason = std::nullopt);
  void set_status(RepoAvailability availability, std::optional<std::string> reason = std::nullopt);

  /// The operations that the repository can forbid, and whether it does.
  Awaitable<Result<std::vector<FeatureState>>> async_features();
  std::vector<FeatureState> features();
  /// Allows or forbids one; none puts it back to its default, which is to allow it.
  Awaitable<Result<void>> async_set_feature(Feature feature, std::optional<bool> enabled);
  void set_feature(Feature feature, std::optional<bool> enabled);

  // Versions.

  /// The snapshot that `version` names. Errors: `errc::branch_not_found`, `tag_not_found`, `snapshot_not_found`.
  Awaitable<Result<SnapshotId>> async_resolve(Version version);
  SnapshotId resolve(Version version);

  /// What `attach` elsewhere needs to begin with `version`: the state of `repo`, the snapshot, and as many of its manifests
  /// as fit into `most_bytes`. Not for keeping: it is as good as the moment it was made in.
  /// Errors: those of `resolve`; `errc::unsupported_format` in format 1.
  Awaitable<Result<Bytes>> async_descriptor(Version version, std::uint64_t most_bytes = 64 << 20);
  Bytes descriptor(Version version, std::uint64_t most_bytes = 64 << 20);

  // History.

  /// From the snapshot that `version` names back to the root, newest first, fetched as it is walked.
  Awaitable<Result<Ancestry>> async_ancestry(Version version);
  Ancestry ancestry(Version version);

  /// Every operation on the repository, newest first, fetched as it is walked; empty in format 1, which keeps none.
  Awaitable<Result<OpsLog>> async_ops_log();
  OpsLog ops_log();

  /// What stands in a metadata object, by its key: "repo", "snapshots/ID", "manifests/ID", "transactions/ID" or a backup of
  /// `repo`, "overwritten/repo.NAME". See format::inspect. Errors: `errc::missing_object`; `errc::corrupt`.
  Awaitable<Result<Json>> async_inspect(std::string key, std::size_t most_refs = 1000);
  Json inspect(std::string key, std::size_t most_refs = 1000);

  /// Writes all manifests of a branch anew, as a commit that changes no data: the rules for splitting that hold now, and all
  /// other ways of writing manifests, then hold for what was written before as well. Older snapshots keep their manifests.
  /// Errors: `errc::conflict` if others commit to the branch meanwhile, `errc::branch_not_found`,
  /// `errc::read_only_repository`, `errc::cannot_amend_initial`; those of reading and writing manifests.
  Awaitable<Result<SnapshotId>> async_rewrite_manifests(std::string branch, std::string message,
                                                        RewriteOptions options = RewriteOptions());
  SnapshotId rewrite_manifests(std::string branch, std::string message, RewriteOptions options = RewriteOptions());

  /// Cuts old snapshots out of the history, in one change; nobody who reads them is disturbed before a garbage collection.
  /// Sessions that began at one of them can no longer be committed by a rebase. Errors: those of changing `repo`.
  Awaitable<Result<Expired>> async_expire_snapshots(ExpireOptions options);
  Expired expire_snapshots(ExpireOptions options);

  /// Deletes what no branch and no tag leads to any more, if it is old enough; see CollectOptions::older_than for how old
  /// that must be. Readers of snapshots that go lose them. Interrupted, it is finished by the next one. Errors: those of
  /// reading every snapshot and manifest that stays, before anything is deleted; those of listing and deleting.
  Awaitable<Result<Collected>> async_garbage_collect(CollectOptions options);
  Collected garbage_collect(CollectOptions options);

  /// The chunks of one version, by array as well; or of everything that the branches and tags lead to, which is what storing
  /// the repository takes. Reads every manifest. Errors: those of `resolve`, and of reading snapshots and manifests.
  Awaitable<Result<RepositoryStats>> async_stats(std::optional<Version> version = std::nullopt);
  RepositoryStats stats(std::optional<Version> version = std::nullopt);

  /// Looks at every object that the repository needs, as the store has it now, and says all that is wrong; see VerifyReport.
  /// A repository whose `repo` is broken is verified through `attach`. It may go on beside writers.
  /// Errors: `errc::repository_not_found` where there is nothing of one; those for which no object can be blamed.
  Awaitable<Result<VerifyReport>> async_verify(VerifyOptions options = VerifyOptions());
  VerifyReport verify(VerifyOptions options = VerifyOptions());

  /// Verifies the repository and mends what can be mended, by new objects alone: a `repo` that is broken is restored from a
  /// backup or written anew, transaction logs that are missing are made again, branches get a commit in which nodes are as
  /// their ancestors had them and without the chunks that are lost. Nobody else may write meanwhile.
  /// Errors: those of `verify` and of the store; `errc::conflict` where somebody did write.
  Awaitable<Result<RepairReport>> async_repair(RepairOptions options = RepairOptions());
  RepairReport repair(RepairOptions options = RepairOptions());

  /// What changed from a snapshot to a descendant of it. Errors: `errc::invalid_chain`.
  Awaitable<Result<Diff>> async_diff(Version from, Version to);
  Diff diff(Version from, Version to);

 protected:
  explicit RepositoryCore(std::shared_ptr<Context> context) : context_(std::move(context)) {}

  enum class Opening : std::uint8_t { create, open, either };
  static Awaitable<Result<void>> start(std::shared_ptr<Context> context, Opening how);
  static Awaitable<Result<bool>> find(std::shared_ptr<Context> context);

  /// What a session of a repository stands on; see Repository.
  using State = std::shared_ptr<SessionState>;
  static Awaitable<Result<State>> begin(std::shared_ptr<Context> context, Version version, std::optional<std::string> branch,
                                        bool rearranges = false);
  static Awaitable<Result<State>> join(std::shared_ptr<Context> context, Bytes fork);

  std::shared_ptr<Context> context_;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/repository_core.ipp>
#endif
