// SPDX-License-Identifier: Apache-2.0
// Bodies of gather.hpp.
#pragma once

#include <varve/async/gather.hpp>

#include <varve/async/spawned.hpp>
#include <varve/async/suspend.hpp>

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

using GatherWork = FunctionRef<Awaitable<Result<void>>()>;

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
        thrown = std::move(exception);
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

inline Awaitable<void> gathered(GatherWork work, std::optional<Error>& failed) {
  Result<void> result = co_await work();
  if (!result) failed = std::move(result).error();
}

struct StartGathered {
  const std::shared_ptr<Gathering>& all;
  const GatherWork& work;
  std::vector<std::optional<Error>>& failures;

  void operator()(Resumer resume) const {
    const auto keep = all;  // the last worker may finish, and the frame that awaits them go, before the loop ends
    keep->done = std::move(resume);
    const GatherWork each = work;
    std::optional<Error>* failure = failures.data();
    for (std::size_t i = 0; i != keep->workers.size(); ++i, ++failure) {
      keep->workers[i]->start(gathered(each, *failure), [keep, failure](std::exception_ptr thrown) {
        keep->finished(std::move(thrown), std::move(*failure));
      });
    }
  }
};

struct StopGathered {
  std::shared_ptr<Gathering> all;
  void operator()(const Resumer&) const { all->stop_all(); }
};

inline Awaitable<Result<void>> gather_on(asio::any_io_executor executor, std::size_t count, GatherWork work) {
  const auto all = std::make_shared<Gathering>();
  std::vector<std::optional<Error>> failures(count);
  all->running = count;
  for (std::size_t i = 0; i != count; ++i) all->workers.push_back(std::make_shared<Spawned>(executor));
  const StartGathered start{all, work, failures};
  OnCancel stop = StopGathered{all};
  co_await suspend(start, std::move(stop));
  // Taken out, so that the last worker, which may still be letting go of `all`, is not the last to hold it.
  if (const auto thrown = std::exchange(all->thrown, nullptr)) std::rethrow_exception(thrown);
  if (all->failed) co_return *std::move(all->failed);
  co_return Result<void>();
}

}  // namespace detail

VARVE_DECL Awaitable<Result<void>> gather(std::size_t count, FunctionRef<Awaitable<Result<void>>()> work) {
  if (count == 0) co_return Result<void>();
  if (count == 1) co_return co_await work();
  const auto executor = co_await asio::this_coro::executor;
  co_return co_await detail::gather_on(executor, count, work);
}

VARVE_DECL Awaitable<Result<void>> gather(const Runtime& runtime, std::size_t count,
                                          FunctionRef<Awaitable<Result<void>>()> work) {
  const auto executor = runtime.executor();
  if (count < 2 || !executor) co_return co_await gather(count, work);
  co_return co_await detail::gather_on(*executor, count, work);
}

}  // namespace varve::inline v0
