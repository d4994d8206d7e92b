// SPDX-License-Identifier: Apache-2.0
// ChunkRef: where the bytes of one chunk are: inside the manifest, in an object of the repository, or in a file of
// somebody else. It points into the manifest it was read from and costs nothing to copy.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace varve::inline v0::format {

enum class ChunkRefKind : std::uint8_t { inlined, native, virtual_location };

struct ChunkRef {
  ChunkRefKind kind = ChunkRefKind::inlined;
  ByteView inline_bytes;            ///< inlined: the encoded chunk
  ChunkId chunk_id;                 ///< native: the object `chunks/<id>`
  std::uint64_t offset = 0;         ///< native and virtual: the first byte of the chunk in its object
  std::uint64_t length = 0;         ///< native and virtual: its bytes
  std::string_view location;        ///< virtual: a URL as it was given; empty if only `compressed_location` is there
  ByteView compressed_location;     ///< virtual: a zstd frame made with `location_dictionary`
  ByteView location_dictionary;     ///< of the manifest that the ref was read from
  std::string_view checksum_etag;   ///< virtual: empty for none; quotes, if any, are part of it
  std::uint32_t checksum_last_modified = 0;  ///< virtual: seconds since the Unix epoch, 0 for none
};

/// The location of a virtual chunk, decompressed where needed. The reference writes locations of more than 1024 bytes
/// and then cannot read them back; varve reads up to 64 KiB. Errors: `errc::corrupt` naming `key`.
VARVE_DECL Result<std::string> full_location(const ChunkRef& ref, std::string_view key);

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/chunk_ref.ipp>
#endif
