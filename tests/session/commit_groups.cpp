// SPDX-License-Identifier: Apache-2.0
// Commits of one process that meet: they share updates of `repo`, and each still stands or falls for itself.
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/latency.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>

#include "support/doctest.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace varve;
using namespace std::chrono_literals;

namespace {

using Store = storage::Metrics<storage::Latency<storage::Faults<storage::Memory>>>;
using Repo = Repository<Store>;
using Writer = decltype(std::declval<Repo&>().writable_session(""));

constexpr std::uint64_t chunks = 64;

struct Fixture {
  storage::Memory memory;
  storage::MetricsCounters counters;
  Repo repo;

  explicit Fixture(storage::FaultOptions faults = storage::FaultOptions()) : repo(make(faults)) {}

  Repo make(const storage::FaultOptions& faults) {
    auto plain = Repository<storage::Memory>::create(memory);
    auto session = plain.writable_session("main");
    session.create_array<int, 1>("/a", ArrayOptions<int, 1>{.shape = {chunks}, .chunks = {1}, .codecs = {}});
    session.commit("an array");
    plain.create_branch("other", plain.lookup_branch("main"));
    Options options;
    options.runtime = Runtime(0);  // one thread
    storage::LatencyOptions far;
    far.request = 1ms;
    const storage::Faults<storage::Memory> failing(memory, faults);
    return Repo::attach(Store(storage::Latency<storage::Faults<storage::Memory>>(failing, far), counters), options);
  }
  std::vector<int> values(const std::string& branch) const {
    return Repository<storage::Memory>::open(memory).readonly_session(Branch{branch}).open_array<int, 1>("/a").read();
  }
};

Writer edited(Repo& repo, const std::string& branch, std::uint64_t chunk, int value) {
  auto session = repo.writable_session(branch);
  session.open_array<int, 1>("/a").write(Box<1>{{chunk}, {1}}, std::vector<int>{value});
  return session;
}

CommitOptions rebasing(std::size_t tries) {
  CommitOptions options;
  options.rebase_tries = tries;
  return options;
}

/// Commits all sessions at once, on one thread, and returns what became of each.
std::vector<Result<SnapshotId>> commit_all(const std::vector<Writer>& sessions, std::size_t tries) {
  boost::asio::io_context loop;
  std::vector<std::optional<Result<SnapshotId>>> ended(sessions.size());
  for (std::size_t i = 0; i != sessions.size(); ++i) {
    auto ending = [&ended, i](std::exception_ptr thrown, Result<SnapshotId> result) {
      CHECK_FALSE(thrown);
      ended[i].emplace(std::move(result));
    };
    boost::asio::co_spawn(loop, sessions[i].async_commit("commit " + std::to_string(i), rebasing(tries)), std::move(ending));
  }
  loop.run();
  std::vector<Result<SnapshotId>> results;
  for (auto& result : ended) results.push_back(std::move(*result));
  return results;
}

}  // namespace

TEST_CASE("session/commit_groups: sessions that commit at once land in the order in which they came, by few updates") {
  Fixture fixture;
  std::vector<Writer> sessions;
  for (std::uint64_t i = 0; i != 40; ++i) sessions.push_back(edited(fixture.repo, "main", i, static_cast<int>(i) + 1));
  const auto before = fixture.counters.snapshot()[storage::Operation::copy].calls;
  const auto results = commit_all(sessions, 1);
  for (std::size_t i = 0; i != results.size(); ++i) {
    REQUIRE(results[i].has_value());
    CHECK(sessions[i].snapshot_id() == *results[i]);
    CHECK_FALSE(sessions[i].writable());
  }
  // One update for who came first, one for all the others, who came while it ran.
  CHECK(fixture.counters.snapshot()[storage::Operation::copy].calls - before == 2);
  std::vector<std::string> messages;
  for (const auto& snapshot : fixture.repo.ancestry(Branch{"main"})) messages.push_back(snapshot.message);
  REQUIRE(messages.size() == 42);
  for (std::size_t i = 0; i != 40; ++i) CHECK(messages[i] == "commit " + std::to_string(39 - i));
  const auto values = fixture.values("main");
  for (std::size_t i = 0; i != 40; ++i) CHECK(values[i] == static_cast<int>(i) + 1);
  // Every commit is an operation of its own, at a time of its own.
  std::set<SnapshotId> operations;
  std::optional<Timestamp> later;
  for (const auto& update : fixture.repo.ops_log()) {
    if (later) CHECK(update.updated_at < *later);
    later = update.updated_at;
    if (const auto* commit = std::get_if<format::NewCommit>(&update.kind)) operations.insert(commit->new_snapshot);
  }
  for (const auto& result : results) CHECK(operations.contains(*result));
}

