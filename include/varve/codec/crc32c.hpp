// SPDX-License-Identifier: Apache-2.0
// Crc32c: the bytes as they are, with their CRC-32C behind them, little-endian. The index of every shard carries one.
#pragma once

#include <varve/codec/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace varve::inline v0::codec {

/// The CRC-32C (Castagnoli) of `bytes`, computed by the processor where it can.
VARVE_DECL std::uint32_t crc32c_of(ByteView bytes);

struct Crc32c {
  static constexpr std::string_view name = "crc32c";

  VARVE_DECL static Result<Crc32c> from_configuration(const Json& configuration);
  Json configuration() const { return Json::Object{}; }
  std::size_t encoded_size(std::size_t plain) const { return plain + 4; }
  VARVE_DECL Result<void> encode(ByteView plain, varve::Bytes& encoded) const;
  VARVE_DECL Result<void> encode_in_place(varve::Bytes& bytes) const;
  VARVE_DECL Result<void> decode(ByteView encoded, MutableByteView plain) const;
  /// All but the last four bytes of `encoded`, if their checksum is right.
  VARVE_DECL Result<ByteView> view(ByteView encoded) const;

  friend bool operator==(const Crc32c&, const Crc32c&) = default;
};
static_assert(Codec<Crc32c>);

/// The spec for an array's `codecs`.
inline Spec crc32c() { return spec_of(Crc32c{}); }

namespace detail {
/// The two ways to compute it; a test compares them. Both take and return the register, without the inversions.
VARVE_DECL std::uint32_t crc32c_by_table(std::uint32_t crc, ByteView bytes);
VARVE_DECL std::uint32_t crc32c_by_processor(std::uint32_t crc, ByteView bytes);
/// Whether `crc32c_by_processor` may be called on this machine.
VARVE_DECL bool processor_has_crc32c();
}  // namespace detail

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/crc32c.ipp>
#endif
