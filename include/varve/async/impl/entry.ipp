// SPDX-License-Identifier: Apache-2.0
// Bodies of entry.hpp.
#pragma once

#include <varve/async/entry.hpp>

#include <varve/async/suspend.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>

namespace varve::inline v0::detail {

struct StartShielded {
  const asio::any_io_executor& executor;
  Awaitable<void>& work;
  std::exception_ptr& failure;

  void operator()(Resumer resume) const {
    asio::co_spawn(executor, std::move(work), [&failure = failure, resume = std::move(resume)](std::exception_ptr thrown) {
      failure = std::move(thrown);
      resume();
    });
  }
};

VARVE_DECL Awaitable<void> run_shielded(Awaitable<void> work) {
  const auto executor = co_await asio::this_coro::executor;
  std::exception_ptr failure;
  const StartShielded start{executor, work, failure};
  co_await suspend(start, nullptr);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace varve::inline v0::detail
