// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/detect.hpp>

#include <varve/conflict/decide.hpp>
#include <varve/format/snapshot_builder.hpp>

#include "support/doctest.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using varve::ChangeSet;
using varve::ChunkPayload;
using varve::ConflictKind;
using varve::NodeId;
using varve::Path;
using varve::SnapshotId;
using varve::format::NodeKind;
namespace conflict = varve::conflict;
namespace format = varve::format;
using Index = std::vector<std::uint32_t>;

Path path(std::string_view text) { return Path::parse(text).value(); }

struct Node {
  NodeId id;
  NodeKind kind;
};
using Tree = std::map<std::string, Node>;

/// Numbers the nodes: the base has small numbers, each side its own hundred.
NodeId number(std::uint8_t n) { return NodeId{{n, 0xff}}; }

Tree base_tree() {
  return {{"/", {number(1), NodeKind::group}},
          {"/g", {number(2), NodeKind::group}},
          {"/g/array", {number(3), NodeKind::array}},
          {"/other", {number(4), NodeKind::group}}};
}

Tree apply(Tree tree, const ChangeSet& changes) {
  for (const auto& [where, node] : changes.deleted_nodes()) tree.erase(where.text());
  for (const auto& [where, node] : changes.new_nodes()) tree[where.text()] = {node.id, node.kind};
  return tree;
}

varve::Bytes snapshot_body(const Tree& tree) {
  format::SnapshotData data;
  for (const auto& [where, node] : tree) {
    auto& added = data.nodes.emplace_back();
    added.id = node.id;
    added.path = where;
    added.kind = node.kind;
    added.zarr_json = "{}";
    if (node.kind == NodeKind::array) added.shape = {{40, 10}, {40, 10}};
  }
  return format::encode_snapshot(std::move(data)).value();
}

/// Two writers on one base: theirs is a commit, ours a change set.
struct Race {
  ChangeSet theirs;
  ChangeSet ours;
  std::vector<format::Move> moves;
  Tree base = base_tree();

  std::vector<conflict::Finding> detect() const {
    const auto before = snapshot_body(base);
    const auto after = snapshot_body(apply(base, theirs));
    auto data = theirs.log(commit);
    data.moves = moves;
    const auto log = format::encode_transaction_log(std::move(data)).value();
    return conflict::detect(format::TransactionLogView::open(log, "transactions/test").value(),
                            format::SnapshotView::open(after, 2, "snapshots/after").value(), ours,
                            format::SnapshotView::open(before, 2, "snapshots/before").value(), commit);
  }
  static constexpr SnapshotId commit{{1, 2, 3}};
};

/// One side of a race; its new nodes are numbered from `first`.
struct Side {
  ChangeSet& changes;
  std::uint8_t first;
  std::vector<format::Move>* moves = nullptr;

  void write(const Index& index) { changes.set_chunk(number(3), index, ChunkPayload::native({}, 0, 1)); }
  void erase(const Index& index) { changes.set_chunk(number(3), index, ChunkPayload::erased()); }
  void update_array() { changes.update_node(number(3), path("/g/array"), NodeKind::array, "{ }"); }
  void update_group() { changes.update_node(number(2), path("/g"), NodeKind::group, "{ }"); }
  void delete_array() { changes.delete_node(path("/g/array"), number(3), NodeKind::array); }
  void delete_group() {
    delete_array();
    changes.delete_node(path("/g"), number(2), NodeKind::group);
  }
  void create(std::string_view where, NodeKind kind) {
    REQUIRE(changes.add_node(path(where), number(first++), kind, "{}"));
  }
  void recreate_array() {
    delete_array();
    create("/g/array", NodeKind::array);
  }
  void move() {
    format::Move move;
    move.from = "/other";
    move.to = "/elsewhere";
    move.id = number(4);
    moves->push_back(move);
  }
};

using Edit = void (*)(Side&);

