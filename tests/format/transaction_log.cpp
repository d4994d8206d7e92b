// SPDX-License-Identifier: Apache-2.0
#include <varve/format/transaction_log.hpp>

#include <varve/format/generated/icechunk.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
using varve::NodeId;

namespace {

constexpr std::string_view key = "transactions/1CECHNKREP0F1RSTCMT0";

NodeId node(std::uint8_t last) {
  NodeId id;
  id.bytes[7] = last;
  return id;
}

std::string hex(const Bytes& bytes) {
  std::string out;
  for (const std::byte byte : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned>(byte) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned>(byte) & 15];
  }
  return out;
}

using Index = std::vector<std::uint32_t>;

/// A body with lists as they are given, for what the encoder would put in order.
Bytes raw_log(const std::vector<std::uint8_t>& new_groups, const std::vector<Index>& chunks, bool with_moves) {
  namespace fb = varve::format::fb;
  flatbuffers::FlatBufferBuilder flat;
  std::vector<fb::ObjectId8> ids;
  for (const std::uint8_t last : new_groups) {
    const NodeId id = node(last);
    ids.emplace_back(flatbuffers::make_span(id.bytes));
  }
  const auto groups = flat.CreateVectorOfStructs(ids);
  const auto none = flat.CreateVectorOfStructs<fb::ObjectId8>(nullptr, 0);
  std::vector<flatbuffers::Offset<fb::ChunkIndices>> indices;
  for (const Index& index : chunks) indices.push_back(fb::CreateChunkIndicesDirect(flat, &index));
  const auto indices_at = flat.CreateVector(indices);
  const NodeId array = node(9);
  const fb::ObjectId8 array_id(flatbuffers::make_span(array.bytes));
  std::vector<flatbuffers::Offset<fb::ArrayUpdatedChunks>> updated;
  updated.push_back(fb::CreateArrayUpdatedChunks(flat, &array_id, indices_at));
  const auto updated_at = flat.CreateVector(updated);
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::MoveOperation>>> moves;
  if (with_moves) moves = flat.CreateVector(std::vector<flatbuffers::Offset<fb::MoveOperation>>());
  const fb::ObjectId12 id(flatbuffers::make_span(varve::initial_snapshot_id.bytes));
  flat.Finish(fb::CreateTransactionLog(flat, &id, groups, none, none, none, none, none, updated_at, moves));
  return varve::copy_bytes(std::as_bytes(std::span(flat.GetBufferPointer(), flat.GetSize())));
}

}  // namespace

TEST_CASE("format/transaction_log: the log of the initial snapshot is the golden one, byte for byte") {
  TransactionLogData data;
  data.id = varve::initial_snapshot_id;
  const auto body = encode_transaction_log(data);
  REQUIRE(body);
  CHECK(hex(*body) ==
        "200000004963686b00001600300004001000140018001c002000240028002c00160000000b1cc8d6787580f0e33a6534"
        "3c000000340000002c0000002400000018000000180000000c00000004000000" +
            std::string(64, '0'));
}

TEST_CASE("format/transaction_log: everything that is written is read back, in order") {
  TransactionLogData data;
  data.id = varve::initial_snapshot_id;
  data.new_groups = {node(3), node(1), node(2), node(1)};
  data.new_arrays = {node(4)};
  data.deleted_groups = {node(5)};
  data.deleted_arrays = {node(6)};
  data.updated_arrays = {node(7)};
  data.updated_groups = {node(8)};
  data.updated_chunks = {{node(9), 2, 3, {10, 0, 9, 1, 9, 0}}, {node(4), 0, 1, {}}, {node(6), 0, 0, {}}};
  data.moves = {{"/b", "/c", node(1), NodeKind::array}, {"/a", "/b", node(2), NodeKind::group}};
  const auto body = encode_transaction_log(data);
  REQUIRE(body);
  const auto view = TransactionLogView::open(*body, key);
  REQUIRE(view);
  CHECK(view->id() == data.id);
  CHECK(view->new_groups().size() == 3);
  CHECK(view->new_groups()[0] == node(1));
  for (const std::uint8_t last : std::vector<std::uint8_t>{1, 2, 3}) CHECK(view->new_groups().contains(node(last)));
  CHECK_FALSE(view->new_groups().contains(node(0)));
  CHECK_FALSE(view->new_groups().contains(node(4)));
  CHECK(view->deleted_groups().contains(node(5)));
  CHECK(view->deleted_arrays().contains(node(6)));
  CHECK(view->updated_array_count() == 3);
  CHECK(view->contains_chunk(node(4), Index{}));
  CHECK_FALSE(view->contains_chunk(node(6), Index{}));
  CHECK(view->find_updated_chunks(node(9))->size() == 3);
  CHECK_FALSE(view->find_updated_chunks(node(8)));
  CHECK(view->move_count() == 2);
  CHECK(view->move(0) == Move{"/a", "/b", node(2), NodeKind::group});
  CHECK(view->move(1) == Move{"/b", "/c", node(1), NodeKind::array});
}

