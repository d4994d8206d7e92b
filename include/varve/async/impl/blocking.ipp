// SPDX-License-Identifier: Apache-2.0
// Bodies of blocking.hpp.
#pragma once

#include <varve/async/blocking.hpp>

#include <varve/async/suspend.hpp>

#include <boost/asio/post.hpp>

#include <exception>

namespace varve::inline v0::detail {

struct StartBlocking {
  asio::any_io_executor& executor;
  FunctionRef<void()>& work;
  std::exception_ptr& failure;

  void operator()(Resumer resume) const {
    asio::post(executor, [&work = work, &failure = failure, resume = std::move(resume)] {
      bool& may_block = this_thread_may_block();
      const bool before = std::exchange(may_block, true);
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
      may_block = before;
      resume();
    });
  }
};

VARVE_DECL Awaitable<void> run_on(asio::any_io_executor executor, FunctionRef<void()> work) {
  std::exception_ptr failure;
  const StartBlocking start{executor, work, failure};
  co_await suspend(start, nullptr);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace varve::inline v0::detail
