// SPDX-License-Identifier: Apache-2.0
// Policies by which changes of two writers commute: every operation of theirs against every one of ours.
#include <varve/conflict/all.hpp>
#include <varve/conflict/attributes.hpp>
#include <varve/conflict/grow.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/latency.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace varve;
using namespace std::chrono_literals;

namespace {

template <class Policy>
using RepoOf = Repository<storage::Memory, codec::Default, cache::Lru, Policy>;
using Growing = conflict::All<conflict::MergeAttributes, conflict::Grow>;
using Appending = conflict::All<conflict::MergeAttributes, conflict::Append>;

Options one_thread() {
  Options options;
  options.runtime = Runtime(0);
  return options;
}
CommitOptions rebasing(std::size_t tries = 3) {
  CommitOptions options;
  options.rebase_tries = tries;
  return options;
}

constexpr std::uint64_t base_length = 4, chunk = 2;

/// One thing that a writer does to /a, which begins as {10, 11, 12, 13}, with the attributes {"k": 0}.
struct Operation {
  std::string name;
  std::uint64_t length = base_length;           ///< of the array afterwards
  std::map<std::uint64_t, int> writes{};        ///< elements
  std::map<std::string, int> attributes{};      ///< set

  bool changes_metadata() const { return length != base_length || !attributes.empty(); }
  std::set<std::uint64_t> chunks() const {
    std::set<std::uint64_t> changed;
    for (const auto& [at, value] : writes) changed.insert(at / chunk);
    for (std::uint64_t at = (length + chunk - 1) / chunk; at < base_length / chunk; ++at) changed.insert(at);  // erased
    return changed;
  }
  template <class Session>
  void run(const Session& session) const {
    auto array = session.template open_array<int, 1>("/a");
    if (length != base_length) array.resize({length});
    for (const auto& [at, value] : writes) array.set({at}, value);
    if (attributes.empty()) return;
    std::string text = "{";
    std::map<std::string, int> all = attributes;
    all.emplace("k", 0);
    for (const auto& [key, value] : all) text += (text.size() == 1 ? "\"" : ", \"") + key + "\": " + std::to_string(value);
    array.set_attributes(text + "}");
  }
};

/// What an array holds, and its attributes but those that nobody touched.
struct Outcome {
  bool conflict = false;
  std::vector<int> values;
  std::map<std::string, int> attributes;
};

/// What the policies promise.
Outcome foreseen(const Operation& theirs, const Operation& ours, bool appends) {
  Outcome outcome;
  outcome.attributes = {{"k", 0}};
  std::map<std::uint64_t, int> our_writes = ours.writes;
  std::set<std::uint64_t> our_chunks = ours.chunks();
  std::uint64_t length = std::max(theirs.length, ours.length);
  const bool asked = theirs.changes_metadata() && (ours.changes_metadata() || !our_chunks.empty());
  if (asked) {
    const bool shape_changed = theirs.length != base_length;
    const bool same = theirs.length == ours.length;
    if (shape_changed && (appends || !same) && std::min(theirs.length, ours.length) < base_length) outcome.conflict = true;
    if (appends && theirs.length > base_length && ours.length > base_length) {
      if (theirs.length % chunk != 0) outcome.conflict = true;
      const std::uint64_t by = theirs.length - base_length;
      length = theirs.length + ours.length - base_length;
      our_writes.clear();
      our_chunks.clear();
      for (const auto& [at, value] : ours.writes) our_writes[at >= base_length ? at + by : at] = value;
      for (const auto& [at, value] : our_writes) our_chunks.insert(at / chunk);
    }
    for (const auto& [key, value] : theirs.attributes) {
      const auto mine = ours.attributes.find(key);
      if (mine != ours.attributes.end() && mine->second != value) outcome.conflict = true;
    }
  }
  if (theirs.length < base_length && !asked) length = theirs.length;
  if (ours.length < base_length) length = ours.length;
  for (const std::uint64_t at : theirs.chunks()) outcome.conflict = outcome.conflict || our_chunks.contains(at);
  if (outcome.conflict) return Outcome{true, {}, {}};
  outcome.values.resize(length);
  for (std::uint64_t at = 0; at != std::min(length, base_length); ++at) outcome.values[at] = static_cast<int>(10 + at);
  for (const auto* writes : {&theirs.writes, &std::as_const(our_writes)}) {
    for (const auto& [at, value] : *writes) {
      if (at < length) outcome.values[at] = value;
    }
  }
  for (const auto* changed : {&theirs.attributes, &ours.attributes}) {
    for (const auto& [key, value] : *changed) outcome.attributes[key] = value;
  }
  return outcome;
}

template <class Policy>
Outcome seen(const Operation& theirs, const Operation& ours) {
  auto repo = RepoOf<Policy>::create({}, one_thread());
  repo.transaction("main", "base", [](auto& session) {
    auto array = session.template create_array<int, 1>("/a", {.shape = {base_length}, .chunks = {chunk}});
    array.write(std::vector<int>{10, 11, 12, 13});
    array.set_attributes(R"({"k": 0})");
  });
  auto late = repo.writable_session("main");
  ours.run(late);
  repo.transaction("main", "theirs", [&](auto& session) { theirs.run(session); });
  const auto before = late.template open_array<int, 1>("/a").read();
  try {
    late.commit("ours", rebasing());
  } catch (const ConflictError& error) {
    REQUIRE(error.code() == errc::rebase_failed);
    REQUIRE_FALSE(error.conflicts().empty());
    for (const Conflict& conflict : error.conflicts()) {
      CHECK(conflict.path == "/a");
      const bool asked = conflict::ResolvesMetadata<Policy> && conflict.kind != ConflictKind::chunk_double_update;
      CHECK(asked == !conflict.reason.empty());
    }
    CHECK(late.has_changes());
    CHECK(late.template open_array<int, 1>("/a").read() == before);
    return {true, {}, {}};
  }
  Outcome outcome;
  auto array = repo.readonly_session(Branch{"main"}).template open_array<int, 1>("/a");
  outcome.values = array.read();
  const Json attributes = zarr::parse_json(array.attributes(), "attributes").value();
  for (const auto& [key, value] : *attributes.as_object()) outcome.attributes[key] = static_cast<int>(*value.as_int());
  CHECK(late.template open_array<int, 1>("/a").read() == outcome.values);  // the session reads what it made
  return outcome;
}

/// The two writers write different values, so that it shows whose is where.
std::vector<Operation> operations(int mark) {
  return {
      {.name = "write the first chunk", .writes = {{0, mark}}},
      {.name = "write the second chunk", .writes = {{3, mark}}},
      {.name = "set an attribute", .attributes = {{mark == 1 ? "theirs" : "ours", mark}}},
      {.name = "set the same attribute to the same", .attributes = {{"same", 5}}},
      {.name = "set the same attribute to something else", .attributes = {{"k", mark}}},
      {.name = "grow", .length = 6},
      {.name = "grow further", .length = 9},
      {.name = "append a chunk", .length = 6, .writes = {{4, mark}, {5, mark}}},
      {.name = "append two chunks", .length = 8, .writes = {{4, mark}, {5, mark}, {6, mark}, {7, mark}}},
      {.name = "append half a chunk", .length = 5, .writes = {{4, mark}}},
      {.name = "append and write the first chunk and an attribute", .length = 6, .writes = {{1, mark}, {4, mark}, {5, mark}}, .attributes = {{"n", 6}}},
      {.name = "write beyond a gap", .length = 10, .writes = {{9, mark}}},
      {.name = "shrink by a chunk", .length = 2},
  };
}

}  // namespace

