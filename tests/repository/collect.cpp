// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

ArrayOptions<int, 1> line() { return {.shape = {1200}, .chunks = {300}, .codecs = {}}; }

Timestamp now() { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }

CollectOptions everything() {
  CollectOptions options;
  options.older_than = now() + std::chrono::hours(1);
  return options;
}

ExpireOptions all_but_the_newest() {
  ExpireOptions options;
  options.older_than = now() + std::chrono::hours(1);
  return options;
}

std::set<std::string> keys(storage::Memory store, std::string_view prefix) {
  std::set<std::string> found;
  std::optional<std::string> next;
  do {
    auto page = block_on(store.list(prefix, next)).value();
    for (const ObjectInfo& object : page.objects) found.insert(object.key);
    next = page.next;
  } while (next);
  return found;
}

/// Writes `value` over all of /a and commits.
template <class Repository>
SnapshotId commit_values(Repository& repo, int value) {
  auto session = repo.writable_session("main");
  auto array = session.exists("/a") ? session.template open_array<int, 1>("/a") : session.template create_array<int, 1>("/a", line());
  array.write(std::vector<int>(1200, value));
  return session.commit("all of it");
}

/// A store that calls a function before its next copy of `repo`, which is in the middle of every update.
class Hooked : public storage::Memory {
 public:
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    if (const auto hook = std::exchange(*before_copy, nullptr)) hook();
    return Memory::copy(from, to, std::move(version));
  }
  std::shared_ptr<std::function<void()>> before_copy = std::make_shared<std::function<void()>>();
};

}  // namespace

TEST_CASE("repository/collect: what no ref leads to goes, what one leads to stays") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  for (int i = 1; i != 5; ++i) commit_values(repo, i);
  repo.create_tag("second", *repo.ancestry(Branch{"main"}).next()->parent);
  commit_values(repo, 5);
  auto dropped = repo.writable_session("main");
  Options stored_at_once;
  stored_at_once.held_chunk_bytes = 0;
  auto writer = Repo::open(store, stored_at_once).writable_session("main");
  writer.open_array<int, 1>("/a").write(std::vector<int>(1200, 99));
  CHECK(keys(store, "chunks/").size() == 6 * 4);

  repo.expire_snapshots(all_but_the_newest());
  CollectOptions options = everything();
  options.dry_run = true;
  const auto before = keys(store, "");
  const Collected foreseen = repo.garbage_collect(options);
  CHECK(keys(store, "") == before);
  options.dry_run = false;
  std::vector<Collected> progress;
  options.progress = [&](const Collected& so_far) { progress.push_back(so_far); };
  const Collected gone = repo.garbage_collect(options);
  CHECK(gone == foreseen);
  REQUIRE_FALSE(progress.empty());
  CHECK(progress.back() == gone);
  CHECK(gone.snapshots == 3);
  CHECK(gone.manifests == 3);
  CHECK(gone.chunks == 4 * 4);  // of three snapshots, and of the session
  CHECK(gone.bytes >= 4 * 4 * 1200);
  CHECK(gone.transaction_logs == 0);  // the logs of what expired are those of what stands on the root now
  CHECK(std::holds_alternative<format::GcRan>(repo.ops_log().next()->kind));
  CHECK(repo.garbage_collect(everything()) == Collected());

  auto fresh = Repo::open(store);
  CHECK(fresh.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read() == std::vector<int>(1200, 5));
  CHECK(fresh.readonly_session(Tag{"second"}).open_array<int, 1>("/a").read() == std::vector<int>(1200, 3));
  commit_values(fresh, 6);
}

TEST_CASE("repository/collect: amended commits and flushed snapshots go once they are old, and with them their place in the list") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  const SnapshotId first = commit_values(repo, 1);
  auto session = repo.writable_session("main");
  session.create_group("/g");
  CommitOptions amending;
  amending.amend = true;
  session.commit("amended", amending);
  session = repo.writable_session("main");
  session.create_group("/detached");
  const SnapshotId flushed = session.flush("flushed");

  CollectOptions young;
  young.older_than = now() - std::chrono::hours(1);
  CHECK(repo.garbage_collect(young) == Collected());
  CHECK(repo.readonly_session(flushed).exists("/detached"));
  CHECK(repo.readonly_session(first).exists("/a"));

  const Collected gone = repo.garbage_collect(everything());
  CHECK(gone.snapshots == 2);
  CHECK(gone.transaction_logs == 2);
  CHECK(gone.chunks == 0);  // the amended commit has those of the first
  for (const SnapshotId id : {first, flushed}) CHECK_THROWS_AS(repo.readonly_session(id), NotFoundError);
  CHECK(Repo::open(store).readonly_session(Branch{"main"}).open_array<int, 1>("/a").read()[0] == 1);
}

