// SPDX-License-Identifier: Apache-2.0
// Gzip: one gzip member for each chunk, as numcodecs and zlib write it, coded by libdeflate at several times the speed.
#pragma once

#include <varve/codec/codec.hpp>

#include <cstddef>
#include <string_view>

namespace varve::inline v0::codec {

struct Gzip {
  static constexpr std::string_view name = "gzip";
  int level = 5;  ///< 0 (stored) to 9 (small)

  VARVE_DECL static Result<Gzip> from_configuration(const Json& configuration);
  VARVE_DECL Json configuration() const;
  VARVE_DECL Result<void> encode(ByteView plain, varve::Bytes& encoded) const;
  /// Fills `plain` from one or several members; any other length is corrupt.
  VARVE_DECL Result<void> decode(ByteView encoded, MutableByteView plain) const;
  VARVE_DECL Result<void> decode_unsized(ByteView encoded, varve::Bytes& plain, std::size_t limit) const;

  friend bool operator==(const Gzip&, const Gzip&) = default;
};
static_assert(Codec<Gzip>);

/// The spec for an array's `codecs`.
inline Spec gzip(int level = 5) { return spec_of(Gzip{level}); }

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/gzip.ipp>
#endif
