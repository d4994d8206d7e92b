// SPDX-License-Identifier: Apache-2.0
// The two borders of a public coroutine: `guarded` turns Asio's exception for a cancellation into an error value, and
// `shield` keeps a cancellation away from work whose end must be known.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace varve::inline v0 {

/// The result of `work`, which is all that an `async_` function adds to it. A cancellation, which Asio reports by a
/// throw from the next await, becomes `errc::cancelled`; exceptions of other kinds (exhausted memory, what a user's own
/// policy threw) pass.
template <class T>
Awaitable<Result<T>> guarded(Awaitable<Result<T>> work) {
  try {
    co_return co_await std::move(work);
  } catch (const boost::system::system_error& stopped) {
    if (stopped.code() != asio::error::operation_aborted) throw;
  }
  co_return Error(errc::cancelled, "finish an operation", {}, "it was cancelled by its caller");
}

namespace detail {

/// Runs `work` beside the caller, whose cancellation does not reach it, and waits for its end; throws what it throws.
VARVE_DECL Awaitable<void> run_shielded(Awaitable<void> work);

}  // namespace detail

/// Awaits `work` to its end whatever happens to the caller. What `work` refers to must belong to a frame that awaits
/// this one.
template <class T>
Awaitable<T> shield(Awaitable<T> work) {
  std::optional<T> result;
  co_await detail::run_shielded(detail::store_result(std::move(work), result));
  co_return *std::move(result);
}

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/entry.ipp>
#endif
