// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/async/sleep.hpp>
#include <varve/storage/latency.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace varve;
using namespace std::chrono_literals;

namespace {

using Repo = Repository<storage::Memory>;
using SlowRepo = Repository<storage::Latency<storage::Memory>>;

constexpr std::size_t side = 64;

ArrayOptions<int, 2> grid() {
  return {.shape = {side, side}, .chunks = {8, 8}, .codecs = {codec::zstd(1)}, .fill_value = -1};
}

std::vector<int> numbers(int first) {
  std::vector<int> values(side * side);
  for (std::size_t i = 0; i != values.size(); ++i) values[i] = first + static_cast<int>(i);
  return values;
}

}  // namespace

TEST_CASE("repository/async: one session is read and written by several threads at once") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_array<int, 2>("/grid", grid());
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t != 8; ++t) {
    threads.emplace_back([session, t] {
      auto array = session.open_array<int, 2>("/grid");
      for (int round = 0; round != 5; ++round) {
        const Box<2> rows{{t * 8, 0}, {8, side}};
        array.write(rows, std::vector<int>(8 * side, static_cast<int>(t) + round));
        std::vector<int> back(8 * side);
        array.read(rows, back);
        if (back != std::vector<int>(8 * side, static_cast<int>(t) + round)) std::abort();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  session.commit("rows");
  const auto all = repo.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read();
  for (std::size_t i = 0; i != all.size(); ++i) REQUIRE(all[i] == static_cast<int>(i / side / 8) + 4);
}

TEST_CASE("repository/async: writers in several threads on one Repository all land") {
  auto repo = Repo::create({});
  auto setup = repo.writable_session("main");
  setup.create_array<int, 2>("/grid", grid());
  setup.commit("grid");
  std::vector<std::thread> threads;
  std::atomic<int> landed = 0;
  for (std::size_t t = 0; t != 8; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t step = 0; step != 8; ++step) {
        auto session = repo.writable_session("main");
        const Box<2> chunk{{t * 8, step * 8}, {8, 8}};
        session.open_array<int, 2>("/grid").write(chunk, std::vector<int>(64, static_cast<int>(t * 8 + step)));
        session.commit("chunk", {.rebase_tries = 1000});
        ++landed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(landed == 64);
  const auto all = repo.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read();
  for (std::size_t i = 0; i != all.size(); ++i) REQUIRE(all[i] == static_cast<int>(i / side / 8 * 8 + i % side / 8));
  std::size_t commits = 0;
  for (const auto& snapshot : repo.ancestry(Branch{"main"})) commits += snapshot.message == "chunk" ? 1 : 0;
  CHECK(commits == 64);
}

TEST_CASE("repository/async: a caller's io_context of several threads drives everything, and no other thread does") {
  asio::io_context io;
  Options options;
  options.runtime = Runtime(io.get_executor(), 4);
  auto work = asio::make_work_guard(io);
  std::vector<std::thread> threads;
  for (int t = 0; t != 4; ++t) threads.emplace_back([&] { io.run(); });
  auto program = [](Options given) -> Awaitable<Result<std::vector<int>>> {
    auto repo = co_await Repo::async_create(storage::Memory(), given);
    if (!repo) co_return std::move(repo).error();
    auto session = co_await repo->async_writable_session("main");
    if (!session) co_return std::move(session).error();
    auto array = session->create_array<int, 2>("/grid", grid());
    const auto values = numbers(5);
    auto written = co_await array.async_write(values);
    if (!written) co_return std::move(written).error();
    auto committed = co_await session->async_commit("grid");
    if (!committed) co_return std::move(committed).error();
    auto reader = co_await repo->async_readonly_session(Branch{"main"});
    if (!reader) co_return std::move(reader).error();
    co_return co_await reader->open_array<int, 2>("/grid").async_read();
  };
  auto future = asio::co_spawn(io, program(options), asio::use_future);
  const auto result = future.get();
  REQUIRE(result);
  CHECK(*result == numbers(5));
  work.reset();
  io.stop();
  for (auto& thread : threads) thread.join();
}

TEST_CASE("repository/async: a commit that is cancelled at any moment has happened whole or not at all") {
  std::size_t landed = 0;
  std::size_t cancelled = 0;
  for (int moment = 0; moment != 40; ++moment) {
    storage::Memory store;
    auto fast = Repo::create(store);
    auto setup = fast.writable_session("main");
    setup.create_array<int, 2>("/grid", grid());
    setup.commit("grid");
    auto repo = SlowRepo::open(storage::Latency<storage::Memory>(store, {.request = 1ms}));
    auto session = repo.writable_session("main");
    session.open_array<int, 2>("/grid").write(numbers(moment));
    // From far too short to long enough on any machine, and dense where a commit is under way.
    const std::chrono::microseconds deadline(static_cast<std::int64_t>(50 * std::pow(1.35, moment)));
    const auto committed = block_on(within(deadline, session.async_commit("numbers")));
    const auto seen = fast.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read();
    if (committed) {
      ++landed;
      CHECK(seen == numbers(moment));
    } else {
      ++cancelled;
      CHECK(committed.error().code() == errc::timed_out);
      CHECK(seen == std::vector<int>(side * side, -1));
      // Nothing is lost: the same session commits again.
      session.commit("numbers");
      CHECK(fast.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read() == numbers(moment));
    }
  }
  CHECK(landed > 0);
  CHECK(cancelled > 0);
}

TEST_CASE("repository/async: a read that is cancelled says so and the session goes on") {
  storage::Memory store;
  Options separate;
  separate.inline_chunk_bytes = 0;  // so that each chunk is a request of its own
  auto fast = Repo::create(store, separate);
  auto setup = fast.writable_session("main");
  setup.create_array<int, 2>("/grid", grid()).write(numbers(1));
  setup.commit("grid");
  Options options;
  options.concurrency = 2;
  auto repo = SlowRepo::open(storage::Latency<storage::Memory>(store, {.request = 5ms}), options);
  auto session = repo.readonly_session(Branch{"main"});
  auto array = session.open_array<int, 2>("/grid");
  const Box<2> whole{{0, 0}, {side, side}};
  std::vector<int> values(side * side);
  const auto stopped = block_on(within(12ms, array.async_read(whole, values)));
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code() == errc::timed_out);
  array.read(whole, values);
  CHECK(values == numbers(1));
}

TEST_CASE("repository/async: a child of a fork reads and commits with threads of its own") {
  const support::TempDir temp;
  const auto path = temp.path() / "repo";
  auto repo = Repository<storage::Local>::create(storage::Local(path));
  auto session = repo.writable_session("main");
  session.create_array<int, 2>("/grid", grid()).write(numbers(3));  // the parent's shared runtime is running now
  session.commit("grid");
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    try {
      const bool same = repo.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read() == numbers(3);
      auto child = repo.writable_session("main");
      child.open_array<int, 2>("/grid").write(numbers(4));
      child.commit("from the child");
      ::_exit(same ? 0 : 1);
    } catch (...) {
      ::_exit(2);
    }
  }
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(repo.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read() == numbers(4));
}
