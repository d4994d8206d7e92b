#include <varve/async/blocking.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/core/result.hpp>

#include "support/doctest.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>

using varve::Awaitable;
using varve::block_on;
using varve::blocking;
using varve::Result;
using varve::Runtime;
namespace asio = varve::asio;

namespace {

Awaitable<void> note_thread(const Runtime& runtime, std::thread::id& inside, std::thread::id& after) {
  auto work = [&]() -> Result<void> {
    inside = std::this_thread::get_id();
    CHECK(varve::detail::this_thread_may_block());
    return {};
  };
  CHECK(co_await blocking(runtime, work));
  after = std::this_thread::get_id();
}

}  // namespace

TEST_CASE("async/blocking: leaves an event loop for a thread of the runtime, and comes back") {
  const Runtime runtime(1);
  asio::io_context loop;
  std::thread::id inside, after;
  asio::co_spawn(loop, note_thread(runtime, inside, after), asio::detached);
  loop.run();
  CHECK(after == std::this_thread::get_id());
  CHECK(inside != std::this_thread::get_id());
  CHECK_FALSE(varve::detail::this_thread_may_block());
}

TEST_CASE("async/blocking: happens at once inside block_on, on a runtime's own thread, and without threads") {
  const Runtime runtime(1);
  std::thread::id inside, after;
  const auto direct = [&]() -> Awaitable<int> {
    co_await note_thread(runtime, inside, after);
    co_return 0;
  };
  block_on(direct());
  CHECK(inside == std::this_thread::get_id());

  auto nested = [&]() -> Result<void> {
    block_on(direct());
    CHECK(inside == std::this_thread::get_id());
    return {};
  };
  asio::io_context loop;
  const auto outer = [&]() -> Awaitable<void> { CHECK(co_await blocking(runtime, nested)); };
  asio::co_spawn(loop, outer(), asio::detached);
  loop.run();
  CHECK(inside != std::this_thread::get_id());

  const Runtime none(0);
  asio::io_context other;
  asio::co_spawn(other, note_thread(none, inside, after), [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
  CHECK_FALSE(none.executor());
}

TEST_CASE("async/blocking: what the work throws is thrown to who awaits it") {
  const Runtime runtime(1);
  asio::io_context loop;
  auto work = []() -> Result<int> { throw std::runtime_error("inside"); };
  std::exception_ptr thrown;
  asio::co_spawn(loop, blocking(runtime, work), [&](std::exception_ptr exception, Result<int>) { thrown = exception; });
  loop.run();
  REQUIRE(thrown);
  CHECK_THROWS_AS(std::rethrow_exception(thrown), std::runtime_error);
}

TEST_CASE("async/blocking: work that has begun runs to its end though its caller is cancelled") {
  const Runtime runtime(1);
  asio::io_context loop;
  asio::cancellation_signal signal;
  std::atomic<bool> cancelled = false;
  auto work = [&]() -> Result<int> {
    asio::post(loop, [&] {
      signal.emit(asio::cancellation_type::all);
      cancelled = true;
    });
    while (!cancelled) std::this_thread::yield();
    return 4;
  };
  std::optional<Result<int>> result;
  auto ended = [&](std::exception_ptr thrown, Result<int> value) {
    CHECK_FALSE(thrown);
    result = std::move(value);
  };
  asio::co_spawn(loop, blocking(runtime, work), asio::bind_cancellation_slot(signal.slot(), std::move(ended)));
  loop.run();
  REQUIRE(result);
  CHECK(result->value() == 4);
}
