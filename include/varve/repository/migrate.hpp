// SPDX-License-Identifier: Apache-2.0
// migrate: takes a repository of format 1 to format 2. One object is written, `repo`, made of the refs and the history;
// snapshots, manifests, logs and chunks stay as they are. The refs of format 1 are deleted after that, so that a migration
// which is interrupted is finished by running it again, or undone by deleting `repo` while the refs are still there.
//
// A header of its own, because `config.yaml` takes a YAML library: link varve::yaml.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/async/for_each.hpp>
#include <varve/cache/none.hpp>
#include <varve/codec/set.hpp>
#include <varve/format/config_yaml.hpp>
#include <varve/format/file.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/metadata.hpp>
#include <varve/repository/plan_migration.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/context.hpp>
#include <varve/session/repo_object.hpp>
#include <varve/session/spec1_refs.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

struct MigrateOptions {
  bool dry_run = false;           ///< only say what would happen
  bool keep_format_1_refs = false;  ///< leave the refs and config.yaml: clients of format 1 still see them, and can write unnoticed
  /// Called with how many snapshots have been read, of how many.
  std::function<void(std::size_t done, std::size_t all)> progress{};
};

/// What a migration did, or would do.
struct Migrated {
  std::size_t snapshots = 0;
  std::size_t branches = 0;
  std::size_t tags = 0;
  std::size_t deleted_tags = 0;
  std::size_t operations = 0;             ///< entries of the ops log, made up from the history
  bool config = false;                    ///< there was a config.yaml
  bool was_written = false;               ///< `repo` was there already: an interrupted migration was finished
  std::vector<std::string> deleted_keys{};  ///< the objects of format 1 that were deleted, in that order
};

namespace detail {

class Migrator {
 public:
  Migrator(Context& context, MigrateOptions options) : context_(context), options_(std::move(options)) {}

  Awaitable<Result<Migrated>> run() {
    auto state = co_await read_repo(context_);
    if (!state) co_return std::move(state).error();
    std::shared_ptr<const RepoState> refs = *state;
    if (refs->spec_version != 1) {
      if (!has_migrated(refs->info)) {
        co_return Error(errc::repository_exists, "migrate repository", std::string(format::repo_key), "it has format 2 already");
      }
      done_.was_written = true;
      count(refs->info);
    } else {
      auto info = co_await new_info(*refs);
      if (!info) co_return std::move(info).error();
      count(*info);
      auto written = co_await write(*info);
      if (!written) co_return std::move(written).error();
    }
    if (!options_.keep_format_1_refs) {
      auto deleted = co_await delete_old();
      if (!deleted) co_return std::move(deleted).error();
    }
    co_return std::move(done_);
  }

 private:
  static bool has_migrated(const format::RepoInfo& info) {
    return std::any_of(info.latest_updates.begin(), info.latest_updates.end(), [](const format::Update& update) {
      return std::holds_alternative<format::RepoMigrated>(update.kind);
    });
  }

  void count(const format::RepoInfo& info) {
    done_.snapshots = info.snapshots.size();
    done_.branches = info.branches.size();
    done_.tags = info.tags.size();
    done_.deleted_tags = info.deleted_tags.size();
    done_.operations = info.latest_updates.size();
    done_.config = info.config.has_value();
  }

  /// What `repo` will say. Errors: those of reading snapshots, the refs of deleted tags and config.yaml.
  Awaitable<Result<format::RepoInfo>> new_info(const RepoState& refs) {
    auto found = co_await read_snapshots(refs);
    if (!found) co_return std::move(found).error();
    OldRepository old;
    old.branches = refs.info.branches;
    old.tags = refs.info.tags;
    old.deleted_tags = refs.info.deleted_tags;
    old.snapshots = std::move(known_);
    for (const std::string& name : old.deleted_tags) {
      auto at = co_await read_spec1_ref(context_, format::spec1_tag_key(name));
      if (!at) co_return std::move(at).error();
      if (*at) old.deleted_tags_at.emplace(name, **at);
    }
    auto info = plan_migration(old, context_.options.environment.now());
    if (!info) co_return std::move(info).error();
    auto config = co_await context_.storage.get(format::spec1_config_key, GetOptions());
    if (!config) co_return std::move(config).error();
    if (config->status == Fetched::Status::found) {
      auto json = format::parse_config_yaml(as_text(config->bytes), format::spec1_config_key);
      if (!json) co_return std::move(json).error();
      if (!json->is_null()) {
        auto encoded = format::encode_flexbuffer(*json);
        if (!encoded) co_return std::move(encoded).error();
        info->config = *std::move(encoded);
      }
    }
    co_return info;
  }

