// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/pipeline.hpp>

#include <varve/codec/default.hpp>

#include "archetypes/codec.hpp"
#include "codec/codec_suite.hpp"

#include <atomic>
#include <string>
#include <thread>

namespace codec = varve::codec;
using Specs = std::vector<codec::Spec>;
using Shape = std::vector<std::uint64_t>;

namespace {

codec::ChunkLayout layout_of(Shape shape, std::size_t item_size, std::size_t swap_size) {
  codec::ChunkLayout layout;
  layout.shape = std::move(shape);
  layout.item_size = item_size;
  layout.swap_size = swap_size;
  return layout;
}

/// Every way to make bytes of elements that the cases below combine with every chain of compressors.
std::vector<Specs> serializers(std::size_t rank) {
  std::vector<std::size_t> reversed, rotated;
  for (std::size_t i = 0; i != rank; ++i) {
    reversed.push_back(rank - 1 - i);
    rotated.push_back((i + 1) % rank);
  }
  const codec::Sharding pairs{.chunk_shape = Shape(rank, 2)};
  const codec::Sharding packed{.chunk_shape = Shape(rank, 2),
                               .codecs = {codec::transpose(reversed), codec::bytes(std::endian::big), codec::zstd(1)},
                               .index_codecs = {codec::bytes(std::endian::big)},
                               .index_location = codec::Sharding::IndexLocation::start};
  const codec::Sharding nested{.chunk_shape = Shape(rank, 4), .codecs = {codec::sharding(pairs), codec::crc32c()}};
  return {
      {codec::bytes()},
      {codec::bytes(std::endian::big)},
      {codec::transpose(reversed), codec::bytes()},
      {codec::transpose(rotated), codec::transpose(reversed), codec::bytes(std::endian::big)},
      {codec::sharding(pairs)},
      {codec::sharding(packed)},
      {codec::sharding(nested)},
      {codec::transpose(rotated), codec::sharding(packed)},
  };
}

const std::vector<Specs> compressors{
    {},
    {codec::zstd(1)},
    {codec::gzip(1)},
    {codec::blosc({.cname = "lz4", .typesize = 4})},
    {codec::crc32c()},
    {codec::zstd(1), codec::crc32c()},
    {codec::crc32c(), codec::zstd(1)},
    {codec::gzip(1), codec::blosc({.typesize = 1}), codec::crc32c(), codec::zstd(1, true)},
};

/// A chunk some of whose regions are zero.
varve::Bytes holed(std::size_t size) {
  varve::Bytes plain = support::noise(size, 5);
  std::fill(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(size / 2), std::byte{0});
  return plain;
}

template <class Visit>
void each_combination(const Shape& shape, Visit&& visit) {
  for (const auto& [item, swap] : {std::pair<std::size_t, std::size_t>(1, 1), {2, 2}, {4, 4}, {8, 4}, {16, 8}}) {
    for (const Specs& serializer : serializers(shape.size())) {
      for (const Specs& chain : compressors) {
        Specs specs = serializer;
        specs.insert(specs.end(), chain.begin(), chain.end());
        INFO(codec::specs_json(specs).text() << " of " << item << " bytes");
        visit(codec::Default::compile(specs, layout_of(shape, item, swap)).value(), chain);
      }
    }
  }
}

}  // namespace

TEST_CASE("codec/pipeline: every combination of codecs round-trips and knows its sizes") {
  codec::Scratch scratch;
  varve::Bytes encoded;
  each_combination({4, 8, 4}, [&](const auto& pipeline, const Specs&) {
    const varve::Bytes plain = holed(pipeline.plain_size());
    REQUIRE(pipeline.encode(plain, encoded, scratch));
    varve::Bytes decoded(plain.size());
    REQUIRE(pipeline.decode(encoded, decoded, scratch));
    CHECK(decoded == plain);
    if (pipeline.encoded_size()) CHECK(encoded.size() == *pipeline.encoded_size());
    CHECK((!pipeline.is_identity() || encoded == plain));
    CHECK(support::is_corrupt(pipeline.decode(varve::ByteView(encoded).first(encoded.size() - 1), decoded, scratch)));
    CHECK(support::is_corrupt(pipeline.decode({}, decoded, scratch)));
  });
}

