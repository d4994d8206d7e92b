// SPDX-License-Identifier: Apache-2.0
#include <varve/format/snapshot.hpp>

#include <varve/format/generated/icechunk.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
namespace fb = varve::format::fb;

namespace {

constexpr std::string_view key = "snapshots/000G40R40M30E209185G";

struct RawNode {
  std::string path;
  bool array = false;
  std::vector<fb::DimensionShape> shape_v1 = {};
  std::optional<std::vector<std::pair<std::uint64_t, std::uint32_t>>> shape_v2 = {};
  std::vector<fb::ChunkIndexRange> extents = {};
  int tag = -1;
};
struct Raw {
  std::vector<RawNode> nodes = {};
  bool required_lists = true;
  std::vector<fb::ManifestFileInfo> files_v1 = {};
  bool files_v2 = false;
  bool parent = false;
  std::vector<std::vector<std::uint8_t>> metadata = {};
};

const varve::ManifestId a_manifest{{7, 7, 7}};

flatbuffers::Offset<void> node_data(flatbuffers::FlatBufferBuilder& flat, const RawNode& node, bool lists) {
  if (!node.array) return fb::CreateGroupNodeData(flat).Union();
  std::vector<flatbuffers::Offset<fb::DimensionShapeV2>> shape;
  for (const auto& [length, chunks] : node.shape_v2.value_or(std::vector<std::pair<std::uint64_t, std::uint32_t>>())) {
    shape.push_back(fb::CreateDimensionShapeV2(flat, length, chunks));
  }
  const fb::ObjectId12 id(flatbuffers::make_span(a_manifest.bytes));
  const auto extents = flat.CreateVectorOfStructs(node.extents);
  const std::vector<flatbuffers::Offset<fb::ManifestRef>> refs{fb::CreateManifestRef(flat, &id, extents)};
  const auto refs_at = flat.CreateVector(refs);
  const auto shape_at = node.shape_v2 ? flat.CreateVector(shape) : 0;
  const auto shape_v1_at = flat.CreateVectorOfStructs(node.shape_v1);
  fb::ArrayNodeDataBuilder data(flat);
  if (lists) data.add_shape(shape_v1_at);
  data.add_manifests(refs_at);
  if (node.shape_v2) data.add_shape_v2(shape_at);
  return flatbuffers::Offset<void>(flat.EndTable(data.start_));
}

Bytes raw(const Raw& given) {
  flatbuffers::FlatBufferBuilder flat;
  std::vector<flatbuffers::Offset<fb::NodeSnapshot>> nodes;
  std::uint8_t last = 0;
  for (const RawNode& node : given.nodes) {
    varve::NodeId id;
    id.bytes[7] = ++last;
    const fb::ObjectId8 flat_id(flatbuffers::make_span(id.bytes));
    const auto data = node_data(flat, node, given.required_lists);
    const std::vector<std::uint8_t> json{'{', '}'};
    const auto tag = node.tag >= 0 ? static_cast<fb::NodeData>(node.tag)
                                   : (node.array ? fb::NodeData::Array : fb::NodeData::Group);
    nodes.push_back(fb::CreateNodeSnapshotDirect(flat, &flat_id, node.path.c_str(), &json, tag, data));
  }
  std::vector<flatbuffers::Offset<fb::MetadataItem>> items;
  for (const auto& value : given.metadata) items.push_back(fb::CreateMetadataItemDirect(flat, "item", &value));
  const auto nodes_at = flat.CreateVector(nodes);
  const auto message = flat.CreateString("message");
  const auto items_at = flat.CreateVector(items);
  const auto files = flat.CreateVectorOfStructs(given.files_v1);
  const fb::ObjectId12 id(flatbuffers::make_span(varve::initial_snapshot_id.bytes));
  const fb::ObjectId12 file_id(flatbuffers::make_span(a_manifest.bytes));
  const std::vector<flatbuffers::Offset<fb::ManifestFileInfoV2>> file{
      fb::CreateManifestFileInfoV2(flat, &file_id, 22, 2)};
  const auto files_v2 = flat.CreateVector(file);
  fb::SnapshotBuilder snapshot(flat);
  snapshot.add_id(&id);
  if (given.parent) snapshot.add_parent_id(&file_id);
  snapshot.add_nodes(nodes_at);
  snapshot.add_flushed_at(1'700'000'000'000'001);
  snapshot.add_message(message);
  snapshot.add_metadata(items_at);
  if (given.required_lists) snapshot.add_manifest_files(files);
  if (given.files_v2) snapshot.add_manifest_files_v2(files_v2);
  flat.Finish(flatbuffers::Offset<fb::Snapshot>(flat.EndTable(snapshot.start_)));
  return varve::copy_bytes(std::as_bytes(std::span(flat.GetBufferPointer(), flat.GetSize())));
}

errc refused(const Raw& given) {
  const Bytes body = raw(given);
  const auto view = SnapshotView::open(body, 2, key);
  REQUIRE_FALSE(view);
  CHECK(view.error().key() == key);
  return view.error().code();
}

}  // namespace

TEST_CASE("format/snapshot: trap 1: nodes are in the order of raw bytes, and another order is refused") {
  const std::vector<std::string> paths{"/", "/g", "/g-b", "/g/a", "/ga"};
  Raw given;
  for (const std::string& path : paths) given.nodes.push_back({path});
  const Bytes body = raw(given);
  const auto view = SnapshotView::open(body, 2, key);
  REQUIRE(view);
  for (std::size_t i = 0; i != paths.size(); ++i) {
    REQUIRE(view->find(paths[i]));
    CHECK(view->find(paths[i])->path() == paths[i]);
    CHECK(view->lower_bound(paths[i]) == i);
    CHECK(view->find(view->node(i).id())->path() == paths[i]);
  }
  CHECK_FALSE(view->find("/g/b"));
  CHECK_FALSE(view->find(""));
  CHECK(view->lower_bound("/g/") == 3);
  CHECK(view->lower_bound("/z") == 5);
  CHECK(refused({.nodes = {{"/"}, {"/g"}, {"/g/a"}, {"/g-b"}}}) == errc::corrupt);  // by segments
  CHECK(refused({.nodes = {{"/g"}, {"/"}}}) == errc::corrupt);
}

TEST_CASE("format/snapshot: trap 28: two nodes at one path are read, and the path gives one of them") {
  const Bytes body = raw({.nodes = {{"/"}, {"/a"}, {"/a"}, {"/b"}}});
  const auto view = SnapshotView::open(body, 2, key);
  REQUIRE(view);
  CHECK(view->node_count() == 4);
  CHECK(view->find("/a")->path() == "/a");
  CHECK(view->find("/b")->path() == "/b");
}

TEST_CASE("format/snapshot: trap 13: the lists that format 2 leaves empty are required") {
  CHECK(refused({.nodes = {{"/a", true}}, .required_lists = false}) == errc::corrupt);
  CHECK(refused({.required_lists = false}) == errc::corrupt);
}

TEST_CASE("format/snapshot: trap 14: shapes of format 1 are read where format 2 has none, whatever the version byte") {
  const Bytes body = raw({.nodes = {{.path = "/a",
                                     .array = true,
                                     .shape_v1 = {{6, 3}, {7, 3}, {0, 0}, {0, 5}, {1, 1ULL << 40}}}}});
  for (const std::uint8_t version : std::vector<std::uint8_t>{1, 2}) {
    const auto view = SnapshotView::open(body, version, key);
    REQUIRE(view);
    const NodeView node = view->node(0);
    REQUIRE(node.rank() == 5);
    CHECK(node.dimension(0) == DimensionShape{6, 2});
    CHECK(node.dimension(1) == DimensionShape{7, 3});
    CHECK(node.dimension(2) == DimensionShape{0, 0});
    CHECK(node.dimension(3) == DimensionShape{0, 0});
    CHECK(node.dimension(4) == DimensionShape{1, 1});
  }
  const Bytes both = raw({.nodes = {{.path = "/a", .array = true, .shape_v1 = {{6, 3}}, .shape_v2 = {{{8, 4}, {0, 0}}}}}});
  const auto view = SnapshotView::open(both, 2, key);
  REQUIRE(view);
  CHECK(view->node(0).rank() == 2);
  CHECK(view->node(0).dimension(0) == DimensionShape{8, 4});
  CHECK(view->node(0).dimension(1) == DimensionShape{0, 0});
}

TEST_CASE("format/snapshot: trap 27: a grid of more chunks than fit 32 bits is refused, not truncated") {
  CHECK(refused({.nodes = {{.path = "/a", .array = true, .shape_v1 = {{1ULL << 40, 1}}}}}) == errc::corrupt);
  CHECK(refused({.nodes = {{.path = "/a", .array = true, .shape_v1 = {{5, 0}}}}}) == errc::corrupt);
}

TEST_CASE("format/snapshot: trap 3: manifests are listed with the size of their object, and format 2's list counts") {
  const fb::ObjectId12 id(flatbuffers::make_span(a_manifest.bytes));
  const std::vector<fb::ManifestFileInfo> v1{fb::ManifestFileInfo(id, 11, 1)};
  Bytes body = raw({.files_v1 = v1});
  auto view = SnapshotView::open(body, 1, key).value();
  REQUIRE(view.manifest_count() == 1);
  CHECK(view.manifest(0) == ManifestFile{a_manifest, 11, 1});
  CHECK(view.find_manifest(a_manifest) == ManifestFile{a_manifest, 11, 1});
  CHECK_FALSE(view.find_manifest(varve::ManifestId{}));
  body = raw({.files_v1 = v1, .files_v2 = true});
  view = SnapshotView::open(body, 2, key).value();
  CHECK(view.find_manifest(a_manifest) == ManifestFile{a_manifest, 22, 2});
}

TEST_CASE("format/snapshot: trap 17: extents decide where a chunk is looked for, and none at all cover everything") {
  const Bytes body = raw({.nodes = {{.path = "/a", .array = true, .shape_v2 = {{{9, 9}, {9, 9}}}, .extents = {{2, 4}, {0, 1}}},
                                    {.path = "/b", .array = true, .shape_v2 = {{{9, 9}, {9, 9}}}}}});
  const auto view = SnapshotView::open(body, 2, key).value();
  using Index = std::vector<std::uint32_t>;
  const ManifestRefView tight = view.node(0).manifest_ref(0);
  CHECK(tight.id() == a_manifest);
  CHECK(tight.rank() == 2);
  CHECK(tight.extent(0) == ChunkRange{2, 4});
  CHECK(tight.covers(Index{2, 0}));
  CHECK(tight.covers(Index{3, 0}));
  CHECK_FALSE(tight.covers(Index{4, 0}));
  CHECK_FALSE(tight.covers(Index{1, 0}));
  CHECK_FALSE(tight.covers(Index{2, 1}));
  CHECK_FALSE(tight.covers(Index{2}));
  CHECK(view.node(1).manifest_ref(0).covers(Index{8, 8}));
}

TEST_CASE("format/snapshot: trap 20: a kind of node from the future is refused") {
  CHECK(refused({.nodes = {{.path = "/a", .tag = 3}}}) == errc::unsupported_format);
  CHECK(refused({.nodes = {{.path = "/a", .tag = 0}}}) == errc::unsupported_format);
}

TEST_CASE("format/snapshot: the parent counts in format 1 only") {
  const Bytes body = raw({.parent = true});
  CHECK(SnapshotView::open(body, 1, key).value().parent().has_value());
  CHECK_FALSE(SnapshotView::open(body, 2, key).value().parent().has_value());
}

TEST_CASE("format/snapshot: trap 14: metadata is MessagePack or FlexBuffers by the version of the file") {
  const Bytes packed = raw({.metadata = {{0x81, 0xa1, 'k', 0xfd}}});
  CHECK(SnapshotView::open(packed, 1, key).value().metadata().value().at("item").text() == R"({"k":-3})");
  const auto wrong = SnapshotView::open(packed, 2, key).value().metadata();
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code() == errc::corrupt);
  CHECK(wrong.error().key() == "snapshots/1CECHNKREP0F1RSTCMT0");
  const Bytes flex = raw({.metadata = {{5, 1 << 2, 1}}});
  CHECK(SnapshotView::open(flex, 2, key).value().metadata().value().at("item").text() == "5");
  CHECK(SnapshotView::open(flex, 2, key).value().flushed_at().time_since_epoch().count() == 1'700'000'000'000'001);
  CHECK(SnapshotView::open(flex, 2, key).value().message() == "message");
}

TEST_CASE("format/snapshot: a path that is not absolute is refused") {
  CHECK(refused({.nodes = {{"a"}}}) == errc::corrupt);
  CHECK(refused({.nodes = {{""}}}) == errc::corrupt);
}

TEST_CASE("format/snapshot: bytes that are no snapshot are refused") {
  for (std::uint64_t seed = 0; seed != 500; ++seed) {
    const auto view = SnapshotView::open(support::noise(seed % 80, seed), 2, key);
    if (!view) CHECK(view.error().code() == errc::corrupt);
  }
}
