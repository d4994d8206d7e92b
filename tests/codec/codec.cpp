// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/codec.hpp>

#include "archetypes/codec.hpp"
#include "codec/codec_suite.hpp"

#include <varve/codec/set.hpp>

TEST_CASE("codec/codec: the smallest codec passes the suite") {
  static_assert(varve::codec::expect_codec<archetypes::Xor>());
  support::check_codec(archetypes::Xor{});
  support::check_codec(archetypes::Xor{std::byte{0}});
}

TEST_CASE("codec/codec: a codec of one's own runs in a pipeline") {
  using Set = varve::codec::Set<archetypes::Xor>;
  const std::vector<varve::codec::Spec> specs{varve::codec::bytes(),
                                              varve::codec::spec_of(archetypes::Xor{std::byte{0xFF}})};
  varve::codec::ChunkLayout layout;
  layout.shape = {2};
  const auto pipeline = Set::compile(specs, layout).value();
  varve::codec::Scratch scratch;
  varve::Bytes encoded;
  pipeline.encode(support::bytes_of("ab"), encoded, scratch).value();
  CHECK(encoded == support::bytes_of("\x9E\x9D"));
  CHECK_FALSE(pipeline.is_identity());
}
