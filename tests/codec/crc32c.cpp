// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/crc32c.hpp>

#include "codec/codec_suite.hpp"

#include <numeric>

using varve::codec::Crc32c;

TEST_CASE("codec/crc32c: the checksum is that of RFC 3720, appendix B.4") {
  varve::Bytes bytes(32, std::byte{0});
  CHECK(varve::codec::crc32c_of(bytes) == 0x8A9136AA);
  std::fill(bytes.begin(), bytes.end(), std::byte{0xFF});
  CHECK(varve::codec::crc32c_of(bytes) == 0x62A8AB43);
  for (std::size_t i = 0; i != 32; ++i) bytes[i] = static_cast<std::byte>(i);
  CHECK(varve::codec::crc32c_of(bytes) == 0x46DD794E);
  std::reverse(bytes.begin(), bytes.end());
  CHECK(varve::codec::crc32c_of(bytes) == 0x113FDB5C);
  CHECK(varve::codec::crc32c_of(varve::as_bytes("123456789")) == 0xE3069283);
  CHECK(varve::codec::crc32c_of({}) == 0);
}

TEST_CASE("codec/crc32c: it stands behind the bytes, little-endian") {
  varve::Bytes encoded;
  Crc32c{}.encode(varve::as_bytes("123456789"), encoded).value();
  CHECK(encoded == support::bytes_of("123456789\x83\x92\x06\xE3"));
  varve::Bytes in_place = support::bytes_of("123456789");
  Crc32c{}.encode_in_place(in_place).value();
  CHECK(in_place == encoded);
  CHECK(varve::as_text(Crc32c{}.view(encoded).value()) == "123456789");
}

TEST_CASE("codec/crc32c: the table and the processor agree at every length and alignment") {
  if (!varve::codec::detail::processor_has_crc32c()) {
    MESSAGE("this processor has no CRC-32C instruction");
    return;
  }
  const auto bytes = support::noise(20'000, 1);
  for (std::size_t first = 0; first != 9; ++first) {
    for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 7, 8, 9, 100, 2047, 6143, 6144, 6145, 12'288, 19'000}) {
      const auto part = varve::ByteView(bytes).subspan(first, size);
      CHECK(varve::codec::detail::crc32c_by_table(~0U, part) == varve::codec::detail::crc32c_by_processor(~0U, part));
    }
  }
}

TEST_CASE("codec/crc32c: it round-trips and notices every damage") {
  support::check_codec(Crc32c{}, /*detects_damage=*/true);
}
