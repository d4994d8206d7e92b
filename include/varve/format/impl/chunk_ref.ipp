// SPDX-License-Identifier: Apache-2.0
// Bodies of chunk_ref.hpp.
#pragma once

#include <varve/format/chunk_ref.hpp>

#include <varve/codec/impl/zstd_contexts.ipp>

namespace varve::inline v0::format {

VARVE_DECL Result<std::string> full_location(const ChunkRef& ref, std::string_view key) {
  if (ref.compressed_location.empty()) return std::string(ref.location);
  constexpr std::size_t longest = 64 << 10;
  const auto bad = [&](const char* why) { return Error(errc::corrupt, "read location", std::string(key), why); };
  if (ref.location_dictionary.empty()) return bad("a chunk's location is compressed and there is no dictionary");
  const ByteView frame = ref.compressed_location;
  const unsigned long long claimed = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (claimed == ZSTD_CONTENTSIZE_ERROR) return bad("a chunk's compressed location is damaged");
  const bool known = claimed != ZSTD_CONTENTSIZE_UNKNOWN;
  if (known && claimed > longest) return bad("a chunk's location has more than 64 KiB");
  std::string text(known ? static_cast<std::size_t>(claimed) : longest, '\0');
  const std::size_t size =
      ZSTD_decompress_usingDict(&codec::detail::ZstdContexts::decompressor(), text.data(), text.size(), frame.data(), frame.size(),
                                ref.location_dictionary.data(), ref.location_dictionary.size());
  if (ZSTD_isError(size)) return bad("a chunk's compressed location is damaged");
  text.resize(size);
  if (text.empty()) return bad("a chunk's location is empty");
  return text;
}

}  // namespace varve::inline v0::format
