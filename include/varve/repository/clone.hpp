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
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/erased.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
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

VARVE_DECL Awaitable<Result<CloneReport>> clone_objects(storage::erased::Store& source, storage::erased::Store& target, CloneOptions options);

template <Backend Source, Backend Target>
Awaitable<Result<CloneReport>> clone_between(Source& source, Target& target, CloneOptions options) {
  storage::erased::StoreOf<Source&> from(source);
  storage::erased::StoreOf<Target&> to(target);
  co_return co_await clone_objects(from, to, std::move(options));
}

}  // namespace detail

/// Copies the repository in `source` to `target`, which is empty or holds an earlier state of it. Both live until this
/// completes. Writers may go on in the source: the clone gets the state that it had at the beginning.
/// Errors: `errc::repository_not_found`; `errc::prefix_not_empty` if the target holds anything else than a part of a repository;
/// `errc::repository_exists` if it holds another one, or one that has changed since it was cloned; `errc::conflict` if it
/// changes meanwhile, or the source collects garbage; `errc::invalid_argument` if the source is configured to be written without
/// conditions, as on a folder, and the target is none; `errc::unsupported_format` in format 1; those of the stores.
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
