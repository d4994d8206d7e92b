#include <varve/async/suspend.hpp>

#include <varve/async/block_on.hpp>
#include <varve/core/result.hpp>

#include "support/doctest.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <thread>
#include <vector>

using varve::Awaitable;
using varve::Resumer;
namespace asio = varve::asio;

TEST_CASE("async/suspend: is resumed from within its own start") {
  const auto work = []() -> Awaitable<int> {
    auto start = [](Resumer resume) { resume(); };
    co_await varve::suspend(start);
    co_return 7;
  };
  CHECK(varve::block_on(work()) == 7);
}

TEST_CASE("async/suspend: is resumed once, on its own thread, by whichever of many threads is first") {
  const auto home = std::this_thread::get_id();
  for (int round = 0; round != 50; ++round) {
    std::vector<std::thread> threads;
    int resumed = 0;
    const auto work = [&]() -> Awaitable<int> {
      auto start = [&](Resumer resume) {
        for (int i = 0; i != 3; ++i) threads.emplace_back([resume] { resume(); });
      };
      co_await varve::suspend(start);
      ++resumed;
      CHECK(std::this_thread::get_id() == home);
      co_return 1;
    };
    CHECK(varve::block_on(work()) == 1);
    for (std::thread& thread : threads) thread.join();
    CHECK(resumed == 1);
  }
}

TEST_CASE("async/suspend: a cancellation wakes it, and the next await throws") {
  asio::io_context loop;
  asio::cancellation_signal signal;
  bool woken = false;
  Resumer kept;
  const auto work = [&]() -> Awaitable<void> {
    auto start = [&](Resumer resume) { kept = std::move(resume); };
    co_await varve::suspend(start);
    woken = true;
    co_await varve::suspend(start);
  };
  std::exception_ptr thrown;
  asio::co_spawn(loop, work(),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr exception) { thrown = exception; }));
  asio::post(loop, [&] { signal.emit(asio::cancellation_type::terminal); });
  loop.run();
  CHECK(woken);
  REQUIRE(thrown);
  CHECK_THROWS_AS(std::rethrow_exception(thrown), boost::system::system_error);
  kept();  // late, and without effect
}

TEST_CASE("async/suspend: a handler of its own decides what a cancellation does") {
  asio::io_context loop;
  asio::cancellation_signal signal;
  int asked = 0;
  Resumer kept;
  const auto work = [&]() -> Awaitable<int> {
    auto start = [&](Resumer resume) { kept = std::move(resume); };
    auto on_cancel = [&](const Resumer&) { ++asked; };
    co_await varve::suspend(start, on_cancel);
    co_return 3;
  };
  int result = 0;
  asio::co_spawn(loop, work(), asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, int value) { result = value; }));
  asio::post(loop, [&] {
    signal.emit(asio::cancellation_type::terminal);
    signal.emit(asio::cancellation_type::terminal);
  });
  asio::post(loop, [&] { kept(); });
  loop.run();
  CHECK(asked == 2);
  CHECK(result == 3);
}