struct Row {
  const char* name;
  Edit edit;
  std::vector<std::string> cells;
};

// The columns of the operation matrix: what we do.
const std::vector<std::pair<const char*, Edit>> ours_edits = {
    {"chunk same", [](Side& side) { side.write({0, 0}); }},
    {"chunk other", [](Side& side) { side.write({1, 1}); }},
    {"attrs array", [](Side& side) { side.update_array(); }},
    {"attrs group", [](Side& side) { side.update_group(); }},
    {"del array", [](Side& side) { side.delete_array(); }},
    {"del parent group", [](Side& side) { side.delete_group(); }},
    {"new array X", [](Side& side) { side.create("/g/x", NodeKind::array); }},
    {"new group X", [](Side& side) { side.create("/g/x", NodeKind::group); }},
    {"new X/deep", [](Side& side) { side.create("/g/x/deep", NodeKind::group); }},
    {"del+recreate array", [](Side& side) { side.recreate_array(); }},
};

// A number is a row of the detector's rules, a letter one of the cases that the reference lets through. `D` marks what
// picking a side solves.
const std::vector<Row> matrix = {
    {"write chunk", [](Side& side) { side.write({0, 0}); },
     {"8D", "ok", "ok", "ok", "9D", "9D", "ok", "ok", "ok", "9D"}},
    {"delete chunk", [](Side& side) { side.erase({0, 0}); },
     {"8D", "ok", "ok", "ok", "9D", "9D", "ok", "ok", "ok", "9D"}},
    {"attrs of array", [](Side& side) { side.update_array(); },
     {"7", "7", "3", "ok", "9D", "9D", "ok", "ok", "ok", "9D"}},
    {"attrs of group", [](Side& side) { side.update_group(); },
     {"ok", "ok", "ok", "3", "ok", "10D", "ok", "ok", "ok", "ok"}},
    {"delete array", [](Side& side) { side.delete_array(); },
     {"6", "6", "4", "ok", "ok", "ok", "ok", "ok", "ok", "ok"}},
    {"delete parent group", [](Side& side) { side.delete_group(); },
     {"6", "6", "4", "5", "ok", "ok", "a", "a", "a", "a"}},
    {"new array X", [](Side& side) { side.create("/g/x", NodeKind::array); },
     {"ok", "ok", "ok", "ok", "ok", "b", "1", "1", "2", "ok"}},
    {"new group X", [](Side& side) { side.create("/g/x", NodeKind::group); },
     {"ok", "ok", "ok", "ok", "ok", "b", "1", "1", "ok", "ok"}},
    {"new X/deep", [](Side& side) { side.create("/g/x/deep", NodeKind::group); },
     {"ok", "ok", "ok", "ok", "ok", "b", "c", "ok", "1", "ok"}},
    {"del+recreate array", [](Side& side) { side.recreate_array(); },
     {"6", "6", "4", "ok", "d", "d", "ok", "ok", "ok", "d"}},
    {"move anything", [](Side& side) { side.move(); },
     {"0", "0", "0", "0", "0", "0", "0", "0", "0", "0"}},
};

std::optional<ConflictKind> kind_of(const std::string& cell) {
  static const std::map<std::string, ConflictKind> kinds = {
      {"0", ConflictKind::move_operation_cannot_be_rebased},
      {"1", ConflictKind::new_node_conflicts_with_existing_node},
      {"2", ConflictKind::new_node_in_invalid_group},
      {"3", ConflictKind::zarr_metadata_double_update},
      {"4", ConflictKind::zarr_metadata_update_of_deleted_array},
      {"5", ConflictKind::zarr_metadata_update_of_deleted_group},
      {"6", ConflictKind::chunks_updated_in_deleted_array},
      {"7", ConflictKind::chunks_updated_in_updated_array},
      {"8", ConflictKind::chunk_double_update},
      {"9", ConflictKind::delete_of_updated_array},
      {"10", ConflictKind::delete_of_updated_group},
      {"a", ConflictKind::parent_group_deleted},
      {"b", ConflictKind::child_of_deleted_group},
      {"c", ConflictKind::node_below_new_array},
      {"d", ConflictKind::node_replaced},
  };
  if (cell == "ok") return std::nullopt;
  return kinds.at(cell.substr(0, cell.find('D')));
}

}  // namespace

