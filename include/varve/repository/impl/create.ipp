// SPDX-License-Identifier: Apache-2.0
// Bodies of create.hpp.
#pragma once

#include <varve/repository/create.hpp>

#include <varve/format/file.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/format/transaction_log.hpp>
#include <varve/repository/save_config.hpp>
#include <varve/session/objects.hpp>
#include <varve/session/repo_object.hpp>

#include <memory>
#include <utility>

namespace varve::inline v0::detail {

VARVE_DECL Awaitable<Result<void>> create_repository(Context& context) {
  auto config = persisted(context.options.config, context.storage.is_folder());
  if (!config) co_return std::move(config).error();
  auto existing = co_await read_repo(context);
  if (existing) co_return Error(errc::repository_exists, "create repository", {}, "open it, or use open_or_create");
  if (existing.error().code() != errc::repository_not_found) co_return std::move(existing).error();
  auto page = co_await context.storage.list("", std::nullopt);
  if (!page) co_return std::move(page).error();
  for (const ObjectInfo& object : page->objects) {
    // What a creator that died before its last step leaves behind is the same for every repository.
    if (object.key == format::snapshot_key(initial_snapshot_id)) continue;
    if (object.key == format::transaction_log_key(initial_snapshot_id)) continue;
    co_return Error(errc::prefix_not_empty, "create repository", object.key,
                    "a new repository needs an empty prefix or folder");
  }
  auto trusted = co_await context.storage.check();
  if (!trusted) co_return trusted;

  const Timestamp now = context.options.environment.now();
  format::SnapshotData data = format::initial_snapshot(now);
  format::SnapshotInfo snapshot;
  snapshot.id = data.id;
  snapshot.flushed_at = now;
  snapshot.message = data.message;
  snapshot.metadata = data.metadata;
  auto body = format::encode_snapshot(std::move(data));
  if (!body) co_return std::move(body).error();
  auto snapshot_file = co_await seal_snapshot(context, initial_snapshot_id, std::make_shared<const Bytes>(*std::move(body)));
  if (!snapshot_file) co_return std::move(snapshot_file).error();
  format::TransactionLogData log;
  log.id = initial_snapshot_id;
  auto log_file = co_await seal_transaction_log(context, std::move(log));
  if (!log_file) co_return std::move(log_file).error();
  for (const NewObject* file : {&*snapshot_file, &*log_file}) {
    auto stored = co_await put_object(context, *file);
    if (!stored) co_return stored;
  }

  format::RepoInfo info;
  info.branches.emplace("main", initial_snapshot_id);
  info.snapshots.push_back(std::move(snapshot));
  info.status.set_at = now;
  info.config = *std::move(config);
  format::Update created;
  created.kind = format::RepoInitialized();
  created.updated_at = now;
  info.latest_updates.push_back(std::move(created));
  auto encoded = format::encode_repo_info(info);
  if (!encoded) co_return std::move(encoded).error();
  const Bytes sealed = format::seal_file(*encoded, format::FileType::repo_info, context.settings()->compression_level);
  auto put = co_await context.storage.put(format::repo_key, sealed, PutCondition::if_absent());
  if (!put) co_return std::move(put).error();
  if (!put->written) co_return Error(errc::repository_exists, "create repository", {}, "another process was first");
  auto state = std::make_shared<RepoState>();
  state->info = std::move(info);
  state->version = std::move(put->version);
  context.learn_created(std::move(state));
  co_return Result<void>();
}

}  // namespace varve::inline v0::detail