TEST_CASE("session/commuting: each operation of theirs against each of ours, where arrays grow") {
  for (const Operation& theirs : operations(1)) {
    for (const Operation& ours : operations(2)) {
      CAPTURE(theirs.name);
      CAPTURE(ours.name);
      const Outcome outcome = seen<Growing>(theirs, ours);
      const Outcome expected = foreseen(theirs, ours, false);
      CHECK(outcome.conflict == expected.conflict);
      CHECK(outcome.values == expected.values);
      CHECK(outcome.attributes == expected.attributes);
    }
  }
}

TEST_CASE("session/commuting: each operation of theirs against each of ours, where arrays are appended to") {
  for (const Operation& theirs : operations(1)) {
    for (const Operation& ours : operations(2)) {
      CAPTURE(theirs.name);
      CAPTURE(ours.name);
      const Outcome outcome = seen<Appending>(theirs, ours);
      const Outcome expected = foreseen(theirs, ours, true);
      CHECK(outcome.conflict == expected.conflict);
      CHECK(outcome.values == expected.values);
      CHECK(outcome.attributes == expected.attributes);
    }
  }
}

TEST_CASE("session/commuting: without such a policy the same pairs conflict, as in the reference") {
  const auto all = operations(1);
  CHECK(seen<conflict::Fail>(all[2], operations(2)[2]).conflict);  // attributes of both
  CHECK(seen<conflict::Fail>(all[5], operations(2)[0]).conflict);  // they grow, we write
  CHECK(seen<conflict::MergeAttributes>(all[5], operations(2)[0]).conflict);
  CHECK(seen<conflict::Grow>(all[2], operations(2)[0]).conflict);
}

