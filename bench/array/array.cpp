// SPDX-License-Identifier: Apache-2.0
// Reading and writing boxes of an array in memory, beside a copy of the same bytes.
#include <varve/array/array.hpp>

#include <varve/storage/memory.hpp>

#include <varve/varve.hpp>

#include <benchmark/benchmark.h>

#include <cstring>
#include <numeric>
#include <vector>

namespace {

using Repo = varve::Repository<varve::storage::Memory>;
using Field = decltype(std::declval<Repo>().writable_session("main").create_array<float, 3>("", {}));

/// 16 steps of 512 × 512 floats: 16 MiB, a chunk of `chunk` × `chunk` within each step.
Field make_field(Repo& repo, std::uint64_t chunk, std::vector<varve::codec::Spec> codecs) {
  auto session = repo.writable_session("main");
  auto field = session.create_array<float, 3>("/a", {
      .shape = {16, 512, 512}, .chunks = {1, chunk, chunk}, .codecs = std::move(codecs), .fill_value = -1});
  std::vector<float> values(16 * 512 * 512);
  std::iota(values.begin(), values.end(), 0.F);
  field.write(values);
  return field;
}

constexpr std::size_t all_bytes = 16 * 512 * 512 * sizeof(float);

void copy_all(benchmark::State& state) {
  std::vector<float> from(all_bytes / 4, 1.F), to(all_bytes / 4);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), all_bytes);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(all_bytes));
}
BENCHMARK(copy_all)->UseRealTime();

/// Chunks that are contiguous in the view: 512, and such that lie there in pieces: 128 and 32 (4 KiB).
void read_all(benchmark::State& state) {
  auto repo = Repo::create({});
  const auto field = make_field(repo, static_cast<std::uint64_t>(state.range(0)), {});
  std::vector<float> view(all_bytes / 4);
  const varve::Box<3> box{{0, 0, 0}, {16, 512, 512}};
  for (auto _ : state) field.read(box, view);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(all_bytes));
}
BENCHMARK(read_all)->Arg(512)->Arg(128)->Arg(32)->UseRealTime();

void read_all_zstd(benchmark::State& state) {
  auto repo = Repo::create({});
  const auto field = make_field(repo, 512, {varve::codec::zstd(1)});
  std::vector<float> view(all_bytes / 4);
  const varve::Box<3> box{{0, 0, 0}, {16, 512, 512}};
  for (auto _ : state) field.read(box, view);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(all_bytes));
}
BENCHMARK(read_all_zstd)->UseRealTime();

void write_all(benchmark::State& state) {
  auto repo = Repo::create({});
  const auto field = make_field(repo, static_cast<std::uint64_t>(state.range(0)), {});
  std::vector<float> values(all_bytes / 4, 2.F);
  for (auto _ : state) field.write(values);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(all_bytes));
}
BENCHMARK(write_all)->Arg(512)->Arg(128)->Iterations(20)->UseRealTime();

/// What a call costs beside its bytes: one element, one row, and elements that nobody has written.
void read_element(benchmark::State& state) {
  auto repo = Repo::create({});
  const auto field = make_field(repo, 32, {});
  float value = 0;
  const varve::Box<3> box{{3, 100, 100}, {1, 1, 1}};
  for (auto _ : state) field.read(box, std::span<float>(&value, 1));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_element);

void read_row(benchmark::State& state) {
  auto repo = Repo::create({});
  const auto field = make_field(repo, 32, {});
  std::vector<float> row(512);
  const varve::Box<3> box{{3, 100, 0}, {1, 1, 512}};
  for (auto _ : state) field.read(box, row);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(read_row);

void read_missing(benchmark::State& state) {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  const auto field = session.create_array<float, 2>("/a", {.shape = {1 << 10, 1 << 10}, .chunks = {32, 32}});
  std::vector<float> view(1 << 20);
  const varve::Box<2> box{{0, 0}, {1 << 10, 1 << 10}};
  for (auto _ : state) field.read(box, view);
  state.SetItemsProcessed(state.iterations() * 1024);
}
BENCHMARK(read_missing)->UseRealTime();

}  // namespace
