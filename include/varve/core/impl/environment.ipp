// SPDX-License-Identifier: Apache-2.0
// Bodies of environment.hpp.
#pragma once

#include <varve/core/environment.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <system_error>

#include <unistd.h>

namespace varve::inline v0 {

VARVE_DECL void detail::system_random(std::span<std::uint8_t> bytes) {
  constexpr std::size_t most = 256;  // what one getentropy call gives
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), most);
    if (::getentropy(bytes.data(), size) != 0) throw std::system_error(errno, std::system_category(), "getentropy");
    bytes = bytes.subspan(size);
  }
}

}  // namespace varve::inline v0
