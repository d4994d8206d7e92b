// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

ArrayOptions<int, 1> line() { return {.shape = {8}, .chunks = {2}, .fill_value = -1}; }

template <class Errors, class Call>
errc code_of(Call call) {
  try {
    call();
  } catch (const Errors& error) {
    return error.code();
  }
  FAIL("it did not throw");
  return {};
}

}  // namespace

TEST_CASE("repository: a new one has main at the initial snapshot, no tags and one operation") {
  auto repo = Repo::create({});
  CHECK(repo.list_branches() == std::vector<std::string>{"main"});
  CHECK(repo.list_tags().empty());
  CHECK(repo.lookup_branch("main") == initial_snapshot_id);
  auto log = repo.ops_log();
  const auto first = log.next();
  REQUIRE(first);
  CHECK(std::holds_alternative<format::RepoInitialized>(first->kind));
  CHECK_FALSE(log.next());
  auto ancestry = repo.ancestry(Branch{"main"});
  const auto root = ancestry.next();
  REQUIRE(root);
  CHECK(root->id == initial_snapshot_id);
  CHECK(root->message == "Repository initialized");
  CHECK_FALSE(root->parent);
  CHECK_FALSE(ancestry.next());
  CHECK(repo.readonly_session(Branch{"main"}).nodes().empty());
}

TEST_CASE("repository: create, open, open_or_create and exists agree on what is there") {
  storage::Memory store;
  CHECK_FALSE(Repo::exists(store));
  CHECK(code_of<NotFoundError>([&] { Repo::open(store); }) == errc::repository_not_found);
  Repo::create(store);
  CHECK(Repo::exists(store));
  CHECK(code_of<AlreadyExistsError>([&] { Repo::create(store); }) == errc::repository_exists);
  CHECK(Repo::open(store).lookup_branch("main") == initial_snapshot_id);
  CHECK(Repo::open_or_create(store).lookup_branch("main") == initial_snapshot_id);
  storage::Memory empty;
  CHECK(Repo::open_or_create(empty).lookup_branch("main") == initial_snapshot_id);
}

TEST_CASE("repository: create refuses a prefix that holds something else, and takes one that a creator died in") {
  storage::Memory dirty;
  block_on(dirty.put("notes.txt", as_bytes("mine"), PutCondition::always())).value();
  CHECK(code_of<AlreadyExistsError>([&] { Repo::create(dirty); }) == errc::prefix_not_empty);

  storage::Memory abandoned;
  Repo::create(abandoned);
  const std::vector<std::string> repo_object{"repo"};
  block_on(abandoned.remove(repo_object)).value();
  CHECK(Repo::create(abandoned).lookup_branch("main") == initial_snapshot_id);
}

TEST_CASE("repository: nobody sees a write before its commit, and everybody sees all of it after") {
  storage::Memory store;
  auto repo = Repo::create(store);
  auto other = Repo::open(store);
  auto writer = repo.writable_session("main");
  auto array = writer.create_array<int, 1>("/a", line());
  array.write(std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(writer.open_array<int, 1>("/a").read() == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8});
  auto before = other.readonly_session(Branch{"main"});
  CHECK_FALSE(before.exists("/a"));
  const auto id = writer.commit("an array", {{"author", "test"}, {"step", 3}});
  CHECK(other.lookup_branch("main") == id);
  CHECK_FALSE(before.exists("/a"));
  auto after = other.readonly_session(Branch{"main"});
  CHECK(after.open_array<int, 1>("/a").read() == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8});
  auto ancestry = other.ancestry(id);
  const auto newest = ancestry.next();
  REQUIRE(newest);
  CHECK(newest->message == "an array");
  CHECK(newest->metadata.at("author") == Json("test"));
  CHECK(newest->metadata.at("step") == Json(3));
  CHECK(newest->parent == initial_snapshot_id);
}

TEST_CASE("repository: a committed session reads what it wrote and writes no more") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/a", line()).write(std::vector<int>(8, 5));
  const auto id = session.commit("five");
  CHECK(session.snapshot_id() == id);
  CHECK_FALSE(session.writable());
  CHECK(session.open_array<int, 1>("/a").read() == std::vector<int>(8, 5));
  CHECK(code_of<ValidationError>([&] { session.open_array<int, 1>("/a").write(std::vector<int>(8, 6)); }) ==
        errc::session_committed);
  CHECK(code_of<ValidationError>([&] { session.commit("again"); }) == errc::session_committed);
  auto reader = repo.readonly_session(id);
  CHECK(code_of<PermissionError>([&] { reader.create_group("/g"); }) == errc::read_only_session);
  CHECK(code_of<PermissionError>([&] { reader.commit("no"); }) == errc::read_only_session);
}

