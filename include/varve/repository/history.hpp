// SPDX-License-Identifier: Apache-2.0
// The log of operations, newest first.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace varve::inline v0 {

/// The operations on a repository, through the backups in which older ones continue.
class OpsLogWalk {
 public:
  using value_type = format::Update;

  OpsLogWalk(std::shared_ptr<Context> context, std::shared_ptr<const RepoState> state)
      : context_(std::move(context)), page_(std::move(state)) {}

  Awaitable<Result<std::optional<value_type>>> step();

  /// Whether the walk ended before the beginning: a backup has been deleted.
  bool is_cut() const noexcept { return is_cut_; }
  /// The backup in which what comes after the steps so far stands.
  const std::optional<std::string>& continues_in() const noexcept { return page_->info.repo_before_updates; }

 private:
  std::shared_ptr<Context> context_;
  std::shared_ptr<const RepoState> page_;
  std::size_t next_ = 0;
  Timestamp oldest_ = Timestamp::max();
  bool is_cut_ = false;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/history.ipp>
#endif
