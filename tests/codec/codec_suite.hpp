// SPDX-License-Identifier: Apache-2.0
// What every codec from bytes to bytes must do, whatever it does to them.
#pragma once

#include <varve/codec/codec.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace support {

/// Bytes that compress: a slow ramp of 32-bit numbers.
inline varve::Bytes ramp(std::size_t size) {
  varve::Bytes bytes(size);
  for (std::size_t i = 0; i != size; ++i) bytes[i] = static_cast<std::byte>(i % 4 == 0 ? i / 64 : i % 4);
  return bytes;
}

inline bool is_corrupt(const varve::Result<void>& result) {
  return !result && result.error().code() == varve::errc::corrupt;
}

/// `detects_damage` says whether each changed byte must be noticed, as by a checksum.
template <varve::codec::Codec C>
void check_codec(const C& codec, bool detects_damage = false) {
  INFO("codec " << C::name << " " << codec.configuration().text());

  const auto reread = C::from_configuration(codec.configuration());
  REQUIRE(reread);
  CHECK(reread->configuration() == codec.configuration());

  varve::Bytes encoded;
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 3, 16, 1000, 100'000}) {
    for (const auto& plain : {ramp(size), noise(size, size)}) {
      REQUIRE(codec.encode(plain, encoded));
      varve::Bytes decoded(size);
      REQUIRE(codec.decode(encoded, decoded));
      CHECK(decoded == plain);
      varve::Bytes again;
      REQUIRE(codec.encode(plain, again));
      CHECK(again == encoded);  // equal chunks are stored alike
      for (const std::size_t wrong : {size + 1, size * 2 + 7, size / 2}) {
        if (wrong == size) continue;
        varve::Bytes other(wrong);
        CHECK(is_corrupt(codec.decode(encoded, other)));
      }
      if constexpr (requires { codec.encoded_size(size); }) CHECK(encoded.size() == codec.encoded_size(size));
      if constexpr (requires { codec.decode_unsized(encoded, decoded, size); }) {
        REQUIRE(codec.decode_unsized(encoded, decoded, size + 100));
        CHECK(decoded == plain);
        if (size != 0) CHECK(is_corrupt(codec.decode_unsized(encoded, decoded, size - 1)));
      }
    }
  }

  const varve::Bytes plain = ramp(1500);
  REQUIRE(codec.encode(plain, encoded));
  varve::Bytes decoded(plain.size());
  for (std::size_t kept = 0; kept != encoded.size(); ++kept) {
    // A copy of its own, so that the address sanitizer sees a read beyond it.
    const varve::Bytes cut(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(kept));
    CHECK(is_corrupt(codec.decode(cut, decoded)));
    if constexpr (requires { codec.decode_unsized(cut, decoded, plain.size()); }) {
      varve::Bytes out;
      CHECK(is_corrupt(codec.decode_unsized(cut, out, plain.size())));
    }
  }
  varve::Bytes longer = encoded;
  longer.push_back(std::byte{0});
  CHECK(is_corrupt(codec.decode(longer, decoded)));

  for (std::size_t at = 0; at < encoded.size(); at += std::max<std::size_t>(1, encoded.size() / 200)) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      varve::Bytes damaged = encoded;
      damaged[at] ^= static_cast<std::byte>(flip);
      const auto result = codec.decode(damaged, decoded);
      if (!result) CHECK(result.error().code() == varve::errc::corrupt);
      if (detects_damage) CHECK_FALSE(result);
      if constexpr (requires { codec.decode_unsized(damaged, decoded, plain.size()); }) {
        varve::Bytes out;
        const auto unsized = codec.decode_unsized(damaged, out, plain.size());
        if (unsized) CHECK(out.size() <= plain.size());
      }
    }
  }
}

}  // namespace support
