// SPDX-License-Identifier: Apache-2.0
// Bodies of file.hpp.
#pragma once

#include <varve/format/file.hpp>

#include <varve/codec/impl/zstd_contexts.ipp>
#include <varve/core/version.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <string>

namespace varve::inline v0::format {

namespace detail {

/// `ICE`, an ice cube, `CHUNK`.
inline constexpr std::array<unsigned char, 12> file_magic{0x49, 0x43, 0x45, 0xf0, 0x9f, 0xa7,
                                                          0x8a, 0x43, 0x48, 0x55, 0x4e, 0x4b};
inline constexpr std::size_t name_at = 12, name_size = 24, version_at = 36, type_at = 37, compression_at = 38;

inline Error bad_file(std::string_view key, std::string why) {
  return Error(errc::corrupt, "open file", std::string(key), std::move(why));
}

/// Decompresses the one frame of `frame`.
inline Result<Bytes> decompress_body(ByteView frame, std::string_view key) {
  const std::size_t frame_size = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  if (ZSTD_isError(frame_size)) return bad_file(key, "its compressed body is truncated or damaged");
  if (frame_size != frame.size()) return bad_file(key, "bytes follow its compressed body");
  const unsigned long long claimed = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (claimed == ZSTD_CONTENTSIZE_ERROR) return bad_file(key, "its compressed body is not a zstd frame");
  const bool known = claimed != ZSTD_CONTENTSIZE_UNKNOWN;
  if (known && claimed > largest_file_body) return bad_file(key, "its body claims more than 2 GiB");

  ZSTD_DCtx& context = codec::detail::ZstdContexts::decompressor();
  ZSTD_DCtx_reset(&context, ZSTD_reset_session_only);
  // A claim in the usual range is believed at once; beyond it, and without one, the buffer doubles as it fills.
  const std::size_t believable = std::max<std::size_t>(frame.size() * 32, std::size_t{1} << 20);
  Bytes body(known ? std::min<std::size_t>(static_cast<std::size_t>(claimed), believable) : frame.size() * 4);
  if (known && body.size() == claimed) {
    const std::size_t size = ZSTD_decompressDCtx(&context, body.data(), body.size(), frame.data(), frame.size());
    if (ZSTD_isError(size) || size != claimed) return bad_file(key, "its compressed body is damaged");
    return body;
  }
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  std::size_t filled = 0;
  for (;;) {
    ZSTD_outBuffer out{body.data(), body.size(), filled};
    const std::size_t left = ZSTD_decompressStream(&context, &out, &in);
    if (ZSTD_isError(left)) return bad_file(key, "its compressed body is damaged");
    const bool stuck = out.pos == filled && in.pos == in.size;
    filled = out.pos;
    if (left == 0) break;
    if (stuck && filled != body.size()) return bad_file(key, "its compressed body is truncated");
    if (filled == body.size()) {
      if (filled == largest_file_body) return bad_file(key, "its body has more than 2 GiB");
      body.resize(std::min(filled * 2, largest_file_body));
    }
  }
  if (known && filled != claimed) return bad_file(key, "its compressed body is damaged");
  body.resize(filled);
  body.shrink_to_fit();  // a cache may keep it
  return body;
}

}  // namespace detail

VARVE_DECL Result<File> open_file(ByteView stored, FileType expected, std::string_view key) {
  const auto byte_at = [&](std::size_t at) { return static_cast<unsigned>(stored[at]); };
  if (stored.size() < file_header_size) return detail::bad_file(key, "it is shorter than the header of a file");
  for (std::size_t i = 0; i != detail::file_magic.size(); ++i) {
    if (byte_at(i) != detail::file_magic[i]) return detail::bad_file(key, "it does not begin as an Icechunk file does");
  }
  const unsigned version = byte_at(detail::version_at);
  const unsigned type = byte_at(detail::type_at);
  const unsigned compression = byte_at(detail::compression_at);
  if (version != 1 && version != 2) {
    return Error(errc::unsupported_format, "open file", std::string(key),
                 "its format version is " + std::to_string(version) + "; this version of varve reads 1 and 2");
  }
  if (type != static_cast<unsigned>(expected)) {
    return detail::bad_file(key, "its file type is " + std::to_string(type) + " where " +
                                     std::to_string(static_cast<unsigned>(expected)) + " belongs");
  }
  if (version == 1 && expected == FileType::repo_info) {
    return detail::bad_file(key, "a repo info file has version 2 or later");
  }
  const ByteView payload = stored.subspan(file_header_size);
  File file;
  file.version = static_cast<std::uint8_t>(version);
  if (compression == 0) {
    if (payload.size() > largest_file_body) return detail::bad_file(key, "its body has more than 2 GiB");
    file.body = copy_bytes(payload);
  } else if (compression == 1) {
    auto body = detail::decompress_body(payload, key);
    if (!body) return std::move(body).error();
    file.body = *std::move(body);
  } else {
    return Error(errc::unsupported_format, "open file", std::string(key),
                 "its compression is " + std::to_string(compression) + "; this version of varve reads 0 and 1 (zstd)");
  }
  return file;
}

VARVE_DECL Bytes seal_file(ByteView body, FileType type, int zstd_level) {
  Bytes file(file_header_size + ZSTD_compressBound(body.size()));
  const auto put = [&](std::size_t at, unsigned value) { file[at] = static_cast<std::byte>(value); };
  for (std::size_t i = 0; i != detail::file_magic.size(); ++i) put(i, detail::file_magic[i]);
  constexpr std::string_view name = implementation_name;
  static_assert(name.size() <= detail::name_size);
  for (std::size_t i = 0; i != detail::name_size; ++i) {
    put(detail::name_at + i, i < name.size() ? static_cast<unsigned char>(name[i]) : 0x20U);
  }
  put(detail::version_at, written_version);
  put(detail::type_at, static_cast<unsigned>(type));
  put(detail::compression_at, 1);
  const std::size_t size =
      ZSTD_compressCCtx(&codec::detail::ZstdContexts::compressor(), file.data() + file_header_size,
                        file.size() - file_header_size, body.data(), body.size(), std::clamp(zstd_level, 1, 22));
  if (ZSTD_isError(size)) throw std::bad_alloc();  // into a buffer of the bound, only memory can run out
  file.resize(file_header_size + size);
  file.shrink_to_fit();  // it may wait for its commit, and be a tenth of the bound
  return file;
}

}  // namespace varve::inline v0::format