TEST_CASE("conflict/detect: every cell of the operation matrix") {
  REQUIRE(matrix.size() == 11);
  REQUIRE(ours_edits.size() == 10);
  for (const Row& row : matrix) {
    REQUIRE(row.cells.size() == ours_edits.size());
    for (std::size_t column = 0; column != ours_edits.size(); ++column) {
      const std::string cell = row.cells[column];
      const std::string name = std::string("theirs: ") + row.name + ", ours: " + ours_edits[column].first + ": " + cell;
      CAPTURE(name);
      Race race;
      Side theirs{race.theirs, 100, &race.moves};
      Side ours{race.ours, 200, nullptr};
      row.edit(theirs);
      ours_edits[column].second(ours);
      const auto found = race.detect();
      const auto expected = kind_of(cell);
      REQUIRE(found.size() == (expected ? 1U : 0U));
      if (expected) {
        CHECK(found[0].conflict.kind == *expected);
        CHECK(found[0].conflict.snapshot == Race::commit.to_string());
        CHECK_FALSE(found[0].conflict.path.empty());
      }
      const bool solvable = !expected || cell.ends_with('D');
      conflict::Ours keep;
      conflict::Theirs drop;
      conflict::Fail fail;
      CHECK(conflict::decide(found, keep).unsolved.empty() == solvable);
      CHECK(conflict::decide(found, drop).unsolved.empty() == solvable);
      CHECK(conflict::decide(found, fail).unsolved.size() == found.size());
    }
  }
}

TEST_CASE("conflict/detect: conflicts are named by path and kind, in the order of the rules") {
  Race race;
  race.base["/h"] = {number(5), NodeKind::array};
  race.base["/i"] = {number(6), NodeKind::array};
  race.base["/j"] = {number(7), NodeKind::group};
  Side theirs{race.theirs, 100};
  Side ours{race.ours, 200};
  theirs.write({0, 0});
  theirs.write({2, 3});
  theirs.write({2, 1});
  theirs.update_group();
  theirs.create("/x", NodeKind::array);
  theirs.create("/y", NodeKind::array);
  race.theirs.delete_node(path("/h"), number(5), NodeKind::array);
  race.theirs.update_node(number(6), path("/i"), NodeKind::array, "{ }");
  race.theirs.update_node(number(7), path("/j"), NodeKind::group, "{ }");
  ours.write({2, 3});
  ours.write({9, 9});
  ours.erase({0, 0});
  ours.update_group();
  ours.create("/x", NodeKind::array);
  ours.create("/y/deep/er", NodeKind::array);
  ours.create("/y/deep", NodeKind::group);
  race.ours.update_node(number(5), path("/h"), NodeKind::array, "{ }");
  race.ours.set_chunk(number(5), Index{0, 0}, ChunkPayload::erased());
  race.ours.delete_node(path("/i"), number(6), NodeKind::array);
  race.ours.delete_node(path("/j"), number(7), NodeKind::group);
  std::vector<std::pair<ConflictKind, std::string>> seen;
  for (const auto& finding : race.detect()) {
    seen.emplace_back(finding.conflict.kind, finding.conflict.path);
    if (finding.conflict.kind == ConflictKind::chunk_double_update) {
      CHECK(finding.conflict.chunks == std::vector<Index>{{0, 0}, {2, 3}});
      CHECK(finding.node == number(3));
    }
  }
  const std::vector<std::pair<ConflictKind, std::string>> expected = {
      {ConflictKind::new_node_conflicts_with_existing_node, "/x"},
      {ConflictKind::new_node_in_invalid_group, "/y"},
      {ConflictKind::zarr_metadata_double_update, "/g"},
      {ConflictKind::zarr_metadata_update_of_deleted_array, "/h"},
      {ConflictKind::chunks_updated_in_deleted_array, "/h"},
      {ConflictKind::chunk_double_update, "/g/array"},
      {ConflictKind::delete_of_updated_array, "/i"},
      {ConflictKind::delete_of_updated_group, "/j"},
  };
  CHECK(seen == expected);
}

