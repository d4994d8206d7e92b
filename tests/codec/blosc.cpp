// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/blosc.hpp>

#include "codec/codec_suite.hpp"

#include <cstring>

using varve::codec::Blosc;

TEST_CASE("codec/blosc: every compressor and shuffle round-trips and refuses every truncation") {
  for (const char* cname : {"blosclz", "lz4", "lz4hc", "zlib", "zstd"}) {
    for (const auto shuffle : {Blosc::Shuffle::noshuffle, Blosc::Shuffle::shuffle, Blosc::Shuffle::bitshuffle}) {
      support::check_codec(Blosc{cname, 5, shuffle, 4, 0});
    }
  }
  support::check_codec(Blosc{"lz4", 0, Blosc::Shuffle::shuffle, 8, 0});
  support::check_codec(Blosc{"zstd", 9, Blosc::Shuffle::shuffle, 2, 512});
  support::check_codec(Blosc{"zstd", 1, Blosc::Shuffle::shuffle, 16, 0});
}

TEST_CASE("codec/blosc: a header that promises more than there is, is corrupt") {
  varve::Bytes encoded, out;
  Blosc{}.encode(support::ramp(4096), encoded).value();
  const std::uint32_t huge = 0x7FFFFF00;
  std::memcpy(encoded.data() + 4, &huge, sizeof(huge));
  CHECK(support::is_corrupt(Blosc{}.decode_unsized(encoded, out, 10'000)));
  CHECK(out.empty());
}

TEST_CASE("codec/blosc: the configuration is that of zarr.json") {
  const Blosc codec{"lz4", 3, Blosc::Shuffle::bitshuffle, 4, 0};
  CHECK(varve::codec::blosc(codec).configuration.text() ==
        R"({"typesize":4,"cname":"lz4","clevel":3,"shuffle":"bitshuffle","blocksize":0})");
  CHECK(Blosc::from_configuration(codec.configuration()).value() == codec);
  CHECK(Blosc::from_configuration(varve::Json()).value().shuffle == Blosc::Shuffle::noshuffle);
  CHECK(Blosc::from_configuration(varve::Json()).value().cname == "zstd");
  CHECK_FALSE(Blosc::from_configuration(varve::Json::Object{{"cname", "brotli"}}));
  CHECK_FALSE(Blosc::from_configuration(varve::Json::Object{{"shuffle", 1}}));
  CHECK_FALSE(Blosc::from_configuration(varve::Json::Object{{"typesize", -1}}));
}
