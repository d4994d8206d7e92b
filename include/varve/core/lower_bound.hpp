// SPDX-License-Identifier: Apache-2.0
// lower_bound: binary search over positions, for lists that are read in place and have no iterators.
#pragma once

#include <cstddef>

namespace varve::inline v0::detail {

/// The first position below `count` that is not `before(position)`; `count` if there is none.
template <class Before>
constexpr std::size_t lower_bound(std::size_t count, Before&& before) {
  std::size_t first = 0;
  while (count != 0) {
    const std::size_t half = count / 2;
    if (before(first + half)) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

}  // namespace varve::inline v0::detail
