// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/bytes.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

namespace detail = varve::codec::detail;

TEST_CASE("codec/bytes: groups of any size are reversed, each for itself") {
  for (const auto& [size, expected] : {std::pair<std::size_t, const char*>(1, "abcdefghijklmnop"),
                                       {2, "badcfehgjilknmpo"},
                                       {4, "dcbahgfelkjiponm"},
                                       {8, "hgfedcbaponmlkji"},
                                       {16, "ponmlkjihgfedcba"}}) {
    varve::Bytes bytes = support::bytes_of("abcdefghijklmnop");
    detail::swap_bytes(bytes, size);
    CHECK(varve::as_text(bytes) == expected);
  }
}

TEST_CASE("codec/bytes: a bool is 0 or 1") {
  varve::Bytes bytes(1000, std::byte{1});
  CHECK(detail::all_bools(bytes));
  for (const std::size_t at : std::initializer_list<std::size_t>{0, 500, 999}) {
    for (const int value : {2, 3, 255}) {
      varve::Bytes other = bytes;
      other[at] = static_cast<std::byte>(value);
      CHECK_FALSE(detail::all_bools(other));
    }
  }
  CHECK(detail::all_bools({}));
}

TEST_CASE("codec/bytes: the configuration is that of zarr.json") {
  using varve::codec::Bytes;
  CHECK(varve::codec::bytes().configuration.text() == R"({"endian":"little"})");
  CHECK(varve::codec::bytes(std::endian::big).configuration.text() == R"({"endian":"big"})");
  CHECK(Bytes::from_configuration(varve::Json()).value() == Bytes{std::nullopt});
  CHECK(Bytes{std::nullopt}.configuration().text() == "{}");
  CHECK_FALSE(Bytes::from_configuration(varve::Json::Object{{"endian", "middle"}}));
}
