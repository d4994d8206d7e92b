// SPDX-License-Identifier: Apache-2.0
#include <varve/core/memory.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <cerrno>
#include <cstddef>

TEST_CASE("core/memory: populating a buffer changes none of its bytes, wherever it begins and ends") {
  const auto bytes = support::noise(100'000, /*seed=*/1);
  for (const std::size_t begin : {0, 1, 4095, 4096, 5000}) {
    for (const std::size_t size : {0, 1, 4096, 8191, 8192, 95'000}) {
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
