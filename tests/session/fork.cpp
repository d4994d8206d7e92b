// SPDX-License-Identifier: Apache-2.0
#include <varve/session/fork.hpp>

#include <varve/repository/repository.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>

#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;
using Session = Repo::SessionType;

Options one_thread() {
  Options options;
  options.runtime = Runtime(0);
  return options;
}

/// A repository with /a, of `length` chunks of one element.
Repo create(std::uint64_t length = 8) {
  auto repo = Repo::create({}, one_thread());
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/a", {.shape = {length}, .chunks = {1}, .codecs = {codec::bytes()}});
  session.commit("base");
  return repo;
}

void set(const Session& session, std::uint64_t at, int value, const char* path = "/a") {
  session.open_array<int, 1>(path).set({at}, value);
}
std::vector<int> values(const Session& session, const char* path = "/a") { return session.open_array<int, 1>(path).read(); }
std::vector<int> committed(Repo& repo, const char* path = "/a") { return values(repo.readonly_session(Branch{"main"}), path); }

template <class Call>
errc code_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK_FALSE(error.hint().empty());
    return error.code();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("session/fork: forks write at the same time and one commit holds what all of them wrote") {
  auto repo = create();
  auto session = repo.writable_session("main");
  const Bytes fork = session.fork();
  std::vector<Bytes> changes;
  for (int i = 0; i != 3; ++i) {
    auto part = repo.forked_session(fork);
    CHECK(part.is_fork());
    CHECK(part.writable());
    CHECK(part.snapshot_id() == session.snapshot_id());
    set(part, static_cast<std::uint64_t>(i), i + 1);
    part.create_group("/made/by" + std::to_string(i));
    changes.push_back(part.changes());
  }
  set(session, 7, 9);
  for (const Bytes& part : changes) session.merge(part);
  CHECK(values(session) == std::vector<int>{1, 2, 3, 0, 0, 0, 0, 9});
  session.commit("together");
  CHECK(committed(repo) == std::vector<int>{1, 2, 3, 0, 0, 0, 0, 9});
  auto reader = repo.readonly_session(Branch{"main"});
  for (const char* path : {"/made", "/made/by0", "/made/by1", "/made/by2"}) CHECK(reader.exists(path));
}

TEST_CASE("session/fork: a fork of a changed session begins with its changes and sends back its own alone") {
  auto repo = create();
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/new", {.shape = {4}, .chunks = {1}});
  set(session, 0, 5, "/new");
  set(session, 0, 6);
  auto part = repo.forked_session(session.fork());
  CHECK(values(part, "/new") == std::vector<int>{5, 0, 0, 0});
  CHECK(values(part).front() == 6);
  CHECK_FALSE(part.has_changes());
  CHECK(part.status().empty());
  set(part, 3, 8, "/new");
  set(part, 1, 7);
  CHECK(part.has_changes());
  const Diff status = part.status();
  CHECK(status.new_arrays.empty());
  CHECK(status.updated_chunks.at("/new") == std::set<std::vector<std::uint32_t>>{{3}});
  CHECK(status.updated_chunks.at("/a") == std::set<std::vector<std::uint32_t>>{{1}});
  const Bytes changes = part.changes();

  part.discard_changes();
  CHECK_FALSE(part.has_changes());
  CHECK(values(part, "/new") == std::vector<int>{5, 0, 0, 0});

  set(session, 0, 50, "/new");  // after the fork; the fork did not touch it
  session.merge(changes);
  session.commit("both");
  CHECK(committed(repo, "/new") == std::vector<int>{50, 0, 0, 8});
  CHECK(committed(repo)[0] == 6);
  CHECK(committed(repo)[1] == 7);
}

