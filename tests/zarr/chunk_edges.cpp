// SPDX-License-Identifier: Apache-2.0
#include <varve/zarr/chunk_edges.hpp>

#include "support/doctest.hpp"

#include <cstdint>
#include <random>
#include <vector>

using namespace varve;
using zarr::ChunkEdge;
using zarr::ChunkEdges;
using zarr::ChunkRun;
using Runs = std::vector<ChunkRun>;

TEST_CASE("zarr/chunk_edges: every chunk and every element is found") {
  std::mt19937 dice(7);
  for (int round = 0; round != 200; ++round) {
    Runs runs;
    std::vector<ChunkEdge> chunks;
    std::uint64_t end = 0;
    for (auto i = dice() % 6; i != 0; --i) {
      const ChunkRun& run = runs.emplace_back(ChunkRun{1 + dice() % 3, 1 + dice() % 4});
      for (std::uint64_t k = 0; k != run.count; ++k) {
        chunks.push_back({static_cast<std::uint32_t>(chunks.size()), end, run.length});
        end += run.length;
      }
    }
    const auto edges = ChunkEdges::make(runs).value();
    REQUIRE(edges.count() == chunks.size());
    CHECK(edges.end() == end);
    CHECK(edges.count_within(0) == 0);
    CHECK(edges.count_within(end + 1) == chunks.size() + 1);
    for (const ChunkEdge& chunk : chunks) {
      CHECK(edges.chunk(chunk.index) == chunk);
      CHECK(edges.longest() >= chunk.length);
      for (std::uint64_t i = 0; i != chunk.length; ++i) {
        CHECK(edges.chunk_of(chunk.origin + i) == chunk);
        CHECK(edges.count_within(chunk.origin + i + 1) == chunk.index + 1);
      }
    }
    CHECK(ChunkEdges::make(edges.runs()).value() == edges);
  }
}

TEST_CASE("zarr/chunk_edges: equal neighbours are one run, however they were written") {
  const auto edges = ChunkEdges::make(Runs{{4, 1}, {4, 2}, {5, 1}, {4, 1}}).value();
  CHECK(edges.runs() == Runs{{4, 3}, {5, 1}, {4, 1}});
  CHECK(edges.json().text() == "[[4,3],5,4]");
  CHECK(ChunkEdges().json().text() == "[]");
}

TEST_CASE("zarr/chunk_edges: billions of chunks cost no more than one") {
  const auto edges = ChunkEdges::make(Runs{{3, 4000000000U}, {1, 294967295}}).value();
  CHECK(edges.count() == UINT32_MAX);
  CHECK(edges.chunk(3999999999U) == ChunkEdge{3999999999U, 11999999997U, 3});
  CHECK(edges.chunk_of(12000000000U) == ChunkEdge{4000000000U, 12000000000U, 1});
}

TEST_CASE("zarr/chunk_edges: lengths that no grid can have are refused") {
  const auto code = [](const Runs& runs) { return ChunkEdges::make(runs).error().code(); };
  CHECK(code({{0, 1}}) == errc::bad_metadata);
  CHECK(code({{1, 0}}) == errc::bad_metadata);
  CHECK(code({{UINT64_MAX, 1}, {1, 1}}) == errc::bad_metadata);
  CHECK(code({{std::uint64_t{1} << 33, std::uint64_t{1} << 31}}) == errc::bad_metadata);
  CHECK(code({{1, UINT32_MAX}, {1, 1}}) == errc::unsupported_chunk_grid);
  CHECK(code({{1, UINT64_MAX}}) == errc::unsupported_chunk_grid);
  CHECK(ChunkEdges::make(Runs{{UINT64_MAX - 1, 1}, {1, 1}}).value().end() == UINT64_MAX);
}

TEST_CASE("zarr/chunk_edges: edges extend those that they begin with") {
  const auto edges = [](const Runs& runs) { return ChunkEdges::make(runs).value(); };
  const auto base = edges({{4, 2}, {3, 2}});
  CHECK(base.extends(base));
  CHECK(base.extends(ChunkEdges()));
  CHECK(base.extends(edges({{4, 1}})));
  CHECK(base.extends(edges({{4, 2}, {3, 1}})));
  CHECK(edges({{4, 2}, {3, 9}}).extends(base));
  CHECK(edges({{4, 2}, {3, 2}, {7, 1}}).extends(base));
  CHECK_FALSE(base.extends(edges({{4, 3}})));
  CHECK_FALSE(base.extends(edges({{4, 1}, {3, 1}})));
  CHECK_FALSE(base.extends(edges({{4, 2}, {3, 3}})));
  CHECK_FALSE(base.extends(edges({{5, 1}})));
}
