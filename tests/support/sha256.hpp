// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), so that tests compare whole arrays with a hash that another program printed.
#pragma once

#include <varve/core/bytes.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace support {

namespace detail {

/// The first 32 bits of the fractional part of the `Root`th root of each of the first primes, found by bisection: the
/// standard defines its constants so.
template <std::size_t Count, unsigned Root>
consteval std::array<std::uint32_t, Count> fractions() {
  using Wide = unsigned __int128;
  std::array<std::uint32_t, Count> out{};
  std::size_t found = 0;
  for (std::uint64_t prime = 2; found != Count; ++prime) {
    bool divides = false;
    for (std::uint64_t d = 2; d * d <= prime; ++d) divides = divides || prime % d == 0;
    if (divides) continue;
    // The largest x with x^Root <= prime * 2^(32 Root), of at most 37 bits: its cube may need 111.
    std::uint64_t root = 0;
    for (int bit = 37; bit-- != 0;) {
      const std::uint64_t next = root | std::uint64_t{1} << bit;
      Wide power = 1;
      for (unsigned i = 0; i != Root; ++i) power *= next;
      if (power <= Wide{prime} << (32 * Root)) root = next;
    }
    out[found++] = static_cast<std::uint32_t>(root);
  }
  return out;
}

}  // namespace detail

/// The hash as 64 hexadecimal digits.
inline std::string sha256(varve::ByteView bytes) {
  static constexpr auto constants = detail::fractions<64, 3>();
  auto state = detail::fractions<8, 2>();

  const std::uint64_t bits = bytes.size() * 8;
  const std::size_t padded = (bytes.size() + 9 + 63) / 64 * 64;
  const auto byte_at = [&](std::size_t i) -> std::uint32_t {
    if (i < bytes.size()) return std::to_integer<std::uint32_t>(bytes[i]);
    if (i == bytes.size()) return 0x80;
    return i + 8 < padded ? 0U : static_cast<std::uint32_t>(bits >> (padded - 1 - i) * 8 & 0xFF);
  };

  for (std::size_t block = 0; block != padded; block += 64) {
    std::array<std::uint32_t, 64> w{};
    for (std::size_t i = 0; i != 16; ++i) {
      for (std::size_t k = 0; k != 4; ++k) w[i] = w[i] << 8 | byte_at(block + 4 * i + k);
    }
    for (std::size_t i = 16; i != 64; ++i) {
      const std::uint32_t a = w[i - 15], b = w[i - 2];
      w[i] = w[i - 16] + (std::rotr(a, 7) ^ std::rotr(a, 18) ^ a >> 3) + w[i - 7] +
             (std::rotr(b, 17) ^ std::rotr(b, 19) ^ b >> 10);
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t i = 0; i != 64; ++i) {
      const std::uint32_t t1 = h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) +
                               constants[i] + w[i];
      const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1;
      d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> mixed{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i != 8; ++i) state[i] += mixed[i];
  }

  std::string text;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
  }
  return text;
}

}  // namespace support
