// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

/// main with the groups /g1 to /g5, one a commit, made at the seconds 1 to 5.
struct FiveCommits {
  std::shared_ptr<std::int64_t> seconds = std::make_shared<std::int64_t>(0);
  Repo repo = Repo::create({}, at_seconds(seconds));
  std::vector<SnapshotId> ids{initial_snapshot_id};

  FiveCommits() {
    for (*seconds = 1; *seconds != 6; ++*seconds) {
      auto session = repo.writable_session("main");
      session.create_group("/g" + std::to_string(*seconds));
      ids.push_back(session.commit("commit"));
    }
  }
  static Options at_seconds(const std::shared_ptr<std::int64_t>& seconds) {
    Options options;
    options.environment.now = [seconds] { return Timestamp(std::chrono::seconds(*seconds)); };
    return options;
  }
  std::vector<SnapshotId> chain(const Version& version) {
    std::vector<SnapshotId> found;
    for (const auto& snapshot : repo.ancestry(version)) found.push_back(snapshot.id);
    return found;
  }
};

ExpireOptions before_second(std::int64_t second) {
  ExpireOptions options;
  options.older_than = Timestamp(std::chrono::seconds(second));
  return options;
}

std::vector<SnapshotId> sorted(std::vector<SnapshotId> ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

TEST_CASE("repository/expire: what is older goes, what is younger stands on the root and still says all that changed") {
  FiveCommits five;
  const auto& ids = five.ids;
  const auto whole = five.repo.diff(initial_snapshot_id, Branch{"main"}).new_groups;
  ExpireOptions dry = before_second(4);
  dry.dry_run = true;
  const Expired foreseen = five.repo.expire_snapshots(dry);
  CHECK(five.chain(Branch{"main"}).size() == 6);

  const Expired expired = five.repo.expire_snapshots(before_second(4));
  CHECK(expired == foreseen);
  CHECK(expired.released == sorted({ids[1], ids[2], ids[3]}));
  CHECK(expired.edited == std::vector<SnapshotId>{ids[4]});
  CHECK(expired.deleted_branches.empty());
  CHECK(five.chain(Branch{"main"}) == std::vector<SnapshotId>{ids[5], ids[4], ids[0]});
  CHECK(five.repo.diff(initial_snapshot_id, Branch{"main"}).new_groups == whole);
  CHECK(std::holds_alternative<format::ExpirationRan>(five.repo.ops_log().next()->kind));

  const Expired nothing = five.repo.expire_snapshots(before_second(4));
  CHECK(nothing == Expired());
  five.repo.expire_snapshots(before_second(100));  // the newest of main stays whatever its age
  CHECK(five.chain(Branch{"main"}) == std::vector<SnapshotId>{ids[5], ids[0]});
  CHECK(five.repo.diff(initial_snapshot_id, Branch{"main"}).new_groups == whole);
  auto session = five.repo.writable_session("main");
  session.create_group("/after");
  session.commit("goes on");
}

TEST_CASE("repository/expire: branches and tags hold their snapshots, unless they are to go with them") {
  FiveCommits five;
  const auto& ids = five.ids;
  five.repo.create_branch("old", ids[2]);
  five.repo.create_branch("at-main", ids[5]);
  five.repo.create_tag("old", ids[3]);
  five.repo.create_tag("first", initial_snapshot_id);
  Expired expired = five.repo.expire_snapshots(before_second(5));
  CHECK(expired.released == sorted({ids[1], ids[4]}));
  CHECK(five.chain(Branch{"main"}) == std::vector<SnapshotId>{ids[5], ids[0]});
  CHECK(five.chain(Branch{"old"}) == std::vector<SnapshotId>{ids[2], ids[0]});
  CHECK(five.chain(Tag{"old"}) == std::vector<SnapshotId>{ids[3], ids[2], ids[0]});

  ExpireOptions all = before_second(6);
  all.delete_expired_branches = true;
  all.delete_expired_tags = true;
  expired = five.repo.expire_snapshots(all);
  CHECK(expired.released == sorted({ids[2], ids[3]}));
  CHECK(expired.deleted_branches == std::vector<std::string>{"at-main", "old"});
  CHECK(expired.deleted_tags == std::vector<std::string>{"old"});
  CHECK(five.repo.list_branches() == std::vector<std::string>{"main"});
  CHECK(five.repo.list_tags() == std::vector<std::string>{"first"});
  try {
    five.repo.create_tag("old", ids[5]);
    FAIL("the name of a deleted tag was used again");
  } catch (const Error& error) {
    CHECK(error.code() == errc::tag_deleted);
  }
}

TEST_CASE("repository/expire: a session that began at what has expired cannot be rebased, and a read-only repository keeps all") {
  FiveCommits five;
  five.repo.create_branch("old", five.ids[1]);
  auto late = five.repo.writable_session("old");
  late.create_group("/late");
  five.repo.reset_branch("old", five.ids[5]);
  five.repo.set_status(RepoAvailability::read_only);
  CHECK_THROWS_AS(five.repo.expire_snapshots(before_second(5)), PermissionError);
  five.repo.set_status(RepoAvailability::online);
  five.repo.expire_snapshots(before_second(5));
  CommitOptions options;
  options.rebase_tries = 3;
  try {
    late.commit("late", options);
    FAIL("it was rebased on a history that does not hold its base");
  } catch (const Error& error) {
    CHECK(error.code() == errc::rebase_failed);
  }
}

TEST_CASE("repository/expire: ancestors in a ring, or that are missing, are an error") {
  format::RepoInfo info;
  const auto add = [&](std::uint8_t id, std::uint8_t parent, std::int64_t second) {
    format::SnapshotInfo snapshot;
    snapshot.id.bytes[0] = id;
    snapshot.parent.emplace();
    snapshot.parent->bytes[0] = parent;
    snapshot.flushed_at = Timestamp(std::chrono::seconds(second));
    info.snapshots.push_back(snapshot);
  };
  add(1, 2, 1);
  add(2, 1, 1);
  add(3, 2, 9);
  info.branches["main"] = info.snapshots[2].id;
  format::RepoInfo missing = info;
  CHECK(detail::expire(info, before_second(5)).error().code() == errc::corrupt);
  missing.snapshots.edit(0).parent->bytes[0] = 7;
  CHECK(detail::expire(missing, before_second(5)).error().code() == errc::corrupt);
}
