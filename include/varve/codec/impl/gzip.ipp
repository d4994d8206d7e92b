// SPDX-License-Identifier: Apache-2.0
// Bodies of gzip.hpp.
#pragma once

#include <varve/codec/gzip.hpp>

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>

namespace varve::inline v0::codec {

namespace detail {

/// What libdeflate works with, kept by each thread: one compressor a level, one decompressor.
struct DeflateContexts {
  struct Free {
    void operator()(libdeflate_compressor* context) const { libdeflate_free_compressor(context); }
    void operator()(libdeflate_decompressor* context) const { libdeflate_free_decompressor(context); }
  };
  std::array<std::unique_ptr<libdeflate_compressor, Free>, 10> compress;
  std::unique_ptr<libdeflate_decompressor, Free> decompress;

  static libdeflate_compressor* compressor(int level) {
    auto& context = of_thread().compress[static_cast<std::size_t>(level)];
    if (!context) context.reset(libdeflate_alloc_compressor(level));
    if (!context) throw std::bad_alloc();
    return context.get();
  }
  static libdeflate_decompressor* decompressor() {
    auto& context = of_thread().decompress;
    if (!context) context.reset(libdeflate_alloc_decompressor());
    if (!context) throw std::bad_alloc();
    return context.get();
  }

 private:
  static DeflateContexts& of_thread() {
    thread_local DeflateContexts contexts;
    return contexts;
  }
};

enum class GzipOutcome : std::uint8_t { done, corrupt, short_of_space };

/// Decodes members one after another until the input ends; `written` counts what they hold.
inline GzipOutcome gunzip(ByteView encoded, MutableByteView plain, std::size_t& written) {
  written = 0;
  if (encoded.empty()) return GzipOutcome::corrupt;
  libdeflate_decompressor* const context = DeflateContexts::decompressor();
  std::byte nothing{};  // libdeflate wants an address also for the output of an empty member
  while (!encoded.empty()) {
    const MutableByteView rest = plain.subspan(written);
    std::size_t used = 0;
    std::size_t made = 0;
    const auto result = libdeflate_gzip_decompress_ex(context, encoded.data(), encoded.size(),
                                                      rest.empty() ? &nothing : rest.data(), rest.size(), &used, &made);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) return GzipOutcome::short_of_space;
    if (result != LIBDEFLATE_SUCCESS) return GzipOutcome::corrupt;
    written += made;
    encoded = encoded.subspan(used);
  }
  return GzipOutcome::done;
}

}  // namespace detail

VARVE_DECL Result<Gzip> Gzip::from_configuration(const Json& configuration) {
  Gzip codec;
  auto read = detail::ConfigurationReader(name, configuration).integer("level", 0, 9, codec.level).finish();
  if (!read) return std::move(read).error();
  return codec;
}

VARVE_DECL Json Gzip::configuration() const { return Json::Object{{"level", level}}; }

VARVE_DECL Result<void> Gzip::encode(ByteView plain, varve::Bytes& encoded) const {
  if (level < 0 || level > 9) return Error(errc::invalid_argument, "encode gzip chunk", {}, "levels are 0 to 9");
  libdeflate_compressor* const context = detail::DeflateContexts::compressor(level);
  encoded.clear();
  encoded.resize(libdeflate_gzip_compress_bound(context, plain.size()));
  const std::size_t size =
      libdeflate_gzip_compress(context, plain.data(), plain.size(), encoded.data(), encoded.size());
  if (size == 0) return Error(errc::invalid_argument, "encode gzip chunk", {}, "libdeflate refused the chunk");
  encoded.resize(size);
  return {};
}

VARVE_DECL Result<void> Gzip::decode(ByteView encoded, MutableByteView plain) const {
  std::size_t written = 0;
  if (detail::gunzip(encoded, plain, written) == detail::GzipOutcome::done && written == plain.size()) return {};
  return detail::corrupt_chunk(name, "these are no gzip members of " + std::to_string(plain.size()) + " bytes");
}

VARVE_DECL Result<void> Gzip::decode_unsized(ByteView encoded, varve::Bytes& plain, std::size_t limit) const {
  std::size_t room = std::max<std::size_t>(encoded.size() * 4, 4096);
  if (encoded.size() >= 4) {  // a member ends with its length, which is worth a first guess
    std::size_t length = 0;
    for (std::size_t i = 0; i != 4; ++i) length |= std::to_integer<std::size_t>(encoded[encoded.size() - 4 + i]) << (8 * i);
    if (length <= limit) room = length;
  }
  for (;;) {
    room = std::min(room, limit);
    plain.clear();
    plain.resize(room);
    std::size_t written = 0;
    const auto outcome = detail::gunzip(encoded, plain, written);
    if (outcome == detail::GzipOutcome::done) {
      plain.resize(written);
      return {};
    }
    if (outcome == detail::GzipOutcome::corrupt || room == limit) {
      return detail::corrupt_chunk(name, "these are no gzip members of at most " + std::to_string(limit) + " bytes");
    }
    room = std::max<std::size_t>(room * 2, 4096);
  }
}

}  // namespace varve::inline v0::codec
