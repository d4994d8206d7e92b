// SPDX-License-Identifier: Apache-2.0
#include <varve/change/fork.hpp>

#include "change/support.hpp"
#include "support/doctest.hpp"

#include <random>

using namespace varve;
using format::NodeKind;
using support::node_id;
using support::path;

namespace {

Fork a_fork(Fork::Direction direction) {
  Fork fork;
  fork.direction = direction;
  fork.snapshot.bytes[3] = 7;
  fork.branch = "m\xc3\xa4in";
  REQUIRE(fork.changes.add_node(path("/a"), node_id(1), NodeKind::array, "{}"));
  fork.changes.set_chunk(node_id(1), std::vector<std::uint32_t>{2, 3}, ChunkPayload::inlined(as_bytes("abc")));
  if (direction == Fork::Direction::back) fork.found = {{node_id(4), 0}, {node_id(5), UINT64_MAX}};
  return fork;
}

ChunkPayload text(std::string_view bytes) { return ChunkPayload::inlined(as_bytes(bytes)); }
using Index = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("change/fork: what is read is what was written") {
  for (const auto direction : {Fork::Direction::out, Fork::Direction::back}) {
    const Fork fork = a_fork(direction);
    const auto read = decode_fork(encode_fork(fork), direction);
    REQUIRE(read);
    CHECK(read->direction == direction);
    CHECK(read->snapshot == fork.snapshot);
    CHECK(read->branch == fork.branch);
    CHECK(read->found == fork.found);
    CHECK(support::text_of(read->changes) == support::text_of(fork.changes));
  }
}

TEST_CASE("change/fork: a fork in the wrong direction is the caller's mistake") {
  const auto out = decode_fork(encode_fork(a_fork(Fork::Direction::back)), Fork::Direction::out);
  REQUIRE_FALSE(out);
  CHECK(out.error().code() == errc::invalid_argument);
  const auto back = decode_fork(encode_fork(a_fork(Fork::Direction::out)), Fork::Direction::back);
  REQUIRE_FALSE(back);
  CHECK(back.error().code() == errc::invalid_argument);
}

TEST_CASE("change/fork: every truncation, every other byte and every byte more is corrupt") {
  for (const auto direction : {Fork::Direction::out, Fork::Direction::back}) {
    const Bytes bytes = encode_fork(a_fork(direction));
    const auto refused = [&](ByteView damaged) {
      const auto read = decode_fork(damaged, direction);
      REQUIRE_FALSE(read);
      REQUIRE(read.error().code() == errc::corrupt);
      REQUIRE(read.error().key() == "fork");
    };
    for (std::size_t kept = 0; kept != bytes.size(); ++kept) refused(ByteView(bytes).first(kept));
    for (std::size_t at = 0; at != bytes.size(); ++at) {
      for (int bit = 0; bit != 8; ++bit) {
        Bytes damaged = bytes;
        damaged[at] ^= static_cast<std::byte>(1 << bit);
        refused(damaged);
      }
    }
    Bytes longer = bytes;
    longer.push_back(std::byte{0});
    refused(longer);
  }
}

TEST_CASE("change/fork: what changed since is what must be done to get there") {
  ChangeSet then;
  REQUIRE(then.add_node(path("/kept"), node_id(1), NodeKind::array, "1"));
  REQUIRE(then.add_node(path("/edited"), node_id(2), NodeKind::group, "2"));
  REQUIRE(then.add_node(path("/dropped"), node_id(3), NodeKind::array, "3"));
  then.update_node(node_id(10), path("/base"), NodeKind::array, "10");
  then.update_node(node_id(11), path("/doomed"), NodeKind::array, "11");
  then.delete_node(path("/gone"), node_id(12), NodeKind::group);
  for (std::uint32_t i = 0; i != 4; ++i) then.set_chunk(node_id(1), Index{i}, text("old"));
  then.set_chunk(node_id(3), Index{0}, text("old"));
  then.edit_chunks(node_id(13), 1);

  ChangeSet now = then;
  CHECK(changes_since(then, now).changes.empty());
  now.update_node(node_id(2), path("/edited"), NodeKind::group, "2b");
  now.update_node(node_id(10), path("/base"), NodeKind::array, "10b");
  now.update_node(node_id(14), path("/fresh"), NodeKind::array, "14");
  now.delete_node(path("/dropped"), node_id(3), NodeKind::array);
  now.delete_node(path("/doomed"), node_id(11), NodeKind::array);
  REQUIRE(now.add_node(path("/more"), node_id(5), NodeKind::array, "5"));
  now.set_chunk(node_id(1), Index{1}, text("new"));
  now.set_chunk(node_id(1), Index{2}, text("old"));
  now.set_chunk(node_id(1), Index{9}, ChunkPayload::erased());
  now.edit_chunks(node_id(15), 2);

  const Fork fork = changes_since(then, now);
  const auto id = [](unsigned number) { return node_id(number).to_string(); };
  CHECK(support::text_of(fork.changes) == "deleted /doomed array " + id(11) + "\ndeleted /dropped array " + id(3) +
                                              "\nnew /more array " + id(5) + " 5\nupdated /edited group " + id(2) +
                                              " 2b\nupdated /base array " + id(10) + " 10b\nupdated /fresh array " + id(14) +
                                              " 14\nchunks of " + id(1) + "\n1 inlined new\n9 erased\nchunks of " + id(15) + "\n");
  const std::map<NodeId, std::uint64_t> found{{node_id(2), fingerprint(then, node_id(2), false)},
                                              {node_id(10), fingerprint(then, node_id(10), false)},
                                              {node_id(11), fingerprint(then, node_id(11), true)},
                                              {node_id(3), fingerprint(then, node_id(3), true)}};
  CHECK(fork.found == found);
}

TEST_CASE("change/fork: a fingerprint is of what is said about a node, and of nothing is 0") {
  ChangeSet changes;
  CHECK(fingerprint(changes, node_id(1), true) == 0);
  changes.set_chunk(node_id(1), Index{0}, text("a"));
  CHECK(fingerprint(changes, node_id(1), false) == 0);
  const auto chunk = fingerprint(changes, node_id(1), true);
  CHECK(chunk != 0);
  changes.update_node(node_id(1), path("/a"), NodeKind::array, "{}");
  CHECK(fingerprint(changes, node_id(1), false) != 0);
  CHECK(fingerprint(changes, node_id(1), true) != chunk);
  ChangeSet other;  // the same in another order
  other.update_node(node_id(1), path("/a"), NodeKind::array, "{}");
  other.set_chunk(node_id(1), Index{0}, text("b"));
  CHECK(fingerprint(other, node_id(1), true) != fingerprint(changes, node_id(1), true));
  other.set_chunk(node_id(1), Index{0}, text("a"));
  CHECK(fingerprint(other, node_id(1), true) == fingerprint(changes, node_id(1), true));
}
