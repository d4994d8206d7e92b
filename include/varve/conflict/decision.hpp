// SPDX-License-Identifier: Apache-2.0
// Decision: what a conflict policy answers.
#pragma once

#include <cstdint>

namespace varve::inline v0::conflict {

enum class Decision : std::uint8_t {
  fail,    ///< the rebase is refused; the session keeps its changes
  ours,    ///< our change stands and replaces theirs
  theirs,  ///< our change is dropped
  merged,  ///< what the policy wrote takes the place of both
};

}  // namespace varve::inline v0::conflict
