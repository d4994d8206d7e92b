// SPDX-License-Identifier: Apache-2.0
// Bodies of repo_object.hpp.
#pragma once

#include <varve/session/repo_object.hpp>

#include <varve/async/entry.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>
#include <varve/format/file.hpp>
#include <varve/session/spec1_refs.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

VARVE_DECL Awaitable<Result<std::shared_ptr<const RepoState>>> read_repo(Context& context) {
  const auto known = context.known();
  if (known && known->spec_version == 1) co_return co_await read_spec1_repo(context);
  GetOptions options;
  if (known) options.known = known->version;
  auto fetched = co_await context.storage.get(format::repo_key, options);
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->status == Fetched::Status::unchanged) co_return known;
  if (fetched->status == Fetched::Status::missing) co_return co_await read_spec1_repo(context);
  auto file = format::open_file(fetched->bytes, format::FileType::repo_info, format::repo_key);
  if (!file) co_return std::move(file).error();
  auto info = format::decode_repo_info(file->body, format::repo_key);
  if (!info) co_return std::move(info).error();
  auto state = std::make_shared<RepoState>();
  state->info = *std::move(info);
  state->version = std::move(fetched->version);
  context.learn(state);
  co_return std::shared_ptr<const RepoState>(std::move(state));
}

namespace detail {

/// Puts `kinds` at the head of the ops log, the last of them first. The entry before them learns the name of the backup in
/// which it is the newest one; the log is cut where it can be continued in such a backup (format, "Update protocol").
inline void prepend_updates(format::RepoInfo& info, format::RepoUpdates kinds, Timestamp now, const std::string& backup,
                            std::size_t most) {
  std::vector<format::Update>& log = info.latest_updates;
  if (!log.empty()) log.front().backup_path = backup;
  for (format::UpdateKind& kind : kinds) {
    format::Update update;
    update.kind = std::move(kind);
    update.updated_at = log.empty() ? now : std::max(now, log.front().updated_at + std::chrono::microseconds(1));
    log.insert(log.begin(), std::move(update));
  }
  for (std::size_t i = most; i < log.size(); ++i) {
    if (!log[i].backup_path) continue;
    info.repo_before_updates = *log[i].backup_path;
    log.erase(log.begin() + static_cast<std::ptrdiff_t>(i), log.end());
  }
}

/// Whether `info`, or an ancestor of it, was written with `backup` as the name of its backup: names are random, so
/// this tells a writer whose response was lost that its write did happen.
inline bool descends_from(const format::RepoInfo& info, const std::vector<std::string>& backups) {
  return std::any_of(backups.begin(), backups.end(), [&](const std::string& backup) {
    return info.repo_before_updates == backup ||
           std::any_of(info.latest_updates.begin(), info.latest_updates.end(),
                       [&](const format::Update& update) { return update.backup_path == backup; });
  });
}

/// Replaces `repo` and finds out whether that happened: a response may be lost after the write was applied, and what is
/// stored then decides. `written` is false if another writer was first.
inline Awaitable<Result<PutOutcome>> replace_repo(Context& context, ByteView sealed, VersionTag version,
                                           const std::vector<std::string>& backups) {
  const PutCondition condition = PutCondition::if_version(version);
  auto put = co_await context.storage.put(format::repo_key, sealed, condition);
  if (put) co_return put;
  auto read = co_await read_repo(context);
  if (!read) co_return put;
  PutOutcome outcome;
  outcome.written = descends_from((*read)->info, backups);
  // What was to be replaced is still there: the write may be under way, and come later.
  if (!outcome.written && (*read)->version == version) co_return put;
  outcome.version = (*read)->version;  // and if another version is there without it, it never will
  co_return outcome;
}

}  // namespace detail

namespace detail {

/// Copies `repo` to its backup and, beside that, stores what the change refers to.
struct BackUp {
  Context& context;
  const std::string& backup_key;
  const VersionTag& version;
  const RepoEdit& edit;
  CopyOutcome outcome{};
  std::atomic<int> next = 0;

  Awaitable<Result<void>> operator()() {
    if (next++ != 0) co_return co_await (*edit.store_objects)();
    auto copied = co_await context.storage.copy(format::repo_key, backup_key, version);
    if (!copied) co_return std::move(copied).error();
    outcome = *copied;
    co_return Result<void>();
  }
};

}  // namespace detail

namespace detail {

VARVE_DECL Awaitable<Result<void>> edit_repo(Context& context, RepoEdit edit) {
  const Semaphore::Permit turn = co_await context.update_turn.take(1);
  const Options& options = context.options;
  std::vector<std::string> backups;  // of the tries that may have been applied, as far as we know
  auto state = context.known();
  bool fresh = false;
  bool stored = !edit.store_objects;
  auto settings = context.settings();
  for (std::size_t attempt = 0; attempt <= settings->update_tries; ++attempt) {
    if (attempt != 0 || !state) {
      const auto pause = settings->update_backoff.pause(attempt, options.environment);
      if (pause.count() != 0) co_await sleep_for(pause);
      auto read = co_await read_repo(context);
      if (!read) co_return std::move(read).error();
      state = *std::move(read);
      settings = context.settings();
      fresh = true;
      if (detail::descends_from(state->info, backups)) co_return Result<void>();
    }
    if (state->spec_version == 1) {
      co_return Error(errc::read_only_repository, "change repository", {},
                      "it has format 1, which varve reads; migrate it to format 2 with the reference to write");
    }
    if (!edit.replaces_config && settings->unreadable) {
      if (!fresh) {
        state = nullptr;
        continue;
      }
      co_return *settings->unreadable;
    }
    if (!edit.works_when_read_only && state->info.status.availability != format::RepoAvailability::online) {
      if (!fresh) {
        state = nullptr;
        continue;
      }
      co_return Error(errc::read_only_repository, "change repository", {}, state->info.status.reason.value_or(""));
    }
    format::RepoInfo info = state->info;
    const Timestamp now = options.environment.now();
    Result<format::RepoUpdates> kinds = edit.apply(info, now);
    if (!kinds) {
      if (fresh) co_return std::move(kinds).error();
      state = nullptr;  // it was refused on a state that may be old: ask again on the newest
      continue;
    }
    const auto random = options.environment.new_id<ObjectId<12, struct BackupRole>>();
    const std::string backup = format::backup_name(now, random);
    detail::prepend_updates(info, *std::move(kinds), now, backup, settings->updates_per_repo_info);
    auto body = format::encode_repo_info(info);
    if (!body) co_return std::move(body).error();
    const Bytes sealed = format::seal_file(*body, format::FileType::repo_info, settings->compression_level);

    const std::string backup_key = format::overwritten_key(backup);
    BackUp back_up{context, backup_key, state->version, edit};
    auto prepared = co_await gather(stored ? 1 : 2, back_up);
    if (!prepared) co_return prepared;
    stored = true;
    if (back_up.outcome != CopyOutcome::copied) continue;

    backups.push_back(backup);
    auto put = co_await shield(detail::replace_repo(context, sealed, state->version, backups));
    if (!put) co_return std::move(put).error();
    if (put->written) {
      auto next = std::make_shared<RepoState>();
      next->info = std::move(info);
      next->version = std::move(put->version);
      context.learn(std::move(next));
      co_return Result<void>();
    }
  }
  co_return Error(errc::update_exhausted, "update", std::string(format::repo_key),
                  "other writers won every race; raise Options::update_tries or commit less often");
}

}  // namespace detail

}  // namespace varve::inline v0
