// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/migrate.hpp>

#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/memory.hpp>

#include "support/data.hpp"
#include "support/doctest.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;
using Kind = storage::Fault::Kind;

void put(storage::Memory& store, const std::string& key, ByteView bytes) {
  auto work = [&]() -> Awaitable<Result<void>> {
    auto done = co_await store.put(key, bytes, PutCondition::always());
    if (!done) co_return std::move(done).error();
    co_return Result<void>();
  };
  block_on(work()).value();
}

bool has(storage::Memory& store, const std::string& key) {
  auto work = [&]() -> Awaitable<Result<bool>> {
    auto found = co_await store.get(key, GetOptions());
    if (!found) co_return std::move(found).error();
    co_return found->status == Fetched::Status::found;
  };
  return block_on(work()).value();
}

/// The real repository of format 1 without its chunks, in memory.
storage::Memory old_repository() {
  static const auto files = [] {
    std::map<std::string, Bytes> found;
    const auto folder = support::data_folder() / "sst-v1";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string key = entry.path().lexically_relative(folder).generic_string();
      if (entry.is_regular_file() && !key.starts_with("chunks/")) found.emplace(key, support::read_file(entry.path()));
    }
    return found;
  }();
  storage::Memory store;
  for (const auto& [key, bytes] : files) put(store, key, bytes);
  put(store, "config.yaml", as_bytes("inline_chunk_threshold_bytes: 7\n"));
  return store;
}

