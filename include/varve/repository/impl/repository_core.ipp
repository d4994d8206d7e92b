// SPDX-License-Identifier: Apache-2.0
// Bodies of repository_core.hpp. The coroutines take the context by value: a caller may start one and let its handle go.
#pragma once

#include <varve/repository/repository_core.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/repository/create.hpp>
#include <varve/repository/descriptor.hpp>
#include <varve/repository/inspect.hpp>
#include <varve/repository/refs.hpp>
#include <varve/repository/save_config.hpp>
#include <varve/session/feature.hpp>
#include <varve/session/preload.hpp>
#include <varve/session/repo_object.hpp>

#include <map>
#include <utility>

namespace varve::inline v0 {

namespace detail {

using Refs = std::map<std::string, SnapshotId, std::less<>> format::RepoInfo::*;
inline Awaitable<Result<std::vector<std::string>>> list_refs(std::shared_ptr<Context> context, Refs refs) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  std::vector<std::string> found;
  for (const auto& [name, id] : (*state)->info.*refs) found.push_back(name);
  co_return found;
}

template <class Part>
Awaitable<Result<Part>> part_of(std::shared_ptr<Context> context, Part format::RepoInfo::* which) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  co_return (*state)->info.*which;
}
inline Awaitable<Result<RepositoryConfig>> shared_config(std::shared_ptr<Context> context) {
  co_return co_await read_config(*context);
}
inline Awaitable<Result<void>> save_config(std::shared_ptr<Context> context, RepositoryConfig config) {
  auto bytes = persisted(config, context->storage.is_folder());
  if (!bytes) co_return std::move(bytes).error();
  SaveConfig change{*std::move(bytes)};
  co_return co_await update_repo(*context, change);
}
inline Awaitable<Result<std::vector<FeatureState>>> list_features(std::shared_ptr<Context> context) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  co_return features_of((*state)->info);
}

template <class Change>
Awaitable<Result<void>> change_repo(std::shared_ptr<Context> context, Change edit) {
  co_return co_await update_repo(*context, edit);
}

inline Awaitable<Result<SnapshotId>> resolve_in(std::shared_ptr<Context> context,
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
  AncestryWalk walk(context, state, found->second);
  for (;;) {
    auto step = co_await walk.step();
    if (!step) co_return std::move(step).error();
    if (!*step) co_return Error(errc::snapshot_not_found, "look up branch", name, "it has no commit that old");
    if ((*step)->flushed_at <= as_of->time) co_return (*step)->id;
  }
}

inline Awaitable<Result<SnapshotId>> resolve_version(std::shared_ptr<Context> context, Version version) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  co_return co_await resolve_in(context, *std::move(state), std::move(version));
}

/// Whether the repository takes commits.
inline Result<void> check_writable(const Context& context, const RepoState& state, const std::string& branch) {
  if (state.spec_version == 1) {
    return Error(errc::read_only_repository, "open writable session", branch,
                 "it has format 1, which varve reads; migrate it to format 2 with the reference to write");
  }
  if (state.info.status.availability != format::RepoAvailability::online) {
    return Error(errc::read_only_repository, "open writable session", branch, state.info.status.reason.value_or(""));
  }
  const auto settings = context.settings();
  if (settings->unreadable) return *settings->unreadable;
  return {};
}

inline Awaitable<Result<SnapshotId>> rewrite_branch(std::shared_ptr<Context> context, std::string branch, std::string message,
                                                    RewriteOptions options) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  if (auto writable = check_writable(*context, **state, branch); !writable) co_return std::move(writable).error();
  const auto tip = (*state)->info.branches.find(branch);
  if (tip == (*state)->info.branches.end()) co_return Error(errc::branch_not_found, "rewrite manifests", branch);
  co_return co_await rewrite_manifests(*context, branch, tip->second, std::move(message), std::move(options));
}

inline Awaitable<Result<Bytes>> describe_version(std::shared_ptr<Context> context, Version version, std::uint64_t most_bytes) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  if ((*state)->spec_version == 1) {
    co_return Error(errc::unsupported_format, "make open descriptor", {}, "format 1 has no `repo` that it could be checked by");
  }
  auto id = co_await resolve_in(context, *state, std::move(version));
  if (!id) co_return std::move(id).error();
  co_return co_await make_descriptor(*context, *std::move(state), *id, most_bytes);
}

inline Awaitable<Result<RepositoryCore::Ancestry>> history_of(std::shared_ptr<Context> context, Version version) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  auto id = co_await resolve_in(context, *state, std::move(version));
  if (!id) co_return std::move(id).error();
  co_return RepositoryCore::Ancestry(AncestryWalk(context, *std::move(state), *id));
}

