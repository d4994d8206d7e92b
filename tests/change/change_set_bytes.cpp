// SPDX-License-Identifier: Apache-2.0
#include <varve/change/change_set_bytes.hpp>

#include "change/support.hpp"
#include "support/doctest.hpp"

#include <random>
#include <string>

using namespace varve;
using format::NodeKind;
using support::node_id;
using support::path;

namespace {

ChangeSet random_changes(std::uint32_t seed) {
  std::mt19937 random(seed);
  ChangeSet changes;
  unsigned next = 1;
  const auto kind = [&] { return random() % 2 == 0 ? NodeKind::array : NodeKind::group; };
  for (std::size_t i = random() % 4; i != 0; --i) changes.delete_node(path("/d" + std::to_string(i)), node_id(next++), kind());
  for (std::size_t i = random() % 4; i != 0; --i) {
    REQUIRE(changes.add_node(path("/a/n" + std::to_string(i)), node_id(next++), kind(), "{\"n\": " + std::to_string(i) + "}"));
  }
  for (std::size_t i = random() % 4; i != 0; --i) changes.update_node(node_id(next++), path("/u"), kind(), "{}");
  std::string text;
  for (std::size_t rank = 0; rank != 4; ++rank) {
    const NodeId node = node_id(next++);
    changes.edit_chunks(node, rank);
    for (std::size_t i = random() % 30; i != 0; --i) {
      std::vector<std::uint32_t> index(rank);
      for (auto& at : index) at = random() % 5 == 0 ? static_cast<std::uint32_t>(random()) : static_cast<std::uint32_t>(random() % 5);
      changes.set_chunk(node, index, support::random_payload(random, text));
    }
  }
  return changes;
}

Bytes bytes_of(const ChangeSet& changes) {
  Bytes bytes;
  encode_changes(changes, bytes);
  return bytes;
}

}  // namespace

TEST_CASE("change/change_set_bytes: what is read is what was written") {
  for (std::uint32_t seed = 0; seed != 200; ++seed) {
    CAPTURE(seed);
    const ChangeSet changes = random_changes(seed);
    const Bytes bytes = bytes_of(changes);
    detail::ByteReader reader(bytes);
    const auto read = decode_changes(reader);
    REQUIRE(read);
    CHECK(reader.at_end());
    CHECK(support::text_of(*read) == support::text_of(changes));
    CHECK(bytes_of(*read) == bytes);
  }
}

TEST_CASE("change/change_set_bytes: coordinates, offsets and lengths may be as large as they get") {
  ChangeSet changes;
  const std::vector<std::vector<std::uint32_t>> indices{{0, UINT32_MAX}, {UINT32_MAX, 0}, {UINT32_MAX, UINT32_MAX}};
  for (const auto& index : indices) changes.set_chunk(node_id(1), index, ChunkPayload::native({}, 1, UINT64_MAX - 1));
  const Bytes bytes = bytes_of(changes);
  detail::ByteReader reader(bytes);
  const auto read = decode_changes(reader);
  REQUIRE(read);
  CHECK(support::text_of(*read) == support::text_of(changes));
}

TEST_CASE("change/change_set_bytes: chunks in a row cost little more than the ids of their objects") {
  ChangeSet changes;
  std::mt19937 random(1);
  for (std::uint32_t i = 0; i != 1000; ++i) {
    ChunkId id;
    for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
    changes.set_chunk(node_id(1), std::vector<std::uint32_t>{i / 10, i % 10}, ChunkPayload::native(id, 0, 50000));
  }
  CHECK(bytes_of(changes).size() < 1000 * 19 + 20);
}

TEST_CASE("change/change_set_bytes: every truncation is corrupt, and no damage is believed that no session could have written") {
  for (std::uint32_t seed = 0; seed != 8; ++seed) {
    CAPTURE(seed);
    const Bytes bytes = bytes_of(random_changes(seed));
    for (std::size_t kept = 0; kept != bytes.size(); ++kept) {
      detail::ByteReader reader(ByteView(bytes).first(kept));
      const auto read = decode_changes(reader);
      REQUIRE_FALSE(read);
      REQUIRE(read.error().code() == errc::corrupt);
    }
    std::mt19937 random(seed);
    for (int round = 0; round != 4000; ++round) {
      Bytes damaged = bytes;
      for (std::size_t i = random() % 3 + 1; i != 0; --i) damaged[random() % damaged.size()] = static_cast<std::byte>(random());
      detail::ByteReader reader(damaged);
      const auto read = decode_changes(reader);
      if (!read) continue;
      const Bytes again = bytes_of(*read);
      detail::ByteReader second(again);
      const auto twice = decode_changes(second);
      REQUIRE(twice);
      REQUIRE(bytes_of(*twice) == again);
    }
  }
}

