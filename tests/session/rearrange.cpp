// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;
using Text = std::vector<std::string>;

ArrayOptions<int, 1> line() { return {.shape = {8}, .chunks = {2}, .fill_value = -1}; }

template <class Call>
errc code_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("it did not throw");
  return {};
}

CommitOptions amending() {
  CommitOptions options;
  options.amend = true;
  return options;
}
CommitOptions rebasing() {
  CommitOptions options;
  options.rebase_tries = 5;
  return options;
}

Text paths(const auto& session, std::string_view below = "/") {
  Text found;
  for (const NodeInfo& node : session.nodes(below)) found.push_back(node.path.text());
  return found;
}
Text moved(const Diff& diff) {
  Text found;
  for (const MovedNode& node : diff.moved_nodes) found.push_back(node.from + " " + node.to);
  return found;
}

/// main with the array /g/a, the groups /g/a-b and /g/sub, and /h.
Repo with_groups() {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/g/a", line()).write(std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
  session.create_group("/g/a-b");
  session.create_group("/g/sub");
  session.create_group("/h");
  session.commit("groups");
  return repo;
}

}  // namespace

TEST_CASE("session/rearrange: moves show at once in everything that looks at the session") {
  auto repo = with_groups();
  const NodeId id = repo.readonly_session(Branch{"main"}).nodes("/g/a").front().id;
  auto session = repo.rearrange_session("main");
  CHECK(session.rearranges());
  CHECK_FALSE(session.has_changes());
  session.move("/g", "/h/g");
  CHECK(session.has_changes());
  CHECK(paths(session) == Text{"/", "/h", "/h/g", "/h/g/a", "/h/g/a-b", "/h/g/sub"});
  CHECK(session.nodes("/h/g/a").front().id == id);
  CHECK_FALSE(session.exists("/g"));
  const std::vector<int> values{0, 1, 2, 3, 4, 5, 6, 7};
  CHECK(session.open_array<int, 1>("/h/g/a").read() == values);
  CHECK(code_of([&] { session.open_array<int, 1>("/g/a"); }) == errc::node_not_found);
  CHECK(session.root().open_group("h").children().size() == 1);
  CHECK(session.store().exists("h/g/a/c/3"));
  CHECK_FALSE(session.store().exists("g/a/zarr.json"));
  CHECK(session.store().list_dir("h/g") == Text{"a", "a-b", "sub", "zarr.json"});
  CHECK(moved(session.status()) == Text{"/g /h/g", "/g/a /h/g/a", "/g/a-b /h/g/a-b", "/g/sub /h/g/sub"});

  session.move("/h/g/a", "/b");
  CHECK(session.open_array<int, 1>("/b").at({5}) == 5);
  const SnapshotId committed = session.commit("moved");
  CHECK(session.open_array<int, 1>("/b").read() == values);
  auto reader = repo.readonly_session(Branch{"main"});
  CHECK(paths(reader) == Text{"/", "/b", "/h", "/h/g", "/h/g/a-b", "/h/g/sub"});
  CHECK(reader.nodes("/b").front().id == id);
  CHECK(reader.open_array<int, 1>("/b").read() == values);

  auto writer = repo.writable_session("main");
  writer.open_array<int, 1>("/b").set({0}, 9);
  writer.create_array<int, 1>("/g/a", line());
  writer.commit("goes on");
  const Diff diff = repo.diff(committed, Branch{"main"});
  CHECK(diff.updated_chunks.contains("/b"));
  CHECK(diff.new_arrays == std::set<std::string>{"/g/a"});
}

TEST_CASE("session/rearrange: a commit of moves stores a snapshot and a log, and no manifest") {
  storage::Memory store;
  auto repo = Repo::create(store);
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/a", line()).write(std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
  session.commit("array");
  const auto count = [&](std::string prefix) { return block_on(store.list(prefix, std::nullopt)).value().objects.size(); };
  const std::size_t manifests = count("manifests/"), chunks = count("chunks/");
  session = repo.rearrange_session("main");
  session.move("/a", "/b");
  session.commit("moved");
  CHECK(count("manifests/") == manifests);
  CHECK(count("chunks/") == chunks);
}

