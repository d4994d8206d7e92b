// SPDX-License-Identifier: Apache-2.0
// Bodies of for_each.hpp.
#pragma once

#include <varve/async/for_each.hpp>

#include <varve/async/gather.hpp>

#include <algorithm>
#include <atomic>

namespace varve::inline v0 {

namespace detail {

struct TakeNext {
  std::size_t count;
  FunctionRef<Awaitable<Result<void>>(std::size_t)> work;
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

VARVE_DECL Awaitable<Result<void>> for_each(std::size_t count, std::size_t at_once,
                                            FunctionRef<Awaitable<Result<void>>(std::size_t)> work) {
  detail::TakeNext worker{count, work};
  co_return co_await gather(std::min(count, at_once), worker);
}

VARVE_DECL Awaitable<Result<void>> for_each(const Runtime& runtime, std::size_t count, std::size_t at_once,
                                            FunctionRef<Awaitable<Result<void>>(std::size_t)> work) {
  detail::TakeNext worker{count, work};
  co_return co_await gather(runtime, std::min(count, at_once), worker);
}

}  // namespace varve::inline v0
