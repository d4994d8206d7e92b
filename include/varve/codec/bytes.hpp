// SPDX-License-Identifier: Apache-2.0
// Bytes: the elements of a chunk one after another in C order, in little- or big-endian. It is the step from elements to
// bytes in every array that is not sharded; a pipeline carries it out in the destination itself.
#pragma once

#include <varve/codec/spec.hpp>
#include <varve/core/bytes.hpp>

#include <bit>
#include <cstddef>
#include <optional>
#include <string_view>

namespace varve::inline v0::codec {

struct Bytes {
  static constexpr std::string_view name = "bytes";
  std::optional<std::endian> endian = std::endian::little;  ///< none is allowed for elements of one byte

  VARVE_DECL static Result<Bytes> from_configuration(const Json& configuration);
  VARVE_DECL Json configuration() const;

  friend bool operator==(const Bytes&, const Bytes&) = default;
};

/// The spec for an array's `codecs`.
inline Spec bytes(std::endian endian = std::endian::little) { return spec_of(Bytes{endian}); }

namespace detail {
/// Reverses each group of `size` bytes. `plain` holds whole groups.
VARVE_DECL void swap_bytes(MutableByteView plain, std::size_t size);
/// Whether every byte is 0 or 1: anything else is no bool in C++.
VARVE_DECL bool all_bools(ByteView plain);
}  // namespace detail

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/bytes.ipp>
#endif