TEST_CASE("session/rearrange: every rule of a move has an error of its own") {
  auto repo = with_groups();
  auto session = repo.rearrange_session("main");
  CHECK(code_of([&] { session.move("/no", "/x"); }) == errc::node_not_found);
  CHECK(code_of([&] { session.move("/g", "/g/sub/g"); }) == errc::invalid_argument);
  CHECK(code_of([&] { session.move("/", "/x"); }) == errc::invalid_argument);
  CHECK(code_of([&] { session.move("/g", "/h"); }) == errc::node_exists);
  CHECK(code_of([&] { session.move("/g", "/x/g"); }) == errc::node_not_found);
  CHECK(code_of([&] { session.move("/h", "/g/a/h"); }) == errc::not_a_group);
  CHECK(code_of([&] { session.move("/h", "/a/../h"); }) == errc::invalid_path);
  CHECK_FALSE(session.has_changes());
  CHECK(code_of([&] { session.commit("nothing"); }) == errc::no_changes);
}

TEST_CASE("session/rearrange: moves that come to nothing are no change") {
  auto repo = with_groups();
  auto session = repo.rearrange_session("main");
  session.move("/g", "/k");
  session.move("/k", "/g");
  CHECK_FALSE(session.has_changes());
  CHECK(session.status().empty());
  CHECK(code_of([&] { session.commit("nothing"); }) == errc::no_changes);
  session.move("/g", "/k");
  session.discard_changes();
  CHECK(session.exists("/g/a"));
  CHECK(session.open_array<int, 1>("/g/a").at({1}) == 1);
}

TEST_CASE("session/rearrange: moves and other changes keep to sessions of their own, and the errors say to which") {
  auto repo = with_groups();
  auto session = repo.rearrange_session("main");
  const auto array = session.open_array<int, 1>("/g/a");
  const auto wrong = [&](auto call) {
    try {
      call();
    } catch (const Error& error) {
      CHECK(error.hint().find("writable_session") != std::string::npos);
      return error.code();
    }
    return errc{};
  };
  CHECK(wrong([&] { session.create_group("/new"); }) == errc::wrong_session);
  CHECK(wrong([&] { session.create_array<int, 1>("/new", line()); }) == errc::wrong_session);
  CHECK(wrong([&] { session.delete_node("/h"); }) == errc::wrong_session);
  CHECK(wrong([&] { session.open_group("/h").set_attributes("{\"a\": 1}"); }) == errc::wrong_session);
  CHECK(wrong([&] { array.set({0}, 5); }) == errc::wrong_session);
  CHECK(wrong([&] { array.resize({2}); }) == errc::wrong_session);
  CHECK(wrong([&] { array.append(0, std::vector<int>{1, 2}); }) == errc::wrong_session);
  CHECK(wrong([&] { session.store().erase("g/a/c/0"); }) == errc::wrong_session);
  CHECK(wrong([&] { session.fork(); }) == errc::wrong_session);
  const std::string group = R"({"zarr_format": 3, "node_type": "group", "attributes": {"a": 1}})";
  CHECK(wrong([&] { session.store().set("g/zarr.json", copy_bytes(as_bytes(group))); }) == errc::wrong_session);
  CHECK_FALSE(session.has_changes());

  auto ordinary = repo.writable_session("main");
  CHECK_FALSE(ordinary.rearranges());
  try {
    ordinary.move("/g", "/k");
    FAIL("it moved");
  } catch (const ValidationError& error) {
    CHECK(error.code() == errc::wrong_session);
    CHECK(error.hint().find("rearrange_session") != std::string::npos);
  }
  CHECK(code_of([&] { repo.readonly_session(Branch{"main"}).move("/g", "/k"); }) == errc::read_only_session);
  session.move("/g", "/k");
  session.commit("moved");
  CHECK(code_of([&] { session.move("/k", "/g"); }) == errc::session_committed);
}

