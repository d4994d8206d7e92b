#include <varve/async/runtime.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>

#include "support/doctest.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <future>
#include <vector>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using varve::Awaitable;
using varve::block_on;
using varve::Result;
using varve::Runtime;
namespace asio = varve::asio;

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr bool may_start_threads_after_fork = false;  // the thread sanitizer cannot follow that
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool may_start_threads_after_fork = false;
#else
constexpr bool may_start_threads_after_fork = true;
#endif
#else
constexpr bool may_start_threads_after_fork = true;
#endif

/// Whether work on `runtime`, beside the calling thread, comes to its end.
bool works(const Runtime& runtime) {
  std::atomic<int> done = 0;
  auto work = [&]() -> Awaitable<Result<void>> {
    co_await varve::sleep_for(std::chrono::microseconds(100));
    ++done;
    co_return Result<void>();
  };
  return block_on(varve::gather(runtime, 6, work)).has_value() && done == 6;
}

/// Runs `check` in a child of this process; whether it returned true there.
template <class Check>
bool in_child(Check check) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);  // a child that hangs must not stay
    ::_exit(check() ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("async/runtime: owns the threads it is asked for, and joins them") {
  std::thread::id worker;
  {
    const Runtime runtime(3);
    CHECK(runtime.parallelism() == 3);
    REQUIRE(runtime.executor());
    std::promise<std::thread::id> where;
    asio::post(*runtime.executor(), [&] { where.set_value(std::this_thread::get_id()); });
    worker = where.get_future().get();
    const Runtime copy = runtime;
    CHECK(works(copy));
  }
  CHECK(worker != std::this_thread::get_id());
}

TEST_CASE("async/runtime: without threads nothing runs beside the caller") {
  const Runtime runtime(0);
  CHECK(runtime.parallelism() == 1);
  CHECK_FALSE(runtime.executor());
  CHECK(works(runtime));
}

TEST_CASE("async/runtime: borrows an executor of the caller's") {
  asio::io_context context;
  auto guard = asio::make_work_guard(context);
  std::thread thread([&] { context.run(); });
  const Runtime runtime(context.get_executor(), 5);
  CHECK(runtime.parallelism() == 5);
  CHECK(works(runtime));
  guard.reset();
  thread.join();
}

TEST_CASE("async/runtime: all programs that name none share one of the machine's size") {
  const Runtime first, second;
  CHECK(first.parallelism() == std::max(1U, std::thread::hardware_concurrency()));
  REQUIRE(first.executor());
  CHECK(*first.executor() == *second.executor());
  CHECK(works(first));
}

TEST_CASE("async/runtime: many threads that are first to use the shared runtime get the same one") {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i != 6; ++i) {
    threads.emplace_back([&] {
      if (!works(Runtime())) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("async/runtime: the child of a fork blocks and sleeps on a loop of its own") {
  const auto slept = []() -> Awaitable<int> {
    co_await varve::sleep_for(std::chrono::milliseconds(1));
    co_return 5;
  };
  CHECK(block_on(slept()) == 5);
  CHECK(in_child([&] { return block_on(slept()) == 5; }));
  CHECK(block_on(slept()) == 5);
}

TEST_CASE("async/runtime: the child of a fork gets a shared runtime of its own, and so does its child") {
  if (!may_start_threads_after_fork) return;
  CHECK(works(Runtime()));
  const auto grandchild = [] { return works(Runtime()); };
  CHECK(in_child([&] { return works(Runtime()) && in_child(grandchild) && works(Runtime()); }));
  CHECK(works(Runtime()));
}

TEST_CASE("async/runtime: a fork from inside block_on leaves the parent's loop alone") {
  const auto forks = []() -> Awaitable<bool> {
    co_await varve::sleep_for(std::chrono::milliseconds(1));
    const auto nested = []() -> Awaitable<bool> {
      co_await varve::sleep_for(std::chrono::milliseconds(1));
      co_return true;
    };
    const bool child = in_child([&] { return block_on(nested()); });
    co_await varve::sleep_for(std::chrono::milliseconds(1));
    co_return child;
  };
  CHECK(block_on(forks()));
}
