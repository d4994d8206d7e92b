// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

ArrayOptions<int, 1> line() { return {.shape = {8}, .chunks = {2}, .fill_value = -1}; }

CommitOptions amending() {
  CommitOptions options;
  options.amend = true;
  return options;
}

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

/// main with a first commit of /a and /gone, and a second that writes the chunk 1 of /a and deletes /gone.
struct TwoCommits {
  Repo repo = Repo::create({});
  SnapshotId first{};
  SnapshotId second{};

  TwoCommits() {
    auto session = repo.writable_session("main");
    session.create_array<int, 1>("/a", line());
    session.create_group("/gone");
    first = session.commit("first");
    session = repo.writable_session("main");
    session.open_array<int, 1>("/a").write(Box<1>{{2}, {2}}, std::vector<int>{1, 1});
    session.delete_node("/gone");
    second = session.commit("second", Metadata{{"author", "me"}});
  }
  std::vector<int> read() { return repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read(); }
};

}  // namespace

TEST_CASE("session/amend: an amended commit takes the place of the newest one, with what both changed") {
  TwoCommits history;
  Repo& repo = history.repo;
  repo.create_tag("kept", history.second);
  auto session = repo.writable_session("main");
  session.open_array<int, 1>("/a").write(Box<1>{{4}, {2}}, std::vector<int>{2, 2});
  session.create_group("/more");
  const SnapshotId amended = session.commit("second, better", amending());
  CHECK_FALSE(session.writable());
  CHECK(session.snapshot_id() == amended);

  CHECK(history.read() == std::vector<int>{-1, -1, 1, 1, 2, 2, -1, -1});
  std::vector<SnapshotId> ids;
  for (const auto& snapshot : repo.ancestry(Branch{"main"})) ids.push_back(snapshot.id);
  CHECK(ids == std::vector<SnapshotId>{amended, history.first, initial_snapshot_id});
  const auto newest = repo.ancestry(Branch{"main"}).next();
  CHECK(newest->message == "second, better");
  CHECK(newest->metadata.empty());

  const Diff diff = repo.diff(history.first, Branch{"main"});
  CHECK(diff.new_groups == std::set<std::string>{"/more"});
  CHECK(diff.deleted_groups == std::set<std::string>{"/gone"});
  CHECK(diff.updated_chunks.at("/a") == std::set<std::vector<std::uint32_t>>{{1}, {2}});
  CHECK(repo.ops_log().next()->kind == format::UpdateKind(format::CommitAmended{"main", history.second, amended}));

  CHECK(repo.lookup_tag("kept") == history.second);
  CHECK(repo.readonly_session(Tag{"kept"}).open_array<int, 1>("/a").read() == std::vector<int>{-1, -1, 1, 1, -1, -1, -1, -1});
  CHECK(code_of([&] { repo.diff(history.second, Branch{"main"}); }) == errc::invalid_chain);
}

TEST_CASE("session/amend: only a message can be amended, if that is allowed") {
  TwoCommits history;
  auto session = history.repo.writable_session("main");
  CHECK(code_of([&] { session.commit("same", amending()); }) == errc::no_changes);
  CommitOptions options = amending();
  options.allow_empty = true;
  session.commit("a better message", options);
  CHECK(history.repo.ancestry(Branch{"main"}).next()->message == "a better message");
  CHECK(history.read() == std::vector<int>{-1, -1, 1, 1, -1, -1, -1, -1});
}

TEST_CASE("session/amend: nothing is amended that is not the session's own base") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_group("/g");
  CHECK(code_of([&] { session.commit("amend nothing", amending()); }) == errc::cannot_amend_initial);
  session.commit("first");

  auto amender = repo.writable_session("main");
  amender.create_group("/late");
  CommitOptions both = amending();
  both.rebase_tries = 3;
  CHECK(code_of([&] { amender.commit("both", both); }) == errc::invalid_argument);
  session = repo.writable_session("main");
  session.create_group("/faster");
  const SnapshotId faster = session.commit("faster");
  CHECK(code_of([&] { amender.commit("amend what has moved", amending()); }) == errc::conflict);
  CHECK(repo.lookup_branch("main") == faster);
  CHECK(amender.has_changes());
}