TEST_CASE("change/change_set_bytes: nodes and chunks that contradict each other are refused") {
  struct Case {
    const char* what;
    void (*write)(detail::ByteWriter&);
  };
  static const auto node = [](detail::ByteWriter& w, const char* at, unsigned id, std::uint8_t kind = 0) {
    w.text(at);
    w.id(node_id(id));
    w.byte(kind);
  };
  static const auto chunk = [](detail::ByteWriter& w, std::int64_t step, std::uint64_t offset, std::uint64_t length) {
    w.difference(step);
    w.byte(2);
    w.id(ChunkId{});
    w.number(offset);
    w.number(length);
  };
  static const auto chunks_of = [](detail::ByteWriter& w, unsigned id, std::uint64_t count) {
    for (int i = 0; i != 3; ++i) w.number(0);
    w.number(1);
    w.id(node_id(id));
    w.number(1);
    w.number(count);
  };
  const Case cases[] = {
      {"one node deleted twice", [](auto& w) { w.number(2), node(w, "/a", 1), node(w, "/b", 1), w.number(0), w.number(0), w.number(0); }},
      {"one path deleted twice", [](auto& w) { w.number(2), node(w, "/a", 1), node(w, "/a", 2), w.number(0), w.number(0), w.number(0); }},
      {"deleted and created", [](auto& w) { w.number(1), node(w, "/a", 1), w.number(1), node(w, "/b", 1), w.text("{}"), w.number(0), w.number(0); }},
      {"two nodes at one path", [](auto& w) { w.number(0), w.number(2), node(w, "/a", 1), w.text("{}"), node(w, "/a", 2), w.text("{}"), w.number(0), w.number(0); }},
      {"a path that is none", [](auto& w) { w.number(1), node(w, "/a//b", 1), w.number(0), w.number(0), w.number(0); }},
      {"a path in another spelling", [](auto& w) { w.number(1), node(w, "a", 1), w.number(0), w.number(0), w.number(0); }},
      {"a kind of the future", [](auto& w) { w.number(1), node(w, "/a", 1, 2), w.number(0), w.number(0), w.number(0); }},
      {"more nodes than bytes", [](auto& w) { w.number(UINT64_MAX); }},
      {"chunks of a deleted array", [](auto& w) { w.number(1), node(w, "/a", 1, 1), w.number(0), w.number(0), w.number(1), w.id(node_id(1)), w.number(1), w.number(1), chunk(w, 0, 0, 1); }},
      {"a chunk twice", [](auto& w) { chunks_of(w, 1, 2), chunk(w, 3, 0, 1), chunk(w, 0, 0, 1); }},
      {"chunks that descend", [](auto& w) { chunks_of(w, 1, 2), chunk(w, 3, 0, 1), chunk(w, -1, 0, 1); }},
      {"a coordinate below 0", [](auto& w) { chunks_of(w, 1, 1), chunk(w, -1, 0, 1); }},
      {"a coordinate beyond 32 bits", [](auto& w) { chunks_of(w, 1, 1), chunk(w, std::int64_t{1} << 32, 0, 1); }},
      {"a coordinate that no number holds", [](auto& w) { chunks_of(w, 1, 2), chunk(w, 1, 0, 1), chunk(w, INT64_MAX, 0, 1); }},
      {"a chunk without bytes", [](auto& w) { chunks_of(w, 1, 1), chunk(w, 0, 5, 0); }},
      {"a chunk that ends beyond 64 bits", [](auto& w) { chunks_of(w, 1, 1), chunk(w, 0, UINT64_MAX, 1); }},
      {"more chunks than bytes", [](auto& w) { chunks_of(w, 1, std::uint64_t{1} << 40), chunk(w, 0, 0, 1); }},
      {"a rank without end", [](auto& w) { for (int i = 0; i != 3; ++i) w.number(0); w.number(1), w.id(node_id(1)), w.number(UINT64_MAX), w.number(1); }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Bytes bytes;
    detail::ByteWriter writer(bytes);
    c.write(writer);
    detail::ByteReader reader(bytes);
    const auto read = decode_changes(reader);
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == errc::corrupt);
  }
}