TEST_CASE("session/commit_groups: branches share an update, and a conflict in one is nothing to the other") {
  Fixture fixture;
  std::vector<Writer> sessions;
  for (std::uint64_t i = 0; i != 8; ++i) sessions.push_back(edited(fixture.repo, i % 2 == 0 ? "main" : "other", i, static_cast<int>(i) + 1));
  {
    auto elsewhere = Repository<storage::Memory>::open(fixture.memory);
    auto session = elsewhere.writable_session("main");
    session.open_array<int, 1>("/a").write(Box<1>{{60}, {1}}, std::vector<int>{60});
    session.commit("somebody else");
  }
  const auto results = commit_all(sessions, 0);  // without a rebase only the first of a branch can land
  for (std::size_t i = 0; i != results.size(); ++i) {
    CAPTURE(i);
    if (i == 1) {
      CHECK(results[i].has_value());
    } else {
      REQUIRE_FALSE(results[i].has_value());
      CHECK(results[i].error().code() == errc::conflict);
      CHECK(results[i].error().key() == (i % 2 == 0 ? "main" : "other"));
      CHECK(sessions[i].has_changes());
    }
  }
  const auto again = commit_all({sessions[0], sessions[2], sessions[3], sessions[4], sessions[5], sessions[6], sessions[7]}, 3);
  for (const auto& result : again) CHECK(result.has_value());
  for (std::size_t i = 0; i != 8; ++i) CHECK(fixture.values(i % 2 == 0 ? "main" : "other")[i] == static_cast<int>(i) + 1);
  CHECK(fixture.values("main")[60] == 60);
}

TEST_CASE("session/commit_groups: a session that moves nodes stands on those before it, and nobody on it") {
  for (const std::size_t place : {std::size_t{0}, std::size_t{3}, std::size_t{7}}) {
    for (const bool allowed : {true, false}) {
      CAPTURE(place);
      CAPTURE(allowed);
      Fixture fixture;
      auto mover = fixture.repo.rearrange_session("main");
      mover.move("/a", "/b");
      std::vector<Writer> sessions;
      for (std::uint64_t i = 0; i != 7; ++i) sessions.push_back(edited(fixture.repo, i == 6 ? "other" : "main", i, 9));
      sessions.insert(sessions.begin() + static_cast<std::ptrdiff_t>(place), mover);
      if (!allowed) fixture.repo.set_feature(Feature::move_node, false);
      const auto results = commit_all(sessions, 3);
      const auto reader = fixture.repo.readonly_session(Branch{"main"});
      CHECK(reader.exists("/b") == allowed);
      const auto values = reader.open_array<int, 1>(allowed ? "/b" : "/a").read();
      for (std::size_t i = 0; i != results.size(); ++i) {
        CAPTURE(i);
        if (i == place) {
          CHECK((results[i] ? errc{} : results[i].error().code()) == (allowed ? errc{} : errc::feature_disabled));
          continue;
        }
        const std::size_t chunk = i < place ? i : i - 1;
        const bool late = allowed && i > place && chunk != 6;
        CHECK((results[i] ? errc{} : results[i].error().code()) == (late ? errc::rebase_failed : errc{}));
        if (chunk != 6) CHECK(values[chunk] == (late ? 0 : 9));
      }
      CHECK(fixture.values("other")[6] == 9);
    }
  }
}

