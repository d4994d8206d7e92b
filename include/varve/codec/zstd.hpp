// SPDX-License-Identifier: Apache-2.0
// Zstd: one zstd frame for each chunk. It is what zarr-python compresses with unless told otherwise.
#pragma once

#include <varve/codec/codec.hpp>

#include <cstddef>
#include <string_view>

namespace varve::inline v0::codec {

/// Two arrays whose codecs compare equal are encoded alike.
struct Zstd {
  static constexpr std::string_view name = "zstd";
  int level = 0;          ///< 1 (fast) to 22 (small), below 0 faster still; 0 asks libzstd for its default
  bool checksum = false;  ///< appends a 4-byte content checksum to the frame

  VARVE_DECL static Result<Zstd> from_configuration(const Json& configuration);
  VARVE_DECL Json configuration() const;
  /// Replaces `frame`. Errors: `errc::invalid_argument` for what libzstd refuses.
  VARVE_DECL Result<void> encode(ByteView plain, varve::Bytes& frame) const;
  /// Fills `plain`; frames of any other length are corrupt.
  VARVE_DECL Result<void> decode(ByteView frame, MutableByteView plain) const;
  VARVE_DECL Result<void> decode_unsized(ByteView frame, varve::Bytes& plain, std::size_t limit) const;

  friend bool operator==(const Zstd&, const Zstd&) = default;
};
static_assert(Codec<Zstd>);

/// The spec for an array's `codecs`.
inline Spec zstd(int level = 0, bool checksum = false) { return spec_of(Zstd{level, checksum}); }

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/zstd.ipp>
#endif
