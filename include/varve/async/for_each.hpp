// SPDX-License-Identifier: Apache-2.0
// for_each: a number of pieces of work, some at a time, each taken by whichever worker is free.
#pragma once

#include <varve/async/gather.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace varve::inline v0 {

namespace detail {

template <class Work>
struct TakeNext {
  std::size_t count;
  Work& work;
  std::atomic<std::size_t> next = 0;

  Awaitable<Result<void>> operator()() {
    for (std::size_t i = next++; i < count; i = next++) {
      auto done = co_await work(i);
      if (!done) co_return done;
    }
    co_return Result<void>();
  }
};

}  // namespace detail

/// Awaits `work(i)`, an `Awaitable<Result<void>>`, for each i below `count`, at most `at_once` at a time, on the caller's
/// executor. Errors: the first failure, once what was under way has been cancelled and has ended.
/// Cancellation: passed on to all that is under way.
template <class Work>
Awaitable<Result<void>> for_each(std::size_t count, std::size_t at_once, Work& work) {
  detail::TakeNext<Work> worker{count, work};
  co_return co_await gather(std::min(count, at_once), worker);
}

/// The same on the threads of `runtime`; `work` must be safe for that.
template <class Work>
Awaitable<Result<void>> for_each(const Runtime& runtime, std::size_t count, std::size_t at_once, Work& work) {
  detail::TakeNext<Work> worker{count, work};
  co_return co_await gather(runtime, std::min(count, at_once), worker);
}

}  // namespace varve::inline v0
