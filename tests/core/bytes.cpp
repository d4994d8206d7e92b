#include <varve/core/bytes.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

TEST_CASE("core/bytes: text and bytes are views of each other") {
  const std::string_view text("a\0b", 3);
  CHECK(varve::as_text(varve::as_bytes(text)) == text);
  const varve::Bytes copy = varve::copy_bytes(varve::as_bytes(text));
  CHECK(copy.size() == 3);
  CHECK(varve::as_text(copy) == text);
}

TEST_CASE("core/bytes: a buffer that grows keeps what it holds") {
  varve::Bytes bytes = support::noise(100, 1);
  bytes.resize(100'000);
  bytes.resize(100);
  CHECK(bytes == support::noise(100, 1));
  CHECK(varve::Bytes(3, std::byte{7}) == varve::Bytes{std::byte{7}, std::byte{7}, std::byte{7}});
}

TEST_CASE("core/bytes: a range counts its bytes") {
  CHECK(varve::ByteRange{3, 10}.size() == 7);
  CHECK(varve::ByteRange{3, 3}.size() == 0);
}
