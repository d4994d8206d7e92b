#include <varve/async/sleep.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>

#include "support/doctest.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <stdexcept>
#include <vector>

using varve::Awaitable;
using varve::Backoff;
using varve::block_on;
using varve::errc;
using varve::Error;
using varve::Result;
using std::chrono::microseconds;
using std::chrono::milliseconds;

namespace {

Awaitable<Result<int>> after(milliseconds pause, int value) {
  co_await varve::sleep_for(pause);
  co_return value;
}

}  // namespace

TEST_CASE("async/sleep: within passes a result, an error and an exception that come in time") {
  CHECK(block_on(varve::within(std::chrono::hours(1), after(milliseconds(0), 5))).value() == 5);
  const auto fails = []() -> Awaitable<Result<int>> { co_return Error(errc::denied, "read"); };
  CHECK(block_on(varve::within(std::chrono::hours(1), fails())).error().code() == errc::denied);
  const auto throws = []() -> Awaitable<Result<int>> {
    co_await varve::sleep_for(microseconds(1));
    throw std::runtime_error("thrown");
  };
  CHECK_THROWS_AS(static_cast<void>(block_on(varve::within(std::chrono::hours(1), throws()))), std::runtime_error);
}

TEST_CASE("async/sleep: within cancels what comes late, and waits for its end") {
  bool ended = false;
  const auto work = [&]() -> Awaitable<Result<int>> {
    struct End {
      bool& ended;
      ~End() { ended = true; }
    };
    const End end{ended};
    co_await varve::sleep_for(std::chrono::hours(1));
    co_return 1;
  };
  const auto result = block_on(varve::within(milliseconds(5), work()));
  CHECK(ended);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == errc::timed_out);
}

TEST_CASE("async/sleep: what succeeds in spite of the deadline is a success") {
  const auto work = []() -> Awaitable<Result<int>> { co_return co_await varve::shield(after(milliseconds(20), 9)); };
  CHECK(block_on(varve::within(milliseconds(1), work())).value() == 9);
}

TEST_CASE("async/sleep: deadlines nest, and the nearest one wins") {
  const auto inner = [](milliseconds limit) { return varve::within(limit, after(milliseconds(3'600'000), 1)); };
  CHECK(block_on(varve::within(milliseconds(5), inner(milliseconds(3'600'000)))).error().code() == errc::timed_out);
  CHECK(block_on(varve::within(milliseconds(3'600'000), inner(milliseconds(5)))).error().code() == errc::timed_out);
}

TEST_CASE("async/sleep: many deadlines race their work on a pool of threads") {
  boost::asio::thread_pool pool(4);
  std::vector<std::future<Result<int>>> results;
  for (int i = 0; i != 300; ++i) {
    auto work = varve::within(microseconds(i % 40 * 50), after(milliseconds(i % 3), i));
    results.push_back(boost::asio::co_spawn(pool, std::move(work), boost::asio::use_future));
  }
  for (int i = 0; i != 300; ++i) {
    const auto result = results[static_cast<std::size_t>(i)].get();
    if (result) {
      CHECK(*result == i);
    } else {
      CHECK(result.error().code() == errc::timed_out);
    }
  }
  pool.join();
}

TEST_CASE("async/sleep: pauses begin after the immediate tries, double, and are spread over their upper half") {
  Backoff backoff;
  backoff.immediate = 2;
  backoff.initial = milliseconds(10);
  backoff.most = milliseconds(35);
  varve::Environment lowest, highest;
  lowest.random = [](std::span<std::uint8_t> bytes) { std::fill(bytes.begin(), bytes.end(), std::uint8_t{0}); };
  highest.random = [](std::span<std::uint8_t> bytes) { std::fill(bytes.begin(), bytes.end(), std::uint8_t{255}); };
  std::vector<microseconds::rep> low, high;
  for (std::size_t attempt = 1; attempt != 7; ++attempt) {
    low.push_back(backoff.pause(attempt, lowest).count());
    high.push_back(backoff.pause(attempt, highest).count());
  }
  CHECK(low == std::vector<microseconds::rep>{0, 0, 5000, 10'000, 17'500, 17'500});
  CHECK(high == std::vector<microseconds::rep>{0, 0, 9999, 19'999, 34'999, 34'999});
  CHECK(backoff.pause(1'000'000, highest) <= milliseconds(35));
}
