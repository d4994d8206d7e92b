// SPDX-License-Identifier: Apache-2.0
#include <varve/format/manifest.hpp>

#include <varve/format/generated/icechunk.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
using varve::NodeId;
namespace fb = varve::format::fb;

namespace {

constexpr std::string_view key = "manifests/000G40R40M30E209185G";
using Index = std::vector<std::uint32_t>;

NodeId node(std::uint8_t last) {
  NodeId id;
  id.bytes[7] = last;
  return id;
}

/// A body with arrays and refs as they are given. `dress` adds payloads to each ref.
struct Raw {
  std::vector<std::pair<std::uint8_t, std::vector<Index>>> arrays = {};
  std::function<void(flatbuffers::FlatBufferBuilder&, std::vector<std::function<void(fb::ChunkRefBuilder&)>>&)> dress = {};
  std::optional<std::string> dictionary = {};
  std::optional<std::uint8_t> algorithm = {};
};

Bytes raw(const Raw& given) {
  flatbuffers::FlatBufferBuilder flat;
  std::vector<flatbuffers::Offset<fb::ArrayManifest>> arrays;
  for (const auto& [last, indices] : given.arrays) {
    std::vector<flatbuffers::Offset<fb::ChunkRef>> refs;
    for (const Index& index : indices) {
      std::vector<std::function<void(fb::ChunkRefBuilder&)>> parts;
      if (given.dress) given.dress(flat, parts);
      const auto index_at = flat.CreateVector(index);
      const std::vector<std::uint8_t> bytes{1, 2, 3};
      const auto inlined = flat.CreateVector(bytes);
      fb::ChunkRefBuilder ref(flat);
      ref.add_index(index_at);
      for (const auto& part : parts) part(ref);
      if (!given.dress) ref.add_inline_(inlined);
      refs.push_back(ref.Finish());
    }
    const auto refs_at = flat.CreateVector(refs);
    const NodeId id = node(last);
    const fb::ObjectId8 flat_id(flatbuffers::make_span(id.bytes));
    arrays.push_back(fb::CreateArrayManifest(flat, &flat_id, refs_at));
  }
  const auto arrays_at = flat.CreateVector(arrays);
  flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> dictionary;
  if (given.dictionary) {
    dictionary = flat.CreateVector(reinterpret_cast<const std::uint8_t*>(given.dictionary->data()), given.dictionary->size());
  }
  const varve::ManifestId id{};
  const fb::ObjectId12 flat_id(flatbuffers::make_span(id.bytes));
  fb::ManifestBuilder manifest(flat);
  manifest.add_id(&flat_id);
  manifest.add_arrays(arrays_at);
  if (given.dictionary) manifest.add_location_dictionary(dictionary);
  if (given.algorithm) manifest.add_compression_algorithm(*given.algorithm);
  flat.Finish(manifest.Finish());
  return varve::copy_bytes(std::as_bytes(std::span(flat.GetBufferPointer(), flat.GetSize())));
}

ChunkRef only_ref(const Bytes& body) {
  const auto view = ManifestView::open(body, key);
  REQUIRE(view);
  const auto refs = view->array(0);
  REQUIRE(refs);
  const auto ref = refs->ref(0);
  REQUIRE(ref);
  return *ref;
}

}  // namespace

TEST_CASE("format/manifest: trap 18: refs are found by their numbers, not by their bytes or their text") {
  const std::vector<Index> indices{{2, 0}, {9, 300}, {10, 0}, {256, 0}, {256, 1}, {65536, 0}};
  const Bytes body = raw({.arrays = {{5, indices}}});
  const auto view = ManifestView::open(body, key).value();
  REQUIRE(view.check());
  const auto refs = view.find(node(5)).value().value();
  for (std::size_t i = 0; i != indices.size(); ++i) {
    CHECK(refs.lower_bound(indices[i]).value() == i);
    CHECK(refs.find(indices[i]).value().has_value());
    Index read(2);
    CHECK(refs.index(i, std::span(read)));
    CHECK(read == indices[i]);
  }
  for (const Index& missing : std::vector<Index>{{0, 0}, {2, 1}, {9, 2}, {10, 1}, {70000, 0}, {2}, {2, 0, 0}, {}}) {
    CHECK_FALSE(refs.find(missing).value().has_value());
  }
  Index of_another_rank(3);
  CHECK(refs.index(0, std::span(of_another_rank)).error().code() == errc::corrupt);
  CHECK(refs.ref(6).error().code() == errc::out_of_bounds);
}

TEST_CASE("format/manifest: refs or arrays out of order are refused by a check of the whole") {
  const std::vector<Raw> wrong{{.arrays = {{5, {{1}, {0}}}}},
                               {.arrays = {{5, {{1}, {1}}}}},
                               {.arrays = {{5, {{1, 0}, {1}}}}},
                               {.arrays = {{5, {{0}}}, {4, {{0}}}}},
                               {.arrays = {{5, {{0}}}, {5, {{0}}}}}};
  for (const Raw& given : wrong) {
    const Bytes body = raw(given);
    const auto checked = ManifestView::open(body, key).value().check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == errc::corrupt);
    CHECK(checked.error().key() == key);
  }
}

TEST_CASE("format/manifest: many arrays in one manifest are found by their ids") {
  const Bytes body = raw({.arrays = {{1, {{0}}}, {3, {{0}, {1}}}, {200, {{}}}}});
  const auto view = ManifestView::open(body, key).value();
  CHECK(view.array_count() == 3);
  CHECK(view.array_id(2).value() == node(200));
  CHECK(view.find(node(3)).value()->size() == 2);
  CHECK(view.find(node(200)).value()->find(Index{}).value().has_value());
  CHECK_FALSE(view.find(node(2)).value().has_value());
  CHECK_FALSE(view.find(node(201)).value().has_value());
}