TEST_CASE("session/rearrange: the feature move_node is asked when the session is opened and when it is committed") {
  auto repo = with_groups();
  auto session = repo.rearrange_session("main");
  auto detached = repo.rearrange_session("main");
  auto ordinary = repo.writable_session("main");
  session.move("/g", "/k");
  detached.move("/g", "/k");
  ordinary.create_group("/fine");
  repo.set_feature(Feature::move_node, false);
  CHECK(code_of([&] { repo.rearrange_session("main"); }) == errc::feature_disabled);
  CHECK(code_of([&] { session.commit("moved"); }) == errc::feature_disabled);
  CHECK(code_of([&] { detached.flush("moved"); }) == errc::feature_disabled);
  ordinary.commit("not a move");
  repo.set_feature(Feature::move_node, std::nullopt);
  CHECK(session.has_changes());
  session.commit("moved", rebasing());
  CHECK(paths(repo.readonly_session(Branch{"main"})) == Text{"/", "/fine", "/h", "/k", "/k/a", "/k/a-b", "/k/sub"});
}

TEST_CASE("session/rearrange: moves are replayed over other commits, with what these put below the moved group") {
  auto repo = with_groups();
  const SnapshotId base = repo.lookup_branch("main");
  auto session = repo.rearrange_session("main");
  session.move("/g", "/h/g");
  auto other = repo.writable_session("main");
  other.create_group("/g/late");
  other.open_array<int, 1>("/g/a").set({0}, 100);
  const SnapshotId between = other.commit("meanwhile");
  CHECK(code_of([&] { session.commit("late"); }) == errc::conflict);
  session.rebase();
  CHECK(session.exists("/h/g/late"));
  CHECK(session.open_array<int, 1>("/h/g/a").at({0}) == 100);
  session.commit("moved");
  CHECK(moved(repo.diff(between, Branch{"main"})) ==
        Text{"/g /h/g", "/g/a /h/g/a", "/g/a-b /h/g/a-b", "/g/late /h/g/late", "/g/sub /h/g/sub"});
  const Diff all = repo.diff(base, Branch{"main"});
  CHECK(all.new_groups == std::set<std::string>{"/h/g/late"});
  CHECK(all.updated_chunks.contains("/h/g/a"));
}

TEST_CASE("session/rearrange: a move that another commit has made impossible is a conflict and loses nothing") {
  for (const std::string what : {"source gone", "target there", "parent gone"}) {
    CAPTURE(what);
    auto repo = with_groups();
    auto session = repo.rearrange_session("main");
    session.move("/g/sub", "/h/x");
    auto other = repo.writable_session("main");
    if (what == "source gone") other.delete_node("/g/sub");
    if (what == "target there") other.create_group("/h/x");
    if (what == "parent gone") other.delete_node("/h");
    const SnapshotId theirs = other.commit("theirs");
    try {
      session.commit("ours", rebasing());
      FAIL("it was rebased");
    } catch (const ConflictError& error) {
      CHECK(error.code() == errc::rebase_failed);
      REQUIRE(error.conflicts().size() == 1);
      CHECK(error.conflicts()[0].kind == ConflictKind::move_operation_cannot_be_rebased);
      CHECK(error.conflicts()[0].path == "/g/sub");
      CHECK(error.conflicts()[0].snapshot == theirs.to_string());
      CHECK_FALSE(error.conflicts()[0].reason.empty());
    }
    CHECK(moved(session.status()) == Text{"/g/sub /h/x"});
    CHECK(session.exists("/h/x"));
  }
}

TEST_CASE("session/rearrange: nothing is rebased over a commit that moved nodes") {
  auto repo = with_groups();
  auto writer = repo.writable_session("main");
  writer.create_group("/unrelated");
  auto mover = repo.rearrange_session("main");
  mover.move("/h", "/i");
  auto session = repo.rearrange_session("main");
  session.move("/g/sub", "/g/s");
  const SnapshotId moving = session.commit("moved");
  for (auto* late : {&writer, &mover}) {
    try {
      late->commit("late", rebasing());
      FAIL("it was rebased");
    } catch (const ConflictError& error) {
      REQUIRE(error.conflicts().size() == 1);
      CHECK(error.conflicts()[0].kind == ConflictKind::move_operation_cannot_be_rebased);
      CHECK(error.conflicts()[0].snapshot == moving.to_string());
    }
    CHECK(late->has_changes());
  }
}

