// SPDX-License-Identifier: Apache-2.0
#include <varve/format/file.hpp>

#include <string_view>

#include <zstd.h>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

using varve::Bytes;
using varve::ByteView;
using varve::errc;
using varve::format::FileType;
using varve::format::open_file;
using varve::format::seal_file;

namespace {

constexpr std::string_view key = "snapshots/000G40R40M30E209185G";

errc code_of(ByteView stored, FileType expected = FileType::snapshot) {
  const auto opened = open_file(stored, expected, key);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().key() == key);
  return opened.error().code();
}

/// A file with a frame of the caller's own.
Bytes with_frame(ByteView frame) {
  Bytes file = seal_file({}, FileType::snapshot);
  file.resize(varve::format::file_header_size);
  file.insert(file.end(), frame.begin(), frame.end());
  return file;
}

Bytes compress(ByteView plain, bool content_size, bool checksum, int level) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, content_size ? 1 : 0);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0);
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
  Bytes frame(ZSTD_compressBound(plain.size()));
  const std::size_t size = ZSTD_compress2(context, frame.data(), frame.size(), plain.data(), plain.size());
  ZSTD_freeCCtx(context);
  REQUIRE_FALSE(ZSTD_isError(size));
  frame.resize(size);
  return frame;
}

}  // namespace

TEST_CASE("format/file: a body comes back from its envelope") {
  for (const std::size_t size : {0U, 1U, 1000U, 300'000U}) {
    const Bytes body = support::noise(size, size);
    for (const int level : {1, 3, 19}) {
      const Bytes stored = seal_file(body, FileType::manifest, level);
      const auto opened = open_file(stored, FileType::manifest, key);
      REQUIRE(opened);
      CHECK(opened->body == body);
      CHECK(opened->version == 2);
    }
  }
}

TEST_CASE("format/file: the header is that of the specification") {
  const Bytes stored = seal_file(support::bytes_of("body"), FileType::repo_info);
  const std::string_view text = varve::as_text(stored);
  CHECK(text.substr(0, 12) == "ICE\xf0\x9f\xa7\x8a" "CHUNK");
  CHECK(text.substr(12, 24) == "varve-0.1.0             ");
  CHECK(text.substr(36, 3) == std::string_view("\x02\x06\x01", 3));
}

TEST_CASE("format/file: trap 38: a file is one frame, without checksum, with its content size, and nothing follows") {
  const Bytes stored = seal_file(support::noise(5000, 1), FileType::snapshot);
  const ByteView frame = ByteView(stored).subspan(39);
  CHECK(ZSTD_findFrameCompressedSize(frame.data(), frame.size()) == frame.size());
  CHECK(ZSTD_getFrameContentSize(frame.data(), frame.size()) == 5000);
  CHECK((static_cast<unsigned>(frame[4]) & 4U) == 0);  // the checksum flag of the frame's descriptor
  Bytes longer = stored;
  longer.push_back(std::byte{0});
  CHECK(code_of(longer) == errc::corrupt);
  Bytes twice = stored;
  twice.insert(twice.end(), stored.begin() + 39, stored.end());
  CHECK(code_of(twice) == errc::corrupt);
}

TEST_CASE("format/file: trap 2: a body that is not compressed is read and never written") {
  Bytes stored = seal_file({}, FileType::snapshot);
  CHECK(stored[38] == std::byte{1});
  stored.resize(39);
  stored[38] = std::byte{0};
  const Bytes body = support::bytes_of("plain");
  stored.insert(stored.end(), body.begin(), body.end());
  const auto opened = open_file(stored, FileType::snapshot, key);
  REQUIRE(opened);
  CHECK(opened->body == body);
  stored[38] = std::byte{2};
  CHECK(code_of(stored) == errc::unsupported_format);
}

TEST_CASE("format/file: frames that other writers may choose are read") {
  const Bytes body(40'000, std::byte{7});
  for (const bool content_size : {false, true}) {
    for (const bool checksum : {false, true}) {
      const auto opened = open_file(with_frame(compress(body, content_size, checksum, 19)), FileType::snapshot, key);
      REQUIRE(opened);
      CHECK(opened->body == body);
    }
  }
}

TEST_CASE("format/file: trap 14: the version is that of the single file, and repo info has no version 1") {
  Bytes stored = seal_file(support::bytes_of("body"), FileType::snapshot);
  stored[36] = std::byte{1};
  const auto opened = open_file(stored, FileType::snapshot, key);
  REQUIRE(opened);
  CHECK(opened->version == 1);
  for (const unsigned version : {0U, 3U, 255U}) {
    stored[36] = static_cast<std::byte>(version);
    CHECK(code_of(stored) == errc::unsupported_format);
  }
  Bytes repo = seal_file(support::bytes_of("body"), FileType::repo_info);
  repo[36] = std::byte{1};
  CHECK(code_of(repo, FileType::repo_info) == errc::corrupt);
}

TEST_CASE("format/file: a file of another type or with another beginning is refused") {
  const Bytes stored = seal_file(support::bytes_of("body"), FileType::snapshot);
  CHECK(code_of(stored, FileType::manifest) == errc::corrupt);
  Bytes changed = stored;
  changed[0] = std::byte{'i'};
  CHECK(code_of(changed) == errc::corrupt);
  changed = stored;
  changed[37] = std::byte{9};
  CHECK(code_of(changed) == errc::corrupt);
  CHECK(code_of({}) == errc::corrupt);
  CHECK(code_of(ByteView(stored).first(39)) == errc::corrupt);
}

TEST_CASE("format/file: the name of the implementation may be any bytes") {
  Bytes stored = seal_file(support::bytes_of("body"), FileType::snapshot);
  for (std::size_t at = 12; at != 36; ++at) stored[at] = std::byte{0xff};
  CHECK(open_file(stored, FileType::snapshot, key));
}

TEST_CASE("format/file: a frame that claims more than it holds costs no memory") {
  // A frame header with a content size of 8 bytes: 2^40, then 2^30 with one small block.
  constexpr std::string_view huge("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00", 16);
  CHECK(code_of(with_frame(varve::as_bytes(huge))) == errc::corrupt);
  constexpr std::string_view large("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x40\x00\x00\x00\x00\x09\x00\x00\x61", 17);
  CHECK(code_of(with_frame(varve::as_bytes(large))) == errc::corrupt);
}

TEST_CASE("format/file: a body that repeats itself grows by doubling") {
  const Bytes body(30'000'000, std::byte{0});
  for (const bool content_size : {false, true}) {
    const auto opened = open_file(with_frame(compress(body, content_size, false, 3)), FileType::snapshot, key);
    REQUIRE(opened);
    CHECK(opened->body == body);
  }
}
