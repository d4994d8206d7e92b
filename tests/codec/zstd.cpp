// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/zstd.hpp>

#include "codec/codec_suite.hpp"

#include <zstd.h>

using varve::codec::Zstd;

TEST_CASE("codec/zstd: every level round-trips and refuses every truncation") {
  for (const int level : {-5, 0, 1, 3, 19}) support::check_codec(Zstd{level, false});
  support::check_codec(Zstd{3, true});
}

TEST_CASE("codec/zstd: a checksum notices a changed byte of the content") {
  const auto plain = support::noise(4000, 3);
  varve::Bytes frame, decoded(plain.size());
  Zstd{1, true}.encode(plain, frame).value();
  frame[2000] ^= std::byte{1};
  CHECK(support::is_corrupt(Zstd{1, true}.decode(frame, decoded)));
}

TEST_CASE("codec/zstd: a frame that does not say how long it is decodes all the same") {
  const auto plain = support::ramp(50'000);
  varve::Bytes frame(ZSTD_compressBound(plain.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), plain.data(), plain.size()));
  ZSTD_freeCCtx(context);
  REQUIRE(ZSTD_getFrameContentSize(frame.data(), frame.size()) == ZSTD_CONTENTSIZE_UNKNOWN);

  varve::Bytes decoded(plain.size());
  REQUIRE(Zstd{}.decode(frame, decoded));
  CHECK(decoded == plain);
  varve::Bytes unsized;
  REQUIRE(Zstd{}.decode_unsized(frame, unsized, 60'000));
  CHECK(unsized == plain);
  CHECK(support::is_corrupt(Zstd{}.decode_unsized(frame, unsized, plain.size() - 1)));
  for (std::size_t kept = 0; kept < frame.size(); ++kept) {
    CHECK(support::is_corrupt(Zstd{}.decode_unsized(varve::ByteView(frame).first(kept), unsized, 60'000)));
  }
}

TEST_CASE("codec/zstd: a frame that claims to be huge allocates nothing") {
  // Magic, a descriptor with an 8-byte content size, and that size: 2^62.
  const auto frame = support::bytes_of(std::string_view("\x28\xB5\x2F\xFD\xE0\0\0\0\0\0\0\0\x40\x01\0\0", 16));
  varve::Bytes plain;
  CHECK(support::is_corrupt(Zstd{}.decode_unsized(frame, plain, 1000)));
  CHECK(plain.capacity() <= 1000);
}

TEST_CASE("codec/zstd: the configuration is that of zarr.json") {
  CHECK(varve::codec::zstd(3) == varve::codec::Spec{"zstd", varve::Json::Object{{"level", 3}, {"checksum", false}}});
  CHECK(Zstd::from_configuration(varve::Json()).value() == Zstd{});
  CHECK_FALSE(Zstd::from_configuration(varve::Json::Object{{"level", 23}}));
  CHECK_FALSE(Zstd::from_configuration(varve::Json::Object{{"level", "3"}}));
  CHECK_FALSE(Zstd::from_configuration(varve::Json::Object{{"checksum", 1}}));
  const auto unknown = Zstd::from_configuration(varve::Json::Object{{"window", 3}});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code() == varve::errc::bad_metadata);
  CHECK(unknown.error().hint().find("`window`") != std::string::npos);
}