TEST_CASE("repository/collect: a snapshot that gets a tag meanwhile stays whole") {
  const Hooked store;
  using HookedRepo = Repository<Hooked>;
  auto repo = HookedRepo::create(store);
  commit_values(repo, 1);
  auto session = repo.writable_session("main");
  session.open_array<int, 1>("/a").write(std::vector<int>(1200, 7));
  const SnapshotId flushed = session.flush("flushed");
  auto other = HookedRepo::open(store);
  *store.before_copy = [&] { other.create_tag("wanted", flushed); };
  const Collected gone = repo.garbage_collect(everything());
  CHECK(gone.snapshots == 0);
  CHECK(gone.chunks == 0);
  CHECK(HookedRepo::open(store).readonly_session(Tag{"wanted"}).open_array<int, 1>("/a").read() == std::vector<int>(1200, 7));
}

TEST_CASE("repository/collect: nothing is deleted where a manifest that stays cannot be read") {
  storage::Memory store;
  auto repo = Repo::create(store);
  commit_values(repo, 1);
  commit_values(repo, 2);
  repo.expire_snapshots(all_but_the_newest());
  const auto before = keys(store, "chunks/");
  for (const std::string& key : keys(store, "manifests/")) {
    block_on(store.put(key, as_bytes("no manifest"), PutCondition::always())).value();
  }
  CHECK_THROWS_AS(Repo::open(store).garbage_collect(everything()), FormatError);
  CHECK(keys(store, "chunks/") == before);
}

TEST_CASE("repository/collect: whichever request fails, nothing that is needed is gone, and the next one finishes") {
  using Faulty = Repository<storage::Faults<storage::Memory>>;
  for (std::uint64_t nth = 1;; ++nth) {
    CAPTURE(nth);
    REQUIRE(nth < 100);
    const storage::Memory store;
    auto repo = Repo::create(store);
    for (int i = 1; i != 4; ++i) commit_values(repo, i);
    repo.expire_snapshots(all_but_the_newest());
    storage::FaultOptions faults;
    storage::Fault fault;
    fault.nth = nth;
    fault.kind = nth % 2 == 0 ? storage::Fault::Kind::lose_response : storage::Fault::Kind::fail_before;
    faults.plan.push_back(fault);
    const storage::Faults<storage::Memory> failing(store, faults);
    Options options;
    options.runtime = Runtime(0);
    const auto collected = block_on(Faulty::attach(failing, options).async_garbage_collect(everything()));
    CHECK(Repo::open(store).readonly_session(Branch{"main"}).open_array<int, 1>("/a").read() == std::vector<int>(1200, 3));
    Repo::open(store).garbage_collect(everything());
    CHECK(keys(store, "chunks/").size() == 4);
    CHECK(keys(store, "manifests/").size() == 1);
    if (collected && failing.faults() == 0) break;
  }
}

TEST_CASE("repository/collect: what was a branch's newest snapshot since the cutoff can still be read") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  std::vector<SnapshotId> made;
  for (int i = 1; i != 4; ++i) made.push_back(commit_values(repo, i));
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  CollectOptions options;
  options.older_than = now();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  auto reader = Repo::open(store).readonly_session(made[2]);
  auto session = repo.writable_session("main");
  session.open_array<int, 1>("/a").write(std::vector<int>(1200, 4));
  CommitOptions amending;
  amending.amend = true;
  session.commit("in its place", amending);
  commit_values(repo, 5);
  repo.expire_snapshots(all_but_the_newest());

  CollectOptions strict = options;
  strict.keep_recent_tips = false;
  strict.dry_run = true;
  CHECK(repo.garbage_collect(strict).snapshots == 3);
  CHECK(repo.garbage_collect(options).snapshots == 2);
  CHECK(reader.open_array<int, 1>("/a").read() == std::vector<int>(1200, 3));
  CHECK_FALSE(keys(store, "snapshots/").contains(format::snapshot_key(made[1])));

  repo.garbage_collect(everything());  // and goes with a later one
  CHECK_FALSE(keys(store, "snapshots/").contains(format::snapshot_key(made[2])));
}

