#include <varve/async/single_flight.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>

#include "support/doctest.hpp"

#include <atomic>
#include <stdexcept>

using varve::Awaitable;
using varve::block_on;
using varve::errc;
using varve::Error;
using varve::Result;
using varve::Runtime;
using varve::SingleFlight;

TEST_CASE("async/single_flight: those who ask at once share one fetch, those who ask later make another") {
  const Runtime runtime(4);
  SingleFlight<int, int> flights;
  std::atomic<int> made = 0;
  std::atomic<int> asked = 0;
  auto make = [&]() -> Awaitable<Result<int>> {
    const int number = ++made;
    while (asked != 10) co_await varve::sleep_for(std::chrono::milliseconds(1));
    co_await varve::sleep_for(std::chrono::milliseconds(50));  // the last has said so just before he asks
    co_return number;
  };
  std::atomic<int> sum = 0;
  auto ask = [&]() -> Awaitable<Result<void>> {
    ++asked;
    auto got = co_await flights.run(1, make);
    if (!got) co_return std::move(got).error();
    sum += *got;
    co_return Result<void>();
  };
  CHECK(block_on(varve::gather(runtime, 10, ask)));
  CHECK(made == 1);
  CHECK(sum == 10);
  CHECK(block_on(flights.run(1, make)).value() == 2);
}

TEST_CASE("async/single_flight: different keys fly at once") {
  SingleFlight<int, int> flights;
  std::atomic<int> next = 0;
  auto ask = [&]() -> Awaitable<Result<void>> {
    const int key = next++;
    auto make = [&]() -> Awaitable<Result<int>> {
      co_await varve::sleep_for(std::chrono::milliseconds(1));
      co_return key * 10;
    };
    const auto got = co_await flights.run(key, make);
    if (!got || *got != key * 10) co_return Error(errc::corrupt, "ask");
    co_return Result<void>();
  };
  CHECK(block_on(varve::gather(20, ask)));
}

TEST_CASE("async/single_flight: an error is shared too, and not remembered") {
  SingleFlight<int, int> flights;
  int made = 0;
  auto make = [&]() -> Awaitable<Result<int>> {
    const int number = ++made;
    co_await varve::sleep_for(std::chrono::milliseconds(5));
    if (number == 1) co_return Error(errc::io_error, "fetch");
    co_return number;
  };
  int failures = 0;
  auto ask = [&]() -> Awaitable<Result<void>> {
    const auto got = co_await flights.run(1, make);
    if (!got && got.error().code() == errc::io_error) ++failures;
    co_return Result<void>();
  };
  CHECK(block_on(varve::gather(5, ask)));
  CHECK(failures == 5);
  CHECK(block_on(flights.run(1, make)).value() == 2);
}

TEST_CASE("async/single_flight: if the first is cancelled or throws, another takes over") {
  for (const bool throws : {false, true}) {
    SingleFlight<int, int> flights;
    int made = 0;
    int answers = 0;
    int thrown = 0;
    int next = 0;
    auto make = [&]() -> Awaitable<Result<int>> {
      const int number = ++made;
      while (next != 4) co_await varve::sleep_for(std::chrono::milliseconds(1));
      co_await varve::sleep_for(std::chrono::milliseconds(50));
      if (throws && number == 1) throw std::runtime_error("first");
      if (number == 1) co_await varve::sleep_for(std::chrono::hours(1));  // until it is cancelled
      co_return number;
    };
    auto ask = [&]() -> Awaitable<Result<void>> {
      const bool first = next++ == 0;
      const auto limit = first && !throws ? std::chrono::milliseconds(150) : std::chrono::milliseconds(60'000);
      try {
        const auto got = co_await varve::within(limit, varve::guarded(flights.run(1, make)));
        if (got) {
          CHECK(*got == 2);
          ++answers;
        } else {
          CHECK(first);
        }
      } catch (const std::runtime_error&) {
        ++thrown;
      }
      co_return Result<void>();
    };
    CHECK(block_on(varve::gather(4, ask)));
    CHECK(made == 2);
    CHECK(answers == 3);
    CHECK(thrown == (throws ? 1 : 0));
  }
}

TEST_CASE("async/single_flight: a follower who is cancelled leaves alone") {
  SingleFlight<int, int> flights;
  int next = 0;
  int answers = 0;
  int cancelled = 0;
  auto make = [&]() -> Awaitable<Result<int>> {
    while (cancelled == 0) co_await varve::sleep_for(std::chrono::milliseconds(1));
    co_return 1;
  };
  auto ask = [&]() -> Awaitable<Result<void>> {
    const bool impatient = next++ == 2;
    const auto limit = impatient ? std::chrono::milliseconds(2) : std::chrono::milliseconds(60'000);
    const auto got = co_await varve::within(limit, varve::guarded(flights.run(1, make)));
    ++(got ? answers : cancelled);
    co_return Result<void>();
  };
  CHECK(block_on(varve::gather(4, ask)));
  CHECK(answers == 3);
  CHECK(cancelled == 1);
}

TEST_CASE("async/single_flight: cancellations at any moment on many threads leave nobody waiting") {
  const Runtime runtime(4);
  SingleFlight<int, int> flights;
  std::atomic<int> next = 0;
  auto make = []() -> Awaitable<Result<int>> {
    co_await varve::sleep_for(std::chrono::microseconds(100));
    co_return 1;
  };
  auto work = [&]() -> Awaitable<Result<void>> {
    for (;;) {
      const int number = next.fetch_add(1);
      if (number >= 600) co_return Result<void>();
      const auto limit = std::chrono::microseconds(number % 60 * 5);
      const auto got = co_await varve::within(limit, varve::guarded(flights.run(number % 2, make)));
      if (!got && got.error().code() != errc::timed_out) co_return got.error();
    }
  };
  CHECK(block_on(varve::gather(runtime, 8, work)));
}
