// SPDX-License-Identifier: Apache-2.0
#include <varve/change/merge.hpp>

#include <varve/format/snapshot_builder.hpp>

#include "change/support.hpp"
#include "support/doctest.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace varve;
using format::NodeKind;
using support::node_id;
using support::path;
using Index = std::vector<std::uint32_t>;

namespace {

std::string array_json(int length, const std::string& attributes = "{}") {
  return R"({"zarr_format":3,"node_type":"array","shape":[)" + std::to_string(length) +
         R"(],"data_type":"int8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},"chunk_key_encoding":)"
         R"({"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"}],"attributes":)" + attributes + "}";
}
std::string group_json(const std::string& attributes = "{}") {
  return R"({"zarr_format":3,"node_type":"group","attributes":)" + attributes + "}";
}
ChunkPayload text(std::string_view bytes) { return ChunkPayload::inlined(as_bytes(bytes)); }

/// A snapshot of the root, the group /g with the array /g/a, and the array /b.
struct Base {
  enum : unsigned { root = 1, g, a, b };
  Bytes body;
  format::SnapshotView view;

  Base() {
    format::SnapshotData data;
    const auto node = [&](const char* at, unsigned id, NodeKind kind) {
      format::NodeData& made = data.nodes.emplace_back();
      made.id = node_id(id);
      made.path = at;
      made.kind = kind;
      made.zarr_json = kind == NodeKind::array ? array_json(9) : group_json();
      if (kind == NodeKind::array) made.shape = {{9, 9}};
    };
    node("/", root, NodeKind::group);
    node("/b", b, NodeKind::array);
    node("/g", g, NodeKind::group);
    node("/g/a", a, NodeKind::array);
    body = format::encode_snapshot(std::move(data)).value();
    view = format::SnapshotView::open(body, 2, "base").value();
  }
  Result<void> merge(ChangeSet& ours, const Fork& fork) const {
    const auto find = [&](NodeId id) -> std::optional<format::NodeView> {
      for (std::size_t i = 0; i != view.node_count(); ++i) {
        if (view.node(i).id() == id) return view.node(i);
      }
      return std::nullopt;
    };
    return merge_changes(ours, fork, view, find);
  }
};

using Edit = std::function<void(ChangeSet&)>;
Edit chunk(unsigned node, std::uint32_t at, std::string value) {
  return [=](ChangeSet& c) { c.set_chunk(node_id(node), Index{at}, text(value)); };
}
Edit erase(unsigned node, std::uint32_t at) {
  return [=](ChangeSet& c) { c.set_chunk(node_id(node), Index{at}, ChunkPayload::erased()); };
}
Edit update(const char* at, unsigned node, std::string json) {
  const bool array = json.find("\"array\"") != json.npos;
  return [=](ChangeSet& c) { c.update_node(node_id(node), path(at), array ? NodeKind::array : NodeKind::group, json); };
}
Edit create(const char* at, unsigned node, std::string json) {
  const bool array = json.find("\"array\"") != json.npos;
  return [=](ChangeSet& c) { REQUIRE(c.add_node(path(at), node_id(node), array ? NodeKind::array : NodeKind::group, json)); };
}
Edit remove(const char* at, unsigned node, bool array) {
  return [=](ChangeSet& c) { c.delete_node(path(at), node_id(node), array ? NodeKind::array : NodeKind::group); };
}
Edit both(Edit first, Edit second) {
  return [=](ChangeSet& c) { first(c), second(c); };
}
const Edit nothing = [](ChangeSet&) {};
const Edit remove_group = both(remove("/g", Base::g, false), remove("/g/a", Base::a, true));

