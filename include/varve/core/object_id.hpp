// SPDX-License-Identifier: Apache-2.0
// ObjectId: the random names of a repository's objects. 12 bytes for snapshots, manifests and chunks, 8 for nodes,
// compared as unsigned byte strings and written in Crockford's base32 (20 and 13 characters, most significant bit
// first, zero-extended on the right).
#pragma once

#include <varve/core/result.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace varve::inline v0 {

template <std::size_t Size, class Role>
struct ObjectId {
  static constexpr std::size_t size = Size;
  static constexpr std::size_t text_size = (Size * 8 + 4) / 5;

  std::array<std::uint8_t, Size> bytes{};

  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;

  /// The canonical text, the only one that names objects in a store.
  constexpr std::array<char, text_size> text() const {
    constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::array<char, text_size> out{};
    unsigned window = 0;  // its lowest `bits` are still to be written
    std::size_t bits = 0, next = 0;
    for (char& letter : out) {
      if (bits < 5) {
        window = window << 8 | (next != Size ? bytes[next++] : 0U);
        bits += 8;
      }
      bits -= 5;
      letter = alphabet[window >> bits & 31U];
    }
    return out;
  }
  std::string to_string() const {
    const auto digits = text();
    return std::string(digits.data(), digits.size());
  }

  /// Reads text as leniently as the reference does: lower case, `I` and `L` for 1, `O` for 0, surplus low bits ignored.
  static Result<ObjectId> parse(std::string_view text) {
    if (text.size() != text_size) return invalid(text);
    ObjectId id;
    for (std::size_t i = 0; i != text_size; ++i) {
      const int digit = value_of(text[i]);
      if (digit < 0) return invalid(text);
      for (std::size_t k = 0; k != 5; ++k) {
        const std::size_t bit = i * 5 + k;
        if (bit < Size * 8 && (digit >> (4 - k) & 1) != 0) {
          id.bytes[bit / 8] = static_cast<std::uint8_t>(id.bytes[bit / 8] | 1U << (7 - bit % 8));
        }
      }
    }
    return id;
  }

 private:
  static Error invalid(std::string_view text) {
    return Error(errc::invalid_id, "read id", std::string(text),
                 "an id has " + std::to_string(text_size) + " characters of Crockford's base32");
  }
  static constexpr int value_of(char letter) {
    constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    if (letter == 'I' || letter == 'L') letter = '1';
    if (letter == 'O') letter = '0';
    const auto at = alphabet.find(letter);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
  }
};

using SnapshotId = ObjectId<12, struct SnapshotRole>;
using ManifestId = ObjectId<12, struct ManifestRole>;
using ChunkId = ObjectId<12, struct ChunkRole>;
using NodeId = ObjectId<8, struct NodeRole>;

/// The snapshot that every repository starts from, `1CECHNKREP0F1RSTCMT0`.
inline constexpr SnapshotId initial_snapshot_id{
    {0x0b, 0x1c, 0xc8, 0xd6, 0x78, 0x75, 0x80, 0xf0, 0xe3, 0x3a, 0x65, 0x34}};

}  // namespace varve::inline v0

template <std::size_t Size, class Role>
struct std::hash<varve::ObjectId<Size, Role>> {
  /// Ids are random, so their own bytes are hash enough.
  std::size_t operator()(const varve::ObjectId<Size, Role>& id) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i != sizeof(value); ++i) value = value << 8 | id.bytes[i];
    return value;
  }
};
