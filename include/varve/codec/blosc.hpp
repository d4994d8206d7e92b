// SPDX-License-Identifier: Apache-2.0
// Blosc: shuffles the bytes (or bits) of neighbouring elements together and compresses them in blocks that fit a cache.
#pragma once

#include <varve/codec/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace varve::inline v0::codec {

struct Blosc {
  static constexpr std::string_view name = "blosc";
  enum class Shuffle : std::uint8_t { noshuffle, shuffle, bitshuffle };

  std::string cname = "zstd";  ///< "blosclz", "lz4", "lz4hc", "zlib" or "zstd"
  int clevel = 5;              ///< 0 (stored) to 9 (small)
  Shuffle shuffle = Shuffle::shuffle;
  std::size_t typesize = 0;   ///< bytes of an element; 0 is filled in from the data type when an array is created
  std::size_t blocksize = 0;  ///< bytes of a block; 0 leaves it to Blosc

  VARVE_DECL static Result<Blosc> from_configuration(const Json& configuration);
  VARVE_DECL Json configuration() const;
  /// Errors: `errc::invalid_argument` for 2 GiB and more, `errc::unsupported_codec` for a `cname` that the library was
  /// built without.
  VARVE_DECL Result<void> encode(ByteView plain, varve::Bytes& encoded) const;
  VARVE_DECL Result<void> decode(ByteView encoded, MutableByteView plain) const;
  VARVE_DECL Result<void> decode_unsized(ByteView encoded, varve::Bytes& plain, std::size_t limit) const;

  friend bool operator==(const Blosc&, const Blosc&) = default;
};
static_assert(Codec<Blosc>);

/// The spec for an array's `codecs`.
inline Spec blosc(const Blosc& options = {}) { return spec_of(options); }

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/blosc.ipp>
#endif
