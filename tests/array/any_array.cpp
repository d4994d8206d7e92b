// SPDX-License-Identifier: Apache-2.0
#include <varve/array/any_array.hpp>

#include "array/support/history.hpp"
#include "array/support/model.hpp"
#include "array/support/types.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace support;
namespace codec = varve::codec;
using varve::AnyArrayOptions;
using varve::BoxN;
using varve::Bytes;
using varve::errc;

namespace {

/// The stand-in session, in which there is nothing to commit.
struct InMemory {
  explicit InMemory(std::uint64_t seed) : state(std::make_shared<State>(varve::Runtime(seed % 2 == 0 ? 2 : 0))) {
    state->suspends = seed % 3 == 0;
  }
  AnyArray create(const AnyArrayOptions& options) { return AnyArray::create(state, path("/a"), options).value(); }
  AnyArray reopen() { return AnyArray::open(state, path("/a")).value(); }
  std::vector<std::vector<std::uint32_t>> chunks() {
    return state->chunks_of(state->find_node(path("/a")).value()->id);
  }

  std::shared_ptr<State> state;
};

}  // namespace

TEST_CASE("array/any_array: random histories of all types, ranks and chains agree with a plain model") {
  for (std::uint64_t seed = 0; seed != 400; ++seed) {
    InMemory session(seed);
    run_history(session, seed);
  }
}

TEST_CASE("array/any_array: it tells all about the array") {
  const auto state = std::make_shared<State>();
  const auto array = AnyArray::create(state, path("/g/t"), {.data_type = "int16", .shape = {5, 7}, .chunks = {2, 7},
      .codecs = {codec::zstd(1)}, .fill_value = -999, .dimension_names = {"time", std::nullopt},
      .attributes = R"({"a":1})"}).value();
  CHECK(array.data_type() == "int16");
  CHECK(array.item_size() == 2);
  CHECK(array.rank() == 2);
  CHECK(array.shape() == Lengths{5, 7});
  CHECK(array.chunks() == Lengths{2, 7});
  CHECK(array.dimension_names() == varve::zarr::DimensionNames{"time", std::nullopt});
  CHECK(array.attributes() == R"({"a":1})");
  CHECK(array.fill_value() == "-999");
  CHECK(array.summary() == "int16 [5, 7] in chunks of [2, 7], bytes zstd");
  CHECK(array.path().text() == "/g/t");
  array.set_attributes(R"({"a":2})");
  CHECK(array.attributes() == R"({"a":2})");
}

TEST_CASE("array/any_array: bytes are little-endian in C order, of a box or of all") {
  const auto state = std::make_shared<State>();
  const auto typed = make<std::uint16_t, 2>(state, "/a", {.shape = {2, 3}, .chunks = {1, 2}});
  typed.write(std::vector<std::uint16_t>{0x0102, 0x0304, 5, 6, 7, 8});
  const auto array = AnyArray::open(state, path("/a")).value();
  CHECK(array.read_bytes() == bytes_of(std::string_view("\2\1\4\3\5\0\6\0\7\0\x8\0", 12)));
  CHECK(array.read_bytes(BoxN{{1, 1}, {1, 2}}) == bytes_of(std::string_view("\7\0\x8\0", 4)));
  array.write_bytes(BoxN{{0, 0}, {1, 1}}, bytes_of(std::string_view("\xff\0", 2)));
  CHECK(typed.at({0, 0}) == 255);
  CHECK(array.as<std::uint16_t, 2>().at({1, 2}) == 8);
  CHECK(code_of([&] { array.as<std::int16_t, 2>(); }) == errc::type_mismatch);
  CHECK(code_of([&] { array.as<std::uint16_t, 1>(); }) == errc::type_mismatch);
}

