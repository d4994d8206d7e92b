// SPDX-License-Identifier: Apache-2.0
#include <varve/change/byte_stream.hpp>

#include "support/doctest.hpp"

#include <cstdint>

using namespace varve;

TEST_CASE("change/byte_stream: numbers and differences of any size come back") {
  Bytes bytes;
  detail::ByteWriter writer(bytes);
  for (unsigned bit = 0; bit != 64; ++bit) {
    for (const std::uint64_t near : {0U, 1U}) writer.number((std::uint64_t{1} << bit) - near);
    writer.difference(static_cast<std::int64_t>(std::uint64_t{1} << bit));
    writer.difference(static_cast<std::int64_t>(~(std::uint64_t{1} << bit)));
  }
  writer.number(UINT64_MAX);
  detail::ByteReader reader(bytes);
  for (unsigned bit = 0; bit != 64; ++bit) {
    for (const std::uint64_t near : {0U, 1U}) CHECK(reader.number() == (std::uint64_t{1} << bit) - near);
    CHECK(reader.difference() == static_cast<std::int64_t>(std::uint64_t{1} << bit));
    CHECK(reader.difference() == static_cast<std::int64_t>(~(std::uint64_t{1} << bit)));
  }
  CHECK(reader.number() == UINT64_MAX);
  CHECK(reader.at_end());
  CHECK_FALSE(reader.failed());
}

TEST_CASE("change/byte_stream: a number of more than 64 bits fails, and nothing is read after a failure") {
  Bytes bytes(9, std::byte{255});
  bytes.push_back(std::byte{2});
  bytes.push_back(std::byte{1});
  detail::ByteReader reader(bytes);
  CHECK(reader.number() == 0);
  CHECK(reader.failed());
  CHECK(reader.byte() == 0);
  CHECK(reader.text().empty());
}

TEST_CASE("change/byte_stream: a count is no more than there are bytes for") {
  Bytes bytes;
  detail::ByteWriter writer(bytes);
  writer.number(2);
  writer.bytes(as_bytes("12345678"));
  CHECK(detail::ByteReader(bytes).count(4) == 2);
  detail::ByteReader reader(bytes);
  CHECK(reader.count(5) == 0);
  CHECK(reader.failed());
}