TEST_CASE("repository: an empty commit is refused unless it is asked for") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  CHECK(code_of<ValidationError>([&] { session.commit("nothing"); }) == errc::no_changes);
  const auto id = session.commit("nothing", {.allow_empty = true});
  CHECK(repo.lookup_branch("main") == id);
  CHECK(repo.diff(initial_snapshot_id, id).empty());
}

TEST_CASE("repository: the second of two writers gets a conflict, rebases, and both writes survive") {
  auto repo = Repo::create({});
  auto setup = repo.writable_session("main");
  setup.create_array<int, 1>("/a", line());
  setup.commit("array");
  auto one = repo.writable_session("main");
  auto two = repo.writable_session("main");
  one.open_array<int, 1>("/a").write(Box<1>{{0}, {2}}, std::vector<int>{1, 1});
  two.open_array<int, 1>("/a").write(Box<1>{{2}, {2}}, std::vector<int>{2, 2});
  one.commit("one");
  CHECK(code_of<ConflictError>([&] { two.commit("two"); }) == errc::conflict);
  CHECK(two.has_changes());
  two.rebase();
  two.commit("two");
  CHECK(repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read() ==
        std::vector<int>{1, 1, 2, 2, -1, -1, -1, -1});
}

TEST_CASE("repository: an overlap that the policy does not solve lists every conflict and keeps the changes") {
  auto repo = Repo::create({});
  auto setup = repo.writable_session("main");
  setup.create_array<int, 1>("/a", line());
  setup.commit("array");
  auto one = repo.writable_session("main");
  auto two = repo.writable_session("main");
  one.open_array<int, 1>("/a").write(std::vector<int>(8, 1));
  two.open_array<int, 1>("/a").write(Box<1>{{2}, {4}}, std::vector<int>(4, 2));
  const auto theirs = one.commit("one");
  try {
    two.commit("two", {.rebase_tries = 5});
    FAIL("it did not throw");
  } catch (const ConflictError& error) {
    CHECK(error.code() == errc::rebase_failed);
    REQUIRE(error.conflicts().size() == 1);
    CHECK(error.conflicts()[0].kind == ConflictKind::chunk_double_update);
    CHECK(error.conflicts()[0].path == "/a");
    CHECK(error.conflicts()[0].snapshot == theirs.to_string());
    CHECK(error.conflicts()[0].chunks == std::vector<std::vector<std::uint32_t>>{{1}, {2}});
  }
  CHECK(two.has_changes());
  CHECK(two.open_array<int, 1>("/a").read() == std::vector<int>{-1, -1, 2, 2, 2, 2, -1, -1});
}

TEST_CASE("repository: Ours keeps our chunk, Theirs keeps theirs, a merge sees both") {
  const auto outcome = [](auto policy) {
    using Policy = decltype(policy);
    auto repo = Repository<storage::Memory, codec::Default, cache::Lru, Policy>::create({});
    auto setup = repo.writable_session("main");
    setup.template create_array<int, 1>("/a", line()).write(std::vector<int>(8, 10));
    setup.commit("array");
    auto one = repo.writable_session("main");
    auto two = repo.writable_session("main");
    one.template open_array<int, 1>("/a").write(Box<1>{{0}, {2}}, std::vector<int>{11, 15});
    two.template open_array<int, 1>("/a").write(Box<1>{{0}, {2}}, std::vector<int>{14, 12});
    one.commit("one");
    two.commit("two", {.rebase_tries = 5});
    return repo.readonly_session(Branch{"main"}).template open_array<int, 1>("/a").read();
  };
  const auto with = [](int first, int second) { return std::vector<int>{first, second, 10, 10, 10, 10, 10, 10}; };
  CHECK(outcome(conflict::Ours{}) == with(14, 12));
  CHECK(outcome(conflict::Theirs{}) == with(11, 15));
  CHECK(outcome(conflict::Max{}) == with(14, 15));
  CHECK(outcome(conflict::Sum{}) == with(15, 17));
}

