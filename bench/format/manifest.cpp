// SPDX-License-Identifier: Apache-2.0
// A manifest of native chunk refs: built, sealed, opened, looked into. The floor of each is a copy of the same bytes.
#include <varve/format/file.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/manifest_builder.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <cstring>

using namespace varve::format;
using varve::Bytes;

namespace {

using Index = std::array<std::uint32_t, 3>;

Index index_of(std::uint32_t i) { return {i / 10'000, i / 100 % 100, i % 100}; }

Bytes build(std::uint32_t count) {
  ManifestBuilder builder(varve::ManifestId{}, count);
  builder.begin_array(varve::NodeId{});
  ChunkRef ref;
  ref.kind = ChunkRefKind::native;
  std::uint32_t state = 1;
  for (std::uint32_t i = 0; i != count; ++i) {
    for (std::uint8_t& byte : ref.chunk_id.bytes) byte = static_cast<std::uint8_t>((state = state * 1664525U + 1013904223U) >> 24);
    ref.length = 100'000 + state % 1000;
    builder.add(index_of(i), ref);
  }
  builder.end_array();
  return builder.finish().value();
}

void build_manifest(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  std::size_t size = 0;
  for (auto _ : state) size = build(count).size();
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_per_ref"] = static_cast<double>(size) / static_cast<double>(count);
}
BENCHMARK(build_manifest)->Arg(1000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void copy_body(benchmark::State& state) {
  const Bytes body = build(static_cast<std::uint32_t>(state.range(0)));
  Bytes copy(body.size());
  for (auto _ : state) {
    std::memcpy(copy.data(), body.data(), body.size());
    benchmark::DoNotOptimize(copy.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(copy_body)->Arg(1000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void seal_manifest(benchmark::State& state) {
  const Bytes body = build(static_cast<std::uint32_t>(state.range(0)));
  std::size_t size = 0;
  for (auto _ : state) size = seal_file(body, FileType::manifest).size();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
  state.counters["ratio"] = static_cast<double>(body.size()) / static_cast<double>(size);
}
BENCHMARK(seal_manifest)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void open_file_of_manifest(benchmark::State& state) {
  const Bytes body = build(static_cast<std::uint32_t>(state.range(0)));
  const Bytes stored = seal_file(body, FileType::manifest);
  for (auto _ : state) benchmark::DoNotOptimize(open_file(stored, FileType::manifest, "manifests/x").value().body.size());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(open_file_of_manifest)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void check_manifest(benchmark::State& state) {
  const Bytes body = build(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) ManifestView::open(body, "manifests/x").value().check().value();
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(check_manifest)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void open_view(benchmark::State& state) {
  const Bytes body = build(1000);
  for (auto _ : state) benchmark::DoNotOptimize(ManifestView::open(body, "manifests/x").value().array_count());
}
BENCHMARK(open_view);

/// One lookup at a random index; the floor is a memory access for each step of a binary search.
void find_ref(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const Bytes body = build(count);
  const auto view = ManifestView::open(body, "manifests/x").value();
  const auto refs = view.find(varve::NodeId{}).value().value();
  std::uint32_t next = 1;
  for (auto _ : state) {
    next = next * 1664525U + 1013904223U;
    const Index index = index_of((next >> 8) % count);
    benchmark::DoNotOptimize(refs.find(index).value()->length);
  }
}
BENCHMARK(find_ref)->Arg(1000)->Arg(1'000'000);

/// Reading all refs from front to back, as a commit does.
void walk_refs(benchmark::State& state) {
  const Bytes body = build(static_cast<std::uint32_t>(state.range(0)));
  const auto refs = ManifestView::open(body, "manifests/x").value().array(0).value();
  Index index;
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i != refs.size(); ++i) {
      refs.index(i, std::span(index)).value();
      sum += refs.ref(i)->length + index[2];
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(walk_refs)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
