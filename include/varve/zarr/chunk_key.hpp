// SPDX-License-Identifier: Apache-2.0
// Keys of a Zarr store: `<path>/zarr.json` for a node, `<path>/c/0/1` for a chunk, `<path>/c` for the chunk of a scalar.
// The reference also takes "abc", "arr/c/+1" and "arr/c/01" for chunks; here each chunk and each node has one key.
#pragma once

#include <varve/core/path.hpp>
#include <varve/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::zarr {

/// What a key speaks of.
struct StoreKey {
  enum class Kind : std::uint8_t {
    metadata,     ///< the zarr.json of the node at `path`
    chunk,        ///< the chunk `index` of the array at `path`
    v2_metadata,  ///< `.zarray`, `.zgroup`, `.zattrs` or `.zmetadata`, which exist in no repository
  };
  Kind kind = Kind::metadata;
  Path path;
  std::vector<std::uint32_t> index;

  friend bool operator==(const StoreKey&, const StoreKey&) = default;
};

/// Reads a key. Errors: `errc::invalid_key` for anything but the canonical text of one.
VARVE_DECL Result<StoreKey> parse_key(std::string_view key);

/// Checks that a chunk's index has the array's rank. Errors: `errc::invalid_key`.
VARVE_DECL Result<void> check_rank(const StoreKey& key, std::size_t rank);

/// The one key of a node's metadata and of a chunk.
VARVE_DECL std::string metadata_key(const Path& path);
VARVE_DECL std::string chunk_key(const Path& path, std::span<const std::uint32_t> index);

}  // namespace varve::inline v0::zarr

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/zarr/impl/chunk_key.ipp>
#endif