TEST_CASE("session/fork: forking a clean session asks the store for nothing, and going on from a fork reads one snapshot") {
  storage::Memory memory;
  storage::MetricsCounters counters;
  using Counted = Repository<storage::Metrics<storage::Memory>>;
  {
    auto repo = Counted::create(storage::Metrics<storage::Memory>(memory, counters), one_thread());
    repo.transaction("main", "base", [](auto& s) { s.template create_array<int, 1>("/a", {.shape = {4}, .chunks = {1}}); });
  }
  auto repo = Counted::open(storage::Metrics<storage::Memory>(memory, counters), one_thread());
  auto session = repo.writable_session("main");
  const auto before = counters.snapshot();
  const Bytes fork = session.fork();
  CHECK(counters.snapshot().total().calls == before.total().calls);
  CHECK(fork.size() < 64);
  auto other = Counted::attach(storage::Metrics<storage::Memory>(memory, counters), one_thread());
  auto part = other.forked_session(fork);
  CHECK(counters.snapshot().total().calls == before.total().calls + 1);
  part.open_array<int, 1>("/a").set({0}, 1);
  session.merge(part.changes());
  CHECK(counters.snapshot().total().calls <= before.total().calls + 2);
}

TEST_CASE("session/fork: chunks that were held are objects before the bytes are made, and small ones are in the bytes") {
  Options options = one_thread();
  options.inline_chunk_bytes = 16;
  auto repo = Repo::create({}, options);
  auto session = repo.writable_session("main");
  auto large = session.create_array<std::uint8_t, 1>("/large", {.shape = {4000}, .chunks = {1000}, .codecs = {codec::bytes()}});
  auto small = session.create_array<std::uint8_t, 1>("/small", {.shape = {40}, .chunks = {10}, .codecs = {codec::bytes()}});
  std::vector<std::uint8_t> first(4000, 1), second(40, 2);
  large.write(first);
  small.write(second);
  const Bytes out = session.fork();
  CHECK(out.size() < 3000);
  auto part = repo.forked_session(out);
  CHECK(part.open_array<std::uint8_t, 1>("/large").read() == first);
  CHECK(part.open_array<std::uint8_t, 1>("/large").chunk_ref(std::vector<std::uint32_t>{0}).kind == ChunkLocation::Kind::native);
  CHECK(part.open_array<std::uint8_t, 1>("/small").chunk_ref(std::vector<std::uint32_t>{0}).kind == ChunkLocation::Kind::inlined);
  part.open_array<std::uint8_t, 1>("/large").write(Box<1>{{1000}, {1000}}, std::vector<std::uint8_t>(1000, 3));
  const Bytes back = part.changes();
  CHECK(back.size() < 200);
  std::fill(first.begin() + 1000, first.begin() + 2000, std::uint8_t{3});
  // The session goes on as well: what it held is stored once, and what it writes now is held again.
  session.open_array<std::uint8_t, 1>("/large").write(Box<1>{{2000}, {1000}}, std::vector<std::uint8_t>(1000, 4));
  std::fill(first.begin() + 2000, first.begin() + 3000, std::uint8_t{4});
  session.merge(back);
  session.commit("all");
  auto reader = repo.readonly_session(Branch{"main"});
  CHECK(reader.open_array<std::uint8_t, 1>("/large").read() == first);
  CHECK(reader.open_array<std::uint8_t, 1>("/small").read() == second);
  const auto garbage = repo.garbage_collect({.older_than = Timestamp::max(), .dry_run = true});
  CHECK(garbage.chunks == 2);  // the two that were written twice
}

TEST_CASE("session/fork: a fork neither commits nor flushes nor rebases nor amends") {
  auto repo = create();
  auto session = repo.writable_session("main");
  auto part = repo.forked_session(session.fork());
  set(part, 0, 1);
  CHECK(code_of([&] { part.commit("no"); }) == errc::invalid_argument);
  CHECK(code_of([&] { part.commit("no", {.amend = true}); }) == errc::invalid_argument);
  CHECK(code_of([&] { part.flush("no"); }) == errc::invalid_argument);
  CHECK(code_of([&] { part.rebase(); }) == errc::invalid_argument);
  CHECK(values(part).front() == 1);
  session.merge(part.changes());
  session.commit("yes");
  CHECK(committed(repo).front() == 1);
}

