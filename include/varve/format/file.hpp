// SPDX-License-Identifier: Apache-2.0
// The envelope of every metadata file: a header of 39 bytes (magic, the writer's name, version, type, compression),
// then one zstd frame that holds a FlatBuffer. The version byte belongs to the single file: a repository that was
// migrated from format 1 keeps its old files as they are.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace varve::inline v0::format {

/// The kinds of files, by their byte in the header. 3 and 5 are reserved and never used.
enum class FileType : std::uint8_t { snapshot = 1, manifest = 2, transaction_log = 4, repo_info = 6 };

inline constexpr std::size_t file_header_size = 39;
/// The version byte of the files that varve writes.
inline constexpr std::uint8_t written_version = 2;
/// What a body may have at most: the reach of FlatBuffers' offsets.
inline constexpr std::size_t largest_file_body = 0x7fffffff;

/// A file as it was stored, taken out of its envelope.
struct File {
  Bytes body;                              ///< the FlatBuffer
  std::uint8_t version = written_version;  ///< 1 or 2: how metadata values and shapes inside are encoded
};

/// Checks the header of `stored` and decompresses its body. Memory grows with what the frame really holds, whatever
/// size it claims. The specification allows a body that is not compressed; the reference refuses to read one, varve
/// reads it and never writes it.
/// Errors: `errc::corrupt` or `errc::unsupported_format`, naming `key`.
VARVE_DECL Result<File> open_file(ByteView stored, FileType expected, std::string_view key);

/// Wraps `body` for storage: header of version 2 and one zstd frame with nothing after it, since released versions of
/// the reference refuse anything else. `zstd_level` is 1 to 22.
VARVE_DECL Bytes seal_file(ByteView body, FileType type, int zstd_level = 1);

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/file.ipp>
#endif