TEST_CASE("repository: branches are created, reset under a condition, and deleted; main stays") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_group("/g");
  const auto id = session.commit("group");
  repo.create_branch("dev", id);
  CHECK(repo.list_branches() == std::vector<std::string>{"dev", "main"});
  CHECK(code_of<AlreadyExistsError>([&] { repo.create_branch("dev", id); }) == errc::branch_exists);
  CHECK(code_of<NotFoundError>([&] { repo.create_branch("x", SnapshotId{}); }) == errc::snapshot_not_found);
  CHECK(code_of<ValidationError>([&] { repo.create_branch("", id); }) == errc::invalid_ref_name);
  CHECK(code_of<ConflictError>([&] { repo.reset_branch("dev", initial_snapshot_id, initial_snapshot_id); }) ==
        errc::reference_moved);
  repo.reset_branch("dev", initial_snapshot_id, id);
  CHECK(repo.lookup_branch("dev") == initial_snapshot_id);
  CHECK(code_of<NotFoundError>([&] { repo.reset_branch("gone", id); }) == errc::branch_not_found);
  repo.delete_branch("dev");
  CHECK(code_of<NotFoundError>([&] { repo.lookup_branch("dev"); }) == errc::branch_not_found);
  CHECK(code_of<NotFoundError>([&] { repo.delete_branch("dev"); }) == errc::branch_not_found);
  CHECK(code_of<ValidationError>([&] { repo.delete_branch("main"); }) == errc::cannot_delete_main);
  CHECK(code_of<NotFoundError>([&] { repo.writable_session("dev"); }) == errc::branch_not_found);
}

TEST_CASE("repository: a tag never moves, and the name of a deleted one is never used again") {
  auto repo = Repo::create({});
  repo.create_tag("v1", initial_snapshot_id);
  CHECK(repo.lookup_tag("v1") == initial_snapshot_id);
  CHECK(code_of<AlreadyExistsError>([&] { repo.create_tag("v1", initial_snapshot_id); }) == errc::tag_exists);
  repo.delete_tag("v1");
  CHECK(repo.list_tags().empty());
  CHECK(code_of<NotFoundError>([&] { repo.lookup_tag("v1"); }) == errc::tag_not_found);
  CHECK(code_of<AlreadyExistsError>([&] { repo.create_tag("v1", initial_snapshot_id); }) == errc::tag_deleted);
  CHECK(code_of<NotFoundError>([&] { repo.delete_tag("v1"); }) == errc::tag_not_found);
}

TEST_CASE("repository: a session as of a time sees the newest commit that is not younger") {
  Options options;
  auto clock = std::make_shared<std::int64_t>(1'000'000);
  options.environment.now = [clock] { return Timestamp(std::chrono::microseconds(*clock += 1'000'000)); };
  auto repo = Repo::create({}, options);
  std::vector<SnapshotId> ids;
  std::vector<Timestamp> times;
  for (int i = 0; i != 3; ++i) {
    auto session = repo.writable_session("main");
    session.create_group("/g" + std::to_string(i));
    ids.push_back(session.commit("step"));
    times.push_back(repo.ancestry(ids.back()).next()->flushed_at);
  }
  const std::chrono::microseconds moment(1);
  CHECK(repo.resolve(AsOf{"main", times[1]}) == ids[1]);
  CHECK(repo.resolve(AsOf{"main", times[1] - moment}) == ids[0]);
  CHECK(repo.resolve(AsOf{"main", times[2] + moment}) == ids[2]);
  CHECK(code_of<NotFoundError>([&] { repo.resolve(AsOf{"main", Timestamp()}); }) == errc::snapshot_not_found);
}

