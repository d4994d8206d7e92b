#include <varve/async/gather.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/async/sleep.hpp>

#include "support/doctest.hpp"

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>

using varve::Awaitable;
using varve::block_on;
using varve::errc;
using varve::Error;
using varve::Result;
using varve::Runtime;

namespace {

/// Takes numbers until none is left; fails or throws at one of them.
struct Counter {
  std::atomic<int>& next;
  std::atomic<int>& running;
  std::atomic<int>& sum;
  int end = 1000;
  int fails_at = -1;
  int throws_at = -1;
  std::atomic<int>& most_running;

  Awaitable<Result<void>> operator()() const {
    struct Presence {
      std::atomic<int>& running;
      ~Presence() { --running; }
    };
    const int now = ++running;
    const Presence presence{running};
    int seen = most_running.load();
    while (seen < now && !most_running.compare_exchange_weak(seen, now)) {
    }
    for (;;) {
      const int number = next.fetch_add(1);
      if (number >= end) co_return Result<void>();
      if (number == fails_at) co_return Error(errc::io_error, "count", std::to_string(number));
      if (number == throws_at) throw std::runtime_error("thrown");
      sum += number;
      co_await varve::sleep_for(std::chrono::microseconds(number % 3 == 0 ? 10 : 0));
    }
  }
};

struct Counters {
  std::atomic<int> next = 0;
  std::atomic<int> running = 0;
  std::atomic<int> sum = 0;
  std::atomic<int> most_running = 0;
  Counter counter{next, running, sum, 1000, -1, -1, most_running};
};

/// Waits until it is cancelled.
struct Sleeper {
  std::atomic<int>& begun;
  std::atomic<int>& ended;
  Awaitable<Result<void>> operator()() const {
    struct End {
      std::atomic<int>& ended;
      ~End() { ++ended; }
    };
    const End end{ended};
    ++begun;
    co_await varve::sleep_for(std::chrono::hours(1));
    co_return Result<void>();
  }
};

}  // namespace

TEST_CASE("async/gather: no copies, one, and many do all the work on one thread") {
  for (const std::size_t count : {0U, 1U, 2U, 17U}) {
    Counters all;
    CHECK(block_on(varve::gather(count, all.counter)));
    CHECK(all.sum == (count == 0 ? 0 : 999 * 1000 / 2));
    CHECK(all.running == 0);
    CHECK(all.most_running == static_cast<int>(count));
  }
}

TEST_CASE("async/gather: copies run side by side on the threads of a runtime") {
  const Runtime runtime(4);
  Counters all;
  CHECK(block_on(varve::gather(runtime, 8, all.counter)));
  CHECK(all.sum == 999 * 1000 / 2);
  CHECK(all.running == 0);
}

TEST_CASE("async/gather: a runtime without threads works on the caller") {
  const Runtime runtime(0);
  const auto home = std::this_thread::get_id();
  std::set<std::thread::id> seen;
  auto work = [&]() -> Awaitable<Result<void>> {
    seen.insert(std::this_thread::get_id());
    co_return Result<void>();
  };
  CHECK(block_on(varve::gather(runtime, 5, work)));
  CHECK(seen == std::set<std::thread::id>{home});
}

TEST_CASE("async/gather: the first failure is returned once all copies have ended") {
  const Runtime runtime(3);
  for (int at = 0; at != 60; ++at) {
    Counters all;
    all.counter.fails_at = at;
    const bool threaded = at % 2 == 0;
    const auto result = block_on(threaded ? varve::gather(runtime, 5, all.counter) : varve::gather(5, all.counter));
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == errc::io_error);
    CHECK(result.error().key() == std::to_string(at));
    CHECK(all.running == 0);
  }
}

TEST_CASE("async/gather: what a copy throws is thrown once all copies have ended") {
  const Runtime runtime(3);
  for (int at = 0; at != 40; ++at) {
    Counters all;
    all.counter.throws_at = at;
    CHECK_THROWS_AS(static_cast<void>(block_on(varve::gather(runtime, 5, all.counter))), std::runtime_error);
    CHECK(all.running == 0);
  }
}

TEST_CASE("async/gather: a failure cancels those that wait") {
  const Runtime runtime(2);
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  std::atomic<int> number = 0;
  const Sleeper sleeper{begun, ended};
  auto work = [&]() -> Awaitable<Result<void>> {
    if (number.fetch_add(1) != 2) co_return co_await sleeper();
    co_return Error(errc::no_space, "write");
  };
  const auto result = block_on(varve::gather(runtime, 6, work));
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == errc::no_space);
  CHECK(begun == ended);
}

TEST_CASE("async/gather: a cancellation from outside reaches every copy") {
  const Runtime runtime(2);
  for (const bool threaded : {false, true}) {
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    const Sleeper sleeper{begun, ended};
    auto work = [&]() -> Awaitable<Result<void>> {
      if (threaded) co_return co_await varve::guarded(varve::gather(runtime, 7, sleeper));
      co_return co_await varve::guarded(varve::gather(7, sleeper));
    };
    const auto result = block_on(varve::within(std::chrono::milliseconds(20), work()));
    REQUIRE_FALSE(result);
    CHECK(result.error().code() == errc::timed_out);
    CHECK(begun == ended);
  }
}

TEST_CASE("async/gather: gathers nest") {
  const Runtime runtime(3);
  std::atomic<int> leaves = 0;
  auto leaf = [&]() -> Awaitable<Result<void>> {
    ++leaves;
    co_await varve::sleep_for(std::chrono::microseconds(50));
    co_return Result<void>();
  };
  auto branch = [&]() -> Awaitable<Result<void>> { co_return co_await varve::gather(runtime, 4, leaf); };
  CHECK(block_on(varve::gather(runtime, 4, branch)));
  CHECK(leaves == 16);
}
