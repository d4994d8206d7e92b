// SPDX-License-Identifier: Apache-2.0
// Bodies of blosc.hpp. Only the functions with a context of their own are used: they share no state between threads.
#pragma once

#include <varve/codec/blosc.hpp>

#include <blosc.h>

#include <array>

namespace varve::inline v0::codec {

namespace detail {

inline constexpr std::array<std::string_view, 6> blosc_compressors{"blosclz", "lz4", "lz4hc", "zlib", "zstd", "snappy"};
inline constexpr std::array<std::string_view, 3> blosc_shuffles{"noshuffle", "shuffle", "bitshuffle"};

/// The length that a Blosc buffer decodes to, once its header agrees with its length.
inline Result<std::size_t> blosc_plain_size(ByteView encoded) {
  std::size_t size = 0;
  if (blosc_cbuffer_validate(encoded.data(), encoded.size(), &size) != 0) {
    return corrupt_chunk(Blosc::name, "the header does not fit the buffer");
  }
  return size;
}

}  // namespace detail

VARVE_DECL Result<Blosc> Blosc::from_configuration(const Json& configuration) {
  Blosc codec;
  codec.shuffle = Shuffle::noshuffle;
  int cname = 4;  // zstd, as zarr-python assumes too
  int shuffle = 0;
  auto read = detail::ConfigurationReader(name, configuration)
                  .choice("cname", detail::blosc_compressors, cname)
                  .integer("clevel", 0, 9, codec.clevel)
                  .choice("shuffle", detail::blosc_shuffles, shuffle)
                  .size("typesize", codec.typesize)
                  .size("blocksize", codec.blocksize)
                  .finish();
  if (!read) return std::move(read).error();
  codec.cname = detail::blosc_compressors[static_cast<std::size_t>(cname)];
  codec.shuffle = static_cast<Shuffle>(shuffle);
  return codec;
}

VARVE_DECL Json Blosc::configuration() const {
  return Json::Object{{"typesize", typesize},
                      {"cname", cname},
                      {"clevel", clevel},
                      {"shuffle", detail::blosc_shuffles[static_cast<std::size_t>(shuffle)]},
                      {"blocksize", blocksize}};
}

VARVE_DECL Result<void> Blosc::encode(ByteView plain, varve::Bytes& encoded) const {
  const auto refuse = [](errc code, std::string hint) { return Error(code, "encode blosc chunk", {}, std::move(hint)); };
  if (plain.size() > BLOSC_MAX_BUFFERSIZE) return refuse(errc::invalid_argument, "Blosc takes chunks below 2 GiB");
  if (blosc_compname_to_compcode(cname.c_str()) < 0) {
    return refuse(errc::unsupported_codec, "the installed Blosc has no compressor " + cname);
  }
  encoded.clear();
  encoded.resize(plain.size() + BLOSC_MAX_OVERHEAD);
  const int size = blosc_compress_ctx(clevel, static_cast<int>(shuffle), typesize == 0 ? 1 : typesize, plain.size(),
                                      plain.data(), encoded.data(), encoded.size(), cname.c_str(), blocksize, 1);
  if (size <= 0) return refuse(errc::invalid_argument, "Blosc refused the chunk");
  encoded.resize(static_cast<std::size_t>(size));
  return {};
}

VARVE_DECL Result<void> Blosc::decode(ByteView encoded, MutableByteView plain) const {
  const auto size = detail::blosc_plain_size(encoded);
  if (!size) return size.error();
  if (*size != plain.size()) {
    return detail::corrupt_chunk(name, "the buffer holds " + std::to_string(*size) + " bytes instead of " +
                                           std::to_string(plain.size()));
  }
  const int done = blosc_decompress_ctx(encoded.data(), plain.data(), plain.size(), 1);
  if (done < 0 || static_cast<std::size_t>(done) != plain.size()) {
    return detail::corrupt_chunk(name, "the blocks of the buffer are damaged");
  }
  return {};
}

VARVE_DECL Result<void> Blosc::decode_unsized(ByteView encoded, varve::Bytes& plain, std::size_t limit) const {
  const auto size = detail::blosc_plain_size(encoded);
  if (!size) return size.error();
  if (*size > limit) return detail::corrupt_chunk(name, "the buffer is too large for its chunk");
  plain.clear();
  plain.resize(*size);
  return decode(encoded, plain);
}

}  // namespace varve::inline v0::codec
