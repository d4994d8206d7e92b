// SPDX-License-Identifier: Apache-2.0
// blocking: runs work that blocks or computes for long where that harms nobody. On a thread of a runtime, and inside
// a blocking call of varve, that is here and now, without a suspension; on an event loop's thread it is the runtime.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/runtime.hpp>
#include <varve/async/suspend.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace varve::inline v0 {

/// The value of `work()`, a callable that returns a Result and may block.
/// Cancellation: none; work that has begun runs to its end.
template <class Work>
Awaitable<decltype(std::declval<Work&>()())> blocking(const Runtime& runtime, Work work) {
  if (detail::this_thread_may_block()) co_return work();  // and the shared runtime is not even made
  const auto executor = runtime.executor();
  if (!executor) co_return work();
  std::optional<decltype(work())> result;
  std::exception_ptr failure;
  auto start = [&](Resumer resume) {
    asio::post(*executor, [&, resume = std::move(resume)] {
      bool& may_block = detail::this_thread_may_block();
      const bool before = std::exchange(may_block, true);
      try {
        result.emplace(work());
      } catch (...) {
        failure = std::current_exception();
      }
      may_block = before;
      resume();
    });
  };
  auto ignore = [](const Resumer&) {};
  co_await suspend(start, ignore);
  if (failure) std::rethrow_exception(failure);
  co_return *std::move(result);
}

}  // namespace varve::inline v0
