// SPDX-License-Identifier: Apache-2.0
// Files as they are stored: the envelope of every kind.
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walk::file(std::as_bytes(std::span(data, size)));
  return 0;
}