TEST_CASE("session/amend: a session that began before the amended commit is rebased on it, one on the replaced commit is not") {
  TwoCommits history;
  Repo& repo = history.repo;
  repo.create_branch("old", history.first);
  auto early = repo.writable_session("old");
  early.create_group("/early");
  auto on_replaced = repo.writable_session("main");
  on_replaced.create_group("/lost");
  auto amender = repo.writable_session("main");
  amender.create_group("/more");
  const SnapshotId amended = amender.commit("amended", amending());
  repo.reset_branch("old", amended);
  CommitOptions rebasing;
  rebasing.rebase_tries = 5;
  early.commit("early", rebasing);
  CHECK(repo.readonly_session(Branch{"old"}).exists("/more"));
  CHECK(code_of([&] { on_replaced.commit("lost", rebasing); }) == errc::rebase_failed);
}

TEST_CASE("session/amend: a flushed snapshot moves no branch, can be tagged and built upon") {
  TwoCommits history;
  Repo& repo = history.repo;
  auto session = repo.writable_session("main");
  CHECK(code_of([&] { session.flush("nothing"); }) == errc::no_changes);
  session.open_array<int, 1>("/a").write(Box<1>{{0}, {2}}, std::vector<int>{9, 9});
  const SnapshotId flushed = session.flush("work in progress", {{"step", 1}});
  CHECK_FALSE(session.writable());
  CHECK(session.snapshot_id() == flushed);
  CHECK(repo.lookup_branch("main") == history.second);
  CHECK(repo.readonly_session(flushed).open_array<int, 1>("/a").read() == std::vector<int>{9, 9, 1, 1, -1, -1, -1, -1});
  const auto info = repo.ancestry(flushed).next();
  CHECK(info->parent == history.second);
  CHECK(info->metadata == Metadata{{"step", 1}});
  CHECK(repo.ops_log().next()->kind == format::UpdateKind(format::NewDetachedSnapshot{flushed}));
  repo.create_tag("wip", flushed);
  repo.create_branch("wip", flushed);
  auto next = repo.writable_session("wip");
  next.create_group("/g");
  next.commit("on top");
  CHECK(repo.readonly_session(Branch{"wip"}).open_array<int, 1>("/a").read()[0] == 9);
}

TEST_CASE("session/amend: whatever a store does, an amended commit or a flush is there once or not at all") {
  using Faulty = Repository<storage::Faults<storage::Memory>>;
  for (std::uint64_t seed = 0; seed != 300; ++seed) {
    const storage::Memory store;
    auto calm = Repo::create(store);
    auto session = calm.writable_session("main");
    session.create_array<int, 1>("/a", line());
    const SnapshotId base = session.commit("base");

    storage::FaultOptions faults;
    faults.probability = 0.1;
    faults.seed = seed;
    auto faulty = Faulty::attach(storage::Faults<storage::Memory>(store, faults));
    std::optional<SnapshotId> made;
    const bool amends = seed % 2 == 0;
    for (int tries = 0; tries != 50 && !made; ++tries) {
      auto begun = block_on(faulty.async_writable_session("main"));
      if (!begun || begun->snapshot_id() != base) continue;
      begun->create_group("/g");
      for (int again = 0; again != 20 && !made; ++again) {
        auto ended = block_on(amends ? begun->async_commit("amended", amending()) : begun->async_flush("flushed"));
        if (ended) made = *ended;
        else if (ended.error().code() == errc::conflict) break;
      }
    }
    REQUIRE(made);
    auto fresh = Repo::open(store);
    CHECK(fresh.readonly_session(*made).exists("/g"));
    CHECK(fresh.lookup_branch("main") == (amends ? *made : base));
    std::size_t landed = 0;
    for (const auto& update : fresh.ops_log()) {
      landed += std::holds_alternative<format::CommitAmended>(update.kind) || std::holds_alternative<format::NewDetachedSnapshot>(update.kind);
    }
    CHECK(landed == 1);
  }
}
