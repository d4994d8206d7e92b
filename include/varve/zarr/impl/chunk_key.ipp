// SPDX-License-Identifier: Apache-2.0
// Bodies of chunk_key.hpp.
#pragma once

#include <varve/zarr/chunk_key.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace varve::inline v0::zarr {

namespace detail {

inline Error invalid_key(std::string_view key, std::string hint) {
  return Error(errc::invalid_key, "read key", std::string(key), std::move(hint));
}

/// Reads a decimal number without sign or leading zero.
inline bool read_coordinate(std::string_view text, std::uint32_t& out) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  if (text[0] < '0' || text[0] > '9') return false;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), out);
  return end.ec == std::errc() && end.ptr == text.data() + text.size();
}

/// The node that owns a key: what stands before its last part, which begins at `rest`.
inline Result<Path> owner(std::string_view key, std::size_t rest) {
  const std::string_view text = key.substr(0, rest == 0 ? 0 : rest - 1);
  auto path = Path::parse(text);
  if (rest == 1 || !path || path->text().substr(1) != text) {
    return invalid_key(key, "a key starts with the path of its node, without a leading slash");
  }
  return path;
}

}  // namespace detail

VARVE_DECL Result<StoreKey> parse_key(std::string_view key) {
  const std::size_t slash = key.rfind('/');
  const std::size_t last_at = slash == key.npos ? 0 : slash + 1;
  const std::string_view last = key.substr(last_at);
  StoreKey parsed;
  if (last == "zarr.json" || last == ".zarray" || last == ".zgroup" || last == ".zattrs" || last == ".zmetadata") {
    auto path = detail::owner(key, last_at);
    if (!path) return std::move(path).error();
    parsed.kind = last == "zarr.json" ? StoreKey::Kind::metadata : StoreKey::Kind::v2_metadata;
    parsed.path = *std::move(path);
    return parsed;
  }
  // From the end: coordinates, then the segment `c`, then the path.
  std::size_t end = key.size();
  for (;;) {
    const std::size_t before = end == 0 ? key.npos : key.rfind('/', end - 1);
    const std::size_t at = before == key.npos ? 0 : before + 1;
    const std::string_view segment = key.substr(at, end - at);
    std::uint32_t coordinate = 0;
    if (segment == "c") {
      auto path = detail::owner(key, at);
      if (!path) return std::move(path).error();
      std::reverse(parsed.index.begin(), parsed.index.end());
      parsed.kind = StoreKey::Kind::chunk;
      parsed.path = *std::move(path);
      return parsed;
    }
    if (!detail::read_coordinate(segment, coordinate) || before == key.npos) {
      return detail::invalid_key(key, "a key is `<path>/zarr.json` or `<path>/c/0/1`");
    }
    parsed.index.push_back(coordinate);
    end = before;
  }
}

VARVE_DECL Result<void> check_rank(const StoreKey& key, std::size_t rank) {
  if (key.kind != StoreKey::Kind::chunk || key.index.size() == rank) return {};
  return detail::invalid_key(chunk_key(key.path, key.index),
                             "the array at " + key.path.text() + " has " + std::to_string(rank) + " dimensions");
}

VARVE_DECL std::string metadata_key(const Path& path) {
  return path.is_root() ? "zarr.json" : path.text().substr(1) + "/zarr.json";
}

VARVE_DECL std::string chunk_key(const Path& path, std::span<const std::uint32_t> index) {
  std::string key = path.is_root() ? "c" : path.text().substr(1) + "/c";
  for (const std::uint32_t coordinate : index) (key += '/') += std::to_string(coordinate);
  return key;
}

}  // namespace varve::inline v0::zarr
