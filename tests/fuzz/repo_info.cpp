// SPDX-License-Identifier: Apache-2.0
// Bodies of `repo`, decompressed.
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walk::repo_info(std::as_bytes(std::span(data, size)));
  return 0;
}
