#include <varve/async/block_on.hpp>

#include <varve/async/runtime.hpp>
#include <varve/async/sleep.hpp>

#include "support/doctest.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using varve::Awaitable;
using varve::block_on;

namespace {

Awaitable<int> twice(int value) {
  co_await varve::sleep_for(std::chrono::microseconds(10));
  co_return 2 * value;
}

}  // namespace

TEST_CASE("async/block_on: gives the value, also one that can only be moved, or throws what was thrown") {
  CHECK(block_on(twice(4)) == 8);
  const auto owned = []() -> Awaitable<std::unique_ptr<std::string>> { co_return std::make_unique<std::string>("x"); };
  CHECK(*block_on(owned()) == "x");
  const auto throws = []() -> Awaitable<int> {
    co_await twice(1);
    throw std::runtime_error("thrown");
  };
  CHECK_THROWS_AS(block_on(throws()), std::runtime_error);
  CHECK(block_on(twice(5)) == 10);
}

TEST_CASE("async/block_on: calls nest") {
  const auto inner = [](int value) { return block_on(twice(value)) + 1; };
  const auto outer = [&]() -> Awaitable<int> {
    const int first = inner(1);
    co_await varve::sleep_for(std::chrono::microseconds(10));
    co_return first + inner(10);
  };
  for (int i = 0; i != 3; ++i) CHECK(block_on(outer()) == 3 + 21);
}

TEST_CASE("async/block_on: every thread has a loop of its own") {
  std::vector<std::thread> threads;
  std::atomic<int> sum = 0;
  for (int t = 0; t != 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i != 50; ++i) sum += block_on(twice(t));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(sum == 50 * 2 * (0 + 1 + 2 + 3));
}

TEST_CASE("async/block_on: a thread may block while it drives a coroutine, and not after") {
  CHECK_FALSE(varve::detail::this_thread_may_block());
  const auto work = []() -> Awaitable<bool> { co_return varve::detail::this_thread_may_block(); };
  CHECK(block_on(work()));
  CHECK_FALSE(varve::detail::this_thread_may_block());
}
