// SPDX-License-Identifier: Apache-2.0
#include <varve/core/content_hash.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <set>

using namespace varve;

TEST_CASE("core/content_hash: contents that differ in a byte or in length differ, and each is what it always was") {
  std::set<std::uint64_t> seen;
  const auto noise = support::noise(300, /*seed=*/1);
  for (std::size_t size = 0; size != noise.size(); ++size) {
    Bytes bytes(noise.begin(), noise.begin() + static_cast<std::ptrdiff_t>(size));
    REQUIRE(seen.insert(content_hash(bytes)).second);
    for (std::size_t at = 0; at < size; at += 7) {
      bytes[at] ^= std::byte{1};
      REQUIRE(seen.insert(content_hash(bytes)).second);
      bytes[at] ^= std::byte{1};
    }
  }
  CHECK(content_hash({}) == content_hash(Bytes()));
  CHECK(content_hash(as_bytes("varve")) == 0x7f2d0656b858de58U);
  Bytes counted;
  for (std::uint8_t i = 0; i != 100; ++i) counted.push_back(std::byte{i});
  CHECK(content_hash(counted) == 0xd6192681bc150306U);
}
