// SPDX-License-Identifier: Apache-2.0
// Bytes for tests.
#pragma once

#include <varve/core/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace support {

/// `size` bytes that look random and depend on `seed` alone.
inline varve::Bytes noise(std::size_t size, std::uint64_t seed) {
  varve::Bytes bytes(size);
  std::uint64_t state = seed + 0x9E3779B97F4A7C15U;
  for (std::byte& byte : bytes) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

inline varve::Bytes bytes_of(std::string_view text) { return varve::copy_bytes(varve::as_bytes(text)); }

}  // namespace support