TEST_CASE("session/fork: only a session that writes can be forked or merged into, and only a fork gives its changes") {
  auto repo = create();
  auto reader = repo.readonly_session(Branch{"main"});
  auto session = repo.writable_session("main");
  auto part = repo.forked_session(session.fork());
  set(part, 0, 1);
  const Bytes changes = part.changes();
  CHECK(code_of([&] { reader.fork(); }) == errc::read_only_session);
  CHECK(code_of([&] { reader.merge(changes); }) == errc::read_only_session);
  CHECK(code_of([&] { session.changes(); }) == errc::invalid_argument);
  CHECK(code_of([&] { session.merge(session.fork()); }) == errc::invalid_argument);
  CHECK(code_of([&] { repo.forked_session(changes); }) == errc::invalid_argument);
  session.merge(changes);
  session.commit("done");
  CHECK(code_of([&] { session.fork(); }) == errc::session_committed);
  CHECK(code_of([&] { session.merge(changes); }) == errc::session_committed);
}

TEST_CASE("session/fork: a fork is merged where it was made: same snapshot, same branch") {
  auto repo = create();
  repo.create_branch("dev", repo.lookup_branch("main"));
  auto session = repo.writable_session("main");
  auto part = repo.forked_session(session.fork());
  set(part, 0, 1);
  const Bytes changes = part.changes();
  auto on_dev = repo.writable_session("dev");
  CHECK(code_of([&] { on_dev.merge(changes); }) == errc::invalid_argument);
  auto other = repo.writable_session("main");
  set(other, 5, 5);
  other.commit("first");
  auto later = repo.writable_session("main");
  CHECK(code_of([&] { later.merge(changes); }) == errc::invalid_argument);
  set(session, 1, 1);
  session.rebase();
  CHECK(code_of([&] { session.merge(changes); }) == errc::invalid_argument);
  session.commit("without the fork");
  CHECK(committed(repo) == std::vector<int>{0, 1, 0, 0, 0, 5, 0, 0});
}

TEST_CASE("session/fork: a refused merge names every conflict and leaves the session as it was") {
  auto repo = create();
  auto session = repo.writable_session("main");
  const Bytes fork = session.fork();
  auto part = repo.forked_session(fork);
  part.create_array<int, 1>("/x", {.shape = {1}, .chunks = {1}});
  part.open_array<int, 1>("/a").set_attributes(R"({"unit": "K"})");
  set(part, 0, 1);
  session.create_array<int, 1>("/x", {.shape = {1}, .chunks = {1}});
  session.open_array<int, 1>("/a").set_attributes(R"({"unit": "m"})");
  try {
    session.merge(part.changes());
    FAIL("merged");
  } catch (const ConflictError& error) {
    CHECK(error.code() == errc::merge_failed);
    REQUIRE(error.conflicts().size() == 2);
    CHECK(error.conflicts()[0].path == "/x");
    CHECK(error.conflicts()[1].path == "/a");
  }
  CHECK(values(session).front() == 0);
  CHECK(session.open_array<int, 1>("/a").attributes() == R"({"unit": "m"})");
  auto good = repo.forked_session(fork);
  set(good, 1, 2);
  session.merge(good.changes());
  session.commit("the good one");
  CHECK(committed(repo)[1] == 2);
}

TEST_CASE("session/fork: damaged bytes are corrupt, and the session goes on") {
  auto repo = create();
  auto session = repo.writable_session("main");
  Bytes fork = session.fork();
  auto part = repo.forked_session(fork);
  set(part, 0, 1);
  Bytes changes = part.changes();
  const Bytes good = changes;
  changes[changes.size() / 2] ^= std::byte{4};
  fork.back() ^= std::byte{4};
  CHECK(code_of([&] { session.merge(changes); }) == errc::corrupt);
  CHECK(code_of([&] { session.merge({}); }) == errc::corrupt);
  CHECK(code_of([&] { repo.forked_session(fork); }) == errc::corrupt);
  session.merge(good);
  session.commit("good");
}

