// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/s3.hpp>

#include "s3_environment.hpp"
#include "storage/backend_suite.hpp"
#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace varve;

// The repository on a real object store: its life, many writers at once in threads and in processes, and the same
// through a network that loses responses.
namespace {

using Repo = Repository<storage::S3>;

Repo open(const std::string& prefix, const std::string& endpoint = support::required("VARVE_TEST_S3_ENDPOINT")) {
  return Repo::open(storage::S3(support::s3_options(prefix, endpoint)));
}

/// A repository with an empty array /grid of one row a writer and one chunk an element.
void create_grid(const std::string& prefix, std::uint32_t rows, std::uint32_t columns) {
  auto repo = Repo::create(storage::S3(support::s3_options(prefix)));
  auto session = repo.writable_session("main");
  session.create_array<int, 2>("/grid", {.shape = {rows, columns}, .chunks = {1, 1}});
  session.commit("grid");
}

int value_of(std::uint32_t row, std::uint32_t step) { return static_cast<int>(row * 1000 + step + 1); }

/// What one writer knows about its commits.
struct Notes {
  std::map<std::uint32_t, std::string> acknowledged;  ///< steps and their snapshots
  std::set<std::uint32_t> unknown;                    ///< steps whose commit ended in an error of the network
  std::vector<std::string> errors;
};

void write_cell(Repo& repo, std::uint32_t row, std::uint32_t step, Notes& notes) {
  try {
    auto session = repo.writable_session("main");
    const Box<2> cell{{row, step}, {1, 1}};
    session.open_array<int, 2>("/grid").write(cell, std::vector<int>{value_of(row, step)});
    notes.unknown.insert(step);
    const auto id = session.commit("cell", {.rebase_tries = 10'000});
    notes.acknowledged.emplace(step, id.to_string());
    notes.unknown.erase(step);
  } catch (const Error& error) {
    if (error.code() != errc::unreachable && error.code() != errc::throttled && error.code() != errc::timed_out) throw;
    notes.errors.emplace_back(error.what());
  }
}

/// Whether the repository holds what its writers were told: every acknowledged commit once and nothing that was not
/// written.
void check_grid(const std::string& prefix, const std::vector<Notes>& notes, std::uint32_t columns) {
  for (const Notes& one : notes) {
    for (const std::string& error : one.errors) MESSAGE(error);
  }
  auto repo = open(prefix);
  std::set<std::string> history;
  std::size_t length = 0;
  for (const auto& snapshot : repo.ancestry(Branch{"main"})) {
    history.insert(snapshot.id.to_string());
    ++length;
  }
  CHECK(history.size() == length);
  const auto grid = repo.readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read();
  std::size_t landed = 0;
  for (std::uint32_t row = 0; row != notes.size(); ++row) {
    for (std::uint32_t step = 0; step != columns; ++step) {
      CAPTURE(row);
      CAPTURE(step);
      const int found = grid[row * columns + step];
      const auto acknowledged = notes[row].acknowledged.find(step);
      if (acknowledged != notes[row].acknowledged.end()) {
        CHECK(found == value_of(row, step));
        CHECK(history.contains(acknowledged->second));
      } else if (notes[row].unknown.contains(step)) {
        CHECK((found == 0 || found == value_of(row, step)));
      } else {
        CHECK(found == 0);
      }
      if (found != 0) ++landed;
    }
  }
  CHECK(length == landed + 2);  // the initial snapshot and the grid's
}

std::size_t acknowledged(const std::vector<Notes>& notes) {
  std::size_t count = 0;
  for (const Notes& one : notes) count += one.acknowledged.size();
  return count;
}

}  // namespace

TEST_CASE("repository/s3: lives as on any other store") {
  const std::string prefix = support::fresh_prefix();
  const auto store = [&] { return storage::S3(support::s3_options(prefix)); };
  CHECK_FALSE(Repo::exists(store()));
  CHECK_THROWS_AS(Repo::open(store()), NotFoundError);
  auto repo = Repo::create(store());
  CHECK(Repo::exists(store()));
  CHECK_THROWS_AS(Repo::create(store()), AlreadyExistsError);

  auto session = repo.writable_session("main");
  std::vector<float> values(600);
  for (std::size_t i = 0; i != values.size(); ++i) values[i] = static_cast<float>(i);
  session.create_array<float, 2>("/sst", {.shape = {20, 30}, .chunks = {5, 7}, .attributes = R"({"units":"K"})"})
      .write(values);
  const auto first = session.commit("first");
  repo.create_tag("v1", first);
  repo.create_branch("side", first);

  session = repo.writable_session("main");
  session.open_array<float, 2>("/sst").write(Box<2>{{0, 0}, {1, 1}}, std::vector<float>{-1});
  session.create_group("/new", "{}");
  const auto second = session.commit("second");

  auto other = Repo::open(store());
  CHECK(other.list_branches() == std::vector<std::string>{"main", "side"});
  CHECK(other.lookup_tag("v1") == first);
  CHECK(other.lookup_branch("main") == second);
  CHECK(other.readonly_session(Tag{"v1"}).open_array<float, 2>("/sst").read() == values);
  values[0] = -1;
  CHECK(other.readonly_session(Branch{"main"}).open_array<float, 2>("/sst").read() == values);
  const auto diff = other.diff(Tag{"v1"}, Branch{"main"});
  CHECK(diff.new_groups.size() == 1);
  CHECK(diff.updated_chunks.size() == 1);
  std::vector<std::string> messages;
  for (const auto& snapshot : other.ancestry(Branch{"main"})) messages.push_back(snapshot.message);
  CHECK(messages == std::vector<std::string>{"second", "first", "Repository initialized"});

  other.delete_tag("v1");
  CHECK_THROWS_AS(other.create_tag("v1", second), Error);
  other.reset_branch("side", second);
  other.delete_branch("side");
  CHECK(repo.list_branches() == std::vector<std::string>{"main"});
}

TEST_CASE("repository/s3: a commit that came too late is told so, rebases, and is refused where both wrote one chunk") {
  const std::string prefix = support::fresh_prefix();
  create_grid(prefix, 2, 2);
  auto ours = open(prefix);
  auto theirs = open(prefix);
  auto late = ours.writable_session("main");
  auto blocked = ours.writable_session("main");
  late.open_array<int, 2>("/grid").write(Box<2>{{0, 0}, {1, 1}}, std::vector<int>{1});
  blocked.open_array<int, 2>("/grid").write(Box<2>{{1, 1}, {1, 1}}, std::vector<int>{2});
  auto early = theirs.writable_session("main");
  early.open_array<int, 2>("/grid").write(Box<2>{{1, 1}, {1, 1}}, std::vector<int>{3});
  early.commit("early");
  CHECK_THROWS_AS(late.commit("late"), ConflictError);
  late.rebase();
  late.commit("late");
  CHECK_THROWS_AS(blocked.commit("blocked", {.rebase_tries = 3}), Error);
  CHECK(open(prefix).readonly_session(Branch{"main"}).open_array<int, 2>("/grid").read() == std::vector<int>{1, 0, 0, 3});
}

TEST_CASE("repository/s3: eight threads, each with a repository of its own, commit to one branch") {
  constexpr std::uint32_t writers = 8;
  constexpr std::uint32_t steps = 10;
  const std::string prefix = support::fresh_prefix();
  create_grid(prefix, writers, steps);
  std::vector<Notes> notes(writers);
  support::on_threads(writers, [&](std::size_t writer) {
    auto repo = open(prefix);
    for (std::uint32_t step = 0; step != steps; ++step) {
      write_cell(repo, static_cast<std::uint32_t>(writer), step, notes[writer]);
    }
  });
  CHECK(acknowledged(notes) == writers * steps);
  check_grid(prefix, notes, steps);
}

TEST_CASE("repository/s3: eight threads share one repository and commit to one branch") {
  constexpr std::uint32_t writers = 8;
  constexpr std::uint32_t steps = 5;
  const std::string prefix = support::fresh_prefix();
  create_grid(prefix, writers, steps);
  auto repo = open(prefix);
  std::vector<Notes> notes(writers);
  support::on_threads(writers, [&](std::size_t writer) {
    auto own = repo;  // a handle
    for (std::uint32_t step = 0; step != steps; ++step) {
      write_cell(own, static_cast<std::uint32_t>(writer), step, notes[writer]);
    }
  });
  CHECK(acknowledged(notes) == writers * steps);
  check_grid(prefix, notes, steps);
}

namespace {

constexpr std::uint32_t process_steps = 8;

/// This program again, running only the case that is a writer.
pid_t spawn_writer(const std::string& prefix, std::uint32_t row, const std::string& notes) {
  ::setenv("VARVE_TEST_WRITER_PREFIX", prefix.c_str(), 1);
  ::setenv("VARVE_TEST_WRITER_ROW", std::to_string(row).c_str(), 1);
  ::setenv("VARVE_TEST_WRITER_NOTES", notes.c_str(), 1);
  std::string program = "/proc/self/exe";
  std::string filter = "--test-case=repository/s3: what a writer process does";
  std::string no_skip = "--no-skip=true";
  std::string quiet = "--minimal=true";
  char* const arguments[] = {program.data(), filter.data(), no_skip.data(), quiet.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments, environ);
  ::unsetenv("VARVE_TEST_WRITER_PREFIX");
  REQUIRE(failed == 0);
  return child;
}

}  // namespace

TEST_CASE("repository/s3: what a writer process does" * doctest::skip()) {
  const auto prefix = support::variable("VARVE_TEST_WRITER_PREFIX");
  if (!prefix) return;
  const auto row = static_cast<std::uint32_t>(std::stoul(support::required("VARVE_TEST_WRITER_ROW")));
  const int log = ::open(support::required("VARVE_TEST_WRITER_NOTES").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  REQUIRE(log >= 0);
  auto repo = open(*prefix);
  Notes notes;
  for (std::uint32_t step = 0; step != process_steps; ++step) {
    write_cell(repo, row, step, notes);
    REQUIRE(notes.acknowledged.contains(step));
    const std::string line = std::to_string(step) + " " + notes.acknowledged[step] + "\n";
    REQUIRE(::write(log, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  }
}

TEST_CASE("repository/s3: eight processes commit to one branch while two of them are killed") {
  constexpr std::uint32_t writers = 8;
  const support::TempDir folder;
  const std::string prefix = support::fresh_prefix();
  create_grid(prefix, writers, process_steps);
  const auto notes_of = [&](std::uint32_t row) { return (folder.path() / std::to_string(row)).string(); };
  std::vector<pid_t> children;
  for (std::uint32_t row = 0; row != writers; ++row) children.push_back(spawn_writer(prefix, row, notes_of(row)));
  // They are killed once they have begun; a process that is done by then is not killed any more.
  for (const std::uint32_t victim : {2U, 5U}) {
    for (int i = 0; i != 2000 && !std::ifstream(notes_of(victim)).good(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ::kill(children[victim], SIGKILL);
  }
  std::vector<Notes> notes(writers);
  for (std::uint32_t row = 0; row != writers; ++row) {
    int status = 0;
    while (::waitpid(children[row], &status, 0) < 0 && errno == EINTR) {
    }
    std::ifstream log(notes_of(row));
    std::uint32_t step = 0;
    std::string id;
    while (log >> step >> id) notes[row].acknowledged.emplace(step, id);
    if (WIFSIGNALED(status)) {
      notes[row].unknown.insert(static_cast<std::uint32_t>(notes[row].acknowledged.size()));
    } else {
      CHECK(WEXITSTATUS(status) == 0);
      CHECK(notes[row].acknowledged.size() == process_steps);
    }
  }
  check_grid(prefix, notes, process_steps);
}

TEST_CASE("repository/s3: four writers lose no acknowledged commit on a network that loses responses") {
  auto toxics = support::Toxiproxy::find();
  if (!toxics) return;
  constexpr std::uint32_t writers = 4;
  constexpr std::uint32_t steps = 10;
  const std::string prefix = support::fresh_prefix();
  create_grid(prefix, writers, steps);
  std::vector<Notes> notes(writers);
  std::atomic<bool> done = false;
  int faults = 0;
  std::thread weather([&] {
    std::mt19937 random(20261122);
    const auto pause = [&](unsigned from, unsigned to) {
      std::this_thread::sleep_for(std::chrono::milliseconds(from + random() % (to - from)));
    };
    while (!done) {
      switch (random() % 9) {
        case 0:
        case 1: toxics->lose_responses(); break;
        case 2: toxics->lose_requests(); break;
        case 3: toxics->cut_responses(700); break;
        case 4: toxics->swallow_responses(20); break;
        case 5: toxics->delay(10, 10); break;
        case 6: toxics->narrow(20); break;
        case 7: toxics->trickle(100); break;
        default: toxics->disable();
      }
      ++faults;
      pause(2, 40);
      toxics->reset();
      pause(20, 120);
    }
  });
  support::on_threads(writers, [&](std::size_t writer) {
    auto repo = open(prefix, toxics->endpoint());
    for (std::uint32_t step = 0; step != steps; ++step) {
      write_cell(repo, static_cast<std::uint32_t>(writer), step, notes[writer]);
    }
  });
  done = true;
  weather.join();
  check_grid(prefix, notes, steps);
  CHECK(faults > 5);
  CHECK(acknowledged(notes) > writers * steps / 2);
  MESSAGE(faults << " spells of faults, " << acknowledged(notes) << " of " << writers * steps << " commits acknowledged");
}

TEST_CASE("repository/s3: four writers commit although the server refuses every fifth request") {
  const auto endpoint = support::variable("VARVE_TEST_FAULTY_ENDPOINT");
  if (!endpoint) return;
  constexpr std::uint32_t writers = 4;
  constexpr std::uint32_t steps = 6;
  const std::string prefix = support::fresh_prefix();
  create_grid(prefix, writers, steps);
  std::vector<Notes> notes(writers);
  support::on_threads(writers, [&](std::size_t writer) {
    auto repo = open(prefix, *endpoint);
    for (std::uint32_t step = 0; step != steps; ++step) {
      write_cell(repo, static_cast<std::uint32_t>(writer), step, notes[writer]);
    }
  });
  CHECK(acknowledged(notes) == writers * steps);
  check_grid(prefix, notes, steps);
}