TEST_CASE("format/manifest: of several payloads the reference's first choice counts, and one is required") {
  const varve::ChunkId chunk{{1, 2, 3}};
  const fb::ObjectId12 id(flatbuffers::make_span(chunk.bytes));
  const auto with = [&](bool native, bool packed, bool location, bool inlined) {
    return raw({.arrays = {{5, {{0}}}},
                .dress =
                    [&](auto& flat, auto& parts) {
                      const std::vector<std::uint8_t> bytes{9};
                      const auto bytes_at = flat.CreateVector(bytes);
                      const auto text_at = flat.CreateString("s3://x/y");
                      const auto etag_at = flat.CreateString("\"tag\"");
                      if (native) parts.push_back([&](auto& ref) { ref.add_chunk_id(&id); });
                      if (packed) parts.push_back([bytes_at](auto& ref) { ref.add_compressed_location(bytes_at); });
                      if (location) parts.push_back([text_at](auto& ref) { ref.add_location(text_at); });
                      if (inlined) parts.push_back([bytes_at](auto& ref) { ref.add_inline_(bytes_at); });
                      parts.push_back([etag_at](auto& ref) {
                        ref.add_checksum_etag(etag_at);
                        ref.add_checksum_last_modified(77);
                        ref.add_offset(5);
                        ref.add_length(6);
                      });
                    },
                .dictionary = "dictionary"});
  };
  Bytes body = with(true, true, true, true);
  CHECK(only_ref(body).kind == ChunkRefKind::native);
  CHECK(only_ref(body).chunk_id == chunk);
  CHECK(only_ref(body).offset == 5);
  body = with(false, true, true, true);
  CHECK(only_ref(body).kind == ChunkRefKind::virtual_location);
  CHECK(only_ref(body).compressed_location.size() == 1);
  CHECK(varve::as_text(only_ref(body).location_dictionary) == "dictionary");
  body = with(false, false, true, true);
  CHECK(only_ref(body).location == "s3://x/y");
  CHECK(only_ref(body).length == 6);
  body = with(false, false, false, true);
  CHECK(only_ref(body).kind == ChunkRefKind::inlined);
  CHECK(only_ref(body).inline_bytes.size() == 1);
  CHECK(only_ref(body).length == 1);
  body = with(false, false, false, false);
  const auto ref = ManifestView::open(body, key).value().array(0).value().ref(0);
  REQUIRE_FALSE(ref);
  CHECK(ref.error().code() == errc::corrupt);
  CHECK(ref.error().key() == key);
}

TEST_CASE("format/manifest: trap 15: the quotes of a stored ETag are part of it; trap 12: last_modified is in seconds") {
  const Bytes body = raw({.arrays = {{5, {{0}}}}, .dress = [](auto& flat, auto& parts) {
                            const auto text_at = flat.CreateString("s3://x/y");
                            const auto etag_at = flat.CreateString("\"tag\"");
                            parts.push_back([=](auto& ref) {
                              ref.add_location(text_at);
                              ref.add_checksum_etag(etag_at);
                              ref.add_checksum_last_modified(1'700'000'000);
                            });
                          }});
  CHECK(only_ref(body).checksum_etag == "\"tag\"");
  CHECK(only_ref(body).checksum_last_modified == 1'700'000'000);
}

TEST_CASE("format/manifest: trap 10: the algorithm defaults to the dictionary, and means nothing without one") {
  const auto dictionary_size = [](std::optional<std::string> dictionary, std::optional<std::uint8_t> algorithm) {
    const Bytes body = raw({.arrays = {{5, {{0}}}}, .dictionary = dictionary, .algorithm = algorithm});
    return ManifestView::open(body, key).value().location_dictionary().size();
  };
  CHECK(dictionary_size("abc", std::nullopt) == 3);
  CHECK(dictionary_size("abc", 1) == 3);
  CHECK(dictionary_size("abc", 0) == 0);
  CHECK(dictionary_size(std::nullopt, std::nullopt) == 0);
  CHECK(dictionary_size(std::nullopt, 0) == 0);
  const Bytes body = raw({.arrays = {{5, {{0}}}}, .dictionary = "abc", .algorithm = 2});
  CHECK(ManifestView::open(body, key).error().code() == errc::unsupported_format);
}

TEST_CASE("format/manifest: a compressed location without a dictionary is corrupt") {
  for (const bool zero : {false, true}) {
    Raw given{.arrays = {{5, {{0}}}}, .dress = [](auto& flat, auto& parts) {
                const std::vector<std::uint8_t> bytes{9};
                const auto bytes_at = flat.CreateVector(bytes);
                parts.push_back([bytes_at](auto& ref) { ref.add_compressed_location(bytes_at); });
              }};
    if (zero) {
      given.dictionary = "abc";
      given.algorithm = 0;
    }
    const Bytes body = raw(given);
    CHECK(ManifestView::open(body, key).value().array(0).value().ref(0).error().code() == errc::corrupt);
  }
}

TEST_CASE("format/manifest: bytes that are no manifest are refused") {
  for (std::uint64_t seed = 0; seed != 500; ++seed) {
    const auto view = ManifestView::open(support::noise(seed % 60, seed), key);
    if (!view) CHECK(view.error().code() == errc::corrupt);
  }
  CHECK_FALSE(ManifestView::open({}, key));
}
