// SPDX-License-Identifier: Apache-2.0
// gather: several copies of one piece of work at once, joined. Whatever a call starts, it joins before it returns.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/runtime.hpp>
#include <varve/async/spawned.hpp>
#include <varve/async/suspend.hpp>
#include <varve/core/result.hpp>

#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// What the workers of one gather share.
struct Gathering {
  std::mutex mutex;
  std::size_t running = 0;
  bool stopping = false;
  std::optional<Error> failed;
  std::exception_ptr thrown;
  std::vector<std::shared_ptr<Spawned>> workers;
  Resumer done;

  void stop_all() {
    {
      const std::scoped_lock lock(mutex);
      if (std::exchange(stopping, true)) return;
    }
    for (const auto& worker : workers) worker->cancel();
  }

  void finished(std::exception_ptr exception, std::optional<Error> error) {
    bool last = false;
    bool first_failure = false;
    {
      const std::scoped_lock lock(mutex);
      if ((exception || error) && !thrown && !failed) {
        first_failure = true;
        thrown = exception;
        failed = std::move(error);
      }
      last = --running == 0;
    }
    if (last) {
      done();
    } else if (first_failure) {
      stop_all();
    }
  }
};

template <class Work>
Awaitable<void> gathered(Work& work, std::optional<Error>& failed) {
  Result<void> result = co_await work();
  if (!result) failed = std::move(result).error();
}

template <class Work>
Awaitable<Result<void>> gather_on(asio::any_io_executor executor, std::size_t count, Work& work) {
  auto all = std::make_shared<Gathering>();
  std::vector<std::optional<Error>> failures(count);
  all->running = count;
  for (std::size_t i = 0; i != count; ++i) {
    all->workers.push_back(std::make_shared<Spawned>(executor));
  }
  auto start = [&](Resumer resume) {
    const auto keep = all;  // the last worker may finish, and this frame with `count` go, before the loop ends
    keep->done = std::move(resume);
    for (std::size_t i = 0; i != keep->workers.size(); ++i) {
      auto ended = [keep, &failure = failures[i]](std::exception_ptr thrown) {
        keep->finished(thrown, std::move(failure));
      };
      keep->workers[i]->start(gathered(work, failures[i]), std::move(ended));
    }
  };
  auto cancel = [all](const Resumer&) { all->stop_all(); };
  co_await suspend(start, cancel);
  if (all->thrown) std::rethrow_exception(all->thrown);
  if (all->failed) co_return *std::move(all->failed);
  co_return Result<void>{};
}

}  // namespace detail

/// Awaits `count` copies of `work()`, an `Awaitable<Result<void>>`, at once on the caller's executor.
/// Errors: the first failure, once the other copies have been cancelled and have ended.
/// Cancellation: passed on to every copy.
template <class Work>
Awaitable<Result<void>> gather(std::size_t count, Work& work) {
  if (count == 0) co_return Result<void>{};
  if (count == 1) co_return co_await work();
  const auto executor = co_await asio::this_coro::executor;
  co_return co_await detail::gather_on(executor, count, work);
}

/// The same on the threads of `runtime`, so that the copies really run side by side; `work` must be safe for that.
template <class Work>
Awaitable<Result<void>> gather(const Runtime& runtime, std::size_t count, Work& work) {
  const auto executor = runtime.executor();
  if (count < 2 || !executor) co_return co_await gather(count, work);
  co_return co_await detail::gather_on(*executor, count, work);
}

}  // namespace varve::inline v0