/// Forks a session that did `before`, lets it do `ours` and the fork `theirs`, and merges by way of bytes. The kinds of the
/// conflicts, or what the session then says.
struct Outcome {
  std::vector<std::string> conflicts;
  std::string changes;
};
Outcome merged(const Edit& before, const Edit& ours, const Edit& theirs) {
  const Base base;
  ChangeSet session;
  before(session);
  ChangeSet fork = session;
  theirs(fork);
  Fork back = changes_since(session, fork);
  back = decode_fork(encode_fork(back), Fork::Direction::back).value();
  ours(session);
  const std::string untouched = support::text_of(session);
  Outcome outcome;
  if (const auto done = base.merge(session, back); !done) {
    REQUIRE(done.error().code() == errc::merge_failed);
    REQUIRE(support::text_of(session) == untouched);
    for (const Conflict& conflict : done.error().conflicts()) {
      outcome.conflicts.push_back(std::string(name_of(conflict.kind)) + " " + conflict.path);
      CHECK_FALSE(conflict.reason.empty());
    }
  }
  outcome.changes = support::text_of(session);
  return outcome;
}
std::string said(const Edit& edit) {
  ChangeSet changes;
  edit(changes);
  return support::text_of(changes);
}

}  // namespace

TEST_CASE("change/merge: chunks of both stand, and the fork's where both wrote") {
  CHECK(merged(nothing, chunk(Base::b, 0, "ours"), chunk(Base::b, 1, "theirs")).changes ==
        said(both(chunk(Base::b, 0, "ours"), chunk(Base::b, 1, "theirs"))));
  CHECK(merged(nothing, chunk(Base::b, 0, "ours"), chunk(Base::b, 0, "theirs")).changes == said(chunk(Base::b, 0, "theirs")));
  CHECK(merged(nothing, chunk(Base::b, 0, "ours"), erase(Base::b, 0)).changes == said(erase(Base::b, 0)));
  CHECK(merged(chunk(Base::b, 0, "early"), chunk(Base::b, 0, "late"), chunk(Base::b, 1, "x")).changes ==
        said(both(chunk(Base::b, 0, "late"), chunk(Base::b, 1, "x"))));
}

TEST_CASE("change/merge: changes of different nodes stand beside each other") {
  const Edit a = update("/g/a", Base::a, array_json(5)), b = update("/b", Base::b, array_json(7));
  CHECK(merged(nothing, a, b).changes == said(both(a, b)));
  CHECK(merged(nothing, create("/x", 20, group_json()), create("/g/y", 21, array_json(3))).changes ==
        said(both(create("/x", 20, group_json()), create("/g/y", 21, array_json(3)))));
  CHECK(merged(nothing, remove("/b", Base::b, true), chunk(Base::a, 0, "x")).changes ==
        said(both(remove("/b", Base::b, true), chunk(Base::a, 0, "x"))));
}

TEST_CASE("change/merge: of what the session had before, the fork may do what it likes") {
  const Edit created = both(create("/x", 20, array_json(3)), chunk(20, 0, "early"));
  CHECK(merged(created, nothing, update("/x", 20, array_json(4))).changes ==
        said(both(create("/x", 20, array_json(4)), chunk(20, 0, "early"))));
  CHECK(merged(created, nothing, remove("/x", 20, true)).changes.empty());
  CHECK(merged(created, nothing, both(remove("/x", 20, true), create("/x", 21, group_json()))).changes ==
        said(create("/x", 21, group_json())));
  const Edit updated = both(update("/b", Base::b, array_json(8)), chunk(Base::b, 0, "early"));
  CHECK(merged(updated, nothing, update("/b", Base::b, array_json(9))).changes ==
        said(both(update("/b", Base::b, array_json(9)), chunk(Base::b, 0, "early"))));
  CHECK(merged(updated, nothing, remove("/b", Base::b, true)).changes == said(remove("/b", Base::b, true)));
  const Edit replaced = both(remove("/b", Base::b, true), create("/b", 20, array_json(1)));
  CHECK(merged(replaced, nothing, both(remove("/b", 20, true), create("/b", 21, array_json(2)))).changes ==
        said(both(remove("/b", Base::b, true), create("/b", 21, array_json(2)))));
}

