// SPDX-License-Identifier: Apache-2.0
// The one mutable object of a repository: how `repo` is read, and the loop in which every change of it is made. The
// update protocol is the format's: copy the current object to `overwritten/`, then replace it under the condition that
// it has not changed meanwhile; who loses the race starts again from what the winner wrote.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/context.hpp>

#include <memory>
#include <optional>

namespace varve::inline v0 {

/// Reads the state of the repository; costs one conditional request when nothing has changed since the last read.
/// Errors: `errc::repository_not_found`, `errc::corrupt` naming `repo`, and what the store reports.
VARVE_DECL Awaitable<Result<std::shared_ptr<const RepoState>>> read_repo(Context& context);

/// What one change of `repo` is: `apply(info, now)` edits the state it is given, always the newest, and returns its
/// entries of the ops log, oldest first, or why the change is impossible on that state. A repository that is read-only
/// takes only what declares `works_when_read_only`, and one whose
/// configuration cannot be read only what declares `replaces_config`.
template <class Apply>
concept RepoChange = requires(Apply& apply, format::RepoInfo& info, Timestamp now) {
  { apply(info, now) } -> std::same_as<Result<format::RepoUpdates>>;
};

namespace detail {

/// A change of `repo` without its type.
struct RepoEdit {
  FunctionRef<Result<format::RepoUpdates>(format::RepoInfo&, Timestamp)> apply;
  std::optional<FunctionRef<Awaitable<Result<void>>()>> store_objects{};
  bool works_when_read_only = false;
  bool replaces_config = false;
};

template <RepoChange Apply>
RepoEdit erase_change(Apply& apply) {
  RepoEdit edit{apply};
  edit.works_when_read_only = requires { Apply::works_when_read_only; };
  edit.replaces_config = requires { Apply::replaces_config; };
  return edit;
}

VARVE_DECL Awaitable<Result<void>> edit_repo(Context& context, RepoEdit edit);

}  // namespace detail

/// Makes one change of `repo`, however many others are made at the same time. `store_objects()`, an
/// `Awaitable<Result<void>>`, stores what the change refers to: it is awaited once, before `repo` is replaced, and not
/// at all if the change is impossible before that.
/// Errors: those of `apply`; `errc::update_exhausted` after `Options::update_tries` lost races;
/// `errc::read_only_repository`; what the store and `store_objects` report.
/// Cancellation: total before the conditional write, which is awaited to its end.
template <RepoChange Apply, class StoreObjects>
Awaitable<Result<void>> update_repo(Context& context, Apply& apply, StoreObjects& store_objects) {
  detail::RepoEdit edit = detail::erase_change(apply);
  edit.store_objects = store_objects;
  return detail::edit_repo(context, edit);
}
template <RepoChange Apply>
Awaitable<Result<void>> update_repo(Context& context, Apply& apply) {
  return detail::edit_repo(context, detail::erase_change(apply));
}

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/repo_object.ipp>
#endif
