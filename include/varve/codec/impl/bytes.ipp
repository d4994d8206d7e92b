// SPDX-License-Identifier: Apache-2.0
// Bodies of bytes.hpp.
#pragma once

#include <varve/codec/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace varve::inline v0::codec {

VARVE_DECL Result<Bytes> Bytes::from_configuration(const Json& configuration) {
  constexpr std::array<std::string_view, 2> names{"little", "big"};
  int endian = -1;
  auto read = detail::ConfigurationReader(name, configuration).choice("endian", names, endian).finish();
  if (!read) return std::move(read).error();
  if (endian < 0) return Bytes{std::nullopt};
  return Bytes{endian == 0 ? std::endian::little : std::endian::big};
}

VARVE_DECL Json Bytes::configuration() const {
  if (!endian) return Json::Object{};
  return Json::Object{{"endian", *endian == std::endian::little ? "little" : "big"}};
}

namespace detail {

template <std::size_t Size>
void swap_groups(MutableByteView plain) {
  for (std::size_t at = 0; at != plain.size(); at += Size) {
    std::array<std::byte, Size> group;
    std::memcpy(group.data(), plain.data() + at, Size);
    std::reverse(group.begin(), group.end());
    std::memcpy(plain.data() + at, group.data(), Size);
  }
}

VARVE_DECL void swap_bytes(MutableByteView plain, std::size_t size) {
  VARVE_ASSERT(size != 0 && plain.size() % size == 0);
  switch (size) {
    case 1: return;
    case 2: return swap_groups<2>(plain);
    case 4: return swap_groups<4>(plain);
    case 8: return swap_groups<8>(plain);
    default:
      for (std::size_t at = 0; at != plain.size(); at += size) {
        const MutableByteView group = plain.subspan(at, size);
        std::reverse(group.begin(), group.end());
      }
  }
}

VARVE_DECL bool all_bools(ByteView plain) {
  std::byte seen{};
  for (const std::byte byte : plain) seen |= byte;
  return (seen & ~std::byte{1}) == std::byte{0};
}

}  // namespace detail

}  // namespace varve::inline v0::codec