Options one_thread() {
  Options options;
  options.runtime = Runtime(0);  // the nth request is then always the same one
  options.environment.now = [] { return Timestamp(std::chrono::seconds(1'790'000'000)); };
  return options;
}

std::vector<std::string> operations(Repo& repo) {
  std::vector<std::string> names;
  for (const auto& update : repo.ops_log()) names.emplace_back(format::name_of(update.kind));
  return names;
}

void check_migrated(const storage::Memory& store) {
  const storage::Memory untouched = old_repository();
  auto before = Repo::open(untouched);
  auto after = Repo::open(store);
  CHECK(before.spec_version() == 1);
  CHECK(after.spec_version() == 2);
  CHECK(after.list_branches() == before.list_branches());
  CHECK(after.list_tags() == before.list_tags());
  for (const std::string& name : before.list_branches()) {
    std::vector<format::SnapshotInfo> old_history, new_history;
    for (const auto& snapshot : before.ancestry(Branch{name})) old_history.push_back(snapshot);
    for (const auto& snapshot : after.ancestry(Branch{name})) new_history.push_back(snapshot);
    CHECK(old_history == new_history);
    CHECK(before.readonly_session(Branch{name}).nodes().size() == after.readonly_session(Branch{name}).nodes().size());
  }
  const auto log = operations(after);
  CHECK(log.front() == "repo_migrated");
  CHECK(log.back() == "repo_initialized");
  Timestamp later = Timestamp::max();
  for (const auto& update : after.ops_log()) {
    CHECK(update.updated_at < later);
    later = update.updated_at;
  }
  CHECK(*after.inspect("repo").find("config") == Json(Json::Object{{"inline_chunk_threshold_bytes", 7}}));
}

}  // namespace

TEST_CASE("repository/migrate: refs and history are the same after it, and commits go on") {
  storage::Memory store = old_repository();
  std::size_t read = 0;
  MigrateOptions options;
  options.progress = [&](std::size_t done, std::size_t all) { CHECK((++read == done && done <= all)); };
  const Migrated done = migrate(store, options);
  CHECK(read >= done.snapshots);
  CHECK(done.branches == 2);
  CHECK(done.tags == 1);
  CHECK(done.deleted_tags == 1);
  CHECK(done.config);
  CHECK_FALSE(done.was_written);
  CHECK(done.deleted_keys.front() == "refs/branch.main/ref.json");
  CHECK(done.deleted_keys.back() == "config.yaml");
  check_migrated(store);
  for (const std::string& key : done.deleted_keys) CHECK_FALSE(has(store, key));

  auto repo = Repo::open(store);
  CHECK(operations(repo).size() == done.operations);
  auto session = repo.writable_session("main");
  session.create_group("/new");
  const auto id = session.commit("in format 2");
  CHECK(repo.lookup_branch("main") == id);
  CHECK_THROWS_AS(repo.create_tag("dropped", id), Error);  // its name stays taken
  const Migrated again = migrate(store);
  CHECK(again.was_written);
  CHECK(again.deleted_keys.empty());
  CHECK(repo.lookup_branch("main") == id);
}

TEST_CASE("repository/migrate: a dry run says the same and changes nothing") {
  storage::Memory store = old_repository();
  MigrateOptions options;
  options.dry_run = true;
  const Migrated dry = migrate(store, options);
  CHECK(Repo::open(store).spec_version() == 1);
  CHECK(has(store, "config.yaml"));
  const Migrated done = migrate(store);
  CHECK(dry.snapshots == done.snapshots);
  CHECK(dry.operations == done.operations);
  CHECK(dry.deleted_keys == done.deleted_keys);
}

TEST_CASE("repository/migrate: refs that are kept let it be undone") {
  storage::Memory store = old_repository();
  MigrateOptions options;
  options.keep_format_1_refs = true;
  CHECK(migrate(store, options).deleted_keys.empty());
  CHECK(Repo::open(store).spec_version() == 2);
  std::vector<std::string> keys{"repo"};
  auto undo = [&]() -> Awaitable<Result<void>> { return store.remove(keys); };
  block_on(undo()).value();
  CHECK(Repo::open(store).spec_version() == 1);
  migrate(store);
  check_migrated(store);
}

TEST_CASE("repository/migrate: whichever request fails, running it again finishes it") {
  const storage::Memory whole = old_repository();
  migrate(whole, MigrateOptions(), one_thread());
  const Json wanted = Repo::open(whole, one_thread()).inspect("repo");
  for (const Kind kind : {Kind::fail_before, Kind::lose_response}) {
    bool failed_once = false;
    bool finished_once = false;
    for (std::uint64_t nth = 1;; ++nth) {
      REQUIRE(nth < 500);
      storage::Memory store = old_repository();
      storage::FaultOptions plan;
      storage::Fault fault;
      fault.kind = kind;
      fault.nth = nth;
      plan.plan.push_back(fault);
      std::optional<errc> failure;
      try {
        migrate(storage::Faults<storage::Memory>(store, plan), MigrateOptions(), one_thread());
      } catch (const Error& error) {
        failure = error.code();
      }
      if (failure) {
        failed_once = true;
        CAPTURE(nth);
        CHECK(*failure == errc::unreachable);
        const int version = Repo::open(store, one_thread()).spec_version();  // it is one or the other, and whole
        finished_once = finished_once || version == 2;
        CHECK(migrate(store, MigrateOptions(), one_thread()).was_written == (version == 2));
      }
      CHECK(Repo::open(store, one_thread()).inspect("repo") == wanted);
      CHECK_FALSE(has(store, "refs/branch.main/ref.json"));
      CHECK_FALSE(has(store, "config.yaml"));
      if (!failure && nth > 60) break;
    }
    CHECK(failed_once);
    CHECK(finished_once);
  }
}

TEST_CASE("repository/migrate: what is no repository of format 1 is refused") {
  CHECK_THROWS_AS(migrate(storage::Memory()), NotFoundError);
  storage::Memory modern;
  Repo::create(modern);
  try {
    migrate(modern);
    FAIL("it was migrated");
  } catch (const Error& error) {
    CHECK(error.code() == errc::repository_exists);
  }
  storage::Memory damaged = old_repository();
  put(damaged, "config.yaml", as_bytes("a: [1"));
  try {
    migrate(damaged);
    FAIL("it was migrated without its configuration");
  } catch (const Error& error) {
    CHECK(error.code() == errc::corrupt);
    CHECK(error.key() == "config.yaml");
  }
  CHECK(Repo::open(damaged).spec_version() == 1);
}

TEST_CASE("repository/migrate: a history with a missing snapshot, or a ring, is an error that names it") {
  detail::OldRepository old;
  SnapshotId a{}, b{};
  a.bytes[0] = 1;
  b.bytes[0] = 2;
  const auto add = [&](SnapshotId id, std::optional<SnapshotId> parent) {
    format::SnapshotInfo info;
    info.id = id;
    info.parent = parent;
    old.snapshots.emplace(id, info);
  };
  const Timestamp now{std::chrono::seconds(100)};
  CHECK(detail::plan_migration(old, now).error().code() == errc::corrupt);  // no main
  old.branches["main"] = a;
  CHECK(detail::plan_migration(old, now).error().code() == errc::corrupt);  // no snapshot
  add(a, b);
  add(b, a);
  CHECK(detail::plan_migration(old, now).error().code() == errc::corrupt);  // a ring
  old.snapshots.clear();
  add(a, b);
  add(b, std::nullopt);
  old.tags["far"] = SnapshotId{};
  CHECK(detail::plan_migration(old, now).error().key() == "far");
  old.tags.clear();
  old.deleted_tags = {"gone"};
  old.deleted_tags_at["gone"] = SnapshotId{};
  const auto info = detail::plan_migration(old, now).value();
  CHECK(info.latest_updates.size() == 5);
  CHECK(format::name_of(info.latest_updates[1].kind) == "tag_deleted");
}
