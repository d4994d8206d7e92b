// SPDX-License-Identifier: Apache-2.0
// Bodies of content_hash.hpp.
#pragma once

#include <varve/core/content_hash.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <tuple>
#include <utility>

namespace varve::inline v0 {

/// Words go into lanes in turn: in one alone each multiplication would wait for the last, and hashing a chunk take as long
/// as writing it.
VARVE_DECL std::uint64_t content_hash(ByteView bytes) {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  using Lanes = std::array<std::uint64_t, 8>;
  const auto mix = [](std::uint64_t& hash, std::uint64_t word) {
    hash = (hash ^ word) * odd;
    hash ^= hash >> 29;
  };
  const auto load = [](const std::byte* from, std::size_t size) {
    std::array<std::byte, word_bytes> word{};
    std::memcpy(word.data(), from, size);
    if constexpr (std::endian::native == std::endian::big) std::reverse(word.begin(), word.end());
    return std::bit_cast<std::uint64_t>(word);
  };
  Lanes lanes{};
  const auto mix_all = [&]<std::size_t... I>(const std::byte* from, std::index_sequence<I...>) {
    (mix(lanes[I], load(from + I * word_bytes, word_bytes)), ...);
  };
  std::uint64_t hash = bytes.size() * odd;
  for (; bytes.size() >= sizeof(lanes); bytes = bytes.subspan(sizeof(lanes))) {
    mix_all(bytes.data(), std::make_index_sequence<std::tuple_size_v<Lanes>>());
  }
  for (const std::uint64_t lane : lanes) mix(hash, lane);
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), word_bytes))) {
    mix(hash, load(bytes.data(), std::min(bytes.size(), word_bytes)));
  }
  hash *= 0xBF58476D1CE4E5B9U;
  return hash ^ hash >> 32;
}

}  // namespace varve::inline v0
