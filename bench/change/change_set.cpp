// SPDX-License-Identifier: Apache-2.0
// A million chunks set in one array of three dimensions, in ascending and in random order; the floor is a copy of what
// must be remembered of each (index, chunk id, offset, length) into a table of its own.
#include <varve/change/change_set.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t count = 1'000'000;
using Index = std::array<std::uint32_t, 3>;

std::vector<Index> indices(bool shuffled) {
  std::vector<Index> all(count);
  for (std::uint32_t i = 0; i != count; ++i) all[i] = {i / 10'000, i / 100 % 100, i % 100};
  if (shuffled) std::shuffle(all.begin(), all.end(), std::mt19937(1));
  return all;
}

varve::ChangeSet filled(const std::vector<Index>& all) {
  varve::ChangeSet changes;
  varve::ChunkId id;
  for (std::uint32_t i = 0; i != count; ++i) {
    std::memcpy(id.bytes.data(), &i, sizeof i);
    changes.set_chunk(varve::NodeId{{1}}, all[i], varve::ChunkPayload::native(id, 0, i));
  }
  return changes;
}

void floor_copy(benchmark::State& state) {
  struct Row {
    Index index;
    std::array<std::uint8_t, 12> id;
    std::uint64_t offset;
    std::uint64_t length;
  };
  const auto all = indices(false);
  for (auto _ : state) {
    std::vector<Row> rows;
    for (std::uint32_t i = 0; i != count; ++i) rows.push_back({all[i], {}, 0, i});
    benchmark::DoNotOptimize(rows.data());
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void set_chunks(benchmark::State& state) {
  const auto all = indices(state.range(0) != 0);
  std::size_t bytes = 0;
  for (auto _ : state) bytes = filled(all).memory_bytes();
  state.counters["bytes/chunk"] = static_cast<double>(bytes) / count;
  state.SetItemsProcessed(state.iterations() * count);
}

void set_inline_chunks(benchmark::State& state) {
  const auto all = indices(state.range(0) != 0);
  const std::string payload(64, 'x');
  std::size_t bytes = 0;
  for (auto _ : state) {
    varve::ChangeSet changes;
    for (const Index& index : all) {
      changes.set_chunk(varve::NodeId{{1}}, index, varve::ChunkPayload::inlined(varve::as_bytes(payload)));
    }
    bytes = changes.memory_bytes();
  }
  state.counters["bytes/chunk"] = static_cast<double>(bytes) / count;
  state.SetItemsProcessed(state.iterations() * count);
}

void visit_chunks(benchmark::State& state) {
  const auto changes = filled(indices(state.range(0) != 0));
  for (auto _ : state) {
    std::uint64_t sum = 0;
    changes.for_each_chunk(varve::NodeId{{1}}, [&](std::span<const std::uint32_t>, const varve::ChunkPayload& payload) {
      sum += payload.length();
    });
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void find_chunks(benchmark::State& state) {
  const auto changes = filled(indices(state.range(0) != 0));
  const auto asked = indices(true);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const Index& index : asked) sum += changes.find_chunk(varve::NodeId{{1}}, index)->length();
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * count);
}

void copy_change_set(benchmark::State& state) {
  const auto changes = filled(indices(false));
  for (auto _ : state) {
    const varve::ChangeSet copy = changes;
    benchmark::DoNotOptimize(copy.empty());
  }
  state.SetItemsProcessed(state.iterations() * count);
}

// The argument: 0 for ascending order, 1 for random order.
BENCHMARK(floor_copy)->Unit(benchmark::kMillisecond);
BENCHMARK(set_chunks)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(set_inline_chunks)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(visit_chunks)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(find_chunks)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(copy_change_set)->Unit(benchmark::kMillisecond);

}  // namespace
