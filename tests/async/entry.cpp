#include <varve/async/entry.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/sleep.hpp>

#include "support/doctest.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <stdexcept>

using varve::Awaitable;
using varve::block_on;
using varve::errc;
using varve::Error;
using varve::Result;
namespace asio = varve::asio;

namespace {

Awaitable<Result<int>> slow(int& steps) {
  for (int i = 0; i != 3; ++i) {
    co_await varve::sleep_for(std::chrono::milliseconds(1));
    ++steps;
  }
  co_return steps;
}

/// Runs `work` and cancels it as soon as it waits.
template <class T>
Result<T> cancelled(Awaitable<Result<T>> work) {
  asio::io_context loop;
  asio::cancellation_signal signal;
  Result<T> result;
  auto ended = [&](std::exception_ptr thrown, Result<T> value) {
    CHECK_FALSE(thrown);
    result = std::move(value);
  };
  asio::co_spawn(loop, std::move(work), asio::bind_cancellation_slot(signal.slot(), std::move(ended)));
  asio::post(loop, [&] { signal.emit(asio::cancellation_type::terminal); });
  loop.run();
  return result;
}

}  // namespace

TEST_CASE("async/entry: a guarded cancellation is an error, and other exceptions pass") {
  int steps = 0;
  const auto stopped = cancelled(varve::guarded(slow(steps)));
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code() == errc::cancelled);
  CHECK(steps == 0);
  CHECK(block_on(varve::guarded(slow(steps))).value() == 3);
  const auto throws = []() -> Awaitable<Result<int>> {
    co_await varve::sleep_for(std::chrono::microseconds(1));
    throw std::logic_error("own");
  };
  CHECK_THROWS_AS(static_cast<void>(block_on(varve::guarded(throws()))), std::logic_error);
}

TEST_CASE("async/entry: shielded work runs to its end, and the cancellation comes after it") {
  int steps = 0;
  bool after = false;
  const auto work = [&]() -> Awaitable<Result<int>> {
    auto result = co_await varve::shield(slow(steps));
    CHECK(result.value() == 3);
    co_await varve::sleep_for(std::chrono::hours(1));
    after = true;
    co_return result;
  };
  const auto stopped = cancelled(varve::guarded(work()));
  CHECK(steps == 3);
  CHECK_FALSE(after);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code() == errc::cancelled);
}

TEST_CASE("async/entry: a shield passes what its work throws") {
  const auto throws = []() -> Awaitable<int> {
    co_await varve::sleep_for(std::chrono::microseconds(1));
    throw std::logic_error("own");
  };
  CHECK_THROWS_AS(block_on(varve::shield(throws())), std::logic_error);
}
