// SPDX-License-Identifier: Apache-2.0
#include <varve/change/moves.hpp>
#include <varve/format/snapshot_builder.hpp>

#include "support/doctest.hpp"

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace varve;
using format::NodeKind;
using Text = std::vector<std::string>;

/// A snapshot of nodes at paths, with ids that follow them; those whose name begins with `a` are arrays.
struct Base {
  explicit Base(const Text& paths, std::uint8_t first_id = 0) {
    format::SnapshotData data;
    for (const std::string& path : paths) {
      format::NodeData& node = data.nodes.emplace_back();
      node.id.bytes[0] = ++first_id;
      node.path = path;
      node.kind = path[path.rfind('/') + 1] == 'a' ? NodeKind::array : NodeKind::group;
    }
    body = format::encode_snapshot(std::move(data)).value();
    view = format::SnapshotView::open(body, 2, "snapshot").value();
  }
  Bytes body;
  format::SnapshotView view;
};

Path path(std::string_view text) { return Path::parse(text).value(); }
NodeId id(std::uint8_t number) {
  NodeId id;
  id.bytes[0] = number;
  return id;
}

errc refusal(Moves& moves, const Base& base, std::string_view from, std::string_view to) {
  const auto before = moves.list();
  const auto moved = moves.move(base.view, path(from), path(to));
  REQUIRE_FALSE(moved);
  CHECK(moved.error().key() == from);
  CHECK_FALSE(moved.error().hint().empty());
  CHECK(moves.list() == before);
  return moved.error().code();
}

Text nodes(const Moves& moves, const Base& base, std::string_view below = "/") {
  Text found;
  moves.for_each(base.view, below, [&](std::string_view path, std::size_t) { found.emplace_back(path); });
  std::ranges::sort(found);
  return found;
}

Text listed(const Moves& moves) {
  Text found;
  for (const format::Move& move : moves.list()) found.push_back(move.from + " " + move.to);
  return found;
}

}  // namespace

TEST_CASE("change/moves: a group goes with all below it, and with nothing beside it") {
  const Base base({"/", "/g", "/g-b", "/g/a", "/g/h", "/g/h/a", "/ga", "/to"});
  Moves moves;
  CHECK(moves.empty());
  REQUIRE(moves.move(base.view, path("/g"), path("/to/n")));
  CHECK(nodes(moves, base) == Text{"/", "/g-b", "/ga", "/to", "/to/n", "/to/n/a", "/to/n/h", "/to/n/h/a"});
  CHECK(nodes(moves, base, "/to/n/h") == Text{"/to/n/h", "/to/n/h/a"});
  CHECK(nodes(moves, base, "/g").empty());
  CHECK_FALSE(moves.find(base.view, "/g/a"));
  const auto array = moves.find(base.view, "/to/n/h/a");
  REQUIRE(array);
  CHECK(array->id() == id(6));
  CHECK(array->kind() == NodeKind::array);
  CHECK(*moves.path_of(id(6)) == "/to/n/h/a");
  CHECK(moves.path_of(id(3)) == nullptr);
  CHECK(moves.list().back() == format::Move{"/g/h/a", "/to/n/h/a", id(6), NodeKind::array});
}

TEST_CASE("change/moves: they are listed segment by segment, not as raw bytes") {
  const Base base({"/", "/g", "/g/b", "/g/b-x", "/g/b/c", "/g/ba"});
  Moves moves;
  REQUIRE(moves.move(base.view, path("/g"), path("/n")));
  CHECK(listed(moves) == Text{"/g /n", "/g/b /n/b", "/g/b/c /n/b/c", "/g/b-x /n/b-x", "/g/ba /n/ba"});
}

TEST_CASE("change/moves: of moves one after the other only what they come to is left") {
  const Base base({"/", "/g", "/g/a", "/h", "/h/x"});
  Moves moves;
  REQUIRE(moves.move(base.view, path("/g"), path("/k")));
  REQUIRE(moves.move(base.view, path("/h"), path("/g")));
  REQUIRE(moves.move(base.view, path("/k/a"), path("/g/a")));
  CHECK(listed(moves) == Text{"/h /g", "/h/x /g/x", "/g /k"});  // /g/a is where it was
  CHECK(nodes(moves, base) == Text{"/", "/g", "/g/a", "/g/x", "/k"});
  REQUIRE(moves.move(base.view, path("/g/a"), path("/k/a")));
  REQUIRE(moves.move(base.view, path("/g"), path("/h")));
  REQUIRE(moves.move(base.view, path("/k"), path("/g")));
  CHECK(moves.empty());
  CHECK(nodes(moves, base) == Text{"/", "/g", "/g/a", "/h", "/h/x"});
}

TEST_CASE("change/moves: every rule has an error of its own, and nothing is moved then") {
  const Base base({"/", "/a", "/g", "/g/h", "/lone/x"});
  Moves moves;
  CHECK(refusal(moves, base, "/no", "/x") == errc::node_not_found);
  CHECK(refusal(moves, base, "/g", "/g") == errc::invalid_argument);
  CHECK(refusal(moves, base, "/g", "/g/h/x") == errc::invalid_argument);
  CHECK(refusal(moves, base, "/", "/x") == errc::invalid_argument);
  CHECK(refusal(moves, base, "/g", "/") == errc::node_exists);
  CHECK(refusal(moves, base, "/g/h", "/a") == errc::node_exists);
  CHECK(refusal(moves, base, "/g", "/lone") == errc::node_exists);  // there is a node below it
  CHECK(refusal(moves, base, "/g", "/q/x") == errc::node_not_found);
  CHECK(refusal(moves, base, "/g", "/a/x") == errc::not_a_group);
  REQUIRE(moves.move(base.view, path("/g/h"), path("/n")));
  CHECK(refusal(moves, base, "/g/h", "/x") == errc::node_not_found);
  CHECK(refusal(moves, base, "/a", "/n") == errc::node_exists);
  REQUIRE(moves.move(base.view, path("/a"), path("/n/a")));
  REQUIRE(moves.move(base.view, path("/g"), path("/a")));  // where a node has left
}

TEST_CASE("change/moves: they are made again on another snapshot, whatever nodes it has, or not at all") {
  const Base base({"/", "/g", "/g/a"});
  Moves moves;
  REQUIRE(moves.move(base.view, path("/g"), path("/h")));
  REQUIRE(moves.move(base.view, path("/h/a"), path("/a")));
  const Base later({"/", "/g", "/g/a", "/g/new"}, 100);
  Moves again = moves;
  REQUIRE(again.replay(later.view));
  CHECK(listed(again) == Text{"/g/a /a", "/g /h", "/g/new /h/new"});
  CHECK(again.path_of(id(102)) != nullptr);
  CHECK(again.path_of(id(2)) == nullptr);

  for (const Text& paths : {Text{"/", "/g"}, Text{"/", "/g", "/g/a", "/a"}, Text{"/", "/g", "/g/a", "/h"}}) {
    const Base other(paths);
    again = moves;
    CHECK_FALSE(again.replay(other.view));
    CHECK(again.list() == moves.list());
  }
}