TEST_CASE("change/merge: the same change on both sides is one") {
  const Edit b = update("/b", Base::b, array_json(7));
  CHECK(merged(nothing, b, b).changes == said(b));
  CHECK(merged(nothing, remove_group, remove_group).changes == said(remove_group));
  CHECK(merged(create("/x", 20, array_json(1)), remove("/x", 20, true), remove("/x", 20, true)).changes.empty());
  const Edit parents = create("/p", 20, group_json());
  CHECK(merged(nothing, both(parents, create("/p/x", 21, array_json(1))),
               both(create("/p", 22, group_json()), create("/p/y", 23, array_json(1))))
            .changes == said(both(both(parents, create("/p/x", 21, array_json(1))), create("/p/y", 23, array_json(1)))));
}

TEST_CASE("change/merge: what does not go together is listed, and nothing is changed") {
  struct Case {
    Edit before, ours, theirs;
    std::vector<std::string> expected;
  };
  const Edit b7 = update("/b", Base::b, array_json(7)), b8 = update("/b", Base::b, array_json(8));
  const Edit created = create("/x", 20, array_json(3));
  const Case cases[] = {
      {nothing, create("/x", 20, array_json(3)), create("/x", 21, array_json(3)), {"new_node_conflicts_with_existing_node /x"}},
      {nothing, create("/x", 20, group_json()), create("/x", 21, group_json("{\"a\":1}")), {"new_node_conflicts_with_existing_node /x"}},
      {nothing, create("/x", 20, group_json()), create("/x", 21, array_json(3)), {"new_node_conflicts_with_existing_node /x"}},
      {nothing, b7, b8, {"zarr_metadata_double_update /b"}},
      {b7, b8, update("/b", Base::b, array_json(9)), {"zarr_metadata_double_update /b"}},
      {created, update("/x", 20, array_json(4)), update("/x", 20, array_json(5)), {"zarr_metadata_double_update /x"}},
      {nothing, remove("/b", Base::b, true), b8, {"zarr_metadata_update_of_deleted_array /b"}},
      {nothing, remove_group, update("/g", Base::g, group_json("{\"a\":1}")), {"zarr_metadata_update_of_deleted_group /g"}},
      {created, remove("/x", 20, true), update("/x", 20, array_json(5)), {"zarr_metadata_update_of_deleted_array /x"}},
      {nothing, remove("/b", Base::b, true), chunk(Base::b, 0, "x"), {"chunks_updated_in_deleted_array /b"}},
      {created, remove("/x", 20, true), chunk(20, 0, "x"), {"chunks_updated_in_deleted_array "}},
      {nothing, b7, remove("/b", Base::b, true), {"delete_of_updated_array /b"}},
      {nothing, chunk(Base::b, 0, "x"), remove("/b", Base::b, true), {"delete_of_updated_array /b"}},
      {chunk(Base::b, 0, "x"), chunk(Base::b, 0, "y"), remove("/b", Base::b, true), {"delete_of_updated_array /b"}},
      {nothing, update("/g", Base::g, group_json("{\"a\":1}")), remove_group, {"delete_of_updated_group /g"}},
      {nothing, create("/g/y", 20, array_json(1)), remove_group, {"child_of_deleted_group /g"}},
      {nothing, remove_group, create("/g/y", 20, array_json(1)), {"parent_group_deleted /g/y"}},
      {nothing, create("/x", 20, array_json(1)), both(create("/x", 21, group_json()), create("/x/y", 22, array_json(1))), {"new_node_conflicts_with_existing_node /x"}},
      {nothing, create("/x", 20, array_json(1)), create("/x/y", 22, array_json(1)), {"new_node_in_invalid_group /x/y"}},
      {nothing, create("/x/y", 20, array_json(1)), create("/x", 21, array_json(1)), {"node_below_new_array /x"}},
      {remove("/b", Base::b, true), [](ChangeSet& c) { c.discard(); }, create("/b", 20, array_json(1)), {"new_node_conflicts_with_existing_node /b"}},
      {nothing, update("/b", Base::b, R"({"zarr_format":3,"node_type":"array","shape":[2,2],"chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1,1]}}})"), chunk(Base::b, 0, "x"), {"chunks_updated_in_updated_array /b"}},
      {nothing, both(b7, create("/x", 20, array_json(3))), both(b8, create("/x", 21, array_json(3))), {"new_node_conflicts_with_existing_node /x", "zarr_metadata_double_update /b"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.expected.front());
    CHECK(merged(c.before, c.ours, c.theirs).conflicts == c.expected);
  }
}

