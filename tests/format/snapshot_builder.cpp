// SPDX-License-Identifier: Apache-2.0
#include <varve/format/snapshot_builder.hpp>

#include <varve/format/generated/icechunk.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
using varve::Json;
namespace fb = varve::format::fb;

namespace {

NodeData node(std::string path, NodeKind kind = NodeKind::group) {
  static std::uint8_t last = 0;
  NodeData out;
  out.id.bytes[7] = ++last;
  out.path = std::move(path);
  out.kind = kind;
  out.zarr_json = "{\n  \"bytes\": \"kept as they are\"  }";
  return out;
}

varve::ManifestId manifest(std::uint8_t first) {
  varve::ManifestId id;
  id.bytes[0] = first;
  return id;
}

SnapshotData sample() {
  SnapshotData data;
  data.id.bytes[0] = 3;
  data.flushed_at = varve::Timestamp(std::chrono::microseconds(1'700'000'000'000'001));
  data.message = "message";
  data.metadata = {{"author", "me"}, {"n", Json::Object{{"k", 2.5}}}};
  NodeData array = node("/g/a", NodeKind::array);
  array.shape = {{1ULL << 40, 4'294'967'295U}, {0, 0}};
  array.dimension_names = {{"time", std::nullopt}};
  array.manifests = {{manifest(2), {{0, 4}, {7, 9}}}, {manifest(1), {}}};
  NodeData scalar = node("/s", NodeKind::array);
  scalar.dimension_names.emplace();
  data.nodes = {scalar, node("/g-b"), array, node("/g"), node("/")};
  data.manifests = {{manifest(2), 100, 5}, {manifest(1), 200, 6}};
  return data;
}

errc refused(SnapshotData data) {
  const auto body = encode_snapshot(std::move(data));
  REQUIRE_FALSE(body);
  return body.error().code();
}

}  // namespace

TEST_CASE("format/snapshot_builder: everything survives being written, in the order of the format") {
  const SnapshotData data = sample();
  const auto body = encode_snapshot(SnapshotData(data));
  REQUIRE(body);
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body->data()), body->size());
  CHECK(verifier.VerifyBuffer<fb::Snapshot>("Ichk"));
  const auto view = SnapshotView::open(*body, 2, "snapshots/x");
  REQUIRE(view);
  auto read = copy_snapshot(*view).value();
  CHECK(read.id == data.id);
  CHECK(read.flushed_at == data.flushed_at);
  CHECK(read.message == data.message);
  CHECK(read.metadata == data.metadata);
  CHECK(read.manifests == std::vector<ManifestFile>{data.manifests[1], data.manifests[0]});
  REQUIRE(read.nodes.size() == 5);
  const std::size_t order[] = {4, 3, 1, 2, 0};  // "/", "/g", "/g-b", "/g/a", "/s"
  for (std::size_t i = 0; i != 5; ++i) CHECK(read.nodes[i] == data.nodes[order[i]]);
  CHECK(view->find("/s")->has_dimension_names());
  CHECK(view->find("/s")->rank() == 0);
  CHECK(view->find("/g/a")->dimension_name(0) == "time");
  CHECK_FALSE(view->find("/g/a")->dimension_name(1));
  CHECK_FALSE(view->find("/g")->has_dimension_names());
  CHECK_FALSE(view->parent());
}

TEST_CASE("format/snapshot_builder: trap 13: the lists of format 1 are written empty beside those of format 2") {
  const Bytes body = encode_snapshot(sample()).value();
  const auto* root = flatbuffers::GetRoot<fb::Snapshot>(body.data());
  REQUIRE(root->manifest_files() != nullptr);
  CHECK(root->manifest_files()->size() == 0);
  REQUIRE(root->manifest_files_v2() != nullptr);
  CHECK(root->manifest_files_v2()->size() == 2);
  const auto* array = root->nodes()->Get(3)->node_data_as_Array();
  REQUIRE(array != nullptr);
  REQUIRE(array->shape() != nullptr);
  CHECK(array->shape()->size() == 0);
  CHECK(array->shape_v2()->size() == 2);
  CHECK(root->nodes()->Get(4)->node_data_as_Array()->shape_v2()->size() == 0);
  CHECK(root->parent_id() == nullptr);
  const Bytes empty = encode_snapshot(SnapshotData()).value();
  CHECK(flatbuffers::GetRoot<fb::Snapshot>(empty.data())->manifest_files_v2() != nullptr);
}

TEST_CASE("format/snapshot_builder: trap 28: two nodes at one path are never written") {
  SnapshotData data = sample();
  data.nodes.push_back(node("/g"));
  CHECK(refused(data) == errc::malformed_snapshot);
}

TEST_CASE("format/snapshot_builder: a node below an array is never written, however deep") {
  for (const char* below : {"/g/a/x", "/g/a/x/y/z", "/s/c"}) {
    SnapshotData data = sample();
    data.nodes.push_back(node(below));
    CHECK(refused(data) == errc::malformed_snapshot);
  }
  SnapshotData data;
  data.nodes = {node("/", NodeKind::array)};
  CHECK(encode_snapshot(SnapshotData(data)));
  data.nodes.push_back(node("/x"));
  CHECK(refused(data) == errc::malformed_snapshot);
  SnapshotData beside = sample();
  beside.nodes.push_back(node("/g/ab"));
  beside.nodes.push_back(node("/orphan/without/parents"));
  CHECK(encode_snapshot(std::move(beside)));
}

TEST_CASE("format/snapshot_builder: the list of manifests is exactly what the nodes refer to") {
  SnapshotData data = sample();
  data.manifests.pop_back();
  CHECK(refused(data) == errc::malformed_snapshot);
  data = sample();
  data.manifests.push_back({manifest(9), 1, 1});
  CHECK(refused(data) == errc::malformed_snapshot);
  data = sample();
  data.manifests.push_back(data.manifests[0]);
  CHECK(refused(data) == errc::malformed_snapshot);
  data = sample();
  data.nodes[2].manifests[0].extents.pop_back();
  CHECK(refused(data) == errc::malformed_snapshot);
}

TEST_CASE("format/snapshot_builder: a group has nothing that only arrays have") {
  SnapshotData data = sample();
  data.nodes[3].shape = {{1, 1}};
  CHECK(refused(data) == errc::malformed_snapshot);
}

TEST_CASE("format/snapshot_builder: trap 12: flushed_at is in microseconds") {
  const Bytes body = encode_snapshot(sample()).value();
  CHECK(flatbuffers::GetRoot<fb::Snapshot>(body.data())->flushed_at() == 1'700'000'000'000'001);
}

TEST_CASE("format/snapshot_builder: the initial snapshot is that of the specification") {
  const Bytes body = encode_snapshot(initial_snapshot(varve::Timestamp(std::chrono::microseconds(5)))).value();
  const auto view = SnapshotView::open(body, 2, "snapshots/x").value();
  CHECK(view.id() == varve::initial_snapshot_id);
  CHECK(view.node_count() == 0);
  CHECK(view.manifest_count() == 0);
  CHECK(view.message() == "Repository initialized");
  CHECK(view.metadata().value().at("__icechunk").text() == R"({"is_root":true})");
}
