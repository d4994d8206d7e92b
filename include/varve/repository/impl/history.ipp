// SPDX-License-Identifier: Apache-2.0
// Bodies of history.hpp.
#pragma once

#include <varve/repository/history.hpp>

namespace varve::inline v0 {

VARVE_DECL Awaitable<Result<std::optional<format::Update>>> OpsLogWalk::step() {
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

}  // namespace varve::inline v0
