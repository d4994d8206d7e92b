// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/set.hpp>

#include <varve/codec/crc32c.hpp>
#include <varve/codec/transpose.hpp>
#include <varve/codec/zstd.hpp>

#include "support/doctest.hpp"

namespace codec = varve::codec;
using Specs = std::vector<codec::Spec>;
using Set = codec::Set<codec::Zstd, codec::Crc32c>;

static codec::ChunkLayout layout() {
  codec::ChunkLayout layout;
  layout.shape = {4, 6};
  layout.item_size = layout.swap_size = 4;
  return layout;
}

TEST_CASE("codec/set: a missing codec's error says which type to add") {
  const auto blosc = Set::compile(Specs{codec::bytes(), {"blosc"}}, layout());
  REQUIRE_FALSE(blosc);
  CHECK(blosc.error().code() == varve::errc::unsupported_codec);
  CHECK(blosc.error().key() == "blosc");
  CHECK(blosc.error().hint() == "add varve::codec::Blosc to the repository's codec::Set");

  const auto unknown = Set::compile(Specs{codec::bytes(), {"lossy"}}, layout());
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == varve::errc::unsupported_codec);
  CHECK(unknown.error().key() == "lossy");

  codec::Sharding shard;
  shard.chunk_shape = {2, 2};
  shard.codecs = {codec::bytes(), {"gzip"}};
  const auto inside = Set::compile(Specs{codec::sharding(shard)}, layout());
  REQUIRE_FALSE(inside);
  CHECK(inside.error().hint() == "add varve::codec::Gzip to the repository's codec::Set");

  const auto first = Set::compile(Specs{{"vlen-utf8"}}, layout());
  REQUIRE_FALSE(first);
  CHECK(first.error().code() == varve::errc::unsupported_codec);
}

TEST_CASE("codec/set: codecs in an order that cannot be are bad metadata") {
  codec::Sharding halves;
  halves.chunk_shape = {2, 4};
  codec::Sharding flat;
  flat.chunk_shape = {2};
  codec::Sharding squeezed;
  squeezed.chunk_shape = {2, 3};
  squeezed.index_codecs = {codec::bytes(), codec::zstd()};
  codec::Sharding nested;
  nested.chunk_shape = {4, 6};
  for (int i = 0; i != 12; ++i) nested.codecs = {codec::sharding(nested)};
  const Specs bad[] = {
      {},
      {codec::zstd()},
      {codec::transpose({1, 0})},
      {codec::bytes(), codec::bytes()},
      {codec::bytes(), codec::transpose({1, 0})},
      {codec::transpose({0}), codec::bytes()},
      {codec::spec_of(codec::Bytes{std::nullopt})},
      {codec::bytes(), {"zstd", varve::Json::Object{{"level", 99}}}},
      {codec::sharding(halves)},
      {codec::sharding(flat)},
      {codec::sharding(squeezed)},
      {codec::sharding(nested)},
  };
  for (const Specs& specs : bad) {
    INFO(codec::specs_json(specs).text());
    const auto pipeline = Set::compile(specs, layout());
    REQUIRE_FALSE(pipeline);
    CHECK(pipeline.error().code() == varve::errc::bad_metadata);
  }
  codec::ChunkLayout deep;
  deep.shape.assign(33, 1);
  CHECK_FALSE(Set::compile(Specs{codec::bytes()}, deep));
  deep.shape.assign(4, 1ULL << 40);
  CHECK_FALSE(Set::compile(Specs{codec::bytes()}, deep));
}

TEST_CASE("codec/set: a set without codecs reads plain chunks") {
  const auto pipeline = codec::Set<>::compile(Specs{codec::bytes()}, layout());
  REQUIRE(pipeline);
  CHECK(pipeline->is_identity());
  CHECK(pipeline->encoded_size() == 96);
  CHECK_FALSE(codec::Set<>::compile(Specs{codec::bytes(), codec::zstd()}, layout()));
}
