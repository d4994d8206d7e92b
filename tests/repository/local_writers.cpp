// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/local.hpp>

#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace varve;

namespace {

using Repo = Repository<storage::Local>;
constexpr std::uint32_t writers = 8;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__) || defined(__clang__)
// Sanitizers look at one run, which is some ten times slower there; the whole of it is g++'s.
constexpr std::uint32_t commits_each = 50;
const std::vector<std::uint32_t> seeds{1};
#else
constexpr std::uint32_t commits_each = 200;
const std::vector<std::uint32_t> seeds{1, 2, 3};
#endif

storage::Local folder(const std::string& path) {
  storage::LocalOptions options;
  options.durability = storage::Durability::none;  // a killed process loses nothing that the kernel has
  return storage::Local(path, options);
}

int value_of(std::uint32_t writer, std::uint32_t step) { return static_cast<int>(writer * 1000 + step + 1); }

/// What one process does: writes its own row of /grid, a chunk and a commit a step, and notes each commit that was
/// acknowledged. Runs in a fork, on no thread but its own.
int write_row(const std::string& path, const std::string& notes, std::uint32_t writer) {
  const int log = ::open(notes.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  try {
    Options options;
    options.runtime = Runtime(0);
    auto repo = Repo::open(folder(path), options);
    for (std::uint32_t step = 0; step != commits_each; ++step) {
      auto session = repo.writable_session("main");
      const Box<2> cell{{writer, step}, {1, 1}};
      session.open_array<int, 2>("/grid").write(cell, std::vector<int>{value_of(writer, step)});
      const auto id = session.commit("row", {.rebase_tries = 10'000});
      const std::string line = id.to_string() + " " + std::to_string(writer) + " " + std::to_string(step) + "\n";
      if (::write(log, line.data(), line.size()) != static_cast<ssize_t>(line.size())) return 3;
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "writer %u: %s\n", writer, error.what());
    return 2;
  }
  return 0;
}

struct Run {
  std::size_t killed = 0;
  std::size_t stopped = 0;
  std::size_t acknowledged = 0;
  std::size_t landed = 0;
};

Run run(std::uint32_t seed) {
  const support::TempDir temp;
  const std::string path = (temp.path() / "repo").string();
  {
    auto repo = Repo::create(folder(path), Options{.runtime = Runtime(0)});
    auto session = repo.writable_session("main");
    session.create_array<int, 2>("/grid", {.shape = {writers, commits_each}, .chunks = {1, 1}});
    session.commit("grid");
  }
  std::map<pid_t, std::uint32_t> running;
  const auto note = [&](std::uint32_t writer) { return (temp.path() / ("acknowledged." + std::to_string(writer))).string(); };
  for (std::uint32_t writer = 0; writer != writers; ++writer) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) ::_exit(write_row(path, note(writer), writer));
    running.emplace(pid, writer);
  }

  Run result;
  std::mt19937 random(seed);
  std::set<pid_t> doomed;
  std::set<pid_t> asleep;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(10);
  while (!running.empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1 + random() % 20));
    // A reader at any moment sees a whole repository.
    auto repo = Repo::open(folder(path), Options{.runtime = Runtime(0)});
    REQUIRE(repo.lookup_branch("main") != initial_snapshot_id);
    auto victim = running.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(random() % running.size()));
    switch (random() % 8) {
      case 0:
        if (doomed.size() < 3 && !asleep.contains(victim->first)) {
          ::kill(victim->first, SIGKILL);
          doomed.insert(victim->first);
        }
        break;
      case 1:
      case 2:
        if (!doomed.contains(victim->first)) {
          ::kill(victim->first, SIGSTOP);
          asleep.insert(victim->first);
          ++result.stopped;
        }
        break;
      default:
        for (const pid_t pid : asleep) ::kill(pid, SIGCONT);
        asleep.clear();
    }
    for (auto process = running.begin(); process != running.end();) {
      int status = 0;
      if (::waitpid(process->first, &status, WNOHANG) != process->first) {
        ++process;
        continue;
      }
      if (WIFSIGNALED(status)) {
        CHECK(WTERMSIG(status) == SIGKILL);
        ++result.killed;
      } else {
        CHECK(WEXITSTATUS(status) == 0);
      }
      process = running.erase(process);
    }
    if (std::chrono::steady_clock::now() > give_up) {
      for (const auto& [pid, writer] : running) ::kill(pid, SIGKILL);
      FAIL("the writers did not end");
    }
  }

  auto repo = Repo::open(folder(path), Options{.runtime = Runtime(0)});
  std::set<std::string> history;
  for (const auto& snapshot : repo.ancestry(Branch{"main"})) history.insert(snapshot.id.to_string());
  const auto grid = repo.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read();
  std::set<std::size_t> acknowledged;
  for (std::uint32_t writer = 0; writer != writers; ++writer) {
    std::ifstream notes(note(writer));
    std::string id;
    std::uint32_t row = 0;
    std::uint32_t step = 0;
    while (notes >> id >> row >> step) {
      CAPTURE(id);
      CHECK(history.contains(id));
      CHECK(grid[row * commits_each + step] == value_of(row, step));
      acknowledged.insert(row * commits_each + step);
    }
  }
  // What was killed between its commit and its note may have landed; nothing else has.
  std::size_t landed = 0;
  for (std::size_t i = 0; i != grid.size(); ++i) {
    if (grid[i] == 0) continue;
    ++landed;
    CHECK(grid[i] == value_of(static_cast<std::uint32_t>(i / commits_each), static_cast<std::uint32_t>(i % commits_each)));
  }
  CHECK(landed - acknowledged.size() <= result.killed);
  CHECK(history.size() == landed + 2);
  result.acknowledged = acknowledged.size();
  result.landed = landed;
  return result;
}

}  // namespace

TEST_CASE("repository/local: eight processes commit to one branch while some are killed and some are stopped") {
  Run total;
  for (const std::uint32_t seed : seeds) {
    CAPTURE(seed);
    const Run one = run(seed);
    total.killed += one.killed;
    total.stopped += one.stopped;
    total.acknowledged += one.acknowledged;
  }
  // The test would prove nothing if nobody had been hit.
  CHECK(total.killed > 0);
  CHECK(total.stopped > 0);
  MESSAGE(total.acknowledged << " commits acknowledged and found, " << total.killed << " writers killed, " << total.stopped
                             << " stops");
}