inline Awaitable<Result<RepositoryStats>> statistics_of(std::shared_ptr<Context> context, std::optional<Version> version) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  std::optional<SnapshotId> only;
  if (version) {
    auto id = co_await resolve_in(context, *state, *std::move(version));
    if (!id) co_return std::move(id).error();
    only = *id;
  }
  co_return co_await stats_of(context, *std::move(state), only);
}

inline Awaitable<Result<Expired>> expire_in(std::shared_ptr<Context> context, ExpireOptions options) {
  Expire change{options};
  if (options.dry_run) {
    auto state = co_await read_repo(*context);
    if (!state) co_return std::move(state).error();
    format::RepoInfo info = (*state)->info;
    co_return expire(info, options);
  }
  auto done = co_await update_repo(*context, change);
  if (!done) co_return std::move(done).error();
  co_return std::move(change.expired);
}

inline Awaitable<Result<RepositoryCore::OpsLog>> operations_of(std::shared_ptr<Context> context) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  co_return RepositoryCore::OpsLog(OpsLogWalk(context, *std::move(state)));
}

inline Awaitable<Result<Diff>> difference_of(std::shared_ptr<Context> context, Version from, Version to) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  auto first = co_await resolve_in(context, *state, std::move(from));
  if (!first) co_return std::move(first).error();
  auto last = co_await resolve_in(context, *state, std::move(to));
  if (!last) co_return std::move(last).error();
  co_return co_await diff_snapshots(context, *state, *first, *last);
}

}  // namespace detail

VARVE_DECL Awaitable<Result<void>> RepositoryCore::start(std::shared_ptr<Context> context, Opening how) {
  if (how != Opening::create) {
    auto opened = co_await read_repo(*context);
    if (opened) co_return Result<void>();
    if (how == Opening::open || opened.error().code() != errc::repository_not_found) co_return std::move(opened).error();
  }
  auto created = co_await detail::create_repository(*context);
  if (created) co_return Result<void>();
  if (how == Opening::create || created.error().code() != errc::repository_exists) co_return std::move(created).error();
  auto opened = co_await read_repo(*context);
  if (!opened) co_return std::move(opened).error();
  co_return Result<void>();
}

VARVE_DECL Awaitable<Result<bool>> RepositoryCore::find(std::shared_ptr<Context> context) {
  auto opened = co_await read_repo(*context);
  if (opened) co_return true;
  if (opened.error().code() == errc::repository_not_found) co_return false;
  co_return std::move(opened).error();
}

VARVE_DECL Awaitable<Result<RepositoryCore::State>> RepositoryCore::begin(std::shared_ptr<Context> context, Version version,
                                                                          std::optional<std::string> branch, bool rearranges) {
  auto state = co_await read_repo(*context);
  if (!state) co_return std::move(state).error();
  if (branch) {
    if (auto writable = detail::check_writable(*context, **state, *branch); !writable) co_return std::move(writable).error();
  }
  if (rearranges) {
    auto allowed = detail::check_moves_allowed((*state)->info, "open rearrange session", *branch);
    if (!allowed) co_return std::move(allowed).error();
  }
  auto id = co_await detail::resolve_in(context, *state, std::move(version));
  if (!id) co_return std::move(id).error();
  auto snapshot = co_await fetch_snapshot(*context, *id);
  if (!snapshot) co_return std::move(snapshot).error();
  if (!branch) co_await preload(*context, **snapshot);
  co_return std::make_shared<SessionState>(context, *id, *std::move(snapshot), std::move(branch), rearranges);
}

VARVE_DECL Awaitable<Result<RepositoryCore::State>> RepositoryCore::join(std::shared_ptr<Context> context, Bytes bytes) {
  auto fork = decode_fork(bytes, Fork::Direction::out);
  if (!fork) co_return std::move(fork).error();
  auto snapshot = co_await fetch_snapshot(*context, fork->snapshot);
  if (!snapshot) co_return std::move(snapshot).error();
  co_return std::make_shared<SessionState>(context, *std::move(snapshot), *std::move(fork));
}

VARVE_DECL Awaitable<Result<Bytes>> RepositoryCore::async_descriptor(Version version, std::uint64_t most_bytes) {
  return guarded(detail::describe_version(context_, std::move(version), most_bytes));
}
VARVE_DECL Bytes RepositoryCore::descriptor(Version version, std::uint64_t most_bytes) {
  return block_on(async_descriptor(std::move(version), most_bytes)).value();
}
VARVE_DECL int RepositoryCore::spec_version() const {
  if (const auto known = context_->known()) return known->spec_version;
  return block_on(read_repo(*context_)).value()->spec_version;  // attached, and not used yet
}