TEST_CASE("codec/pipeline: a part of a chunk is what the whole chunk has there") {
  codec::Scratch scratch;
  varve::Bytes encoded;
  const Shape shape{8, 4};
  each_combination(shape, [&](const auto& pipeline, const Specs& chain) {
    if (chain.size() > 1) return;
    const std::size_t item = pipeline.layout().item_size;
    const varve::Bytes plain = holed(pipeline.plain_size());
    REQUIRE(pipeline.encode(plain, encoded, scratch));
    for (const auto& [offset, box] : {std::pair<Shape, Shape>({0, 0}, {8, 4}), {{0, 0}, {8, 1}}, {{3, 1}, {2, 3}},
                                      {{7, 3}, {1, 1}}, {{4, 0}, {4, 4}}, {{1, 1}, {6, 2}}, {{2, 2}, {0, 1}}, {{8, 4}, {0, 0}}}) {
      varve::Bytes expected;
      for (std::uint64_t row = offset[0]; row != offset[0] + box[0]; ++row) {
        const auto at = plain.begin() + static_cast<std::ptrdiff_t>((row * 4 + offset[1]) * item);
        expected.insert(expected.end(), at, at + static_cast<std::ptrdiff_t>(box[1] * item));
      }
      varve::Bytes part(expected.size());
      REQUIRE(pipeline.decode_part(encoded, offset, box, part, scratch));
      CHECK(part == expected);

      // The same with a gap behind each element and the rows from the last to the first.
      varve::Bytes spaced(expected.size() * 2 + item, std::byte{0xEE});
      const auto step = static_cast<std::ptrdiff_t>(2 * item);
      const std::ptrdiff_t strides[] = {-step * static_cast<std::ptrdiff_t>(box[1]), step};
      const auto last_row = box[0] == 0 ? 0 : static_cast<std::ptrdiff_t>(box[0] - 1);
      REQUIRE(pipeline.decode_strided(encoded, offset, box, spaced.data() - last_row * strides[0], strides, scratch));
      for (std::uint64_t row = 0; row != box[0]; ++row) {
        for (std::uint64_t column = 0; column != box[1]; ++column) {
          const auto from = expected.begin() + static_cast<std::ptrdiff_t>((row * box[1] + column) * item);
          const auto to = spaced.begin() + static_cast<std::ptrdiff_t>(((box[0] - 1 - row) * box[1] + column) * 2 * item);
          CHECK(std::equal(from, from + static_cast<std::ptrdiff_t>(item), to));
          CHECK(to[static_cast<std::ptrdiff_t>(item)] == std::byte{0xEE});
        }
      }
    }
  });
}

TEST_CASE("codec/pipeline: damaged chunks of every combination give errors or bytes, never more") {
  codec::Scratch scratch;
  varve::Bytes encoded;
  each_combination({4, 4}, [&](const auto& pipeline, const Specs&) {
    const varve::Bytes plain = holed(pipeline.plain_size());
    REQUIRE(pipeline.encode(plain, encoded, scratch));
    varve::Bytes decoded(plain.size());
    for (std::size_t at = 0; at < encoded.size(); at += 1 + encoded.size() / 23) {
      varve::Bytes damaged = encoded;
      damaged[at] ^= std::byte{0xA5};
      const auto result = pipeline.decode(damaged, decoded, scratch);
      if (!result) CHECK(result.error().code() == varve::errc::corrupt);
      const varve::Bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(at));
      CHECK(support::is_corrupt(pipeline.decode(cut, decoded, scratch)));
    }
  });
}

TEST_CASE("codec/pipeline: a warm pipeline keeps its buffers") {
  const Specs specs{codec::transpose({1, 0}), codec::bytes(std::endian::big), codec::gzip(1), codec::zstd(1)};
  const auto pipeline = codec::Default::compile(specs, layout_of({64, 64}, 4, 4)).value();
  codec::Scratch scratch;
  varve::Bytes encoded, decoded(pipeline.plain_size());
  const auto plain = support::noise(pipeline.plain_size(), 6);
  const auto round = [&] {
    pipeline.encode(plain, encoded, scratch).value();
    pipeline.decode(encoded, decoded, scratch).value();
  };
  for (int i = 0; i != 3; ++i) round();  // the output and a buffer are exchanged, so both have to grow
  const std::size_t kept = scratch.capacity_bytes() + encoded.capacity();
  for (int i = 0; i != 10; ++i) round();
  CHECK(scratch.capacity_bytes() + encoded.capacity() == kept);
  CHECK(decoded == plain);
}

