#include <varve/storage/metrics.hpp>

#include <varve/storage/faults.hpp>
#include <varve/storage/memory.hpp>

#include "backend_suite.hpp"

using varve::storage::Faults;
using varve::storage::Memory;
using varve::storage::Metrics;
using varve::storage::MetricsCounters;
using varve::storage::Operation;

TEST_CASE("storage/metrics: behaves as a backend") {
  support::backend_suite([] { return Metrics<Memory>(Memory()); });
}

TEST_CASE("storage/metrics: counts calls and bytes by operation, also after the store has moved") {
  const MetricsCounters counters;
  Metrics<Memory> first(Memory(), counters);
  Metrics<Memory> store = std::move(first);
  const auto version = support::put(store, "k", support::noise(100, 1)).version;
  CHECK_FALSE(support::put(store, "k", support::noise(100, 1), varve::PutCondition::if_absent()).written);
  support::get(store, "k");
  support::get(store, "k", varve::ByteRange{90, 200});
  support::get(store, "k", {}, version);
  support::get(store, "none");
  varve::Bytes buffer(50);
  varve::block_on(store.read_into("k", 80, buffer)).value();
  varve::block_on(store.copy("k", "l", version)).value();
  varve::block_on(store.list("", std::nullopt)).value();
  varve::block_on(store.size("k")).value();
  const std::vector<std::string> keys{"k"};
  varve::block_on(store.remove(keys)).value();
  const auto seen = counters.snapshot();
  CHECK(seen[Operation::put].calls == 2);
  CHECK(seen[Operation::put].bytes == 100);
  CHECK(seen[Operation::get].calls == 4);
  CHECK(seen[Operation::get].bytes == 110);
  CHECK(seen[Operation::read_into].calls == 1);
  CHECK(seen[Operation::read_into].bytes == 20);
  CHECK(seen[Operation::copy].calls == 1);
  CHECK(seen[Operation::list].calls == 1);
  CHECK(seen[Operation::size].calls == 1);
  CHECK(seen[Operation::remove].calls == 1);
  CHECK(seen.total().calls == 11);
  CHECK(seen.total().bytes == 230);
  CHECK(seen.total().failures == 0);
  CHECK(seen.total().time.count() > 0);
}

TEST_CASE("storage/metrics: failures are counted, and their bytes are not") {
  Faults<Memory>::Options options;
  options.plan.push_back({varve::storage::Fault::Kind::lose_response, 1, Operation::put, "", varve::errc::throttled});
  Metrics<Faults<Memory>> store(Faults<Memory>(Memory(), options));
  CHECK_FALSE(varve::block_on(store.put("k", support::noise(10, 1), varve::PutCondition::always())));
  support::put(store, "k", support::noise(10, 1));
  const auto seen = store.counters().snapshot();
  CHECK(seen[Operation::put].calls == 2);
  CHECK(seen[Operation::put].failures == 1);
  CHECK(seen[Operation::put].bytes == 10);
}

TEST_CASE("storage/metrics: every operation has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i != varve::storage::operation_count; ++i) names.insert(name_of(static_cast<Operation>(i)));
  CHECK(names.size() == varve::storage::operation_count);
  CHECK(names.count("unknown") == 0);
}