  /// Reads the history of all refs. Snapshots are fetched many at a time: their names are listed, and what nothing leads to
  /// is read in vain.
  Awaitable<Result<void>> read_snapshots(const RepoState& refs) {
    std::vector<SnapshotId> listed;
    std::optional<std::string> next;
    do {
      auto page = co_await context_.storage.list("snapshots/", next);
      if (!page) co_return std::move(page).error();
      for (const ObjectInfo& object : page->objects) {
        if (const auto id = SnapshotId::parse(std::string_view(object.key).substr(10))) listed.push_back(*id);
      }
      next = std::move(page->next);
    } while (next);
    std::size_t read = 0;
    auto work = [&](std::size_t i) -> Awaitable<Result<void>> {
      auto info = co_await snapshot_info(context_, refs, listed[i]);
      const std::scoped_lock lock(mutex_);
      if (info) known_.insert_or_assign(listed[i], *std::move(info));  // what is damaged and needed is met again below
      if (options_.progress) options_.progress(++read, listed.size());
      co_return Result<void>();
    };
    auto done = co_await for_each(context_.options.runtime, listed.size(), context_.concurrency(), work);
    if (!done) co_return done;
    for (const auto* tips : {&refs.info.branches, &refs.info.tags}) {
      for (const auto& [name, tip] : *tips) {
        for (std::optional<SnapshotId> at = tip; at;) {
          auto known = known_.find(*at);
          if (known == known_.end()) {
            auto info = co_await snapshot_info(context_, refs, *at);
            if (!info) co_return std::move(info).error();
            known = known_.emplace(*at, *std::move(info)).first;
          }
          if (!needed_.insert(*at).second) break;
          at = known->second.parent;
        }
      }
    }
    std::erase_if(known_, [&](const auto& snapshot) { return !needed_.contains(snapshot.first); });
    co_return Result<void>();
  }

  /// Creates `repo`, unless that is a dry run.
  Awaitable<Result<void>> write(const format::RepoInfo& info) {
    auto body = format::encode_repo_info(info);
    if (!body) co_return std::move(body).error();
    if (options_.dry_run) co_return Result<void>();
    auto trusted = co_await context_.storage.check();
    if (!trusted) co_return trusted;
    const Bytes sealed = format::seal_file(*body, format::FileType::repo_info, context_.settings()->compression_level);
    auto put = co_await context_.storage.put(format::repo_key, sealed, PutCondition::if_absent());
    if (put && put->written) co_return Result<void>();
    auto stored = co_await context_.storage.get(format::repo_key, GetOptions());  // it may be ours all the same
    if (stored && stored->status == Fetched::Status::found && stored->bytes == sealed) co_return Result<void>();
    if (!put) co_return std::move(put).error();
    co_return Error(errc::conflict, "migrate repository", std::string(format::repo_key),
                    "another process has migrated it or created one at this moment");
  }

  /// Deletes the refs, of `main` first: without it no client takes the repository for one of format 1.
  Awaitable<Result<void>> delete_old() {
    std::vector<std::string> keys;
    std::optional<std::string> next;
    do {
      auto page = co_await context_.storage.list("refs/", next);
      if (!page) co_return std::move(page).error();
      for (ObjectInfo& object : page->objects) keys.push_back(std::move(object.key));
      next = std::move(page->next);
    } while (next);
    std::sort(keys.begin(), keys.end());
    const auto main = std::find(keys.begin(), keys.end(), format::spec1_branch_key("main"));
    if (main != keys.end()) std::rotate(keys.begin(), main, main + 1);
    auto config = co_await context_.storage.size(format::spec1_config_key);
    if (!config) co_return std::move(config).error();
    if (*config) keys.emplace_back(format::spec1_config_key);
    done_.deleted_keys = keys;
    if (options_.dry_run || keys.empty()) co_return Result<void>();
    const std::span<const std::string> all(keys);
    auto removed = co_await context_.storage.remove(all.first(1));
    if (removed) removed = co_await context_.storage.remove(all.subspan(1));
    co_return removed;
  }

  Context& context_;
  MigrateOptions options_;
  std::mutex mutex_;
  SnapshotInfos known_;
  std::set<SnapshotId> needed_;
  Migrated done_;
};

inline Awaitable<Result<Migrated>> migrate(std::shared_ptr<Context> context, MigrateOptions options) {
  Migrator migrator(*context, std::move(options));
  co_return co_await migrator.run();
}

}  // namespace detail

/// Migrates the repository of format 1 in `storage`. Nobody else may write to it meanwhile.
/// Errors: `errc::repository_not_found`; `errc::repository_exists` if it has format 2 and was not migrated;
/// `errc::conflict` if `repo` appears meanwhile; those of reading snapshots and refs.
template <class Storage>
Awaitable<Result<Migrated>> async_migrate(Storage storage, MigrateOptions options = MigrateOptions(), Options given = Options()) {
  static_assert(expect_backend<Storage>());
  auto context = make_context<codec::Set<>>(std::move(storage), cache::None(), std::move(given));
  return guarded(detail::migrate(std::move(context), std::move(options)));
}
template <class Storage>
Migrated migrate(Storage storage, MigrateOptions options = MigrateOptions(), Options given = Options()) {
  return block_on(async_migrate(std::move(storage), std::move(options), std::move(given))).value();
}

}  // namespace varve::inline v0