TEST_CASE("session/rearrange: amended moves come to one, and none where a node is back") {
  auto repo = with_groups();
  const SnapshotId base = repo.lookup_branch("main");
  auto session = repo.rearrange_session("main");
  session.move("/g", "/k");
  session.commit("first");
  session = repo.rearrange_session("main");
  session.move("/k/sub", "/h/sub");
  session.move("/k/a-b", "/a-b");
  session.commit("second", amending());
  CHECK(moved(repo.diff(base, Branch{"main"})) == Text{"/g/a-b /a-b", "/g/sub /h/sub", "/g /k", "/g/a /k/a"});

  auto writer = repo.writable_session("main");
  writer.create_group("/new");
  CHECK(code_of([&] { writer.commit("moves and more", amending()); }) == errc::wrong_session);

  session = repo.rearrange_session("main");
  session.move("/k", "/g");
  session.move("/h/sub", "/g/sub");
  session.commit("back", amending());
  CHECK(moved(repo.diff(base, Branch{"main"})) == Text{"/g/a-b /a-b"});

  // Moves may be added to other changes: the log then says both.
  writer = repo.writable_session("main");
  writer.create_group("/new");
  const SnapshotId before = repo.lookup_branch("main");
  writer.commit("new");
  session = repo.rearrange_session("main");
  session.move("/h", "/new/h");
  session.commit("new, and moved", amending());
  const Diff diff = repo.diff(before, Branch{"main"});
  CHECK(diff.new_groups == std::set<std::string>{"/new"});
  CHECK(moved(diff) == Text{"/h /new/h"});
}

TEST_CASE("session/rearrange: a flushed snapshot of moves is there beside the branch") {
  auto repo = with_groups();
  const SnapshotId base = repo.lookup_branch("main");
  auto session = repo.rearrange_session("main");
  session.move("/g/sub", "/sub");
  const SnapshotId flushed = session.flush("tried out");
  CHECK(repo.lookup_branch("main") == base);
  CHECK(repo.readonly_session(flushed).exists("/sub"));
  CHECK(moved(repo.diff(base, flushed)) == Text{"/g/sub /sub"});
}

TEST_CASE("session/rearrange: a diff over several commits lists the moves of each, oldest first, also of those that expired") {
  auto repo = with_groups();
  const SnapshotId base = repo.lookup_branch("main");
  const auto move = [&](std::string from, std::string to) {
    auto session = repo.rearrange_session("main");
    session.move(from, to);
    return session.commit("moved");
  };
  move("/g/sub", "/sub");
  move("/sub", "/h/sub");
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const Timestamp now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  const SnapshotId last = move("/h", "/i");
  const Text wanted{"/g/sub /sub", "/sub /h/sub", "/h /i", "/h/sub /i/sub"};
  CHECK(moved(repo.diff(base, last)) == wanted);
  ExpireOptions expiring;
  expiring.older_than = now;
  repo.create_tag("base", base);
  CHECK_FALSE(repo.expire_snapshots(expiring).released.empty());
  CHECK(moved(repo.diff(initial_snapshot_id, last)) == wanted);
}

TEST_CASE("session/rearrange: whatever a store does, moves are there once or not at all") {
  using Faulty = Repository<storage::Faults<storage::Memory>>;
  for (std::uint64_t seed = 0; seed != 100; ++seed) {
    const storage::Memory store;
    auto calm = Repo::create(store);
    auto session = calm.writable_session("main");
    session.create_group("/g/h");
    const SnapshotId base = session.commit("base");
    storage::FaultOptions faults;
    faults.probability = 0.1;
    faults.seed = seed;
    auto faulty = Faulty::attach(storage::Faults<storage::Memory>(store, faults));
    std::optional<SnapshotId> made;
    for (int tries = 0; tries != 50 && !made; ++tries) {
      auto begun = block_on(faulty.async_rearrange_session("main"));
      if (!begun || begun->snapshot_id() != base) continue;
      begun->move("/g", "/k");
      for (int again = 0; again != 20 && !made; ++again) {
        auto ended = block_on(begun->async_commit("moved"));
        if (ended) made = *ended;
        else if (ended.error().code() == errc::conflict) break;
      }
    }
    REQUIRE(made);
    auto fresh = Repo::open(store);
    CHECK(paths(fresh.readonly_session(Branch{"main"})) == Text{"/", "/k", "/k/h"});
    CHECK(moved(fresh.diff(base, *made)) == Text{"/g /k", "/g/h /k/h"});
  }
}
