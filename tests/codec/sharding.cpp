// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/sharding.hpp>

#include <varve/codec/default.hpp>

#include "codec/codec_suite.hpp"

namespace codec = varve::codec;
using Specs = std::vector<codec::Spec>;

static codec::ChunkLayout bytes_layout(std::vector<std::uint64_t> shape) {
  codec::ChunkLayout layout;
  layout.shape = std::move(shape);
  return layout;
}

static codec::Default::Pipeline compile(const codec::Sharding& sharding, const codec::ChunkLayout& layout) {
  return codec::Default::compile(Specs{codec::sharding(sharding)}, layout).value();
}

TEST_CASE("codec/sharding: inner chunks stand in C order, the index behind them, and empty ones nowhere") {
  const auto pipeline = compile({.chunk_shape = {2}, .index_codecs = {codec::bytes()}}, bytes_layout({6}));
  codec::Scratch scratch;
  varve::Bytes encoded;
  pipeline.encode(support::bytes_of(std::string_view("ab\0\0cd", 6)), encoded, scratch).value();
  const std::string expected = std::string("abcd") + std::string("\0\0\0\0\0\0\0\0", 8) + std::string("\2\0\0\0\0\0\0\0", 8) +
                               std::string(16, '\xFF') + std::string("\2\0\0\0\0\0\0\0", 8) +
                               std::string("\2\0\0\0\0\0\0\0", 8);
  CHECK(varve::as_text(encoded) == expected);

  const auto at_start = compile({.chunk_shape = {2},
                                 .index_codecs = {codec::bytes(std::endian::big), codec::crc32c()},
                                 .index_location = codec::Sharding::IndexLocation::start},
                                bytes_layout({2}));
  at_start.encode(support::bytes_of("xy"), encoded, scratch).value();
  REQUIRE(encoded.size() == 22);
  CHECK(varve::as_text(encoded).substr(0, 16) == std::string_view("\0\0\0\0\0\0\0\x14\0\0\0\0\0\0\0\2", 16));
  CHECK(varve::as_text(encoded).substr(20) == "xy");
}

TEST_CASE("codec/sharding: inner chunks of the fill value are not stored and come back as it") {
  codec::ChunkLayout layout = bytes_layout({4, 4});
  layout.item_size = layout.swap_size = 2;
  layout.fill_value = {std::byte{7}, std::byte{8}};
  const auto pipeline = compile({.chunk_shape = {2, 2}}, layout);
  varve::Bytes plain, encoded;
  for (int i = 0; i != 16; ++i) plain.insert(plain.end(), layout.fill_value.begin(), layout.fill_value.end());
  codec::Scratch scratch;
  pipeline.encode(plain, encoded, scratch).value();
  CHECK(encoded.size() == 4 * 16 + 4);  // the index alone
  varve::Bytes decoded(plain.size());
  REQUIRE(pipeline.decode(encoded, decoded, scratch));
  CHECK(decoded == plain);
  plain[0] = std::byte{9};
  pipeline.encode(plain, encoded, scratch).value();
  CHECK(encoded.size() == 8 + 4 * 16 + 4);
  REQUIRE(pipeline.decode(encoded, decoded, scratch));
  CHECK(decoded == plain);
}

TEST_CASE("codec/sharding: an index that points outside its shard is corrupt") {
  const auto pipeline = compile({.chunk_shape = {2}, .index_codecs = {codec::bytes()}}, bytes_layout({4}));
  codec::Scratch scratch;
  varve::Bytes encoded, decoded(4);
  pipeline.encode(support::bytes_of("abcd"), encoded, scratch).value();
  REQUIRE(encoded.size() == 36);
  struct { std::uint64_t offset, length; } const hostile[] = {
      {36, 1}, {35, 2}, {~0ULL, 2}, {0, ~0ULL}, {~0ULL - 1, ~0ULL}, {1ULL << 63, 1ULL << 63}, {2, 1}, {0, 3}, {0, 0}};
  for (const auto& [offset, length] : hostile) {
    varve::Bytes damaged = encoded;
    codec::detail::store_inner_range(varve::MutableByteView(damaged).subspan(4), 0, offset, length);
    CHECK(support::is_corrupt(pipeline.decode(damaged, decoded, scratch)));
  }
  CHECK(support::is_corrupt(pipeline.decode({}, decoded, scratch)));
  CHECK(support::is_corrupt(pipeline.decode(varve::ByteView(encoded).last(31), decoded, scratch)));
}

TEST_CASE("codec/sharding: a part asks for no inner chunk that it does not meet") {
  const auto pipeline = compile({.chunk_shape = {2, 2}, .codecs = {codec::bytes(), codec::crc32c()}}, bytes_layout({4, 4}));
  codec::Scratch scratch;
  varve::Bytes encoded, part(2), row(4);
  pipeline.encode(support::bytes_of("abcdefghijklmnop"), encoded, scratch).value();
  encoded[0] ^= std::byte{1};  // the inner chunk at (0, 0) is damaged now
  const std::vector<std::uint64_t> below{3, 1}, right{1, 2}, pair{1, 2}, top{0, 0}, line{1, 4};
  REQUIRE(pipeline.decode_part(encoded, below, pair, part, scratch));
  CHECK(varve::as_text(part) == "no");
  REQUIRE(pipeline.decode_part(encoded, right, pair, part, scratch));
  CHECK(varve::as_text(part) == "gh");
  CHECK(support::is_corrupt(pipeline.decode_part(encoded, top, line, row, scratch)));
  CHECK(std::vector(pipeline.inner_chunk_shape().begin(), pipeline.inner_chunk_shape().end()) ==
        std::vector<std::uint64_t>{2, 2});
}

TEST_CASE("codec/sharding: the configuration is that of zarr.json") {
  const codec::Sharding codec{.chunk_shape = {2, 3}};
  const auto spec = codec::sharding(codec);
  CHECK(spec.configuration.text() ==
        R"({"chunk_shape":[2,3],"codecs":[{"name":"bytes","configuration":{"endian":"little"}}],)"
        R"("index_codecs":[{"name":"bytes","configuration":{"endian":"little"}},{"name":"crc32c"}],)"
        R"("index_location":"end"})");
  CHECK(codec::Sharding::from_configuration(spec.configuration).value() == codec);
  CHECK_FALSE(codec::Sharding::from_configuration(varve::Json()));
  for (const auto& [member, value] : {std::pair<const char*, varve::Json>("chunk_shape", varve::Json::Array{varve::Json(0)}),
                                      {"chunk_shape", "2"},
                                      {"codecs", 3},
                                      {"index_codecs", 3},
                                      {"index_location", "middle"}}) {
    auto members = *spec.configuration.as_object();
    for (auto& [name, old] : members) {
      if (name == member) old = value;
    }
    CHECK_FALSE(codec::Sharding::from_configuration(members));
  }
}
