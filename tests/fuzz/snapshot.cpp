// SPDX-License-Identifier: Apache-2.0
// Bodies of snapshots, decompressed, read as files of format 1 and of format 2.
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const varve::ByteView body = std::as_bytes(std::span(data, size));
  walk::snapshot(body, 1);
  walk::snapshot(body, 2);
  return 0;
}