VARVE_DECL Awaitable<Result<std::vector<std::string>>> RepositoryCore::async_list_branches() {
  return guarded(detail::list_refs(context_, &format::RepoInfo::branches));
}
VARVE_DECL std::vector<std::string> RepositoryCore::list_branches() { return block_on(async_list_branches()).value(); }

VARVE_DECL Awaitable<Result<SnapshotId>> RepositoryCore::async_lookup_branch(std::string name) {
  return async_resolve(Branch{std::move(name)});
}
VARVE_DECL SnapshotId RepositoryCore::lookup_branch(std::string name) {
  return block_on(async_lookup_branch(std::move(name))).value();
}

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_create_branch(std::string name, SnapshotId at) {
  return guarded(detail::change_repo(context_, detail::CreateBranch{std::move(name), at}));
}
VARVE_DECL void RepositoryCore::create_branch(std::string name, SnapshotId at) {
  block_on(async_create_branch(std::move(name), at)).value();
}

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_reset_branch(std::string name, SnapshotId to,
                                                                      std::optional<SnapshotId> expected) {
  return guarded(detail::change_repo(context_, detail::ResetBranch{std::move(name), to, expected}));
}
VARVE_DECL void RepositoryCore::reset_branch(std::string name, SnapshotId to, std::optional<SnapshotId> expected) {
  block_on(async_reset_branch(std::move(name), to, expected)).value();
}

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_delete_branch(std::string name) {
  return guarded(detail::change_repo(context_, detail::DeleteBranch{std::move(name)}));
}
VARVE_DECL void RepositoryCore::delete_branch(std::string name) {
  block_on(async_delete_branch(std::move(name))).value();
}

VARVE_DECL Awaitable<Result<std::vector<std::string>>> RepositoryCore::async_list_tags() {
  return guarded(detail::list_refs(context_, &format::RepoInfo::tags));
}
VARVE_DECL std::vector<std::string> RepositoryCore::list_tags() { return block_on(async_list_tags()).value(); }

VARVE_DECL Awaitable<Result<SnapshotId>> RepositoryCore::async_lookup_tag(std::string name) {
  return async_resolve(Tag{std::move(name)});
}
VARVE_DECL SnapshotId RepositoryCore::lookup_tag(std::string name) {
  return block_on(async_lookup_tag(std::move(name))).value();
}

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_create_tag(std::string name, SnapshotId at) {
  return guarded(detail::change_repo(context_, detail::CreateTag{std::move(name), at}));
}
VARVE_DECL void RepositoryCore::create_tag(std::string name, SnapshotId at) {
  block_on(async_create_tag(std::move(name), at)).value();
}

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_delete_tag(std::string name) {
  return guarded(detail::change_repo(context_, detail::DeleteTag{std::move(name)}));
}
VARVE_DECL void RepositoryCore::delete_tag(std::string name) { block_on(async_delete_tag(std::move(name))).value(); }

VARVE_DECL Awaitable<Result<Metadata>> RepositoryCore::async_metadata() {
  return guarded(detail::part_of(context_, &format::RepoInfo::metadata));
}
VARVE_DECL Metadata RepositoryCore::metadata() { return block_on(async_metadata()).value(); }

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_set_metadata(Metadata metadata) {
  return guarded(detail::change_repo(context_, detail::SetMetadata{std::move(metadata), true}));
}
VARVE_DECL void RepositoryCore::set_metadata(Metadata metadata) {
  block_on(async_set_metadata(std::move(metadata))).value();
}

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_update_metadata(Metadata changes) {
  return guarded(detail::change_repo(context_, detail::SetMetadata{std::move(changes), false}));
}
VARVE_DECL void RepositoryCore::update_metadata(Metadata changes) {
  block_on(async_update_metadata(std::move(changes))).value();
}

VARVE_DECL Awaitable<Result<RepositoryConfig>> RepositoryCore::async_config() { return guarded(detail::shared_config(context_)); }
VARVE_DECL RepositoryConfig RepositoryCore::config() { return block_on(async_config()).value(); }

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_save_config(RepositoryConfig config) {
  return guarded(detail::save_config(context_, std::move(config)));
}
VARVE_DECL void RepositoryCore::save_config(RepositoryConfig config) {
  block_on(async_save_config(std::move(config))).value();
}

VARVE_DECL Awaitable<Result<RepoStatus>> RepositoryCore::async_status() {
  return guarded(detail::part_of(context_, &format::RepoInfo::status));
}
VARVE_DECL RepoStatus RepositoryCore::status() { return block_on(async_status()).value(); }

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_set_status(RepoAvailability availability,
                                                                    std::optional<std::string> reason) {
  return guarded(detail::change_repo(context_, detail::SetStatus{availability, std::move(reason)}));
}
VARVE_DECL void RepositoryCore::set_status(RepoAvailability availability, std::optional<std::string> reason) {
  block_on(async_set_status(availability, std::move(reason))).value();
}

