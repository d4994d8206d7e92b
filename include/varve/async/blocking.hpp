// SPDX-License-Identifier: Apache-2.0
// blocking: runs work that blocks or computes for long where that harms nobody. On a thread of a runtime, and inside
// a blocking call of varve, that is here and now, without a suspension; on an event loop's thread it is the runtime.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/runtime.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>

#include <optional>
#include <utility>

namespace varve::inline v0 {

namespace detail {

/// Runs `work` on `executor`, where it may block, and waits for its end; throws what it throws. Cancellation: none.
VARVE_DECL Awaitable<void> run_on(asio::any_io_executor executor, FunctionRef<void()> work);

}  // namespace detail

/// The value of `work()`, a callable that returns a Result and may block.
/// Cancellation: none; work that has begun runs to its end.
template <class Work>
Awaitable<decltype(std::declval<Work&>()())> blocking(const Runtime& runtime, Work work) {
  if (detail::this_thread_may_block()) co_return work();  // and the shared runtime is not even made
  const auto executor = runtime.executor();
  if (!executor) co_return work();
  std::optional<decltype(work())> result;
  auto run = [&] { result.emplace(work()); };
  co_await detail::run_on(*executor, run);
  co_return *std::move(result);
}

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/blocking.ipp>
#endif
