// SPDX-License-Identifier: Apache-2.0
#include <varve/array/chunk_walk.hpp>

#include "array/support/model.hpp"
#include "support/doctest.hpp"

#include <map>
#include <set>

using support::Lengths;
using varve::zarr::ArrayMetadata;
using varve::detail::ChunkPart;
using varve::detail::ChunkWalk;
using varve::detail::Region;

namespace {

ArrayMetadata array_of(Lengths shape, Lengths chunks, const std::vector<Lengths>& edges = {}) {
  ArrayMetadata array;
  array.shape = std::move(shape);
  array.chunk_shape = std::move(chunks);
  for (const Lengths& dimension : edges) {
    std::vector<varve::zarr::ChunkRun> runs;
    for (const std::uint64_t length : dimension) runs.push_back({length, 1});
    array.chunk_edges.push_back(varve::zarr::ChunkEdges::make(runs).value());
  }
  return array;
}

}  // namespace

TEST_CASE("array/chunk_walk: the parts of a box cover each of its elements once") {
  support::Dice dice(11);
  for (int round = 0; round != 300; ++round) {
    const std::size_t rank = dice.roll(0, 4);
    const bool uneven = round % 2 == 1;
    Lengths shape, chunks;
    std::vector<Lengths> edges, origins;
    for (std::size_t i = 0; i != rank; ++i) {
      shape.push_back(dice.roll(1, 9));
      chunks.push_back(dice.roll(1, 11));
      edges.emplace_back();
      origins.emplace_back();
      for (std::uint64_t end = 0; end < shape[i]; end += edges[i].back()) {
        origins[i].push_back(end);
        edges[i].push_back(uneven ? dice.roll(1, 4) : chunks[i]);
      }
    }
    const ArrayMetadata array = array_of(shape, chunks, uneven ? edges : std::vector<Lengths>());
    varve::BoxN box = dice.box(shape);
    if (support::count_of(box.shape) == 0) continue;
    const auto strides = varve::codec::c_strides(box.shape, 1);
    const ChunkWalk walk(Region{box.offset, box.shape}, array, strides);

    std::map<std::ptrdiff_t, int> seen;  // by the element's place in the user's memory
    std::set<std::vector<std::uint32_t>> indices;
    ChunkPart part;
    for (std::uint64_t i = 0; i != walk.count(); ++i) {
      walk.part(i, part);
      indices.emplace(part.index().begin(), part.index().end());
      bool whole = true;
      bool covers = true;
      for (std::size_t d = 0; d != rank; ++d) {
        const std::uint64_t origin = origins[d][part.index()[d]], length = edges[d][part.index()[d]];
        whole = whole && part.inner[d] == 0 && part.shape[d] == length;
        covers = covers && part.inner[d] == 0 && origin + part.shape[d] == std::min(origin + length, shape[d]);
      }
      CHECK(part.is_whole == whole);
      CHECK(part.covers_array == covers);
      support::for_each_index(Lengths(part.shape.span().begin(), part.shape.span().end()), [&](const Lengths& at) {
        std::ptrdiff_t place = part.at;
        std::ptrdiff_t expected = 0;
        for (std::size_t d = 0; d != rank; ++d) {
          const std::uint64_t element = origins[d][part.index()[d]] + part.inner[d] + at[d];
          place += static_cast<std::ptrdiff_t>(at[d]) * strides[d];
          expected += static_cast<std::ptrdiff_t>(element - box.offset[d]) * strides[d];
        }
        CHECK(place == expected);
        ++seen[place];
      });
    }
    CHECK(indices.size() == walk.count());
    CHECK(seen.size() == support::count_of(box.shape));
    for (const auto& [place, times] : seen) CHECK(times == 1);
  }
}

TEST_CASE("array/chunk_walk: lengths near the end of 64 bits do not overflow") {
  const std::uint64_t huge = UINT64_MAX - 5;
  const ArrayMetadata array = array_of({huge}, {std::uint64_t{1} << 40});
  const varve::codec::StrideArray strides{1};
  const ChunkWalk walk(Region{Lengths{huge - 3}, Lengths{3}}, array, strides);
  REQUIRE(walk.count() == 1);
  ChunkPart part;
  walk.part(0, part);
  CHECK(part.index()[0] == (1U << 24) - 1);
  CHECK(part.shape[0] == 3);
  CHECK_FALSE(part.covers_array);
}

TEST_CASE("array/chunk_walk: a scalar is one whole chunk") {
  const ArrayMetadata array;
  const ChunkWalk walk(Region{}, array, varve::codec::StrideArray{});
  REQUIRE(walk.count() == 1);
  ChunkPart part;
  walk.part(0, part);
  CHECK(part.index().empty());
  CHECK(part.is_whole);
  CHECK(part.covers_array);
}

TEST_CASE("array/chunk_walk: uneven chunks near the end of 64 bits do not overflow") {
  const std::uint64_t huge = UINT64_MAX - 5;
  const ArrayMetadata array = array_of({huge}, {huge}, {{huge - 10, 15}});
  const varve::codec::StrideArray strides{1};
  const ChunkWalk walk(Region{Lengths{huge - 12}, Lengths{12}}, array, strides);
  REQUIRE(walk.count() == 2);
  ChunkPart part;
  walk.part(0, part);
  CHECK(part.inner[0] == huge - 12);
  CHECK(part.shape[0] == 2);
  CHECK_FALSE(part.covers_array);
  walk.part(1, part);
  CHECK(part.inner[0] == 0);
  CHECK(part.shape[0] == 10);
  CHECK(part.at == 2);
  CHECK_FALSE(part.is_whole);
  CHECK(part.covers_array);
}