TEST_CASE("array/any_array: boxes of another rank, outside, or with the wrong number of bytes are refused") {
  const auto state = std::make_shared<State>();
  const auto array = AnyArray::create(state, path("/a"), {.data_type = "float32", .shape = {4, 6}}).value();
  CHECK(code_of([&] { array.read_bytes(BoxN{{0}, {1}}); }) == errc::shape_mismatch);
  CHECK(code_of([&] { array.read_bytes(BoxN{Lengths(40, 0), Lengths(40, 0)}); }) == errc::shape_mismatch);
  CHECK(code_of([&] { array.read_bytes(BoxN{{0, 0}, {5, 6}}); }) == errc::out_of_bounds);
  CHECK(code_of([&] { array.write_bytes(BoxN{{0, 0}, {1, 1}}, Bytes(8)); }) == errc::shape_mismatch);
  CHECK(code_of([&] { array.write_bytes(BoxN{{0, 0}, {1, 1}}, Bytes(3)); }) == errc::shape_mismatch);
  CHECK(code_of([&] { array.append_bytes(0, Bytes(4)); }) == errc::shape_mismatch);
}

TEST_CASE("array/any_array: options that do not fit together create nothing") {
  const auto state = std::make_shared<State>();
  const auto refused = [&](AnyArrayOptions options) {
    const auto created = AnyArray::create(state, path("/a"), options);
    REQUIRE_FALSE(created);
    CHECK_FALSE(state->find_node(path("/a")).value());
    CHECK_FALSE(state->find_node(path("/")).value());
    return created.error().code();
  };
  CHECK(refused({.data_type = "string", .shape = {4}}) == errc::unsupported_data_type);
  CHECK(refused({.data_type = "int8", .shape = {4}, .chunks = {2, 2}}) == errc::invalid_argument);
  CHECK(refused({.data_type = "int8", .shape = {4, 4}, .chunks = {2, 0}}) == errc::invalid_argument);
  CHECK(refused({.data_type = "int8", .shape = {4}, .chunks = {2}, .shards = {3}}) == errc::invalid_argument);
  CHECK(refused({.data_type = "int8", .shape = {4}, .dimension_names = {"x", "y"}}) == errc::invalid_argument);
  CHECK(refused({.data_type = "int8", .shape = {4}, .attributes = "7"}) == errc::invalid_argument);
  CHECK(refused({.data_type = "int8", .shape = {4}, .fill_value = 300}) == errc::invalid_argument);
  CHECK(refused({.data_type = "int8", .shape = {UINT64_MAX}, .chunks = {1}}) == errc::invalid_argument);
  CHECK(refused({.data_type = "int8", .shape = {4}, .codecs = {{.name = "lzma"}}}) == errc::unsupported_codec);
}

TEST_CASE("array/any_array: it tells about the chunks of a rectilinear grid") {
  const auto state = std::make_shared<State>();
  const auto array = AnyArray::create(state, path("/a"), {.data_type = "int8", .shape = {10, 8}, .chunks = {0, 4},
      .chunk_edges = {{2, 3, 5}, {}}}).value();
  CHECK(array.summary() == "int8 [10, 8] in chunks of up to [5, 4], bytes");
  CHECK(array.chunks() == Lengths{5, 4});
  REQUIRE(array.chunk_edges().size() == 2);
  CHECK(array.chunk_edges()[0].runs() == std::vector<varve::zarr::ChunkRun>{{2, 1}, {3, 1}, {5, 1}});
  CHECK(AnyArray::create(state, path("/b"), {.data_type = "int8", .shape = {4}}).value().chunk_edges().empty());
}

TEST_CASE("array/any_array: a rectilinear grid that cannot be is refused by name") {
  const auto state = std::make_shared<State>();
  const std::string good =
      AnyArray::create(state, path("/a"), {.data_type = "int8", .shape = {6}, .chunk_edges = {{2, 4}}}).value().zarr_json();
  const auto opened = [&](std::string_view grid) {
    const auto text = varve::zarr::with_member(good, "chunk_grid", grid, "test").value();
    const auto node = state->find_node(path("/a")).value().value();
    state->update_node(node, text).value();
    const auto array = AnyArray::open(state, path("/a"));
    if (!array) CHECK(array.error().key() == "/a");
    return array ? std::optional<errc>() : array.error().code();
  };
  const auto inline_grid = [](std::string chunks) {
    return R"({"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":)" + chunks + "}}";
  };
  CHECK(opened(inline_grid("[[2,5]]")) == std::nullopt);
  CHECK(opened(inline_grid("[[2,3]]")) == errc::bad_metadata);
  CHECK(opened(inline_grid("[[2,0,4]]")) == errc::bad_metadata);
  CHECK(opened(inline_grid("[[6,9223372036854775807]]")) == errc::bad_metadata);  // no memory holds such a chunk
}