TEST_CASE("session/commuting: writers append one behind the other, commit after commit") {
  auto repo = RepoOf<Appending>::create({}, one_thread());
  repo.transaction("main", "base", [](auto& s) { s.template create_array<int, 2>("/log", {.shape = {0, 3}, .chunks = {2, 2}}); });
  auto late = repo.writable_session("main");
  late.open_array<int, 2>("/log").append(0, std::vector<int>(9, -1));  // three rows
  std::vector<int> expected;
  for (int i = 1; i != 5; ++i) {
    repo.transaction("main", "append", [&](auto& s) { s.template open_array<int, 2>("/log").append(0, std::vector<int>(12, i)); });
    expected.insert(expected.end(), 12, i);
    if (i == 2) late.rebase();
  }
  late.commit("at last", rebasing());
  expected.insert(expected.end(), 9, -1);
  CHECK(repo.readonly_session(Branch{"main"}).open_array<int, 2>("/log").read() == expected);

  // The last chunk is not whole any more, so the next two cannot both append.
  auto third = repo.writable_session("main"), fourth = repo.writable_session("main");
  third.open_array<int, 2>("/log").append(0, std::vector<int>(6, 7));
  fourth.open_array<int, 2>("/log").append(0, std::vector<int>(6, 8));
  third.commit("third");
  try {
    fourth.commit("fourth", rebasing());
    FAIL("committed");
  } catch (const ConflictError& error) {
    CHECK(error.conflicts().front().reason.find("begin inside a chunk") != std::string::npos);
  }
}

TEST_CASE("session/commuting: chunks that were held or merged move with an append, and the arrays beside it go their own way") {
  using Policy = conflict::All<conflict::At<conflict::Append>, conflict::At<conflict::Sum>, conflict::Grow>;
  auto repo = RepoOf<Policy>::create({}, one_thread(), {.cache = {}, .conflicts = Policy(conflict::At("/log", conflict::Append()), conflict::At("/count*", conflict::Sum()), conflict::Grow())});
  repo.transaction("main", "base", [](auto& s) {
    s.template create_array<std::int64_t, 1>("/log", {.shape = {0}, .chunks = {1000}});
    s.template create_array<std::int64_t, 1>("/counts", {.shape = {2}, .chunks = {2}}).write(std::vector<std::int64_t>{1, 1});
    s.template create_array<std::int64_t, 1>("/grid", {.shape = {1}, .chunks = {1}});
  });
  const auto edit = [](auto& s, std::int64_t mark) {
    s.template open_array<std::int64_t, 1>("/log").append(0, std::vector<std::int64_t>(1000, mark));
    auto counts = s.template open_array<std::int64_t, 1>("/counts");
    auto values = counts.read();
    for (auto& value : values) value += mark;
    counts.write(values);
    s.template open_array<std::int64_t, 1>("/grid").resize({static_cast<std::uint64_t>(mark) + 1});
  };
  auto late = repo.writable_session("main");
  edit(late, 5);
  repo.transaction("main", "theirs", [&](auto& s) { edit(s, 20); });
  late.commit("ours", rebasing());
  auto reader = repo.readonly_session(Branch{"main"});
  std::vector<std::int64_t> log(1000, 20);
  log.insert(log.end(), 1000, 5);
  CHECK(reader.open_array<std::int64_t, 1>("/log").read() == log);
  CHECK(reader.open_array<std::int64_t, 1>("/counts").read() == std::vector<std::int64_t>{26, 26});
  CHECK(reader.open_array<std::int64_t, 1>("/grid").shape() == std::array<std::uint64_t, 1>{21});
}

TEST_CASE("session/commuting: of uneven chunks each is merged in its own shape, and the grid may have grown meanwhile") {
  using Policy = conflict::All<conflict::Sum, conflict::Grow>;
  auto repo = RepoOf<Policy>::create({}, one_thread(), {.cache = {}, .conflicts = Policy(conflict::Sum(), conflict::Grow())});
  using Values = std::vector<std::int64_t>;
  repo.transaction("main", "base", [](auto& s) {
    s.template create_array<std::int64_t, 1>("/a", {.shape = {6}, .chunk_edges = {{{1, 2, 3}}}, .codecs = {codec::zstd()}}).write(Values(6, 1));
  });
  auto late = repo.writable_session("main");
  auto array = late.open_array<std::int64_t, 1>("/a");
  array.write(Box<1>{{1}, {5}}, Values(5, 11));
  repo.transaction("main", "theirs", [](auto& s) {
    auto theirs = s.template open_array<std::int64_t, 1>("/a");
    theirs.write(Box<1>{{0}, {3}}, Values(3, 3));
    theirs.append(0, Values(4, 7));
  });
  late.commit("ours", rebasing());
  CHECK(repo.readonly_session(Branch{"main"}).open_array<std::int64_t, 1>("/a").read() == Values{3, 13, 13, 11, 11, 11, 7, 7, 7, 7});

  // Where both add chunks, of different lengths, there is no grid that describes both.
  auto other = repo.writable_session("main");
  other.open_array<std::int64_t, 1>("/a").append(0, Values(2, 5));
  repo.transaction("main", "theirs", [](auto& s) { s.template open_array<std::int64_t, 1>("/a").append(0, Values(3, 5)); });
  CHECK_THROWS_WITH_AS(other.commit("ours", rebasing()), doctest::Contains("both added chunks"), Error);
}