TEST_CASE("repository: a clock that stands still gives strictly later snapshots and operations all the same (traps 6 and 7)") {
  Options options;
  options.environment.now = [] { return Timestamp(std::chrono::seconds(1'700'000'000)); };
  auto repo = Repo::create({}, options);
  for (int i = 0; i != 4; ++i) {
    auto session = repo.writable_session("main");
    session.create_group("/g" + std::to_string(i));
    session.commit("step");
  }
  Timestamp later = Timestamp::max();
  for (const auto& snapshot : repo.ancestry(Branch{"main"})) {
    CHECK(snapshot.flushed_at < later);
    later = snapshot.flushed_at;
  }
  later = Timestamp::max();
  for (const auto& update : repo.ops_log()) {
    CHECK(update.updated_at < later);
    later = update.updated_at;
  }
}

TEST_CASE("repository: the ops log names every operation, also those that have moved to backups (traps 4 and 5)") {
  for (const std::size_t kept : {1U, 3U, 1000U}) {
    Options options;
    options.updates_per_repo_info = kept;
    storage::Memory store;
    auto repo = Repo::create(store, options);
    for (int i = 0; i != 10; ++i) repo.create_branch("b" + std::to_string(i), initial_snapshot_id);
    std::vector<std::string> names;
    for (const auto& update : repo.ops_log()) {
      if (const auto* created = std::get_if<format::BranchCreated>(&update.kind)) names.push_back(created->name);
    }
    CHECK(names == std::vector<std::string>{"b9", "b8", "b7", "b6", "b5", "b4", "b3", "b2", "b1", "b0"});
    const auto fetched = block_on(store.get("repo", GetOptions{})).value();
    const auto file = format::open_file(fetched.bytes, format::FileType::repo_info, "repo").value();
    const auto info = format::decode_repo_info(file.body, "repo").value();
    CHECK(info.latest_updates.size() <= std::max<std::size_t>(kept, 1));
    CHECK_FALSE(info.latest_updates.front().backup_path);
    // Entry k names the file in which it is the newest one.
    for (std::size_t k = 1; k < info.latest_updates.size(); ++k) {
      REQUIRE(info.latest_updates[k].backup_path);
      const auto backup = block_on(store.get(format::overwritten_key(*info.latest_updates[k].backup_path), GetOptions{})).value();
      const auto older = format::open_file(backup.bytes, format::FileType::repo_info, "backup").value();
      CHECK(format::decode_repo_info(older.body, "backup").value().latest_updates.front().updated_at ==
            info.latest_updates[k].updated_at);
    }
  }
}

TEST_CASE("repository: diff and status say what changed, by path") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_group("/g");
  session.create_array<int, 1>("/g/a", line()).write(std::vector<int>(8, 1));
  session.create_array<int, 1>("/b", line());
  const auto first = session.commit("one");
  session = repo.writable_session("main");
  session.open_array<int, 1>("/g/a").write(Box<1>{{2}, {2}}, std::vector<int>(2, 2));
  session.open_array<int, 1>("/g/a").set_attributes(R"({"units":"K"})");
  session.delete_node("/b");
  session.create_group("/h");
  const auto status = session.status();
  const auto second = session.commit("two");
  const auto diff = repo.diff(first, second);
  for (const auto& change : {status, diff}) {
    CHECK(change.new_groups == std::set<std::string>{"/h"});
    CHECK(change.updated_arrays == std::set<std::string>{"/g/a"});
    CHECK(change.deleted_arrays == std::set<std::string>{"/b"});
    REQUIRE(change.updated_chunks.size() == 1);
    CHECK(change.updated_chunks.at("/g/a") == std::set<std::vector<std::uint32_t>>{{1}});
  }
  CHECK(code_of<ValidationError>([&] { repo.diff(second, first); }) == errc::invalid_chain);
  CHECK(code_of<ValidationError>([&] { repo.diff(first, first); }) == errc::invalid_chain);
}

TEST_CASE("repository: discard_changes forgets everything") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/a", line()).write(std::vector<int>(8, 1));
  session.discard_changes();
  CHECK_FALSE(session.has_changes());
  CHECK_FALSE(session.exists("/a"));
  CHECK(code_of<ValidationError>([&] { session.commit("nothing"); }) == errc::no_changes);
}

TEST_CASE("repository: transaction retries until it lands") {
  auto repo = Repo::create({});
  repo.transaction("main", "array", [](auto& session) { session.template create_array<int, 1>("/a", line()); });
  std::vector<std::thread> threads;
  for (int t = 0; t != 4; ++t) {
    threads.emplace_back([&repo] {
      for (int i = 0; i != 10; ++i) {
        repo.transaction("main", "count", [](auto& session) {
          auto array = session.template open_array<int, 1>("/a");
          const Box<1> first{{0}, {1}};
          std::vector<int> value(1);
          array.read(first, value);
          value[0] = value[0] < 0 ? 1 : value[0] + 1;
          array.write(first, value);
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read()[0] == 40);
}

TEST_CASE("repository: a write of the loser that grew a chunk object leaves nothing that a reader sees") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  const ArrayOptions<int, 1> large{.shape = {4096}, .chunks = {1024}};
  session.create_array<int, 1>("/a", large).write(std::vector<int>(4096, 1));
  session.commit("one");
  session = repo.writable_session("main");
  session.open_array<int, 1>("/a").write(std::vector<int>(4096, 2));
  CHECK(repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read() == std::vector<int>(4096, 1));
}

TEST_CASE("repository: async twins give errors as values") {
  auto repo = Repo::create({});
  auto missing = block_on(repo.async_lookup_branch("nope"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == errc::branch_not_found);
  CHECK(missing.error().key() == "nope");
  auto session = block_on(repo.async_writable_session("main"));
  REQUIRE(session);
  auto empty = block_on(session->async_commit("nothing"));
  REQUIRE_FALSE(empty);
  CHECK(empty.error().code() == errc::no_changes);
}