TEST_CASE("conflict/detect: the overlap of chunks is the same whichever side wrote more") {
  for (const std::uint32_t ours_count : {1U, 30U, 300U}) {
    for (const std::uint32_t theirs_count : {0U, 1U, 30U, 300U}) {
      Race race;
      Side theirs{race.theirs, 100};
      Side ours{race.ours, 200};
      for (std::uint32_t i = theirs_count; i != 0; --i) theirs.write({i, 2 * i});
      for (std::uint32_t i = ours_count; i != 0; --i) ours.write({3 * i, 6 * i});
      std::vector<Index> expected;
      for (std::uint32_t i = 3; i <= std::min(3 * ours_count, theirs_count); i += 3) expected.push_back({i, 2 * i});
      const auto found = race.detect();
      REQUIRE(found.size() == (expected.empty() ? 0U : 1U));
      if (!found.empty()) CHECK(found[0].conflict.chunks == expected);
    }
  }
}

TEST_CASE("conflict/detect: edits that were taken back conflict with nothing") {
  Race race;
  Side theirs{race.theirs, 100};
  Side ours{race.ours, 200};
  theirs.delete_array();
  ours.write({0, 0});
  race.ours.forget_chunk_edit(number(3), Index{0, 0});
  CHECK(race.detect().empty());
}

TEST_CASE("conflict/detect: a new node below a group that we create ourselves needs nothing of theirs") {
  Race race;
  Side theirs{race.theirs, 100};
  Side ours{race.ours, 200};
  theirs.delete_group();
  ours.delete_group();
  ours.create("/g", NodeKind::group);
  ours.create("/g/new", NodeKind::array);
  CHECK(race.detect().empty());
}

TEST_CASE("conflict/detect: a node whose parent never stood is let through as it was made") {
  Race race;
  Side theirs{race.theirs, 100};
  Side ours{race.ours, 200};
  theirs.update_array();
  ours.create("/nowhere/new", NodeKind::array);
  CHECK(race.detect().empty());
}

TEST_CASE("conflict/detect: their child below a group that we delete and make anew keeps its parent") {
  Race race;
  Side theirs{race.theirs, 100};
  Side ours{race.ours, 200};
  theirs.create("/g/x", NodeKind::array);
  ours.delete_group();
  SUBCASE("as a group") {
    ours.create("/g", NodeKind::group);
    CHECK(race.detect().empty());
  }
  SUBCASE("but not as an array") {
    ours.create("/g", NodeKind::array);
    const auto found = race.detect();
    REQUIRE(found.size() == 1);
    CHECK(found[0].conflict.kind == ConflictKind::node_below_new_array);
  }
}

TEST_CASE("conflict/detect: deleting the root sees every node that they created") {
  Race race;
  Side theirs{race.theirs, 100};
  Side ours{race.ours, 200};
  theirs.create("/x", NodeKind::array);
  theirs.create("/g/y", NodeKind::array);
  ours.delete_group();
  race.ours.delete_node(path("/other"), number(4), NodeKind::group);
  race.ours.delete_node(Path(), number(1), NodeKind::group);
  const auto found = race.detect();
  REQUIRE(found.size() == 2);
  CHECK(found[0].conflict.kind == ConflictKind::child_of_deleted_group);
  CHECK(found[0].conflict.reason == "they created /g/y");
  CHECK(found[1].conflict.reason == "they created /x");
}
