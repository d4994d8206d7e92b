// SPDX-License-Identifier: Apache-2.0
// Transpose: stores the dimensions of a chunk in another order, so that another one runs along memory.
#pragma once

#include <varve/codec/spec.hpp>

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::codec {

struct Transpose {
  static constexpr std::string_view name = "transpose";
  std::vector<std::size_t> order;  ///< dimension `order[i]` of the chunk is dimension i of what is stored
  char named_order = 0;            ///< 'C' or 'F' as old files say instead: as it is, or reversed; 0 for `order`

  VARVE_DECL static Result<Transpose> from_configuration(const Json& configuration);
  VARVE_DECL Json configuration() const;
  /// The order as a permutation of `rank` dimensions. Errors: `errc::bad_metadata`.
  VARVE_DECL Result<std::vector<std::size_t>> permutation(std::size_t rank) const;

  friend bool operator==(const Transpose&, const Transpose&) = default;
};

/// The spec for an array's `codecs`.
inline Spec transpose(std::vector<std::size_t> order) { return spec_of(Transpose{std::move(order)}); }

}  // namespace varve::inline v0::codec

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/codec/impl/transpose.ipp>
#endif
