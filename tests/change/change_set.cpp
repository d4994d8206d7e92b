// SPDX-License-Identifier: Apache-2.0
#include <varve/change/change_set.hpp>

#include "support/doctest.hpp"

#include <string>
#include <vector>

namespace {

using varve::ChangeSet;
using varve::ChunkPayload;
using varve::NodeId;
using varve::Path;
using varve::format::NodeKind;
using Index = std::vector<std::uint32_t>;

NodeId node(std::uint8_t number) { return NodeId{{number, 0, 0, 0, 0, 0, 0, 1}}; }
Path path(std::string_view text) { return Path::parse(text).value(); }

}  // namespace

TEST_CASE("change/change_set: is empty until something changes, and again after discard") {
  ChangeSet changes;
  CHECK(changes.empty());
  changes.set_chunk(node(1), Index{0}, ChunkPayload::erased());
  changes.update_node(node(2), path("/g"), NodeKind::group, "{}");
  CHECK_FALSE(changes.empty());
  changes.discard();
  CHECK(changes.empty());
  CHECK(changes.memory_bytes() == 0);
  CHECK(changes.log({}) == varve::format::TransactionLogData{});
}

TEST_CASE("change/change_set: a second new node at one path is refused") {
  ChangeSet changes;
  REQUIRE(changes.add_node(path("/x"), node(1), NodeKind::group, "{}"));
  const auto again = changes.add_node(path("/x"), node(2), NodeKind::array, "{}");
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == varve::errc::node_exists);
  CHECK(changes.new_nodes().at(path("/x")).id == node(1));
  CHECK(changes.new_path(node(2)) == nullptr);
}

TEST_CASE("change/change_set: a node created and deleted in one session leaves nothing behind") {
  ChangeSet changes;
  REQUIRE(changes.add_node(path("/x"), node(1), NodeKind::array, "{\"zarr_format\":3}"));
  changes.update_node(node(1), path("/x"), NodeKind::array, "{}");
  changes.set_chunk(node(1), Index{0, 1}, ChunkPayload::erased());
  changes.delete_node(path("/x"), node(1), NodeKind::array);
  CHECK(changes.empty());
  CHECK(changes.memory_bytes() == 0);
}

TEST_CASE("change/change_set: an update of a new node replaces its text and is no update") {
  ChangeSet changes;
  REQUIRE(changes.add_node(path("/x"), node(1), NodeKind::array, "first"));
  changes.update_node(node(1), path("/x"), NodeKind::array, "second");
  CHECK(changes.new_nodes().at(path("/x")).zarr_json == "second");
  CHECK(changes.updated_nodes().empty());
}

TEST_CASE("change/change_set: deleting a node of the base drops its update and its chunks and is on record") {
  ChangeSet changes;
  changes.update_node(node(1), path("/a"), NodeKind::array, "{}");
  changes.set_chunk(node(1), Index{3}, ChunkPayload::native({}, 0, 8));
  changes.delete_node(path("/a"), node(1), NodeKind::array);
  CHECK(changes.updated_nodes().empty());
  CHECK(changes.chunk_count() == 0);
  CHECK_FALSE(changes.find_chunk(node(1), Index{3}));
  CHECK(changes.deleted_nodes().at(path("/a")).id == node(1));

  SUBCASE("also when another one is created at its path") {
    REQUIRE(changes.add_node(path("/a"), node(2), NodeKind::array, "{}"));
    const auto log = changes.log({});
    CHECK(log.deleted_arrays == std::vector{node(1)});
    CHECK(log.new_arrays == std::vector{node(2)});
    changes.delete_node(path("/a"), node(2), NodeKind::array);
    CHECK(changes.deleted_nodes().at(path("/a")).id == node(1));
    CHECK(changes.new_nodes().empty());
  }
}

TEST_CASE("change/change_set: forgetting the new nodes below a path spares its neighbours") {
  ChangeSet changes;
  std::uint8_t number = 1;
  for (const char* text : {"/g", "/g-b", "/g/a", "/g/a/b", "/ga", "/h"}) {
    REQUIRE(changes.add_node(path(text), node(number++), NodeKind::group, "{}"));
  }
  changes.set_chunk(node(4), Index{0}, ChunkPayload::erased());
  changes.forget_new_nodes(path("/g"));
  std::vector<std::string> left;
  for (const auto& [where, added] : changes.new_nodes()) left.push_back(where.text());
  CHECK(left == std::vector<std::string>{"/g-b", "/ga", "/h"});
  CHECK(changes.chunk_edits().empty());
  changes.forget_new_nodes(Path());
  CHECK(changes.empty());
  CHECK(changes.memory_bytes() == 0);
}

TEST_CASE("change/change_set: chunks are visited in ascending order whatever order they were written in") {
  ChangeSet changes;
  for (const Index& index : {Index{9, 0}, Index{10, 0}, Index{0, 2}, Index{0, 10}, Index{9, 0}}) {
    changes.set_chunk(node(1), index, ChunkPayload::erased());
  }
  std::vector<Index> seen;
  changes.for_each_chunk(node(1), [&](std::span<const std::uint32_t> index, const ChunkPayload&) {
    seen.emplace_back(index.begin(), index.end());
  });
  CHECK(seen == std::vector<Index>{{0, 2}, {0, 10}, {9, 0}, {10, 0}});
  changes.for_each_chunk(node(2), [&](std::span<const std::uint32_t>, const ChunkPayload&) { seen.clear(); });
  CHECK(seen.size() == 4);
}

