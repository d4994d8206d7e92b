// SPDX-License-Identifier: Apache-2.0
// Bodies of clone.hpp.
#pragma once

#include <varve/repository/clone.hpp>

#include <varve/async/for_each.hpp>
#include <varve/async/semaphore.hpp>
#include <varve/format/file.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/repository_config.hpp>
#include <varve/repository/save_config.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// One clone.
class Cloner {
 public:
  Cloner(storage::erased::Store& source, storage::erased::Store& target, CloneOptions options)
      : source_(source), target_(target), options_(std::move(options)), bytes_in_flight_(options_.bytes_in_flight) {}

  Awaitable<Result<CloneReport>> run() {
    // `repo` before the rest: all that it refers to is in the listing that follows.
    auto repo = co_await source_.get(format::repo_key, GetOptions());
    if (!repo) co_return std::move(repo).error();
    if (repo->status != Fetched::Status::found) co_return co_await no_repository();
    auto there = co_await target_.get(format::repo_key, GetOptions());
    if (!there) co_return std::move(there).error();
    auto info = decode(repo->bytes, format::repo_key);
    if (!info) co_return std::move(info).error();
    const bool is_new = there->status != Fetched::Status::found;
    report_.changed = is_new || there->bytes != repo->bytes;
    if (auto fits = check_config(*info); !fits) co_return std::move(fits).error();
    if (report_.changed && !is_new && !options_.overwrite) {
      auto follows = co_await check_follows(*std::move(info), there->bytes);
      if (!follows) co_return std::move(follows).error();
    }
    if (is_new) {
      auto trusted = co_await target_.check();
      if (!trusted) co_return std::move(trusted).error();
    }
    auto planned = co_await plan(is_new);
    if (!planned) co_return std::move(planned).error();
    if (options_.progress) options_.progress(report_);
    auto copy = [this](std::size_t i) { return copy_object(plan_[i]); };
    auto copied = co_await for_each(options_.runtime, plan_.size(), options_.concurrency, copy);
    if (!copied) co_return std::move(copied).error();
    if (!vanished_.empty()) {
      co_return Error(errc::conflict, "clone repository", vanished_,
                      "it was deleted meanwhile by a garbage collection of the source; clone again");
    }
    if (!report_.changed) co_return report_;
    const PutCondition condition = is_new ? PutCondition::if_absent() : PutCondition::if_version(there->version);
    auto put = co_await target_.put(format::repo_key, repo->bytes, condition);
    if (!put) co_return std::move(put).error();
    if (!put->written) {
      co_return Error(errc::conflict, "clone repository", std::string(format::repo_key),
                      "somebody else changed the clone meanwhile; clone again");
    }
    co_return report_;
  }

 private:
  /// `repo` is copied as it is, with its configuration, of which the target must be able to bear all.
  Result<void> check_config(const format::RepoInfo& info) const {
    if (!info.config) return {};
    const auto config = format::decode_config(*info.config, format::repo_key);
    if (!config) return {};  // whoever can read it will judge it
    auto fits = persisted(*config, target_.is_folder());
    if (fits || fits.error().code() != errc::invalid_argument) return {};
    return Error(errc::invalid_argument, "clone repository", std::string(format::repo_key),
                 fits.error().hint() + " in the configuration of the source, and clone again");
  }

  // What others refer to goes before them.
  static constexpr std::array<std::string_view, 5> folders = {"chunks/", "manifests/", "transactions/", "snapshots/",
                                                              "overwritten/"};

  Awaitable<Result<CloneReport>> no_repository() {
    auto spec1 = co_await source_.get(format::spec1_branch_key("main"), GetOptions());
    if (!spec1) co_return std::move(spec1).error();
    if (spec1->status != Fetched::Status::found) co_return Error(errc::repository_not_found, "clone repository");
    co_return Error(errc::unsupported_format, "clone repository", {},
                    "it has format 1, whose refs change one by one; migrate it to format 2 first");
  }

  static Result<format::RepoInfo> decode(ByteView stored, std::string_view key) {
    auto file = format::open_file(stored, format::FileType::repo_info, key);
    if (!file) return std::move(file).error();
    return format::decode_repo_info(file->body, key);
  }