VARVE_DECL Awaitable<Result<std::vector<FeatureState>>> RepositoryCore::async_features() {
  return guarded(detail::list_features(context_));
}
VARVE_DECL std::vector<FeatureState> RepositoryCore::features() { return block_on(async_features()).value(); }

VARVE_DECL Awaitable<Result<void>> RepositoryCore::async_set_feature(Feature feature, std::optional<bool> enabled) {
  return guarded(detail::change_repo(context_, detail::SetFeature{feature, enabled}));
}
VARVE_DECL void RepositoryCore::set_feature(Feature feature, std::optional<bool> enabled) {
  block_on(async_set_feature(feature, enabled)).value();
}

VARVE_DECL Awaitable<Result<SnapshotId>> RepositoryCore::async_resolve(Version version) {
  return guarded(detail::resolve_version(context_, std::move(version)));
}
VARVE_DECL SnapshotId RepositoryCore::resolve(Version version) {
  return block_on(async_resolve(std::move(version))).value();
}

VARVE_DECL Awaitable<Result<RepositoryCore::Ancestry>> RepositoryCore::async_ancestry(Version version) {
  return guarded(detail::history_of(context_, std::move(version)));
}
VARVE_DECL RepositoryCore::Ancestry RepositoryCore::ancestry(Version version) {
  return block_on(async_ancestry(std::move(version))).value();
}

VARVE_DECL Awaitable<Result<RepositoryCore::OpsLog>> RepositoryCore::async_ops_log() { return guarded(detail::operations_of(context_)); }
VARVE_DECL RepositoryCore::OpsLog RepositoryCore::ops_log() { return block_on(async_ops_log()).value(); }

VARVE_DECL Awaitable<Result<Json>> RepositoryCore::async_inspect(std::string key, std::size_t most_refs) {
  return guarded(detail::inspect_object(context_, std::move(key), most_refs));
}
VARVE_DECL Json RepositoryCore::inspect(std::string key, std::size_t most_refs) {
  return block_on(async_inspect(std::move(key), most_refs)).value();
}

VARVE_DECL Awaitable<Result<SnapshotId>> RepositoryCore::async_rewrite_manifests(std::string branch, std::string message,
                                                                                 RewriteOptions options) {
  return guarded(detail::rewrite_branch(context_, std::move(branch), std::move(message), std::move(options)));
}
VARVE_DECL SnapshotId RepositoryCore::rewrite_manifests(std::string branch, std::string message, RewriteOptions options) {
  return block_on(async_rewrite_manifests(std::move(branch), std::move(message), std::move(options))).value();
}

VARVE_DECL Awaitable<Result<Expired>> RepositoryCore::async_expire_snapshots(ExpireOptions options) {
  return guarded(detail::expire_in(context_, options));
}
VARVE_DECL Expired RepositoryCore::expire_snapshots(ExpireOptions options) {
  return block_on(async_expire_snapshots(options)).value();
}

VARVE_DECL Awaitable<Result<Collected>> RepositoryCore::async_garbage_collect(CollectOptions options) {
  return guarded(detail::collect_garbage(context_, std::move(options)));
}
VARVE_DECL Collected RepositoryCore::garbage_collect(CollectOptions options) {
  return block_on(async_garbage_collect(std::move(options))).value();
}

VARVE_DECL Awaitable<Result<RepositoryStats>> RepositoryCore::async_stats(std::optional<Version> version) {
  return guarded(detail::statistics_of(context_, std::move(version)));
}
VARVE_DECL RepositoryStats RepositoryCore::stats(std::optional<Version> version) {
  return block_on(async_stats(std::move(version))).value();
}

VARVE_DECL Awaitable<Result<VerifyReport>> RepositoryCore::async_verify(VerifyOptions options) {
  return guarded(detail::verify_repository(context_, std::move(options)));
}
VARVE_DECL VerifyReport RepositoryCore::verify(VerifyOptions options) {
  return block_on(async_verify(std::move(options))).value();
}

VARVE_DECL Awaitable<Result<RepairReport>> RepositoryCore::async_repair(RepairOptions options) {
  return guarded(detail::repair_repository(context_, std::move(options)));
}
VARVE_DECL RepairReport RepositoryCore::repair(RepairOptions options) {
  return block_on(async_repair(std::move(options))).value();
}

VARVE_DECL Awaitable<Result<Diff>> RepositoryCore::async_diff(Version from, Version to) {
  return guarded(detail::difference_of(context_, std::move(from), std::move(to)));
}
VARVE_DECL Diff RepositoryCore::diff(Version from, Version to) {
  return block_on(async_diff(std::move(from), std::move(to))).value();
}

}  // namespace varve::inline v0
