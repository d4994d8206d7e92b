// SPDX-License-Identifier: Apache-2.0
// Metadata values, in both encodings.
#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/walk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const varve::ByteView bytes = std::as_bytes(std::span(data, size));
  walk::flexbuffer(bytes);
  walk::messagepack(bytes);
  return 0;
}
