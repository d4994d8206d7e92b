// SPDX-License-Identifier: Apache-2.0
// Bodies of rewrite_manifests.hpp.
#pragma once

#include <varve/session/rewrite_manifests.hpp>

#include <varve/async/for_each.hpp>
#include <varve/session/commit.hpp>
#include <varve/session/repo_object.hpp>

#include <optional>
#include <utility>

namespace varve::inline v0 {

VARVE_DECL Awaitable<Result<SnapshotId>> rewrite_manifests(Context& context, std::string branch, SnapshotId tip,
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
    co_return co_await for_each(made->objects.size(), context.concurrency(), put);
  };
  auto landed = co_await update_repo(context, apply, store);
  if (landed) co_return made->id;
  if (landed.error().code() != errc::conflict) co_return std::move(landed).error();
  co_return Error(errc::conflict, "rewrite manifests", branch,
                  "it was at " + tip.to_string() + " and has moved meanwhile: what others have committed is safe, rewrite again");
}

}  // namespace varve::inline v0
