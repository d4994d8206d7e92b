// SPDX-License-Identifier: Apache-2.0
#include <varve/core/memory.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <cerrno>
#include <cstddef>

TEST_CASE("core/memory: populating a buffer changes none of its bytes, wherever it begins and ends") {
  const auto bytes = support::noise(100'000, /*seed=*/1);
  for (const std::size_t begin : {0U, 1U, 4095U, 4096U, 5000U}) {
    for (const std::size_t size : {0U, 1U, 4096U, 8191U, 8192U, 95'000U}) {
      CAPTURE(begin);
      CAPTURE(size);
      auto buffer = varve::copy_bytes(bytes);
      errno = EBADF;
      varve::detail::populate(varve::MutableByteView(buffer).subspan(begin, size));
      CHECK(errno == EBADF);
      CHECK(buffer == bytes);
    }
  }
}
