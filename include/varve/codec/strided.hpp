// SPDX-License-Identifier: Apache-2.0
// Copies of boxes between memory layouts: a chunk and the user's view of it seldom have the same strides. Runs that are
// contiguous on both sides become one memcpy; a transposition goes tile by tile, so that neither side thrashes a cache.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace varve::inline v0::codec {

/// The most dimensions that an array may have.
inline constexpr std::size_t max_rank = 32;

/// Distances in bytes between neighbours along each dimension.
using Strides = std::span<const std::ptrdiff_t>;
using StrideArray = std::array<std::ptrdiff_t, max_rank>;

/// The strides of C order (the last dimension is contiguous).
inline StrideArray c_strides(std::span<const std::uint64_t> shape, std::size_t item_size) {
  StrideArray strides{};
  auto stride = static_cast<std::ptrdiff_t>(item_size);
  for (std::size_t i = shape.size(); i-- != 0;) {
    strides[i] = stride;
    stride *= static_cast<std::ptrdiff_t>(shape[i]);
  }
  return strides;
}

/// Whether a box of this shape with these strides is one run of bytes in C order.
inline bool is_contiguous(std::span<const std::uint64_t> shape, Strides strides, std::size_t item_size) {
  auto stride = static_cast<std::ptrdiff_t>(item_size);
  for (std::size_t i = shape.size(); i-- != 0;) {
    if (shape[i] != 1 && strides[i] != stride) return false;
    stride *= static_cast<std::ptrdiff_t>(shape[i]);
  }
  return true;
}

/// Copies the elements of a box. The two sides do not overlap; strides may be negative or not ordered.
VARVE_DECL void copy_strided(const std::byte* from, Strides from_strides, std::byte* to, Strides to_strides,
                             std::span<const std::uint64_t> shape, std::size_t item_size);

/// Sets every element of a box to `item`, of `item_size` bytes; all zero if `item` is empty.
VARVE_DECL void fill_strided(std::byte* to, Strides to_strides, std::span<const std::uint64_t> shape, ByteView item,
                             std::size_t item_size);

/// Whether every element of `plain` equals `item` bit by bit; an empty `item` is zero.
VARVE_DECL bool is_all(ByteView plain, ByteView item);

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/strided.ipp>
#endif
