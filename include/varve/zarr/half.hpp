// SPDX-License-Identifier: Apache-2.0
// Half: the 16-bit floating-point number of IEEE 754, as a storage type. It converts to and from float; arithmetic is
// done there.
#pragma once

#include <bit>
#include <cstdint>

namespace varve::inline v0 {

class Half {
 public:
  constexpr Half() = default;
  /// Rounds to the nearest half, ties to even; too large a number becomes an infinity.
  constexpr Half(double value) : bits_(round(std::bit_cast<std::uint64_t>(value))) {}
  constexpr Half(float value) : Half(static_cast<double>(value)) {}

  static constexpr Half from_bits(std::uint16_t bits) {
    Half half;
    half.bits_ = bits;
    return half;
  }
  constexpr std::uint16_t bits() const { return bits_; }

  /// Exact: every half is a float.
  constexpr operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits_ & 0x8000U) << 16;
    const std::uint32_t exponent = (bits_ >> 10) & 0x1FU;
    const std::uint32_t fraction = bits_ & 0x3FFU;
    if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13);
    if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return sign != 0 ? -magnitude : magnitude;
  }

  /// As numbers: a NaN is equal to nothing, and the two zeros are equal.
  friend constexpr bool operator==(Half a, Half b) { return static_cast<float>(a) == static_cast<float>(b); }

 private:
  static constexpr std::uint16_t round(std::uint64_t bits) {
    const auto sign = static_cast<std::uint16_t>(bits >> 48 & 0x8000U);
    const auto exponent = static_cast<int>(bits >> 52 & 0x7FFU) - 1023;
    const std::uint64_t fraction = bits & 0xFFFFFFFFFFFFFU;
    const auto with_sign = [sign](std::uint64_t rest) { return static_cast<std::uint16_t>(sign | rest); };
    if (exponent == 1024 && fraction != 0) return with_sign(0x7E00U | fraction >> 42);  // stays a NaN, made quiet
    if (exponent >= 16) return with_sign(0x7C00U);
    if (exponent < -25) return with_sign(0);
    const std::uint64_t significand = fraction | std::uint64_t{1} << 52;
    // A normal half keeps 11 bits of the significand; below 2^-14 each power of two costs one more.
    const int dropped = exponent >= -14 ? 42 : 42 + (-14 - exponent);
    std::uint64_t kept = significand >> dropped;
    const std::uint64_t rest = significand & ((std::uint64_t{1} << dropped) - 1);
    const std::uint64_t tie = std::uint64_t{1} << (dropped - 1);
    if (rest > tie || (rest == tie && (kept & 1) != 0)) ++kept;
    // `kept` holds the leading one, which adds one to the exponent field; so does a carry out of the rounding.
    if (exponent >= -14) kept += static_cast<std::uint64_t>(exponent + 14) << 10;
    return with_sign(kept);
  }

  std::uint16_t bits_ = 0;
};

}  // namespace varve::inline v0