TEST_CASE("repository/collect: backups that the ops log does not lead to go on request, and no others") {
  storage::Memory store;
  Options short_log;
  short_log.updates_per_repo_info = 3;
  const auto clock = std::make_shared<Timestamp>(now() - std::chrono::minutes(1));
  short_log.environment.now = [clock] { return *clock += std::chrono::milliseconds(10); };  // names tell the order
  auto repo = Repo::create(store, short_log);
  for (int i = 1; i != 9; ++i) commit_values(repo, i);
  const auto history = [&] {
    std::vector<Timestamp> times;
    for (const format::Update& update : Repo::open(store).ops_log()) times.push_back(update.updated_at);
    return times;
  };
  const auto before = history();
  CHECK(before.size() == 9);
  const std::string orphan = "overwritten/" + format::backup_name(now() - std::chrono::hours(3), ObjectId<12, struct Test>{});
  const auto backups = keys(store, "overwritten/");
  block_on(store.put(orphan, as_bytes("left by who lost a race"), PutCondition::always())).value();
  block_on(store.put("overwritten/notes.txt", as_bytes("not ours"), PutCondition::always())).value();
  CollectOptions options;
  options.orphan_backups = now() - std::chrono::hours(1);
  CHECK(repo.garbage_collect(options).backups == 0);  // the store says that it is young
  options.orphan_backups = now() + std::chrono::hours(1);
  CHECK(repo.garbage_collect(CollectOptions()).backups == 0);
  CHECK(repo.garbage_collect(options).backups == 1);
  CHECK_FALSE(keys(store, "overwritten/").contains(orphan));
  CHECK(keys(store, "overwritten/").contains("overwritten/notes.txt"));
  for (const std::string& backup : backups) CHECK(keys(store, "overwritten/").contains(backup));
  const auto after = history();
  CHECK(std::equal(before.rbegin(), before.rend(), after.rbegin()));

  // Where the log is cut, what lies behind cannot be told from orphans.
  std::vector<std::string> doomed(backups.rbegin(), std::next(backups.rbegin(), 3));
  block_on(store.remove(doomed)).value();
  block_on(store.put(orphan, as_bytes("left by who lost a race"), PutCondition::always())).value();
  CHECK(history().size() < after.size());
  options.orphan_backups = now() + std::chrono::hours(1);
  CHECK(repo.garbage_collect(options).backups == 0);
}

TEST_CASE("repository/collect: beside writers who commit by clocks that differ, nothing is lost") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  {
    auto session = repo.writable_session("main");
    for (int i = 0; i != 4; ++i) session.create_array<int, 1>("/a" + std::to_string(i), line());
    session.commit("arrays");
  }
  std::array<std::atomic<Timestamp::rep>, 4> begun;  // when each writer's session began, in microseconds
  std::array<int, 4> last{};
  for (auto& time : begun) time = now().time_since_epoch().count();
  std::atomic<bool> enough = false;
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i != 4; ++i) {
    writers.emplace_back([&, i] {
      constexpr std::array<int, 4> minutes_off{0, 4, -4, 2};  // commits that are made ten minutes apart are refused
      Options options;
      options.environment.now = [by = std::chrono::minutes(minutes_off[i])] { return now() + by; };
      options.held_chunk_bytes = 0;  // chunks are stored as they are written, well before the commit
      auto own = Repo::open(store, options);
      for (int value = 1; !enough && value != 5000; ++value) {
        begun[i] = now().time_since_epoch().count();
        {
          auto dropped = own.writable_session("main");
          dropped.open_array<int, 1>("/a" + std::to_string(i)).write(std::vector<int>(1200, -value));
        }
        own.transaction("main", "a step", [&](auto& session) {
          session.template open_array<int, 1>("/a" + std::to_string(i)).write(std::vector<int>(1200, value));
        });
        last[i] = value;
      }
      begun[i] = INT64_MAX;
    });
  }
  auto keeper = Repo::open(store);
  std::uint64_t chunks = 0, collections = 0;
  while (std::any_of(begun.begin(), begun.end(), [](const auto& time) { return time != INT64_MAX; })) {
    Timestamp oldest = now();
    for (const auto& time : begun) oldest = std::min(oldest, Timestamp(Timestamp::duration(time)));
    CollectOptions collecting;
    collecting.older_than = oldest;
    chunks += keeper.garbage_collect(collecting).chunks;
    enough = ++collections >= 10 && chunks >= 100;
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(chunks >= 100);
  repo.expire_snapshots(all_but_the_newest());
  repo.garbage_collect(everything());
  auto session = Repo::open(store).readonly_session(Branch{"main"});
  for (std::size_t i = 0; i != 4; ++i) {
    CHECK(session.open_array<int, 1>("/a" + std::to_string(i)).read() == std::vector<int>(1200, last[i]));
  }
  CHECK(keys(store, "chunks/").size() == 4 * 4);
  CHECK(keys(store, "snapshots/").size() == 2);
}
