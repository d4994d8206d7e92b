// SPDX-License-Identifier: Apache-2.0
// The order of chunk indices, which manifests and transaction logs are searched by.
#pragma once

#include <varve/format/flat.hpp>

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace varve::inline v0::format::detail {

/// Compares the coordinates at `stored` with `index`, as numbers; the shorter of two with a common prefix is less.
inline std::strong_ordering compare_index(FlatReader& reader, const FlatVector& stored,
                                          std::span<const std::uint32_t> index) {
  const std::size_t common = std::min<std::size_t>(stored.count, index.size());
  for (std::size_t k = 0; k != common; ++k) {
    const auto at = reader.load<std::uint32_t>(stored.first + 4 * k);
    if (at != index[k]) return at <=> index[k];
  }
  return static_cast<std::size_t>(stored.count) <=> index.size();
}

}  // namespace varve::inline v0::format::detail
