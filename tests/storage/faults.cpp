#include <varve/storage/faults.hpp>

#include <varve/storage/memory.hpp>

#include "backend_suite.hpp"

#include <sys/wait.h>
#include <unistd.h>

using varve::errc;
using varve::PutCondition;
using varve::storage::Fault;
using varve::storage::Faults;
using varve::storage::Memory;
using varve::storage::Operation;

namespace {

Faults<Memory> with(Fault fault, Memory inner = {}) {
  Faults<Memory>::Options options;
  options.plan.push_back(std::move(fault));
  return Faults<Memory>(std::move(inner), std::move(options));
}

}  // namespace

TEST_CASE("storage/faults: without a plan it behaves as a backend") {
  support::backend_suite([] { return Faults<Memory>(Memory()); });
}

TEST_CASE("storage/faults: a request that fails before has done nothing, and the next one succeeds") {
  auto store = with({Fault::Kind::fail_before, 2, Operation::put, "", errc::no_space});
  support::put(store, "a", support::bytes_of("1"));
  support::get(store, "a");
  const auto failed = varve::block_on(store.put("b", varve::as_bytes("2"), PutCondition::always()));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == errc::no_space);
  CHECK(failed.error().key() == "b");
  CHECK(failed.error().retryable());
  CHECK(support::get(store, "b").status == varve::Fetched::Status::missing);
  CHECK(support::put(store, "b", support::bytes_of("2")).written);
  CHECK(store.requests() == 5);
  CHECK(store.faults() == 1);
}

TEST_CASE("storage/faults: a request whose response is lost has been done") {
  auto store = with({Fault::Kind::lose_response, 1, Operation::put, "repo", errc::unreachable});
  support::put(store, "chunks/A", support::bytes_of("x"));
  CHECK_FALSE(varve::block_on(store.put("repo", varve::as_bytes("1"), PutCondition::if_absent())));
  CHECK(support::get(store, "repo").bytes == support::bytes_of("1"));
}

TEST_CASE("storage/faults: every operation can fail, and can lose its response") {
  for (const auto kind : {Fault::Kind::fail_before, Fault::Kind::lose_response}) {
    for (std::size_t i = 0; i != varve::storage::operation_count; ++i) {
      const auto operation = static_cast<Operation>(i);
      CAPTURE(name_of(operation));
      Memory inner;
      const auto version = support::put(inner, "k", support::bytes_of("v")).version;
      auto store = with({kind, 1, operation, "", errc::throttled}, inner);
      varve::Bytes buffer(1);
      const std::vector<std::string> keys{"k"};
      std::vector<errc> errors;
      const auto note = [&](const auto& result) {
        if (!result) errors.push_back(result.error().code());
      };
      note(varve::block_on(store.get("k", {})));
      note(varve::block_on(store.read_into("k", 0, buffer)));
      note(varve::block_on(store.put("l", buffer, PutCondition::always())));
      note(varve::block_on(store.copy("k", "m", version)));
      note(varve::block_on(store.list("", std::nullopt)));
      note(varve::block_on(store.size("k")));
      note(varve::block_on(store.remove(keys)));
      CHECK(errors == std::vector<errc>{errc::throttled});
      const bool done = kind == Fault::Kind::lose_response;
      CHECK((support::get(inner, "l").status == varve::Fetched::Status::found) == (operation != Operation::put || done));
      CHECK((support::get(inner, "m").status == varve::Fetched::Status::found) == (operation != Operation::copy || done));
      CHECK((support::get(inner, "k").status == varve::Fetched::Status::missing) == (operation != Operation::remove || done));
    }
  }
}

TEST_CASE("storage/faults: a short read gives half of the bytes") {
  auto store = with({Fault::Kind::short_read, 1, Operation::get, "", {}});
  support::put(store, "k", support::bytes_of("0123456789"));
  CHECK(support::get(store, "k").bytes == support::bytes_of("01234"));
  CHECK(support::get(store, "k").bytes == support::bytes_of("0123456789"));
  auto other = with({Fault::Kind::short_read, 1, Operation::read_into, "", {}});
  support::put(other, "k", support::bytes_of("0123456789"));
  varve::Bytes buffer(10);
  CHECK(*varve::block_on(other.read_into("k", 0, buffer)).value() == 5);
}

TEST_CASE("storage/faults: failures at random repeat with their seed") {
  const auto run = [](std::uint64_t seed) {
    Faults<Memory>::Options options;
    options.probability = 0.3;
    options.seed = seed;
    Faults<Memory> store(Memory(), options);
    std::string history;
    for (int i = 0; i != 200; ++i) {
      history += varve::block_on(store.put("k", varve::as_bytes("v"), PutCondition::always())) ? '.' : 'x';
    }
    CHECK(store.faults() == static_cast<std::uint64_t>(std::count(history.begin(), history.end(), 'x')));
    return history;
  };
  const std::string first = run(1);
  const auto failures = std::count(first.begin(), first.end(), 'x');
  CHECK(failures > 30);
  CHECK(failures < 90);
  CHECK(run(1) == first);
  CHECK(run(2) != first);
}

TEST_CASE("storage/faults: a kill is called before or after the request") {
  for (const bool after : {false, true}) {
    int killed = 0;
    Memory inner;
    Faults<Memory>::Options options;
    options.plan.push_back({after ? Fault::Kind::kill_after : Fault::Kind::kill_before, 1, Operation::put, "", {}});
    bool there = false;
    options.kill = [&] {
      ++killed;
      there = support::get(inner, "k").status == varve::Fetched::Status::found;
    };
    Faults<Memory> store(inner, options);
    support::put(store, "k", support::bytes_of("v"));
    CHECK(killed == 1);
    CHECK(there == after);
  }
}

TEST_CASE("storage/faults: a kill ends the process unless it is told otherwise") {
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = with({Fault::Kind::kill_before, 1, std::nullopt, "", {}});
    support::get(store, "k");
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 137);
}
