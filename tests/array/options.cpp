// SPDX-License-Identifier: Apache-2.0
#include <varve/array/options.hpp>

#include <varve/codec/zstd.hpp>

#include "support/doctest.hpp"

#include <cmath>
#include <cstring>

using varve::ArrayOptions;
using varve::errc;
using varve::detail::metadata_of;
using Lengths = std::vector<std::uint64_t>;

TEST_CASE("array/options: what is left out is one plain chunk of zeros") {
  const auto metadata = metadata_of(ArrayOptions<float, 2>{.shape = {4, 0}}).value();
  CHECK(metadata.shape == Lengths{4, 0});
  CHECK(metadata.chunk_shape == Lengths{4, 1});
  CHECK(metadata.data_type == varve::zarr::DataType::float32);
  CHECK(metadata.fill_value == std::vector<std::byte>(4));
  CHECK_FALSE(metadata.dimension_names);
  CHECK(metadata.attributes == "{}");
  REQUIRE(metadata.codecs.size() == 1);
  CHECK(metadata.codecs[0].name == "bytes");
}

TEST_CASE("array/options: they survive the way through zarr.json") {
  const auto metadata = metadata_of(ArrayOptions<double, 3>{.shape = {365, 721, 1440}, .chunks = {1, 721, 1440},
      .codecs = {varve::codec::zstd(3)}, .fill_value = NAN, .dimension_names = {"time", std::nullopt, "lon"},
      .attributes = R"({"units": "K"})"}).value();
  const auto read = varve::zarr::parse_array(varve::zarr::array_json(metadata), "/a").value();
  CHECK(read.shape == metadata.shape);
  CHECK(read.chunk_shape == metadata.chunk_shape);
  CHECK(read.codecs == metadata.codecs);
  CHECK(read.fill_value == metadata.fill_value);
  CHECK(read.dimension_names == metadata.dimension_names);
  CHECK(read.attributes == R"({"units": "K"})");
}

TEST_CASE("array/options: shards hold chunks, and the codecs belong to these") {
  const auto metadata = metadata_of(ArrayOptions<float, 2>{
      .shape = {100, 100}, .chunks = {5, 10}, .shards = {20, 50}, .codecs = {varve::codec::zstd(3)}}).value();
  CHECK(metadata.chunk_shape == Lengths{20, 50});
  REQUIRE(metadata.codecs.size() == 1);
  CHECK(metadata.codecs[0].name == "sharding_indexed");
  const auto sharding = varve::codec::Sharding::from_configuration(metadata.codecs[0].configuration).value();
  CHECK(sharding.chunk_shape == Lengths{5, 10});
  CHECK(sharding.codecs.back().name == "zstd");
}

TEST_CASE("array/options: the error says which option is wrong") {
  const auto hint = [](const ArrayOptions<float, 2>& options) {
    const auto metadata = metadata_of(options);
    REQUIRE_FALSE(metadata);
    CHECK(metadata.error().code() == errc::invalid_argument);
    return metadata.error().hint();
  };
  CHECK(hint({.shape = {4, 4}, .chunks = {4, 0}}) == "a chunk length is 0");
  CHECK(hint({.shape = {4, 4}, .chunks = {2, 2}, .shards = {4, 3}}).find("`shards`") != std::string::npos);
  CHECK(hint({.shape = {4, 4}, .dimension_names = {"x"}}).find("`dimension_names`") != std::string::npos);
  CHECK(hint({.shape = {4, 4}, .attributes = "{]"}).find("`attributes`") != std::string::npos);
  CHECK(hint({.shape = {UINT64_MAX, 1}, .chunks = {1, 1}}).find("chunks") != std::string::npos);
}

TEST_CASE("array/options: uneven chunks are written as runs, beside dimensions with even ones") {
  const auto metadata = metadata_of(ArrayOptions<float, 3>{
      .shape = {365, 7, 0}, .chunks = {0, 3, 5}, .chunk_edges = {{{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}, {}, {}}}}).value();
  CHECK(varve::zarr::chunks_text(metadata) == "[[31,28,31,30,31,30,[31,2],30,31,30,31],[[3,3]],[5]]");
  CHECK(metadata.chunk_shape == Lengths{31, 3, 5});
  const auto read = varve::zarr::parse_array(varve::zarr::array_json(metadata), "/a").value();
  CHECK(read.chunk_edges == metadata.chunk_edges);
  CHECK(read.chunk_shape == metadata.chunk_shape);
}

TEST_CASE("array/options: uneven chunks that do not fit the array are refused") {
  const auto hint = [](const ArrayOptions<float, 2>& options) {
    const auto metadata = metadata_of(options);
    REQUIRE_FALSE(metadata);
    CHECK(metadata.error().code() == errc::invalid_argument);
    return metadata.error().hint();
  };
  CHECK(hint({.shape = {4, 4}, .chunk_edges = {{{2, 1}, {4}}}}).find("dimension 0 end at 3") != std::string::npos);
  CHECK(hint({.shape = {4, 4}, .chunk_edges = {{{2, 0, 2}, {4}}}}).find("is 0") != std::string::npos);
  CHECK(hint({.shape = {4, 4}, .chunk_edges = {{{UINT64_MAX, 2}, {4}}}}).find("2^64") != std::string::npos);
  CHECK(hint({.shape = {4, 4}, .chunks = {2, 2}, .shards = {4, 4}, .chunk_edges = {{{2, 2}, {4}}}}).find("`shards`") != std::string::npos);
  varve::AnyArrayOptions any{.data_type = "int8", .shape = {4, 4}};
  any.chunk_edges = {{2, 2}};
  CHECK(metadata_of(any).error().hint().find("rank") != std::string::npos);
}
