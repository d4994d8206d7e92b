// SPDX-License-Identifier: Apache-2.0
// Bodies of zstd.hpp.
#pragma once

#include <varve/codec/zstd.hpp>

#include <varve/codec/impl/zstd_contexts.ipp>

#include <algorithm>

namespace varve::inline v0::codec {

VARVE_DECL Result<Zstd> Zstd::from_configuration(const Json& configuration) {
  Zstd codec;
  auto read = detail::ConfigurationReader(name, configuration)
                  .integer("level", ZSTD_minCLevel(), ZSTD_maxCLevel(), codec.level)
                  .boolean("checksum", codec.checksum)
                  .finish();
  if (!read) return std::move(read).error();
  return codec;
}

VARVE_DECL Json Zstd::configuration() const { return Json::Object{{"level", level}, {"checksum", checksum}}; }

VARVE_DECL Result<void> Zstd::encode(ByteView plain, varve::Bytes& frame) const {
  ZSTD_CCtx& context = detail::ZstdContexts::compressor();
  ZSTD_CCtx_reset(&context, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(&context, ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(&context, ZSTD_c_checksumFlag, checksum ? 1 : 0);
  frame.clear();
  frame.resize(ZSTD_compressBound(plain.size()));
  const std::size_t size = ZSTD_compress2(&context, frame.data(), frame.size(), plain.data(), plain.size());
  if (ZSTD_isError(size)) return Error(errc::invalid_argument, "encode zstd chunk", {}, ZSTD_getErrorName(size));
  frame.resize(size);
  return {};
}

VARVE_DECL Result<void> Zstd::decode(ByteView frame, MutableByteView plain) const {
  if (frame.empty()) return detail::corrupt_chunk(name, "there is no frame");
  ZSTD_DCtx& context = detail::ZstdContexts::decompressor();
  const std::size_t size = ZSTD_decompressDCtx(&context, plain.data(), plain.size(), frame.data(), frame.size());
  if (ZSTD_isError(size)) return detail::corrupt_chunk(name, ZSTD_getErrorName(size));
  if (size != plain.size()) {
    return detail::corrupt_chunk(name, "the frame holds " + std::to_string(size) + " bytes instead of " +
                                           std::to_string(plain.size()));
  }
  return {};
}

VARVE_DECL Result<void> Zstd::decode_unsized(ByteView frame, varve::Bytes& plain, std::size_t limit) const {
  const unsigned long long content = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (content == ZSTD_CONTENTSIZE_ERROR) return detail::corrupt_chunk(name, "this is no frame");
  plain.clear();
  if (content != ZSTD_CONTENTSIZE_UNKNOWN) {
    if (content > limit) return detail::corrupt_chunk(name, "the frame is too large for its chunk");
    plain.resize(static_cast<std::size_t>(content));
    return decode(frame, plain);
  }
  ZSTD_DCtx& context = detail::ZstdContexts::decompressor();
  ZSTD_DCtx_reset(&context, ZSTD_reset_session_only);
  ZSTD_inBuffer in{frame.data(), frame.size(), 0};
  plain.resize(std::min(limit, std::max<std::size_t>(frame.size() * 4, 4096)));
  ZSTD_outBuffer out{plain.data(), plain.size(), 0};
  for (;;) {
    const std::size_t before = in.pos + out.pos;
    const std::size_t left = ZSTD_decompressStream(&context, &out, &in);
    if (ZSTD_isError(left)) return detail::corrupt_chunk(name, ZSTD_getErrorName(left));
    if (left == 0 && in.pos == in.size) break;
    if (out.pos == out.size) {
      if (plain.size() == limit) return detail::corrupt_chunk(name, "the frame is too large for its chunk");
      plain.resize(std::min(limit, plain.size() * 2));
      out.dst = plain.data();
      out.size = plain.size();
    } else if (in.pos + out.pos == before) {
      return detail::corrupt_chunk(name, "the frame is cut off");
    }
  }
  plain.resize(out.pos);
  return {};
}

}  // namespace varve::inline v0::codec