TEST_CASE("session/commuting: groups merge their attributes, and the log of the commit says what it changed") {
  auto repo = RepoOf<conflict::MergeAttributes>::create({}, one_thread());
  repo.transaction("main", "base", [](auto& s) { s.create_group("/g", R"({"title": "x"})"); });
  auto late = repo.writable_session("main");
  late.open_group("/g").set_attributes(R"({"title": "x", "year_1990": "done"})");
  repo.transaction("main", "theirs", [](auto& s) { s.open_group("/g").set_attributes(R"({"title": "x", "year_1991": "done"})"); });
  const SnapshotId before = repo.lookup_branch("main");
  const SnapshotId after = late.commit("ours", rebasing());
  CHECK(repo.readonly_session(after).open_group("/g").attributes() == R"({"title": "x", "year_1991": "done", "year_1990": "done"})");
  CHECK(repo.diff(before, after).updated_groups == std::set<std::string>{"/g"});
}

namespace {

using FarStore = storage::Latency<storage::Faults<storage::Memory>>;
using FarRepo = Repository<FarStore, codec::Default, cache::Lru, Appending>;

/// Commits all sessions at once, on one thread.
template <class Session>
std::size_t commit_all(const std::vector<Session>& sessions, std::size_t tries) {
  boost::asio::io_context loop;
  std::size_t landed = 0;
  for (const Session& session : sessions) {
    auto ending = [&landed](std::exception_ptr thrown, Result<SnapshotId> result) {
      CHECK_FALSE(thrown);
      landed += result.has_value() ? 1U : 0U;
    };
    boost::asio::co_spawn(loop, session.async_commit("append", rebasing(tries)), std::move(ending));
  }
  loop.run();
  return landed;
}

/// Appends a chunk of 1000 elements each in many sessions at once, in a store that fails as told; chunks are held until the
/// commit. Returns how often it failed.
std::uint64_t append_together(const storage::FaultOptions& plan) {
  constexpr std::uint64_t length = 1000;
  constexpr int writers = 6;
  storage::Memory memory;
  auto plain = Repository<storage::Memory>::create(memory, one_thread());
  plain.transaction("main", "base", [](auto& s) {
    s.template create_array<int, 1>("/log", {.shape = {length}, .chunks = {length}, .codecs = {codec::bytes()}}).write(std::vector<int>(length, -1));
  });
  storage::LatencyOptions far;
  far.request = 1ms;
  const storage::Faults<storage::Memory> faults(memory, plan);
  auto repo = FarRepo::attach(FarStore(faults, far), one_thread());
  std::vector<FarRepo::SessionType> sessions;
  for (int i = 0; i != writers; ++i) {
    sessions.push_back(repo.writable_session("main"));
    sessions.back().open_array<int, 1>("/log").append(0, std::vector<int>(length, i));
  }
  std::size_t landed = commit_all(sessions, 100);
  for (int round = 0; landed != writers && round != 20; ++round) {
    std::vector<FarRepo::SessionType> again;
    for (const auto& session : sessions) {
      if (session.writable()) again.push_back(session);
    }
    landed += commit_all(again, 100);
  }
  REQUIRE(landed == writers);
  const auto log = plain.readonly_session(Branch{"main"}).open_array<int, 1>("/log").read();
  REQUIRE(log.size() == (writers + 1) * length);
  std::set<int> seen;
  for (std::size_t i = 0; i != log.size(); i += length) {
    CHECK(seen.insert(log[i]).second);
    CHECK(std::all_of(log.begin() + static_cast<std::ptrdiff_t>(i), log.begin() + static_cast<std::ptrdiff_t>(i + length), [&](int v) { return v == log[i]; }));
  }
  return faults.faults();
}

}  // namespace

TEST_CASE("session/commuting: appends that are committed at the same moment stand one behind the other") {
  CHECK(append_together(storage::FaultOptions()) == 0);
}

TEST_CASE("session/commuting: an append that was built on a commit that did not land is moved again, from where it was") {
  for (const auto kind : {storage::Fault::Kind::fail_before, storage::Fault::Kind::lose_response}) {
    std::uint64_t nth = 1;
    for (;; ++nth) {
      CAPTURE(nth);
      storage::FaultOptions faults;
      faults.plan = {storage::Fault{.kind = kind, .nth = nth, .operation = storage::Operation::put, .key_prefix = ""}};
      if (append_together(faults) == 0) break;
    }
    CHECK(nth > 10);
  }
}
