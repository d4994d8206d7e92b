// SPDX-License-Identifier: Apache-2.0
// The log of operations, newest first.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace varve::inline v0 {

/// The operations on a repository, through the backups in which older ones continue.
template <class Storage, class CacheType>
class OpsLogWalk {
 public:
  using value_type = format::Update;

  OpsLogWalk(std::shared_ptr<Context<Storage, CacheType>> context, std::shared_ptr<const RepoState> state)
      : context_(std::move(context)), page_(std::move(state)) {}

  Awaitable<Result<std::optional<value_type>>> step() {
    while (next_ == page_->info.latest_updates.size()) {
      const auto older = page_->info.repo_before_updates;
      if (!older) co_return std::optional<value_type>();
      const std::string key = format::overwritten_key(*older);
      auto fetched = co_await context_->storage.get(key, GetOptions());
      if (!fetched) co_return std::move(fetched).error();
      // The format lets backups be deleted: the log then simply begins later.
      if (fetched->status != Fetched::Status::found) {
        is_cut_ = true;
        co_return std::optional<value_type>();
      }
      auto file = format::open_file(fetched->bytes, format::FileType::repo_info, key);
      if (!file) co_return std::move(file).error();
      auto info = format::decode_repo_info(file->body, key);
      if (!info) co_return std::move(info).error();
      auto page = std::make_shared<RepoState>();
      page->info = *std::move(info);
      const auto& updates = page->info.latest_updates;
      if (updates.empty() || updates.front().updated_at >= oldest_) {
        co_return Error(errc::corrupt, "read ops log", key, "a backup holds only older operations than what names it");
      }
      page_ = std::move(page);
      next_ = 0;
    }
    const format::Update& update = page_->info.latest_updates[next_++];
    oldest_ = update.updated_at;
    co_return std::optional<value_type>(update);
  }

  /// Whether the walk ended before the beginning: a backup has been deleted.
  bool is_cut() const noexcept { return is_cut_; }
  /// The backup in which what comes after the steps so far stands.
  const std::optional<std::string>& continues_in() const noexcept { return page_->info.repo_before_updates; }

 private:
  std::shared_ptr<Context<Storage, CacheType>> context_;
  std::shared_ptr<const RepoState> page_;
  std::size_t next_ = 0;
  Timestamp oldest_ = Timestamp::max();
  bool is_cut_ = false;
};

}  // namespace varve::inline v0
