// SPDX-License-Identifier: Apache-2.0
#include <varve/zarr/chunk_pipelines.hpp>

#include <varve/codec/default.hpp>
#include <varve/codec/sharding.hpp>

#include "support/doctest.hpp"

#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

using namespace varve;
using zarr::ArrayMetadata;
using Pipelines = zarr::ChunkPipelines<codec::Default::Pipeline>;
using Index = std::vector<std::uint32_t>;
using Shape = std::vector<std::uint64_t>;

namespace {

ArrayMetadata array_of(const std::vector<Shape>& edges, std::vector<codec::Spec> codecs = {}) {
  ArrayMetadata array;
  array.data_type = zarr::DataType::int16;
  array.codecs = codec::complete(std::move(codecs), 2);
  for (const Shape& dimension : edges) {
    std::vector<zarr::ChunkRun> runs;
    for (const std::uint64_t length : dimension) runs.push_back({length, 1});
    array.chunk_edges.push_back(zarr::ChunkEdges::make(runs).value());
    array.chunk_shape.push_back(array.chunk_edges.back().longest());
    array.shape.push_back(array.chunk_edges.back().end());
  }
  return array;
}

}  // namespace

TEST_CASE("zarr/chunk_pipelines: a regular grid has one pipeline for all chunks") {
  ArrayMetadata array;
  array.shape = {9, 9};
  array.chunk_shape = {2, 3};
  array.codecs = codec::complete({}, 1);
  const auto pipelines = Pipelines::make(array, &codec::Default::compile).value();
  CHECK(pipelines.of(array, Index{0, 0}).value().get() == &pipelines.largest());
  CHECK(pipelines.of(array, Index{4, 2}).value().get() == &pipelines.largest());
}

TEST_CASE("zarr/chunk_pipelines: chunks of one shape share a pipeline, made for that shape") {
  const auto array = array_of({{1, 3, 1}, {2, 4, 2}});
  const auto pipelines = Pipelines::make(array, &codec::Default::compile).value();
  CHECK(pipelines.largest().layout().shape == Shape{3, 4});
  CHECK(pipelines.of(array, Index{1, 1}).value().get() == &pipelines.largest());
  const auto corner = pipelines.of(array, Index{0, 0}).value();
  CHECK(corner->layout().shape == Shape{1, 2});
  CHECK(corner->plain_size() == 4);
  CHECK(pipelines.of(array, Index{2, 2}).value() == corner);
  CHECK(pipelines.of(array, Index{2, 1}).value()->layout().shape == Shape{1, 4});
}

TEST_CASE("zarr/chunk_pipelines: thousands of shapes are not all kept, and a pipeline in use stays") {
  Shape lengths;
  for (std::uint64_t length = 1; length != 3000; ++length) lengths.push_back(length);
  const auto array = array_of({lengths});
  const auto pipelines = Pipelines::make(array, &codec::Default::compile).value();
  const auto first = pipelines.of(array, Index{0}).value();
  std::vector<std::thread> threads;
  for (std::uint32_t k = 0; k != 3; ++k) {
    threads.emplace_back([&, k] {
      for (std::uint32_t i = k; i < lengths.size(); i += 2) CHECK(pipelines.of(array, Index{i}).value()->plain_size() == 2 * (i + 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(first->plain_size() == 2);
}

TEST_CASE("zarr/chunk_pipelines: a chunk that its codecs cannot hold is an error of that chunk alone") {
  const auto array = array_of({{3, 4}}, {codec::sharding({.chunk_shape = {2}, .codecs = {codec::bytes()}})});
  const auto pipelines = Pipelines::make(array, &codec::Default::compile).value();
  CHECK(pipelines.of(array, Index{1}));
  CHECK(pipelines.of(array, Index{0}).error().code() == errc::bad_metadata);
}