TEST_CASE("session/fork: forks are forked and merged among themselves") {
  auto repo = create();
  auto session = repo.writable_session("main");
  auto left = repo.forked_session(session.fork());
  auto right = repo.forked_session(session.fork());
  left.create_array<int, 1>("/l", {.shape = {2}, .chunks = {1}});
  auto below = repo.forked_session(left.fork());
  set(below, 0, 1, "/l");
  set(below, 0, 1);
  const Bytes deep = below.changes();
  CHECK(code_of([&] { right.merge(deep); }) == errc::merge_failed);  // it knows no /l
  left.merge(deep);
  set(right, 1, 2);
  left.merge(right.changes());
  session.merge(left.changes());
  session.commit("a tree of forks");
  CHECK(committed(repo) == std::vector<int>{1, 2, 0, 0, 0, 0, 0, 0});
  CHECK(committed(repo, "/l") == std::vector<int>{1, 0});
}

TEST_CASE("session/fork: what one fork changes, another one's handle on the session sees after the merge") {
  auto repo = create(2);
  auto session = repo.writable_session("main");
  auto array = session.open_array<int, 1>("/a");
  auto part = repo.forked_session(session.fork());
  part.open_array<int, 1>("/a").append(0, std::vector<int>{7, 8});
  session.merge(part.changes());
  CHECK(array.read() == std::vector<int>{0, 0, 7, 8});
  array.set({3}, 9);
  session.commit("longer");
  CHECK(committed(repo) == std::vector<int>{0, 0, 7, 9});
}

TEST_CASE("session/fork: thousands of forks, in any order, become one commit") {
  constexpr std::uint64_t forks = 3000, each = 4;
  auto repo = create(forks * each);
  auto session = repo.writable_session("main");
  const Bytes fork = session.fork();
  std::vector<int> expected(forks * each);
  for (std::uint64_t i = 0; i != forks; ++i) {
    const std::uint64_t place = i * 1237 % forks;  // out of order, so that the session's table is hashed
    auto part = repo.forked_session(fork);
    for (std::uint64_t k = 0; k != each; ++k) {
      expected[place * each + k] = static_cast<int>(i * each + k + 1);
      set(part, place * each + k, expected[place * each + k]);
    }
    session.merge(part.changes());
  }
  session.commit("all");
  CHECK(committed(repo) == expected);
}

TEST_CASE("session/fork: forks write in other processes") {
  constexpr int processes = 6;
  const support::TempDir temp;
  using Local = Repository<storage::Local>;
  const std::string folder = (temp.path() / "repo").string();
  auto repo = Local::create(storage::Local(folder), one_thread());
  auto session = repo.writable_session("main");
  session.create_array<double, 2>("/field", {.shape = {processes, 5000}, .chunks = {1, 1000}});
  const Bytes fork = session.fork();
  std::vector<pid_t> running;
  for (int i = 0; i != processes; ++i) {
    const pid_t pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      try {
        auto own = Local::attach(storage::Local(folder), one_thread());
        auto part = own.forked_session(fork);
        const Box<2> row{{static_cast<std::uint64_t>(i), 0}, {1, 5000}};
        part.open_array<double, 2>("/field").write(row, std::vector<double>(5000, i + 1));
        const Bytes changes = part.changes();
        std::ofstream(temp.path() / std::to_string(i), std::ios::binary) << as_text(changes);
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    running.push_back(pid);
  }
  for (const pid_t pid : running) {
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    REQUIRE(status == 0);
  }
  for (int i = 0; i != processes; ++i) {
    std::ifstream file(temp.path() / std::to_string(i), std::ios::binary);
    const std::string changes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    session.merge(as_bytes(changes));
  }
  session.commit("one field of many processes");
  const auto field = Local::open(storage::Local(folder), one_thread()).readonly_session(Branch{"main"}).open_array<double, 2>("/field").read();
  for (std::size_t i = 0; i != field.size(); ++i) REQUIRE(field[i] == static_cast<double>(i / 5000 + 1));
}
