// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/default.hpp>

#include <varve/zarr/json.hpp>

#include "codec/codec_suite.hpp"
#include "codec/fixtures.hpp"

#include <complex>
#include <cstring>

namespace codec = varve::codec;

namespace {

varve::Bytes unhex(std::string_view digits) {
  varve::Bytes bytes;
  const auto value = [](char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; };
  for (std::size_t i = 0; i != digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(value(digits[i]) * 16 + value(digits[i + 1])));
  }
  return bytes;
}

/// The arrays of make_fixtures.py.
float ramp_at(std::size_t i, std::size_t j, std::size_t k) {
  return static_cast<float>((i * 48 + j * 8 + k) % 97) / 4.0F;
}
varve::Bytes ramp_chunk(bool holed) {
  varve::Bytes plain(4 * 6 * 8 * sizeof(float));
  for (std::size_t i = 0; i != 4; ++i) {
    for (std::size_t j = 0; j != 6; ++j) {
      for (std::size_t k = 0; k != 8; ++k) {
        const bool hole = holed && i < 2 && j < 3 && k < 4;
        const float value = hole ? 0.0F : ramp_at(i, j, k);
        std::memcpy(plain.data() + ((i * 6 + j) * 8 + k) * sizeof(float), &value, sizeof(value));
      }
    }
  }
  return plain;
}
varve::Bytes wave_chunk() {
  varve::Bytes plain(8 * sizeof(std::complex<float>));
  for (std::size_t n = 0; n != 8; ++n) {
    const std::complex<float> value(ramp_at(n / 4, n / 2 % 2, n % 2), ramp_at(n / 4 + 2, n / 2 % 2, n % 2));
    std::memcpy(plain.data() + n * sizeof(value), &value, sizeof(value));
  }
  return plain;
}

}  // namespace

TEST_CASE("codec/default: chunks that zarr-python encoded decode to the bit, and their truncations do not") {
  codec::Scratch scratch;
  for (const fixtures::Chunk& fixture : fixtures::chunks) {
    INFO(fixture.name);
    const bool complex = fixture.name.starts_with("complex");
    const auto plain = complex ? wave_chunk() : ramp_chunk(fixture.name.starts_with("shard"));
    codec::ChunkLayout layout;
    layout.shape = complex ? std::vector<std::uint64_t>{2, 2, 2} : std::vector<std::uint64_t>{4, 6, 8};
    layout.item_size = complex ? 8 : 4;
    layout.swap_size = 4;
    const auto specs = codec::parse_specs(varve::zarr::parse_json(fixture.codecs, fixture.name).value()).value();
    const auto pipeline = codec::Default::compile(specs, layout).value();
    const auto encoded = unhex(fixture.encoded);
    varve::Bytes decoded(plain.size());
    REQUIRE(pipeline.decode(encoded, decoded, scratch));
    CHECK(decoded == plain);
    for (std::size_t kept = 0; kept != encoded.size(); ++kept) {
      const varve::Bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(kept));
      CHECK(support::is_corrupt(pipeline.decode(cut, decoded, scratch)));
    }
    varve::Bytes again;
    REQUIRE(pipeline.encode(plain, again, scratch));
    REQUIRE(pipeline.decode(again, decoded, scratch));
    CHECK(decoded == plain);
    if (!pipeline.inner_chunk_shape().empty()) {
      // The hole is the one inner chunk that neither side stores.
      const auto count_missing = [&](varve::ByteView shard, bool at_start) {
        const auto index = at_start ? shard.first(8 * 16) : shard.last(8 * 16 + 4).first(8 * 16);
        int missing = 0;
        for (std::size_t i = 0; i != 8; ++i) missing += !*codec::detail::inner_bytes(shard, index, i);
        return missing;
      };
      CHECK(count_missing(encoded, fixture.name == "shard_start") == 1);
      CHECK(count_missing(again, fixture.name == "shard_start") == 1);
    }
    if (fixture.name == "transpose_big" || complex) CHECK(again == encoded);
  }
}

TEST_CASE("codec/default: the set offers every codec of zarr.json by its name") {
  const auto& names = codec::Default::names;
  for (const std::string_view name : {"zstd", "gzip", "blosc", "crc32c"}) {
    CHECK(std::find(names.begin(), names.end(), name) != names.end());
  }
}
