// SPDX-License-Identifier: Apache-2.0
// Bodies of crc32c.hpp.
#pragma once

#include <varve/codec/crc32c.hpp>

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>
#endif

namespace varve::inline v0::codec {

namespace detail {

/// Row k tells what a byte does to the register k bytes later.
inline constexpr auto crc32c_table = [] {
  std::array<std::array<std::uint32_t, 256>, 8> table{};
  for (std::uint32_t byte = 0; byte != 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit != 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    table[0][byte] = crc;
  }
  for (std::size_t k = 1; k != 8; ++k) {
    for (std::size_t byte = 0; byte != 256; ++byte) {
      const std::uint32_t before = table[k - 1][byte];
      table[k][byte] = before >> 8 ^ table[0][before & 0xFF];
    }
  }
  return table;
}();

VARVE_DECL std::uint32_t crc32c_by_table(std::uint32_t crc, ByteView bytes) {
  const auto& t = crc32c_table;
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    std::array<std::uint32_t, 8> b{};
    for (std::size_t i = 0; i != 8; ++i) b[i] = std::to_integer<std::uint32_t>(bytes[at + i]);
    crc = t[7][b[0] ^ (crc & 0xFF)] ^ t[6][b[1] ^ (crc >> 8 & 0xFF)] ^ t[5][b[2] ^ (crc >> 16 & 0xFF)] ^
          t[4][b[3] ^ crc >> 24] ^ t[3][b[4]] ^ t[2][b[5]] ^ t[1][b[6]] ^ t[0][b[7]];
  }
  for (; at != bytes.size(); ++at) crc = crc >> 8 ^ t[0][(crc ^ std::to_integer<std::uint32_t>(bytes[at])) & 0xFF];
  return crc;
}

#if defined(__x86_64__) && defined(__GNUC__)

/// The instruction takes three cycles and can start in each: three lanes of this many bytes run side by side.
inline constexpr std::size_t crc32c_lane = 2048;

/// The register after `crc32c_lane` zero bytes, by the four bytes that it held before.
struct Crc32cShift {
  std::array<std::array<std::uint32_t, 256>, 4> table{};

  Crc32cShift() {
    std::array<std::uint32_t, 32> bits{};
    for (std::size_t bit = 0; bit != 32; ++bit) {
      std::uint32_t crc = std::uint32_t{1} << bit;
      for (std::size_t i = 0; i != crc32c_lane; ++i) crc = crc >> 8 ^ crc32c_table[0][crc & 0xFF];
      bits[bit] = crc;
    }
    for (std::size_t k = 0; k != 4; ++k) {
      for (std::size_t byte = 0; byte != 256; ++byte) {
        for (std::size_t bit = 0; bit != 8; ++bit) {
          if ((byte >> bit & 1) != 0) table[k][byte] ^= bits[8 * k + bit];
        }
      }
    }
  }
  std::uint32_t operator()(std::uint32_t crc) const {
    return table[0][crc & 0xFF] ^ table[1][crc >> 8 & 0xFF] ^ table[2][crc >> 16 & 0xFF] ^ table[3][crc >> 24];
  }
};

inline std::uint64_t load_word(const std::byte* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

__attribute__((target("sse4.2"))) VARVE_DECL std::uint32_t crc32c_by_processor(std::uint32_t crc, ByteView bytes) {
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  if (left >= 3 * crc32c_lane) {
    static const Crc32cShift shift;
    while (left >= 3 * crc32c_lane) {
      std::uint64_t a = crc;
      std::uint64_t b = 0;
      std::uint64_t c = 0;
      for (std::size_t i = 0; i != crc32c_lane; i += 8) {
        a = _mm_crc32_u64(a, load_word(at + i));
        b = _mm_crc32_u64(b, load_word(at + crc32c_lane + i));
        c = _mm_crc32_u64(c, load_word(at + 2 * crc32c_lane + i));
      }
      crc = shift(shift(static_cast<std::uint32_t>(a)) ^ static_cast<std::uint32_t>(b)) ^ static_cast<std::uint32_t>(c);
      at += 3 * crc32c_lane;
      left -= 3 * crc32c_lane;
    }
  }
  std::uint64_t wide = crc;
  for (; left >= 8; at += 8, left -= 8) wide = _mm_crc32_u64(wide, load_word(at));
  crc = static_cast<std::uint32_t>(wide);
  for (; left != 0; ++at, --left) crc = _mm_crc32_u8(crc, std::to_integer<unsigned char>(*at));
  return crc;
}

VARVE_DECL bool processor_has_crc32c() { return __builtin_cpu_supports("sse4.2") != 0; }

#else

VARVE_DECL std::uint32_t crc32c_by_processor(std::uint32_t crc, ByteView bytes) { return crc32c_by_table(crc, bytes); }
VARVE_DECL bool processor_has_crc32c() { return false; }

#endif

inline void store_crc32c(std::byte* to, std::uint32_t crc) {
  for (int i = 0; i != 4; ++i) to[i] = static_cast<std::byte>(crc >> (8 * i));
}

}  // namespace detail

VARVE_DECL std::uint32_t crc32c_of(ByteView bytes) {
  static const bool by_processor = detail::processor_has_crc32c();
  return ~(by_processor ? detail::crc32c_by_processor(~0U, bytes) : detail::crc32c_by_table(~0U, bytes));
}

VARVE_DECL Result<Crc32c> Crc32c::from_configuration(const Json& configuration) {
  auto read = detail::ConfigurationReader(name, configuration).finish();
  if (!read) return std::move(read).error();
  return Crc32c{};
}

VARVE_DECL Result<void> Crc32c::encode(ByteView plain, varve::Bytes& encoded) const {
  encoded.clear();
  encoded.reserve(plain.size() + 4);
  detail::append(encoded, plain);
  return encode_in_place(encoded);
}

VARVE_DECL Result<void> Crc32c::encode_in_place(varve::Bytes& bytes) const {
  const std::uint32_t crc = crc32c_of(bytes);
  bytes.resize(bytes.size() + 4);
  detail::store_crc32c(bytes.data() + bytes.size() - 4, crc);
  return {};
}

VARVE_DECL Result<ByteView> Crc32c::view(ByteView encoded) const {
  if (encoded.size() < 4) return detail::corrupt_chunk(name, "there is no checksum");
  const ByteView plain = encoded.first(encoded.size() - 4);
  std::array<std::byte, 4> wanted{};
  detail::store_crc32c(wanted.data(), crc32c_of(plain));
  if (std::memcmp(wanted.data(), encoded.data() + plain.size(), 4) != 0) {
    return detail::corrupt_chunk(name, "the checksum is wrong");
  }
  return plain;
}

VARVE_DECL Result<void> Crc32c::decode(ByteView encoded, MutableByteView plain) const {
  if (encoded.size() < 4 || encoded.size() - 4 != plain.size()) {
    return detail::corrupt_chunk(name, "the length is wrong");
  }
  auto checked = view(encoded);
  if (!checked) return std::move(checked).error();
  if (!plain.empty()) std::memcpy(plain.data(), checked->data(), plain.size());
  return {};
}

}  // namespace varve::inline v0::codec