TEST_CASE("session/commit_groups: of two that write one chunk at once, the second hears of it, and only of what has landed") {
  Fixture fixture;
  std::vector<Writer> sessions;
  for (int i = 0; i != 4; ++i) sessions.push_back(edited(fixture.repo, "main", i == 3 ? 9 : 5, i + 1));
  const auto results = commit_all(sessions, 3);
  CHECK(results[0].has_value());
  for (const int i : {1, 2}) {
    REQUIRE_FALSE(results[static_cast<std::size_t>(i)].has_value());
    CHECK(results[static_cast<std::size_t>(i)].error().code() == errc::rebase_failed);
    CHECK(results[static_cast<std::size_t>(i)].error().conflicts().size() == 1);
    CHECK(sessions[static_cast<std::size_t>(i)].open_array<int, 1>("/a").at({5}) == i + 1);  // it keeps its changes
  }
  CHECK(results[3].has_value());
  CHECK(fixture.values("main")[5] == 1);
  CHECK(fixture.values("main")[9] == 4);
}

TEST_CASE("session/commit_groups: a member that is cancelled at any moment harms no other") {
  for (int moment = 0; moment != 60; ++moment) {
    CAPTURE(moment);
    Fixture fixture;
    std::vector<Writer> sessions;
    for (std::uint64_t i = 0; i != 6; ++i) sessions.push_back(edited(fixture.repo, "main", i, static_cast<int>(i) + 1));
    boost::asio::io_context loop;
    std::vector<boost::asio::cancellation_signal> cancel(sessions.size());
    std::vector<std::optional<Result<SnapshotId>>> ended(sessions.size());
    for (std::size_t i = 0; i != sessions.size(); ++i) {
      auto ending = [&ended, i](std::exception_ptr thrown, Result<SnapshotId> result) {
        CHECK_FALSE(thrown);
        ended[i].emplace(std::move(result));
      };
      boost::asio::co_spawn(loop, sessions[i].async_commit("commit", rebasing(5)),
                            boost::asio::bind_cancellation_slot(cancel[i].slot(), std::move(ending)));
    }
    const std::size_t victim = static_cast<std::size_t>(moment) % sessions.size();
    for (int step = 0; step != moment * 6 && loop.run_one() != 0; ++step) {
    }
    cancel[victim].emit(boost::asio::cancellation_type::terminal);
    loop.run();
    const auto values = fixture.values("main");
    for (std::size_t i = 0; i != sessions.size(); ++i) {
      CAPTURE(i);
      REQUIRE(ended[i]);
      if (i != victim) CHECK(ended[i]->has_value());
      if (ended[i]->has_value()) {
        CHECK(values[i] == static_cast<int>(i) + 1);
      } else {
        CHECK(ended[i]->error().code() == errc::cancelled);
        CHECK((values[i] == 0 || values[i] == static_cast<int>(i) + 1));
      }
    }
  }
}

TEST_CASE("session/commit_groups: on a store that fails at random no acknowledged commit is lost, and none is done twice") {
  std::size_t landed = 0;
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed != 60; ++seed) {
    CAPTURE(seed);
    storage::FaultOptions faults;
    faults.seed = seed;
    faults.probability = 0.05;
    Fixture fixture(faults);
    std::vector<Writer> sessions;
    while (sessions.size() != 12) {
      const std::uint64_t i = sessions.size();
      try {
        sessions.push_back(edited(fixture.repo, "main", i, static_cast<int>(i) + 1));
      } catch (const Error&) {  // it opens another time
      }
    }
    const auto results = commit_all(sessions, 20);
    const auto values = fixture.values("main");
    std::size_t seen = 0;
    for (std::size_t i = 0; i != results.size(); ++i) {
      if (results[i].has_value()) {
        ++landed;
        CHECK(values[i] == static_cast<int>(i) + 1);
      } else {
        ++refused;
        CHECK(results[i].error().code() == errc::unreachable);
      }
      seen += values[i] != 0 ? 1U : 0U;
    }
    std::size_t snapshots = 0;
    for ([[maybe_unused]] const auto& snapshot : Repository<storage::Memory>::open(fixture.memory).ancestry(Branch{"main"})) ++snapshots;
    CHECK(snapshots == seen + 2);
  }
  CHECK(landed > 100);
  CHECK(refused > 10);
}