TEST_CASE("codec/pipeline: threads share a pipeline, each with its own scratch") {
  const codec::Sharding shard{.chunk_shape = {8, 8}, .codecs = {codec::bytes(), codec::blosc({.typesize = 4}), codec::gzip(1)}};
  const auto pipeline = codec::Default::compile(Specs{codec::sharding(shard), codec::zstd(1), codec::crc32c()},
                                                layout_of({32, 32}, 4, 4)).value();
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed != 4; ++seed) {
    threads.emplace_back([&, seed] {
      codec::Scratch scratch;
      varve::Bytes encoded, decoded(pipeline.plain_size());
      for (std::uint64_t i = 0; i != 10; ++i) {
        const auto plain = support::noise(pipeline.plain_size(), seed * 100 + i);
        const bool done = pipeline.encode(plain, encoded, scratch) && pipeline.decode(encoded, decoded, scratch);
        if (!done || decoded != plain) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
}

TEST_CASE("codec/pipeline: bytes are the identity where nothing is to be done") {
  const auto is_identity = [](const Specs& specs, const codec::ChunkLayout& layout) {
    return codec::Default::compile(specs, layout).value().is_identity();
  };
  const auto floats = layout_of({2, 2}, 4, 4);
  auto bools = layout_of({2, 2}, 1, 1);
  bools.is_bool = true;
  CHECK(is_identity({codec::bytes()}, floats));
  CHECK(is_identity({codec::transpose({0, 1}), codec::bytes()}, floats));
  CHECK_FALSE(is_identity({codec::bytes(std::endian::big)}, floats));
  CHECK(is_identity({codec::bytes(std::endian::big)}, layout_of({2, 2}, 1, 1)));
  CHECK_FALSE(is_identity({codec::transpose({1, 0}), codec::bytes()}, floats));
  CHECK_FALSE(is_identity({codec::bytes(), codec::crc32c()}, floats));
  CHECK_FALSE(is_identity({codec::bytes()}, bools));  // what is stored may be no bool
}

TEST_CASE("codec/pipeline: bools are refused when they are neither 0 nor 1") {
  auto layout = layout_of({3}, 1, 1);
  layout.is_bool = true;
  const auto pipeline = codec::Default::compile(Specs{codec::bytes()}, layout).value();
  codec::Scratch scratch;
  varve::Bytes encoded, decoded(3);
  const auto good = support::bytes_of(std::string_view("\0\1\1", 3));
  const auto bad = support::bytes_of(std::string_view("\0\2\1", 3));
  REQUIRE(pipeline.encode(good, encoded, scratch));
  REQUIRE(pipeline.decode(encoded, decoded, scratch));
  CHECK(decoded == good);
  CHECK(support::is_corrupt(pipeline.decode(bad, decoded, scratch)));
  const auto refused = pipeline.encode(bad, encoded, scratch);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == varve::errc::invalid_argument);
}

TEST_CASE("codec/pipeline: a scalar is a chunk of one element") {
  const auto pipeline =
      codec::Default::compile(Specs{codec::bytes(std::endian::big), codec::zstd(1)}, layout_of({}, 4, 4)).value();
  codec::Scratch scratch;
  varve::Bytes encoded, decoded(4);
  REQUIRE(pipeline.encode(support::bytes_of("abcd"), encoded, scratch));
  REQUIRE(pipeline.decode_part(encoded, {}, {}, decoded, scratch));
  CHECK(varve::as_text(decoded) == "abcd");
  const auto sharded = codec::Default::compile(Specs{codec::sharding({})}, layout_of({}, 4, 4)).value();
  REQUIRE(sharded.encode(support::bytes_of("abcd"), encoded, scratch));
  REQUIRE(sharded.decode(encoded, decoded, scratch));
  CHECK(varve::as_text(decoded) == "abcd");
}

TEST_CASE("codec/pipeline: a caller's wrong lengths and boxes are his mistake, not the chunk's") {
  const auto pipeline = codec::Default::compile(Specs{codec::bytes()}, layout_of({2, 2}, 1, 1)).value();
  codec::Scratch scratch;
  varve::Bytes encoded = support::bytes_of("abcd"), three(3), four(4);
  CHECK(pipeline.encode(three, encoded, scratch).error().code() == varve::errc::invalid_argument);
  CHECK(pipeline.decode(encoded, three, scratch).error().code() == varve::errc::invalid_argument);
  const Shape origin{0, 0}, whole{2, 2}, outside{1, 0}, line{2}, far{~0ULL, 0}, point{1, 1};
  CHECK(pipeline.decode_part(encoded, origin, whole, three, scratch).error().code() == varve::errc::invalid_argument);
  CHECK(pipeline.decode_part(encoded, outside, whole, four, scratch).error().code() == varve::errc::out_of_bounds);
  CHECK(pipeline.decode_part(encoded, origin, line, four, scratch).error().code() == varve::errc::out_of_bounds);
  CHECK(pipeline.decode_part(encoded, far, point, four, scratch).error().code() == varve::errc::out_of_bounds);
}

TEST_CASE("codec/pipeline: a codec that needs to know its length cannot follow one whose length varies") {
  using Set = codec::Set<codec::Zstd, archetypes::Xor>;
  const codec::Spec mask = codec::spec_of(archetypes::Xor{});
  CHECK(Set::compile(Specs{codec::bytes(), mask, codec::zstd()}, layout_of({4}, 1, 1)));
  const auto refused = Set::compile(Specs{codec::bytes(), codec::zstd(), mask}, layout_of({4}, 1, 1));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == varve::errc::unsupported_codec);
  CHECK(refused.error().key() == "xor");
}
