// SPDX-License-Identifier: Apache-2.0
#include <varve/format/manifest_builder.hpp>

#include <varve/format/generated/icechunk.hpp>
#include <varve/format/manifest.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
namespace fb = varve::format::fb;

namespace {

using Index = std::vector<std::uint32_t>;

varve::NodeId node(std::uint8_t last) {
  varve::NodeId id;
  id.bytes[7] = last;
  return id;
}
varve::ManifestId manifest_id() {
  varve::ManifestId id;
  id.bytes[0] = 9;
  return id;
}

ChunkRef inlined(const Bytes& bytes) {
  ChunkRef ref;
  ref.inline_bytes = bytes;
  return ref;
}
ChunkRef native(std::uint8_t first, std::uint64_t offset, std::uint64_t length) {
  ChunkRef ref;
  ref.kind = ChunkRefKind::native;
  ref.chunk_id.bytes[0] = first;
  ref.offset = offset;
  ref.length = length;
  return ref;
}

}  // namespace

TEST_CASE("format/manifest_builder: refs of every kind come back") {
  const Bytes bytes = support::noise(512, 1);
  ChunkRef virtual_ref;
  virtual_ref.kind = ChunkRefKind::virtual_location;
  virtual_ref.location = "s3://bucket/key";
  virtual_ref.offset = 1ULL << 40;
  virtual_ref.length = 12;
  virtual_ref.checksum_etag = "\"e\"";
  virtual_ref.checksum_last_modified = 1'700'000'000;
  ManifestBuilder builder(manifest_id(), 4);
  builder.begin_array(node(1));
  builder.add(Index{0, 5}, inlined(bytes));
  builder.add(Index{1, 0}, native(7, 0, 100));
  builder.add(Index{1, 1}, native(7, 100, 1ULL << 41));
  builder.add(Index{2, 0}, virtual_ref);
  builder.end_array();
  builder.begin_array(node(2));
  builder.add(Index{}, inlined(bytes));
  builder.end_array();
  CHECK(builder.ref_count() == 5);
  const auto body = builder.finish();
  REQUIRE(body);
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body->data()), body->size());
  CHECK(verifier.VerifyBuffer<fb::Manifest>("Ichk"));
  const auto view = ManifestView::open(*body, "manifests/x").value();
  REQUIRE(view.check());
  CHECK(view.id() == manifest_id());
  const auto refs = view.find(node(1)).value().value();
  CHECK(varve::as_text(refs.find(Index{0, 5}).value()->inline_bytes) == varve::as_text(bytes));
  CHECK(refs.find(Index{1, 0}).value()->length == 100);
  CHECK(refs.find(Index{1, 1}).value()->offset == 100);
  CHECK(refs.find(Index{1, 1}).value()->length == 1ULL << 41);
  CHECK(refs.find(Index{1, 1}).value()->chunk_id.bytes[0] == 7);
  const auto found = refs.find(Index{2, 0}).value().value();
  CHECK(found.location == "s3://bucket/key");
  CHECK(found.offset == 1ULL << 40);
  CHECK(found.checksum_etag == "\"e\"");
  CHECK(found.checksum_last_modified == 1'700'000'000);
  CHECK(view.find(node(2)).value()->find(Index{}).value().has_value());
}

TEST_CASE("format/manifest_builder: trap 10: without a dictionary an explicit 0 says so") {
  ManifestBuilder builder(manifest_id());
  const Bytes body = builder.finish().value();
  const auto* root = flatbuffers::GetRoot<fb::Manifest>(body.data());
  CHECK(root->compression_algorithm() == 0);
  CHECK(reinterpret_cast<const flatbuffers::Table*>(root)->CheckField(fb::Manifest::VT_COMPRESSION_ALGORITHM));
  CHECK(ManifestView::open(body, "manifests/x").value().array_count() == 0);
}

TEST_CASE("format/manifest_builder: an array without chunks is left out") {
  ManifestBuilder builder(manifest_id());
  builder.begin_array(node(1));
  builder.end_array();
  CHECK(ManifestView::open(builder.finish().value(), "manifests/x").value().array_count() == 0);
}

TEST_CASE("format/manifest_builder: refs or arrays that do not ascend are refused") {
  const Bytes bytes = support::noise(4, 1);
  const std::vector<std::vector<Index>> wrong{{{1}, {0}}, {{1}, {1}}, {{9, 0}, {10, 0}, {9, 1}}, {{1, 0}, {1}}};
  for (const auto& indices : wrong) {
    ManifestBuilder builder(manifest_id());
    builder.begin_array(node(1));
    for (const Index& index : indices) builder.add(index, inlined(bytes));
    builder.end_array();
    CHECK(builder.finish().error().code() == errc::invalid_argument);
  }
  ManifestBuilder builder(manifest_id());
  for (const std::uint8_t last : std::vector<std::uint8_t>{2, 1}) {
    builder.begin_array(node(last));
    builder.add(Index{0}, inlined(bytes));
    builder.end_array();
  }
  CHECK(builder.finish().error().code() == errc::invalid_argument);
}

TEST_CASE("format/manifest_builder: trap 36: a chunk without bytes is not written") {
  for (const ChunkRefKind kind : {ChunkRefKind::inlined, ChunkRefKind::virtual_location}) {
    ManifestBuilder builder(manifest_id());
    builder.begin_array(node(1));
    ChunkRef ref;
    ref.kind = kind;
    builder.add(Index{0}, ref);
    builder.end_array();
    CHECK(builder.finish().error().code() == errc::invalid_argument);
  }
}

TEST_CASE("format/manifest_builder: a million refs stay small") {
  constexpr std::uint32_t count = 100'000;  // a tenth of it, the size of each is the same
  ManifestBuilder builder(manifest_id(), count);
  builder.begin_array(node(1));
  for (std::uint32_t i = 0; i != count; ++i) builder.add(Index{i / 100, i % 100, 0}, native(1, 0, 1000 + i));
  builder.end_array();
  const Bytes body = builder.finish().value();
  // Each: an offset of 4 bytes, an index of 16, a table of 28 that shares its vtable, and 4 of alignment.
  CHECK(body.size() <= 52 * count + 256);
  const auto view = ManifestView::open(body, "manifests/x").value();
  const auto refs = view.find(node(1)).value().value();
  CHECK(refs.size() == count);
  CHECK(refs.find(Index{999, 99, 0}).value()->length == 1000 + count - 1);
  CHECK(view.check());
}
