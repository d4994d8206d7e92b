// SPDX-License-Identifier: Apache-2.0
// The JSON-like values inside files: commit metadata, repository attributes and the configuration. A file of version 2
// holds each value as a FlexBuffer, one of version 1 as MessagePack. Both are read by bounded readers of varve's own:
// nesting, size and the number of values are limited, whatever the bytes say.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <cstdint>
#include <string_view>

namespace varve::inline v0::format {

/// The value of one FlexBuffer. Blobs, which JSON cannot express, are `errc::corrupt`, as they are to the reference.
VARVE_DECL Result<Json> decode_flexbuffer(ByteView bytes, std::string_view key);

/// The FlexBuffer of a value: what the reference expects of metadata and of the configuration in `repo`. Members of
/// objects are sorted by name, which readers search by; of several members with one name, the last counts.
/// Errors: `errc::invalid_argument` for a name with a zero byte in it, or nesting beyond 64 levels.
VARVE_DECL Result<Bytes> encode_flexbuffer(const Json& value);

/// The value of one MessagePack item, with nothing after it.
VARVE_DECL Result<Json> decode_messagepack(ByteView bytes, std::string_view key);

/// One metadata value as a file of the given version holds it.
inline Result<Json> decode_metadata_value(ByteView bytes, std::uint8_t version, std::string_view key) {
  return version == 1 ? decode_messagepack(bytes, key) : decode_flexbuffer(bytes, key);
}

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/metadata.ipp>
#endif