TEST_CASE("change/merge: bytes that are no fork of the session are refused, and nothing is changed") {
  const Base base;
  struct Case {
    const char* what;
    Edit theirs;
    errc expected;
  };
  const Case cases[] = {
      {"an array without zarr.json", create("/x", 20, "\"array\""), errc::bad_metadata},
      {"a group whose zarr.json is an array's", [](ChangeSet& c) { REQUIRE(c.add_node(path("/x"), node_id(20), NodeKind::group, array_json(1))); }, errc::corrupt},
      {"a new node with the id of another", create("/x", Base::b, array_json(1)), errc::corrupt},
      {"a node of another path", update("/c", Base::b, array_json(1)), errc::corrupt},
      {"a node of another kind", update("/b", Base::b, group_json()), errc::corrupt},
      {"a delete of another path", remove("/c", Base::b, true), errc::corrupt},
      {"chunks of a group", chunk(Base::g, 0, "x"), errc::corrupt},
      {"chunks of nothing", chunk(99, 0, "x"), errc::merge_failed},
      {"chunks of another rank", [](ChangeSet& c) { c.set_chunk(node_id(Base::b), Index{0, 0}, text("x")); }, errc::merge_failed},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    ChangeSet session;
    chunk(Base::a, 3, "ours")(session);
    const std::string untouched = support::text_of(session);
    Fork fork;
    fork.direction = Fork::Direction::back;
    chunk(Base::a, 4, "good")(fork.changes);
    c.theirs(fork.changes);
    const auto done = base.merge(session, fork);
    REQUIRE_FALSE(done);
    CHECK(done.error().code() == c.expected);
    CHECK(support::text_of(session) == untouched);
  }
}

TEST_CASE("change/merge: merging again what a fork has sent before changes nothing") {
  const Base base;
  const Edit theirs = both(both(create("/x", 20, array_json(3)), chunk(20, 1, "x")), both(remove("/b", Base::b, true), create("/p", 21, group_json())));
  ChangeSet session, fork;
  theirs(fork);
  const Fork back = changes_since(ChangeSet(), fork);
  REQUIRE(base.merge(session, back));
  const std::string once = support::text_of(session);
  REQUIRE(base.merge(session, back));
  CHECK(support::text_of(session) == once);
}

TEST_CASE("change/merge: any edits of a fork, merged into an idle session, make it what the fork is") {
  const Base base;
  for (std::uint32_t seed = 0; seed != 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
    unsigned next = 100;
    std::string bytes;
    const auto edit = [&](ChangeSet& c) {
      std::vector<std::pair<Path, NodeId>> arrays;
      if (!c.deleted_nodes().contains(path("/b"))) arrays.emplace_back(path("/b"), node_id(Base::b));
      for (const auto& [at, node] : c.new_nodes()) arrays.emplace_back(at, node.id);
      const auto [at, id] = arrays.empty() ? std::pair(path("/none"), node_id(0)) : arrays[below(static_cast<unsigned>(arrays.size()))];
      switch (below(6)) {
        case 0: static_cast<void>(c.add_node(path("/n" + std::to_string(below(4))), node_id(next++), NodeKind::array, array_json(5))); return;
        case 1: if (!arrays.empty()) c.update_node(id, at, NodeKind::array, array_json(static_cast<int>(below(9)) + 1)); return;
        case 2: if (below(3) == 0 && !arrays.empty()) c.delete_node(at, id, NodeKind::array); return;
        default: if (!arrays.empty()) c.set_chunk(id, Index{below(12)}, support::random_payload(random, bytes)); return;
      }
    };
    ChangeSet session;
    for (unsigned i = below(25); i != 0; --i) edit(session);
    ChangeSet fork = session;
    for (unsigned i = below(25); i != 0; --i) edit(fork);
    const auto back = decode_fork(encode_fork(changes_since(session, fork)), Fork::Direction::back);
    REQUIRE(back);
    REQUIRE(base.merge(session, *back));
    REQUIRE(support::text_of(session) == support::text_of(fork));
  }
}
