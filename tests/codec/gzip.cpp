// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/gzip.hpp>

#include "codec/codec_suite.hpp"

using varve::codec::Gzip;

TEST_CASE("codec/gzip: every level round-trips and refuses every truncation") {
  for (const int level : {0, 1, 5, 9}) support::check_codec(Gzip{level});
}

TEST_CASE("codec/gzip: a changed byte of the content is noticed") {
  const auto plain = support::noise(4000, 3);
  varve::Bytes encoded, decoded(plain.size());
  Gzip{0}.encode(plain, encoded).value();
  encoded[2000] ^= std::byte{1};
  CHECK(support::is_corrupt(Gzip{}.decode(encoded, decoded)));
}

TEST_CASE("codec/gzip: members one after another are one stream") {
  const auto plain = support::ramp(3000);
  varve::Bytes first, second;
  Gzip{}.encode(varve::ByteView(plain).first(1000), first).value();
  Gzip{}.encode(varve::ByteView(plain).subspan(1000), second).value();
  first.insert(first.end(), second.begin(), second.end());
  varve::Bytes decoded(plain.size());
  REQUIRE(Gzip{}.decode(first, decoded));
  CHECK(decoded == plain);
  varve::Bytes unsized;  // the length at the end is that of the last member only
  REQUIRE(Gzip{}.decode_unsized(first, unsized, 10'000));
  CHECK(unsized == plain);
}

TEST_CASE("codec/gzip: the configuration is that of zarr.json") {
  CHECK(varve::codec::gzip(6) == varve::codec::Spec{"gzip", varve::Json::Object{{"level", 6}}});
  CHECK_FALSE(Gzip::from_configuration(varve::Json::Object{{"level", 10}}));
  CHECK_FALSE(Gzip::from_configuration(varve::Json::Object{{"level", -1}}));
  varve::Bytes encoded;
  CHECK_FALSE(Gzip{12}.encode({}, encoded));
}