TEST_CASE("change/change_set: edits of a grid of another rank replace the earlier ones") {
  ChangeSet changes;
  changes.set_chunk(node(1), Index{1, 2}, ChunkPayload::erased());
  changes.set_chunk(node(1), Index{1}, ChunkPayload::erased());
  CHECK(changes.chunk_count() == 1);
  CHECK(changes.find_chunk(node(1), Index{1}));
}

TEST_CASE("change/change_set: the log lists ids in order, chunks of new arrays, and erased chunks") {
  ChangeSet changes;
  REQUIRE(changes.add_node(path("/a"), node(9), NodeKind::array, "{}"));
  REQUIRE(changes.add_node(path("/b"), node(8), NodeKind::array, "{}"));
  REQUIRE(changes.add_node(path("/c"), node(7), NodeKind::group, "{}"));
  changes.update_node(node(6), path("/d"), NodeKind::array, "{}");
  changes.update_node(node(5), path("/e"), NodeKind::group, "{}");
  changes.delete_node(path("/f"), node(4), NodeKind::array);
  changes.delete_node(path("/g"), node(3), NodeKind::array);
  changes.delete_node(path("/h"), node(2), NodeKind::group);
  changes.set_chunk(node(9), Index{1}, ChunkPayload::erased());
  changes.set_chunk(node(6), Index{2, 0}, ChunkPayload::inlined(varve::as_bytes("x")));
  changes.set_chunk(node(6), Index{1, 5}, ChunkPayload::erased());
  changes.set_chunk(node(1), Index{}, ChunkPayload::native({}, 0, 1));
  const varve::SnapshotId id{{1, 2, 3}};
  const auto log = changes.log(id);
  CHECK(log.id == id);
  CHECK(log.new_arrays == std::vector{node(8), node(9)});
  CHECK(log.new_groups == std::vector{node(7)});
  CHECK(log.updated_arrays == std::vector{node(6)});
  CHECK(log.updated_groups == std::vector{node(5)});
  CHECK(log.deleted_arrays == std::vector{node(3), node(4)});
  CHECK(log.deleted_groups == std::vector{node(2)});
  CHECK(log.moves.empty());

  const auto body = varve::format::encode_transaction_log(log);
  REQUIRE(body);
  const auto view = varve::format::TransactionLogView::open(*body, "transactions/test");
  REQUIRE(view);
  CHECK(view->updated_array_count() == 3);
  CHECK(view->contains_chunk(node(1), Index{}));
  CHECK(view->contains_chunk(node(6), Index{1, 5}));
  CHECK(view->contains_chunk(node(6), Index{2, 0}));
  CHECK(view->contains_chunk(node(9), Index{1}));
  CHECK_FALSE(view->contains_chunk(node(9), Index{2}));
}

TEST_CASE("change/change_set: an array whose edits were all forgotten still counts as touched") {
  ChangeSet changes;
  changes.set_chunk(node(1), Index{4}, ChunkPayload::erased());
  CHECK(changes.has_chunks(node(1)));
  CHECK(changes.forget_chunk_edit(node(1), Index{4}));
  CHECK_FALSE(changes.forget_chunk_edit(node(1), Index{4}));
  CHECK_FALSE(changes.forget_chunk_edit(node(2), Index{4}));
  CHECK_FALSE(changes.has_chunks(node(1)));
  CHECK_FALSE(changes.empty());
  REQUIRE(changes.log({}).updated_chunks.size() == 1);
  CHECK(changes.log({}).updated_chunks[0].count == 0);
}

TEST_CASE("change/change_set: edits of a copy and of its original do not meet") {
  ChangeSet changes;
  changes.set_chunk(node(1), Index{0}, ChunkPayload::inlined(varve::as_bytes("both")));
  ChangeSet copy = changes;
  changes.set_chunk(node(1), Index{1}, ChunkPayload::inlined(varve::as_bytes("original")));
  copy.set_chunk(node(1), Index{1}, ChunkPayload::inlined(varve::as_bytes("copy")));
  CHECK(varve::as_text(changes.find_chunk(node(1), Index{1})->bytes()) == "original");
  CHECK(varve::as_text(copy.find_chunk(node(1), Index{1})->bytes()) == "copy");
  CHECK(varve::as_text(copy.find_chunk(node(1), Index{0})->bytes()) == "both");
}

TEST_CASE("change/chunk_payload: becomes the chunk ref of a manifest") {
  const varve::ChunkId id{{7}};
  const auto native = ChunkPayload::native(id, 5, 6).ref();
  CHECK(native.kind == varve::format::ChunkRefKind::native);
  CHECK(native.chunk_id == id);
  CHECK(native.offset == 5);
  CHECK(native.length == 6);
  const auto inlined = ChunkPayload::inlined(varve::as_bytes("abc")).ref();
  CHECK(inlined.kind == varve::format::ChunkRefKind::inlined);
  CHECK(varve::as_text(inlined.inline_bytes) == "abc");
  const auto there = ChunkPayload::virtual_location("s3://b/k", 1, 2, "tag", 3).ref();
  CHECK(there.kind == varve::format::ChunkRefKind::virtual_location);
  CHECK(there.location == "s3://b/k");
  CHECK(there.checksum_etag == "tag");
  CHECK(there.checksum_last_modified == 3);
}