TEST_CASE("format/transaction_log: trap 11: updated arrays stand before updated groups") {
  TransactionLogData data;
  data.updated_arrays = {node(7)};
  data.updated_groups = {node(8)};
  const Bytes body = encode_transaction_log(data).value();
  const auto* root = flatbuffers::GetRoot<varve::format::fb::TransactionLog>(body.data());
  CHECK(varve::format::fb::TransactionLog::VT_UPDATED_ARRAYS == 4 + 2 * 5);
  CHECK(root->updated_arrays()->Get(0)->bytes()->Get(7) == 7);
  CHECK(root->updated_groups()->Get(0)->bytes()->Get(7) == 8);
  const auto view = TransactionLogView::open(body, key).value();
  CHECK(view.updated_arrays().contains(node(7)));
  CHECK(view.updated_groups().contains(node(8)));
}

TEST_CASE("format/transaction_log: trap 18: updated chunks are in the order of numbers") {
  TransactionLogData data;
  data.updated_chunks = {{node(9), 2, 4, {10, 0, 9, 300, 9, 2, 256, 0}}};
  const Bytes body = encode_transaction_log(data).value();
  const auto chunks = TransactionLogView::open(body, key).value().updated_chunks(0);
  std::vector<Index> read(4);
  for (std::size_t i = 0; i != 4; ++i) chunks.index(i, read[i]);
  CHECK(read == std::vector<Index>{{9, 2}, {9, 300}, {10, 0}, {256, 0}});
  for (const Index& index : read) CHECK(chunks.contains(index));
  CHECK_FALSE(chunks.contains(Index{9, 3}));
  CHECK_FALSE(chunks.contains(Index{9}));
  CHECK_FALSE(chunks.contains(Index{9, 2, 0}));
}

TEST_CASE("format/transaction_log: trap 1: moves are in the order of path segments, unlike nodes") {
  std::vector<std::string> paths{"/n/ba", "/n/b-x", "/n/b/c", "/n", "/n/b"};
  std::ranges::sort(paths, segments_less);
  CHECK(paths == std::vector<std::string>{"/n", "/n/b", "/n/b/c", "/n/b-x", "/n/ba"});
  TransactionLogData data;
  for (const char* path : {"/n/ba", "/n/b-x", "/n/b/c", "/n", "/n/b"}) {
    data.moves.push_back({"/old", path, node(1), NodeKind::group});
  }
  const Bytes body = encode_transaction_log(data).value();
  const auto view = TransactionLogView::open(body, key).value();
  for (std::size_t i = 0; i != paths.size(); ++i) CHECK(view.move(i).to == paths[i]);
}

TEST_CASE("format/transaction_log: trap 29: one id may stand in several lists") {
  TransactionLogData data;
  data.new_arrays = data.updated_arrays = data.deleted_arrays = {node(1)};
  const Bytes body = encode_transaction_log(data).value();
  const auto view = TransactionLogView::open(body, key);
  REQUIRE(view);
  CHECK(view->new_arrays().contains(node(1)));
  CHECK(view->deleted_arrays().contains(node(1)));
}

TEST_CASE("format/transaction_log: of a node that two commits moved, their union says from where to where") {
  TransactionLogData log, earlier;
  earlier.moves = {{"/a", "/b", node(1), NodeKind::array}, {"/c", "/d", node(2), NodeKind::group}, {"/e", "/f", node(3), NodeKind::group}};
  log.moves = {{"/b", "/x", node(1), NodeKind::array}, {"/d", "/c", node(2), NodeKind::group}, {"/y", "/z", node(4), NodeKind::group}};
  add_earlier(log, earlier);
  CHECK(log.moves == std::vector<Move>{{"/a", "/x", node(1), NodeKind::array}, {"/y", "/z", node(4), NodeKind::group}, {"/e", "/f", node(3), NodeKind::group}});
}

TEST_CASE("format/transaction_log: a log without the slot of moves is read") {
  const auto view = TransactionLogView::open(raw_log({1, 2}, {{0}, {1}}, false), key);
  REQUIRE(view);
  CHECK(view->move_count() == 0);
}

TEST_CASE("format/transaction_log: lists out of order are refused, since a search would miss what they hold") {
  for (const Bytes& body : {raw_log({2, 1}, {{0}}, true), raw_log({1}, {{2}, {1}}, true), raw_log({1}, {{1, 0}, {1}}, true)}) {
    const auto view = TransactionLogView::open(body, key);
    REQUIRE_FALSE(view);
    CHECK(view.error().code() == errc::corrupt);
    CHECK(view.error().key() == key);
  }
  CHECK(TransactionLogView::open(raw_log({1, 2}, {{1}, {1, 0}, {2}}, true), key));
}

TEST_CASE("format/transaction_log: a mistake in what is to be written is an error") {
  TransactionLogData data;
  data.updated_chunks = {{node(9), 2, 1, {1, 2, 3}}};
  CHECK(encode_transaction_log(data).error().code() == errc::invalid_argument);
  data.updated_chunks = {{node(9), 1, 1, {1}}, {node(9), 1, 1, {2}}};
  CHECK(encode_transaction_log(data).error().code() == errc::invalid_argument);
}
