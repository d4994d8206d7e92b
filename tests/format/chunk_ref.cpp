// SPDX-License-Identifier: Apache-2.0
#include <varve/format/chunk_ref.hpp>

#include <cstddef>
#include <string>
#include <vector>

#include <zdict.h>
#include <zstd.h>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

using varve::Bytes;
using varve::ByteView;
using varve::format::ChunkRef;
using varve::format::ChunkRefKind;
using varve::format::full_location;

namespace {

/// A dictionary as the reference trains one: from sample locations.
Bytes dictionary() {
  std::string samples;
  std::vector<std::size_t> sizes;
  for (int i = 0; i != 400; ++i) {
    const std::string location = "s3://bucket/archive/2026/day-" + std::to_string(i * 7919) + ".nc";
    samples += location;
    sizes.push_back(location.size());
  }
  Bytes out(2048);
  const std::size_t size = ZDICT_trainFromBuffer(out.data(), out.size(), samples.data(), sizes.data(),
                                                 static_cast<unsigned>(sizes.size()));
  REQUIRE_FALSE(ZDICT_isError(size));
  out.resize(size);
  return out;
}

Bytes compress(const std::string& text, ByteView with) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  Bytes frame(ZSTD_compressBound(text.size()));
  const std::size_t size = ZSTD_compress_usingDict(context, frame.data(), frame.size(), text.data(), text.size(),
                                                   with.data(), with.size(), 3);
  ZSTD_freeCCtx(context);
  REQUIRE_FALSE(ZSTD_isError(size));
  frame.resize(size);
  return frame;
}

}  // namespace

TEST_CASE("format/chunk_ref: trap 25: a location compressed with the dictionary is read, up to 64 KiB") {
  const Bytes with = dictionary();
  for (const std::size_t length : {40U, 1024U, 1025U, 65536U}) {
    std::string location = "s3://bucket/archive/2026/day-";
    location.resize(length, 'x');
    const Bytes frame = compress(location, with);
    ChunkRef ref;
    ref.kind = ChunkRefKind::virtual_location;
    ref.compressed_location = frame;
    ref.location_dictionary = with;
    CHECK(full_location(ref, "manifests/x").value() == location);
  }
  const Bytes frame = compress(std::string(65537, 'x'), with);
  ChunkRef ref;
  ref.compressed_location = frame;
  ref.location_dictionary = with;
  CHECK(full_location(ref, "manifests/x").error().code() == varve::errc::corrupt);
}

TEST_CASE("format/chunk_ref: a plain location is itself") {
  ChunkRef ref;
  ref.kind = ChunkRefKind::virtual_location;
  ref.location = "file:///data/a.nc";
  CHECK(full_location(ref, "manifests/x").value() == "file:///data/a.nc");
}

TEST_CASE("format/chunk_ref: a damaged compressed location or a missing dictionary is corrupt") {
  const Bytes with = dictionary();
  Bytes frame = compress("s3://bucket/archive/2026/day-1.nc", with);
  ChunkRef ref;
  ref.compressed_location = frame;
  CHECK(full_location(ref, "manifests/x").error().code() == varve::errc::corrupt);
  ref.location_dictionary = with;
  for (std::size_t kept = 1; kept != frame.size(); ++kept) {
    ref.compressed_location = ByteView(frame).first(kept);
    const auto location = full_location(ref, "manifests/x");
    REQUIRE_FALSE(location);
    CHECK(location.error().key() == "manifests/x");
  }
  for (std::size_t at = 0; at != frame.size(); ++at) {
    Bytes changed = frame;
    changed[at] ^= std::byte{0x21};
    ref.compressed_location = changed;
    static_cast<void>(full_location(ref, "manifests/x"));
  }
}
