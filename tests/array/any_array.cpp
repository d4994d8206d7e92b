// SPDX-License-Identifier: Apache-2.0
#include <varve/array/any_array.hpp>

#include "array/support/model.hpp"
#include "array/support/types.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <string>
#include <vector>

using namespace support;
namespace codec = varve::codec;
using varve::AnyArrayOptions;
using varve::BoxN;
using varve::Bytes;
using varve::errc;

namespace {

const char* const data_types[] = {"bool",   "int8",   "int16",   "int32",   "int64",   "uint8",     "uint16",
                                  "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"};

/// Chains of codecs; what stands in a shard has chunks of half its lengths.
std::vector<codec::Spec> chain(std::uint64_t number, std::size_t rank) {
  std::vector<std::size_t> reversed;
  for (std::size_t i = 0; i != rank; ++i) reversed.push_back(rank - 1 - i);
  switch (number) {
    case 0: return {};
    case 1: return {codec::bytes(std::endian::big)};
    case 2: return {codec::zstd(1)};
    case 3: return {codec::transpose(reversed), codec::bytes(), codec::gzip(1), codec::crc32c()};
    default: return {codec::blosc({.cname = "lz4"})};
  }
}

Bytes random_elements(std::uint64_t count, const std::string& type, std::size_t item_size, Dice& dice) {
  Bytes bytes = noise(count * item_size, dice.roll(0, 1000));
  if (type == "bool") {
    for (std::byte& byte : bytes) byte &= std::byte{1};
  }
  return bytes;
}

/// Some operations on an array and on its model, which must agree after each.
void run_history(std::uint64_t seed) {
  Dice dice(seed);
  CAPTURE(seed);
  const std::size_t rank = dice.roll(0, 4);
  const std::uint64_t longest = rank < 3 ? 12 : 6;
  const std::string type = data_types[dice.roll(0, 13)];
  AnyArrayOptions options;
  options.data_type = type;
  const bool sharded = rank != 0 && dice.one_in(4);
  for (std::size_t i = 0; i != rank; ++i) {
    options.shape.push_back(dice.roll(0, longest));
    options.chunks.push_back(dice.roll(1, longest / (sharded ? 2 : 1)));
    if (sharded) options.shards.push_back(options.chunks.back() * dice.roll(1, 3));
  }
  options.codecs = chain(dice.roll(0, 4), rank);
  if (dice.one_in(2)) options.fill_value = type == "bool" ? varve::Json(true) : varve::Json(1);
  if (type.starts_with("complex")) options.fill_value = varve::Json::Array{varve::Json(1), varve::Json(-1)};

  const bool threads = dice.one_in(2);
  const auto state = std::make_shared<State>(varve::Runtime(threads ? 2 : 0));
  state->suspends = dice.one_in(2);
  const auto array = AnyArray::create(state, path("/a"), options).value();
  const std::size_t item_size = array.item_size();
  const auto metadata = varve::zarr::parse_array(array.zarr_json(), "/a").value();
  Model model(options.shape, sharded ? options.shards : options.chunks, metadata.fill_value);

  for (int step = 0; step != 12; ++step) {
    CAPTURE(step);
    const Lengths shape = model.shape();
    switch (dice.roll(0, 5)) {
      case 0: {
        const BoxN box = dice.box(shape);
        CHECK(array.read_bytes(box) == model.read(box));
        break;
      }
      case 1:
      case 2: {
        const BoxN box = dice.box(shape);
        Bytes elements = random_elements(count_of(box.shape), type, item_size, dice);
        if (dice.one_in(4)) {  // nothing but the fill value
          for (std::size_t i = 0; i != elements.size(); ++i) elements[i] = metadata.fill_value[i % item_size];
        }
        array.write_bytes(box, elements);
        model.write(box, elements);
        break;
      }
      case 3: {
        const Bytes elements = random_elements(count_of(shape), type, item_size, dice);
        array.write_bytes(elements);
        model.write(BoxN{Lengths(rank, 0), shape}, elements);
        break;
      }
      case 4: {
        Lengths to;
        for (std::size_t i = 0; i != rank; ++i) to.push_back(dice.roll(0, longest));
        array.resize(to);
        model.resize(to);
        CHECK(array.shape() == to);
        break;
      }
      default: {
        if (rank == 0) break;
        const std::size_t axis = dice.roll(0, rank - 1);
        BoxN box{Lengths(rank, 0), shape};
        box.offset[axis] = shape[axis];
        box.shape[axis] = dice.roll(0, 4);
        const std::uint64_t others = shape[axis] == 0 ? 0 : count_of(shape) / shape[axis];
        if (others == 0) break;  // nothing to append says no length
        const Bytes elements = random_elements(count_of(box.shape), type, item_size, dice);
        Lengths longer = shape;
        longer[axis] += box.shape[axis];
        array.append_bytes(axis, elements);
        model.resize(longer);
        model.write(box, elements);
        break;
      }
    }
    const BoxN all{Lengths(rank, 0), model.shape()};
    REQUIRE(array.read_bytes() == model.read(all));
    const auto node = state->find_node(path("/a")).value();
    CHECK(state->chunks_of(node->id) == model.stored_chunks());
  }
}

}  // namespace

TEST_CASE("array/any_array: random histories of all types, ranks and chains agree with a plain model") {
  for (std::uint64_t seed = 0; seed != 400; ++seed) run_history(seed);
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
