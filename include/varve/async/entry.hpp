// SPDX-License-Identifier: Apache-2.0
// The two borders of a public coroutine: `guarded` turns Asio's exception for a cancellation into an error value, and
// `shield` keeps a cancellation away from work whose end must be known.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/block_on.hpp>
#include <varve/async/suspend.hpp>
#include <varve/core/result.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
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

/// Awaits `work` to its end whatever happens to the caller. What `work` refers to must belong to a frame that awaits
/// this one.
template <class T>
Awaitable<T> shield(Awaitable<T> work) {
  const auto executor = co_await asio::this_coro::executor;
  std::optional<T> result;
  std::exception_ptr thrown;
  auto start = [&](Resumer resume) {
    auto ended = [&thrown, resume = std::move(resume)](std::exception_ptr exception) {
      thrown = exception;
      resume();
    };
    asio::co_spawn(executor, detail::store_result(std::move(work), result), std::move(ended));
  };
  auto ignore = [](const Resumer&) {};
  co_await suspend(start, ignore);
  if (thrown) std::rethrow_exception(thrown);
  co_return *std::move(result);
}

}  // namespace varve::inline v0