  /// Whether the clone is a state that the source had: its newest operation stands in the source's log.
  Awaitable<Result<void>> check_follows(format::RepoInfo page, ByteView there) {
    auto clone = decode(there, format::repo_key);
    if (!clone) {
      co_return Error(clone.error().code(), "read clone", std::string(format::repo_key), "it can be overwritten on request");
    }
    if (clone->latest_updates.empty()) co_return differs();
    const format::Update& newest = clone->latest_updates.front();
    for (;;) {
      for (const format::Update& update : page.latest_updates) {
        if (update.updated_at < newest.updated_at) co_return differs();
        if (update.updated_at == newest.updated_at && update.kind == newest.kind) co_return Result<void>();
      }
      if (!page.repo_before_updates || page.latest_updates.empty()) co_return differs();
      const std::string key = format::overwritten_key(*page.repo_before_updates);
      auto fetched = co_await source_.get(key, GetOptions());
      if (!fetched) co_return std::move(fetched).error();
      if (fetched->status != Fetched::Status::found) co_return differs();
      auto older = decode(fetched->bytes, key);
      if (!older) co_return std::move(older).error();
      if (older->latest_updates.empty() || older->latest_updates.front().updated_at >= page.latest_updates.back().updated_at) {
        co_return Error(errc::corrupt, "read ops log", key, "a backup holds only older operations than what names it");
      }
      page = *std::move(older);
    }
  }
  static Error differs() {
    return Error(errc::repository_exists, "clone repository", std::string(format::repo_key),
                 "the target holds another repository, or one that has changed since it was cloned; choose another place, or "
                 "overwrite it on request");
  }

  /// Finds what is to be copied.
  Awaitable<Result<void>> plan(bool is_new) {
    std::unordered_map<std::string, std::uint64_t> there;
    std::optional<std::string> next;
    do {
      auto page = co_await target_.list("", next);
      if (!page) co_return std::move(page).error();
      for (ObjectInfo& object : page->objects) {
        if (is_new && std::none_of(folders.begin(), folders.end(), [&](auto folder) { return object.key.starts_with(folder); })) {
          co_return Error(errc::prefix_not_empty, "clone repository", object.key, "a clone needs an empty prefix or folder");
        }
        there.emplace(std::move(object.key), object.size);
      }
      next = std::move(page->next);
    } while (next);
    for (const std::string_view folder : folders) {
      do {
        auto page = co_await source_.list(folder, next);
        if (!page) co_return std::move(page).error();
        for (ObjectInfo& object : page->objects) {
          const auto found = there.find(object.key);
          const bool kept = found != there.end() && found->second == object.size;
          ++(kept ? report_.kept_objects : report_.total_objects);
          (kept ? report_.kept_bytes : report_.total_bytes) += object.size;
          if (!kept) plan_.push_back(std::move(object));
        }
        next = std::move(page->next);
      } while (next);
    }
    co_return Result<void>();
  }

  Awaitable<Result<void>> copy_object(const ObjectInfo& object) {
    const Semaphore::Permit permit = co_await bytes_in_flight_.take(object.size);
    auto fetched = co_await source_.get(object.key, GetOptions());
    if (!fetched) co_return std::move(fetched).error();
    const bool found = fetched->status == Fetched::Status::found;
    if (found) {
      auto put = co_await target_.put(object.key, fetched->bytes, PutCondition::always());
      if (!put) co_return std::move(put).error();
    }
    const std::scoped_lock lock(mutex_);
    if (!found) vanished_ = object.key;
    ++report_.objects;
    report_.bytes += fetched->bytes.size();
    if (options_.progress) options_.progress(report_);
    co_return Result<void>();
  }

  storage::erased::Store& source_;
  storage::erased::Store& target_;
  CloneOptions options_;
  Semaphore bytes_in_flight_;
  std::vector<ObjectInfo> plan_;
  std::mutex mutex_;
  CloneReport report_;
  std::string vanished_;  // an object that was listed and is gone
};

VARVE_DECL Awaitable<Result<CloneReport>> clone_objects(storage::erased::Store& source, storage::erased::Store& target, CloneOptions options) {
  source.use_runtime(options.runtime);
  target.use_runtime(options.runtime);
  Cloner cloner(source, target, std::move(options));
  co_return co_await cloner.run();
}

}  // namespace varve::inline v0::detail
