// SPDX-License-Identifier: Apache-2.0
// Planning a box: what it costs to know a chunk's part, and to copy it, beside a plain copy.
#include <varve/array/chunk_walk.hpp>

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

namespace {

namespace codec = varve::codec;
using varve::detail::ChunkPart;
using varve::detail::ChunkWalk;
using varve::detail::Region;
using Lengths = std::vector<std::uint64_t>;

varve::zarr::ArrayMetadata array_of(const Lengths& shape, const Lengths& chunks) {
  varve::zarr::ArrayMetadata array;
  array.shape = shape;
  array.chunk_shape = chunks;
  return array;
}

void plan(benchmark::State& state) {
  const auto rank = static_cast<std::size_t>(state.range(0));
  const Lengths shape(rank, 1000);
  const auto strides = codec::c_strides(shape, 4);
  auto array = array_of(shape, Lengths(rank, 10));
  for (std::size_t i = 0; state.range(1) != 0 && i != rank; ++i) {
    const varve::zarr::ChunkRun runs[] = {{10, 40}, {11, 10}, {10, 50}};
    array.chunk_edges.push_back(varve::zarr::ChunkEdges::make(runs).value());
  }
  const ChunkWalk walk(Region{Lengths(rank, 3), Lengths(rank, 900)}, array, strides);
  ChunkPart part;
  std::uint64_t i = 0;
  for (auto _ : state) {
    walk.part(i, part);
    i = (i + 1) % walk.count();
    benchmark::DoNotOptimize(part);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(plan)->ArgNames({"rank", "uneven"})->ArgsProduct({{0, 1, 3, 5}, {0, 1}});

/// Every chunk of a box into a contiguous view, as reading does.
void copy_parts(benchmark::State& state) {
  const auto chunk = static_cast<std::uint64_t>(state.range(0));
  const Lengths shape{1024, 1024};
  const Lengths chunks{chunk, chunk};
  const auto strides = codec::c_strides(shape, 4);
  const auto chunk_strides = codec::c_strides(chunks, 4);
  std::vector<float> view(1 << 20), stored(chunk * chunk, 1.F);
  const auto array = array_of(shape, chunks);
  const ChunkWalk walk(Region::whole(shape), array, strides);
  ChunkPart part;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i != walk.count(); ++i) {
      walk.part(i, part);
      codec::copy_strided(reinterpret_cast<const std::byte*>(stored.data()), chunk_strides,
                          reinterpret_cast<std::byte*>(view.data()) + part.at, strides, part.shape, 4);
    }
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * (4 << 20));
}
BENCHMARK(copy_parts)->Arg(1024)->Arg(128)->Arg(16);

void copy_plain(benchmark::State& state) {
  std::vector<float> view(1 << 20), stored(1 << 20, 1.F);
  for (auto _ : state) {
    std::memcpy(view.data(), stored.data(), 4 << 20);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * (4 << 20));
}
BENCHMARK(copy_plain);

}  // namespace
