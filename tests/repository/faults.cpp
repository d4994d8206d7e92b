// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Plain = Repository<storage::Memory>;
using Faulty = Repository<storage::Faults<storage::Memory>>;
using Kind = storage::Fault::Kind;

storage::Faults<storage::Memory> failing(const storage::Memory& store, Kind kind, std::uint64_t nth) {
  storage::FaultOptions options;
  storage::Fault fault;
  fault.kind = kind;
  fault.nth = nth;
  options.plan.push_back(fault);
  return storage::Faults<storage::Memory>(store, options);
}

Options one_thread() {
  Options options;
  options.runtime = Runtime(0);  // the nth request is then always the same one
  options.update_tries = 3;
  return options;
}

ArrayOptions<int, 1> line() { return {.shape = {600}, .chunks = {300}}; }

std::vector<int> values_of(const storage::Memory& store) {
  auto session = Plain::open(store, one_thread()).readonly_session(Branch{"main"});
  if (!session.exists("/a")) return {};
  return session.open_array<int, 1>("/a").read();
}

}  // namespace

TEST_CASE("repository/faults: whichever request of a commit fails, all of it is there or nothing") {
  for (const Kind kind : {Kind::fail_before, Kind::lose_response}) {
    bool failed_once = false;
    bool done = false;
    for (std::uint64_t nth = 1; !done; ++nth) {
      CAPTURE(nth);
      REQUIRE(nth < 100);
      storage::Memory store;
      Plain::create(store, one_thread());
      const auto faults = failing(store, kind, nth);
      std::optional<SnapshotId> acknowledged;
      try {
        auto repo = Faulty::open(faults, one_thread());
        auto session = repo.writable_session("main");
        session.create_array<int, 1>("/a", line()).write(std::vector<int>(600, 1));
        acknowledged = session.commit("ones");
      } catch (const StorageError& error) {
        failed_once = true;
        CHECK(error.code() == errc::unreachable);
        CHECK(error.retryable());
        CHECK_FALSE(error.key().empty());
      }
      const auto seen = values_of(store);
      if (acknowledged) {
        CHECK(Plain::open(store).lookup_branch("main") == *acknowledged);
        CHECK(seen == std::vector<int>(600, 1));
      } else {
        CHECK(seen.empty());
      }
      done = faults.faults() == 0;
    }
    CHECK(failed_once);
  }
}

TEST_CASE("repository/faults: a lost response of the last step is recognised, alone and among other writers") {
  storage::Memory store;
  Plain::create(store, one_thread());
  storage::FaultOptions options;
  for (std::uint64_t nth = 1; nth < 40; nth += 2) {
    storage::Fault fault;
    fault.kind = Kind::lose_response;
    fault.operation = storage::Operation::put;
    fault.key_prefix = "repo";
    fault.nth = nth;
    options.plan.push_back(fault);
  }
  const storage::Faults<storage::Memory> faults(store, options);
  auto repo = Faulty::open(faults, one_thread());
  auto other = Plain::open(store, one_thread());
  for (int i = 0; i != 20; ++i) {
    repo.create_branch("ours" + std::to_string(i), initial_snapshot_id);
    other.create_branch("theirs" + std::to_string(i), initial_snapshot_id);
  }
  CHECK(faults.faults() >= 10);
  CHECK(other.list_branches().size() == 41);
  std::size_t created = 0;
  for (const auto& update : other.ops_log()) created += std::holds_alternative<format::BranchCreated>(update.kind) ? 1 : 0;
  CHECK(created == 40);  // none was done twice
}

TEST_CASE("repository/faults: a reader never takes half an object for a whole one") {
  storage::Memory store;
  auto plain = Plain::create(store, one_thread());
  plain.transaction("main", "ones", [](auto& session) {
    session.template create_array<int, 1>("/a", line()).write(std::vector<int>(600, 1));
  });
  bool failed_once = false;
  for (std::uint64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    REQUIRE(nth < 50);
    const auto faults = failing(store, Kind::short_read, nth);
    try {
      auto repo = Faulty::open(faults, one_thread());
      const auto values = repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read();
      CHECK(values == std::vector<int>(600, 1));
    } catch (const FormatError& error) {
      failed_once = true;
      CHECK(error.code() == errc::corrupt);
      CHECK_FALSE(error.key().empty());
    }
    if (faults.faults() == 0) break;
  }
  CHECK(failed_once);
}

TEST_CASE("repository/faults: a store that fails at random loses no acknowledged commit") {
  std::size_t acknowledged = 0;
  std::size_t refused = 0;
  for (std::uint64_t seed = 0; seed != 200; ++seed) {
    CAPTURE(seed);
    storage::Memory store;
    auto plain = Plain::create(store, one_thread());
    plain.transaction("main", "array", [](auto& session) {
      session.template create_array<int, 1>("/a", ArrayOptions<int, 1>{.shape = {20}, .chunks = {1}});
    });
    storage::FaultOptions options;
    options.probability = 0.1;
    options.seed = seed;
    const storage::Faults<storage::Memory> faults(store, options);
    std::vector<bool> landed(20);
    for (std::uint64_t step = 0; step != 20; ++step) {
      try {
        auto repo = Faulty::open(faults, one_thread());
        auto session = repo.writable_session("main");
        const Box<1> cell{{step}, {1}};
        session.open_array<int, 1>("/a").write(cell, std::vector<int>{static_cast<int>(step) + 1});
        session.commit("step", {.rebase_tries = 5});
        landed[step] = true;
        ++acknowledged;
      } catch (const Error& error) {
        ++refused;
        CHECK(error.code() == errc::unreachable);
      }
    }
    const auto seen = values_of(store);
    for (std::size_t i = 0; i != 20; ++i) {
      if (landed[i]) CHECK(seen[i] == static_cast<int>(i) + 1);
      CHECK((seen[i] == 0 || seen[i] == static_cast<int>(i) + 1));
    }
  }
  CHECK(acknowledged > 1000);
  CHECK(refused > 100);
}

TEST_CASE("repository/faults: a commit whose end was unclear is finished by committing again") {
  storage::Memory store;
  Plain::create(store, one_thread());
  storage::FaultOptions options;
  storage::Fault lost;
  lost.kind = Kind::lose_response;
  lost.operation = storage::Operation::put;
  lost.key_prefix = "repo";
  options.plan.push_back(lost);
  storage::Fault blind;  // and the look at what is stored now fails too
  blind.kind = Kind::fail_before;
  blind.operation = storage::Operation::get;
  blind.key_prefix = "repo";
  blind.nth = 3;
  options.plan.push_back(blind);
  const storage::Faults<storage::Memory> faults(store, options);
  auto repo = Faulty::open(faults, one_thread());
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/a", line()).write(std::vector<int>(600, 1));
  CHECK_THROWS_AS(session.commit("ones"), StorageError);
  CHECK(faults.faults() == 2);
  const auto id = session.commit("ones");
  CHECK(Plain::open(store).lookup_branch("main") == id);
  std::size_t commits = 0;
  for (const auto& snapshot : Plain::open(store).ancestry(Branch{"main"})) commits += snapshot.message == "ones" ? 1 : 0;
  CHECK(commits == 1);
}
