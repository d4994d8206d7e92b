// SPDX-License-Identifier: Apache-2.0
// clone: copies a repository to another store, object by object as they are stored. A clone that is there already gets what
// it lacks, so an interrupted one is finished by running it again and a daily one costs a day's changes. `repo` goes last and
// under a condition: the clone is what it was until everything that the new state refers to has arrived.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/async/runtime.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0 {

/// What a clone has copied so far, and in the end.
struct CloneReport {
  std::uint64_t objects = 0;        ///< that were copied
  std::uint64_t bytes = 0;
  std::uint64_t total_objects = 0;  ///< that there are to copy
  std::uint64_t total_bytes = 0;
  std::uint64_t kept_objects = 0;   ///< that the clone had already
  std::uint64_t kept_bytes = 0;
  bool changed = false;             ///< whether the clone got a new state
  friend bool operator==(const CloneReport&, const CloneReport&) = default;
};

struct CloneOptions {
  Runtime runtime{};
  std::size_t concurrency = 32;                 ///< objects on their way at once
  std::uint64_t bytes_in_flight = 256 << 20;    ///< and their bytes; an object is held whole
  bool overwrite = false;                       ///< also where the clone has changes of its own, which it loses
  std::function<void(const CloneReport&)> progress{};  ///< called after each object, by one thread at a time
};

namespace detail {

/// The requests that a clone makes, so that its body is compiled once for all stores; see Backend.
struct CloneSource {
  FunctionRef<Awaitable<Result<Fetched>>(std::string_view, GetOptions)> get;
  FunctionRef<Awaitable<Result<ListPage>>(std::string_view, std::optional<std::string>)> list;
};
struct CloneTarget : CloneSource {
  FunctionRef<Awaitable<Result<PutOutcome>>(std::string_view, ByteView, PutCondition)> put;
  FunctionRef<Awaitable<Result<void>>()> check;
};

VARVE_DECL Awaitable<Result<CloneReport>> clone_objects(CloneSource source, CloneTarget target, CloneOptions options);

template <Backend Source, Backend Target>
Awaitable<Result<CloneReport>> clone_between(Source& source, Target& target, CloneOptions options) {
  use_runtime(source, options.runtime);
  use_runtime(target, options.runtime);
  auto get = [&](std::string_view key, GetOptions what) { return source.get(key, std::move(what)); };
  auto list = [&](std::string_view prefix, std::optional<std::string> next) { return source.list(prefix, std::move(next)); };
  auto get_there = [&](std::string_view key, GetOptions what) { return target.get(key, std::move(what)); };
  auto list_there = [&](std::string_view prefix, std::optional<std::string> next) { return target.list(prefix, std::move(next)); };
  auto put = [&](std::string_view key, ByteView bytes, PutCondition when) { return target.put(key, bytes, std::move(when)); };
  auto check = [&] { return check_store(target); };
  const CloneSource from{get, list};
  const CloneTarget to{{get_there, list_there}, put, check};
  co_return co_await clone_objects(from, to, std::move(options));
}

}  // namespace detail

/// Copies the repository in `source` to `target`, which is empty or holds an earlier state of it. Both live until this
/// completes. Writers may go on in the source: the clone gets the state that it had at the beginning.
/// Errors: `errc::repository_not_found`; `errc::prefix_not_empty` if the target holds anything else than a part of a repository;
/// `errc::repository_exists` if it holds another one, or one that has changed since it was cloned; `errc::conflict` if it
/// changes meanwhile, or the source collects garbage; `errc::unsupported_format` in format 1; those of the stores.
/// Cancellation: what has been copied stays, and is not copied again.
template <Backend Source, Backend Target>
Awaitable<Result<CloneReport>> async_clone(Source& source, Target& target, CloneOptions options = CloneOptions()) {
  return guarded(detail::clone_between(source, target, std::move(options)));
}
template <Backend Source, Backend Target>
CloneReport clone(Source& source, Target& target, CloneOptions options = CloneOptions()) {
  return block_on(async_clone(source, target, std::move(options))).value();
}

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/clone.ipp>
#endif
