#include <varve/async/semaphore.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>

#include "support/doctest.hpp"

#include <atomic>
#include <vector>

using varve::Awaitable;
using varve::block_on;
using varve::errc;
using varve::Result;
using varve::Runtime;
using varve::Semaphore;

TEST_CASE("async/semaphore: never gives more than it has, on many threads") {
  Semaphore budget(10);
  std::atomic<int> taken = 0;
  std::atomic<int> most = 0;
  std::atomic<int> next = 0;
  auto work = [&]() -> Awaitable<Result<void>> {
    while (true) {
      const int number = next.fetch_add(1);
      if (number >= 2000) co_return Result<void>();
      const int count = number % 7 + 1;
      const Semaphore::Permit permit = co_await budget.take(static_cast<std::uint64_t>(count));
      const int now = taken.fetch_add(count) + count;
      int seen = most.load();
      while (seen < now && !most.compare_exchange_weak(seen, now)) {
      }
      if (number % 5 == 0) co_await varve::sleep_for(std::chrono::microseconds(5));
      taken -= count;
    }
  };
  CHECK(block_on(varve::gather(Runtime(4), 12, work)));
  CHECK(most <= 10);
  CHECK(taken == 0);
  const Semaphore::Permit all = block_on(budget.take(10));  // all of it has come back
}

TEST_CASE("async/semaphore: more than there can be is all there is") {
  Semaphore budget(4);
  const auto work = [&]() -> Awaitable<int> {
    { const Semaphore::Permit all = co_await budget.take(1000); }
    const Semaphore::Permit again = co_await budget.take(4);
    co_return 1;
  };
  CHECK(block_on(work()) == 1);
}

TEST_CASE("async/semaphore: who came first is served first, also when a later wish would fit") {
  Semaphore budget(4);
  std::vector<int> order;
  std::atomic<int> next = 0;
  auto work = [&]() -> Awaitable<Result<void>> {
    const int number = next++;
    const std::uint64_t wishes[] = {3, 4, 1, 1};
    const Semaphore::Permit permit = co_await budget.take(wishes[number]);
    order.push_back(number);
    co_await varve::sleep_for(std::chrono::milliseconds(2));
    co_return Result<void>();
  };
  CHECK(block_on(varve::gather(4, work)));
  CHECK(order == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("async/semaphore: who is cancelled while he waits leaves the queue to the others") {
  Semaphore budget(2);
  const auto work = [&]() -> Awaitable<Result<void>> {
    Semaphore::Permit held = co_await budget.take(1);
    auto large = [&]() -> Awaitable<Result<void>> {
      const Semaphore::Permit permit = co_await budget.take(2);
      co_await varve::sleep_for(std::chrono::milliseconds(0));
      co_return Result<void>();
    };
    const auto late = co_await varve::within(std::chrono::milliseconds(5), varve::guarded(large()));
    CHECK_FALSE(late);
    const Semaphore::Permit small = co_await budget.take(1);
    held = Semaphore::Permit();
    co_return Result<void>();
  };
  CHECK(block_on(work()));
  const Semaphore::Permit all = block_on(budget.take(2));
}

TEST_CASE("async/semaphore: cancellations that race with grants lose nothing") {
  const Runtime runtime(4);
  Semaphore budget(3);
  std::atomic<int> next = 0;
  auto work = [&]() -> Awaitable<Result<void>> {
    for (;;) {
      const int number = next.fetch_add(1);
      if (number >= 600) co_return Result<void>();
      auto task = [&]() -> Awaitable<Result<void>> {
        const Semaphore::Permit permit = co_await budget.take(static_cast<std::uint64_t>(number % 3 + 1));
        co_await varve::sleep_for(std::chrono::microseconds(number % 100));
        co_return Result<void>();
      };
      const auto done = co_await varve::within(std::chrono::microseconds(number % 50 * 4), varve::guarded(task()));
      if (!done && done.error().code() != errc::timed_out) co_return done.error();
    }
  };
  CHECK(block_on(varve::gather(runtime, 8, work)));
  const Semaphore::Permit all = block_on(budget.take(3));
}
