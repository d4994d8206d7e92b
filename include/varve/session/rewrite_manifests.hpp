// SPDX-License-Identifier: Apache-2.0
// rewrite_manifests: writes all manifests of a branch anew, as the rules and limits that now hold cut them. Not a chunk is
// read or moved: it is what follows a change of the rules, or a history of commits under others.
#pragma once

#include <varve/async/for_each.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/commit.hpp>
#include <varve/session/repo_object.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

struct RewriteOptions {
  bool amend = false;    ///< take the place of the branch's newest commit, instead of one on top of it
  Metadata metadata{};   ///< JSON values by name, kept with the snapshot
  /// Called by one thread at a time, with the arrays whose manifests are written and how many there are.
  std::function<void(std::size_t arrays, std::size_t of)> progress{};
};

/// Writes the manifests of every array of `tip`, the newest commit of `branch`, and makes that a commit. Arrays with together
/// some millions of chunk refs are worked on at a time. Errors: `errc::conflict` if the branch has moved meanwhile;
/// `errc::cannot_amend_initial`; those of reading and writing manifests. Cancellation: as for commits.
template <class Storage, class CacheType>
Awaitable<Result<SnapshotId>> rewrite_manifests(Context<Storage, CacheType>& context, std::string branch, SnapshotId tip,
                                                std::string message, RewriteOptions options) {
  auto base = co_await fetch_snapshot(context, tip);
  if (!base) co_return std::move(base).error();
  SnapshotOptions special;
  special.manifests_anew = true;
  special.progress = std::move(options.progress);
  std::optional<TransactionLog> amended;
  if (options.amend) {
    auto log = co_await detail::amended_log(context, branch, tip, false);
    if (!log) co_return std::move(log).error();
    amended = *std::move(log);
    special.amended = &*amended;
  }
  for (const auto& [name, value] : context.options.commit_metadata) options.metadata.emplace(name, value);
  const Json rules = format::config_json(context.settings()->config);
  const Json* const manifest = rules.find("manifest");
  const Json* const splitting = manifest == nullptr ? nullptr : manifest->find("splitting");
  const Json::Object none{Json::Member("split_sizes", nullptr)};
  const Json::Object noted{Json::Member("splitting_config", splitting == nullptr ? Json(none) : *splitting)};
  options.metadata.insert_or_assign("__icechunk", noted);

  const ChangeSet changes;
  const detail::HeldChunks held;
  auto made = co_await build_snapshot(context, **base, changes, held, std::move(message), std::move(options.metadata),
                                      std::move(special));
  if (!made) co_return std::move(made).error();
  detail::PendingCommit commit;
  commit.branch = branch;
  commit.stands_on = tip;
  commit.amends = options.amend;
  commit.info = made->info(tip);
  auto apply = [&](format::RepoInfo& info, Timestamp) -> Result<format::RepoUpdates> {
    auto landed = detail::land(info, commit);
    if (!landed) return std::move(landed).error();
    return format::RepoUpdates{*std::move(landed)};
  };
  auto put = [&](std::size_t i) { return put_object(context, made->objects[i]); };
  auto store = [&]() -> Awaitable<Result<void>> {
    co_return co_await for_each(made->objects.size(), context.options.concurrency, put);
  };
  auto landed = co_await update_repo(context, apply, store);
  if (landed) co_return made->id;
  if (landed.error().code() != errc::conflict) co_return std::move(landed).error();
  co_return Error(errc::conflict, "rewrite manifests", branch,
                  "it was at " + tip.to_string() + " and has moved meanwhile: what others have committed is safe, rewrite again");
}

}  // namespace varve::inline v0
