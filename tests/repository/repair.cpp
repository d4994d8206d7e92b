// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/damages.hpp"
#include "support/doctest.hpp"
#include "support/patient.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

using namespace varve;
using support::copy_of;
using support::patient;
using support::told;
using Repo = support::PatientRepo;

namespace {

RepairOptions all_of_it() {
  RepairOptions options;
  options.deep = true;
  options.drop_refs = true;
  return options;
}

VerifyReport verify(const storage::Memory& store) {
  VerifyOptions options;
  options.deep = true;
  return Repo::attach(store).verify(options);
}

std::string told_of(const RepairReport& report) {
  std::string text = told(report.before);
  for (const RepairAction& action : report.actions) text += "did " + std::string(name_of(action.kind)) + " " + action.object + ": " + action.what + "\n";
  for (const std::string& left : report.left) text += "left " + left + "\n";
  return text;
}

/// Whether the newest snapshot of `main` can be read, but for what is virtual, and committed on.
bool works(const storage::Memory& store) {
  try {
    auto repo = Repo::open(store);
    auto session = repo.writable_session("main");
    for (const NodeInfo& node : session.nodes()) {
      if (node.kind == NodeKind::array && node.path.text() != "/v") session.open_array(node.path.text()).read_bytes();
    }
    session.open_array<int, 1>("/n").write(Box<1>{{0}, {100}}, support::noise_values(100, 9));
    session.create_group("/after");
    session.commit("it goes on");
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<int> read_a(const storage::Memory& store) {
  return Repo::open(store).readonly_session(Branch{"main"}).open_array<int, 1>("/a").read();
}

/// What nobody can put right: it is not known what belongs there.
const std::set<std::string> beyond_repair{
    "ancestry in a ring", "config damaged", "unknown operation", "path twice", "node id twice", "zarr.json damaged",
    "zarr.json of a group damaged", "array as a group"};

}  // namespace

TEST_CASE("repository/repair: what is healthy is left alone") {
  const storage::Memory store = patient();
  const auto before = support::Objects::of(store).list("");
  const RepairReport report = Repo::open(store).repair(all_of_it());
  CHECK(report.actions.empty());
  CHECK(report.left.empty());
  CHECK(support::Objects::of(store).list("") == before);
}

TEST_CASE("repository/repair: after every seeded damage the repository can be read and committed to, or it is said why not") {
  const storage::Memory healthy = patient();
  for (const support::SeededDamage& damage : support::damages()) {
    CAPTURE(damage.name);
    const storage::Memory store = copy_of(healthy);
    const auto objects = support::Objects::of(store);
    damage.inflict(objects);
    const auto before = objects.list("");
    RepairOptions dry = all_of_it();
    dry.dry_run = true;
    const RepairReport foreseen = Repo::attach(store).repair(dry);
    CHECK(objects.list("") == before);
    const RepairReport report = Repo::attach(store).repair(all_of_it());
    INFO(told_of(report));
    CHECK(foreseen.actions.size() == report.actions.size());
    for (const std::string& key : before) CHECK(objects.list(key).contains(key));
    if (beyond_repair.contains(damage.name)) {
      CHECK(report.actions.empty());
      continue;
    }
    CHECK(works(store));
    const VerifyReport after = verify(store);
    INFO(told(after));
    for (const Finding& finding : after.findings) {
      CHECK((finding.severity != Severity::error || finding.repair == Repair::none));  // older snapshots stay as they are
    }
    if (report.actions.empty()) CHECK(report.before.errors == after.errors);
  }
}

TEST_CASE("repository/repair: what is expired and collected after a repair takes all damage with it") {
  const storage::Memory store = patient();
  const auto objects = support::Objects::of(store);
  for (const std::string& key : objects.list("chunks/")) {
    objects.remove(key);
    break;
  }
  auto repo = Repo::open(store);
  repo.repair();
  CHECK_FALSE(verify(store).is_sound());
  repo.delete_branch("dev");
  for (const char* tag : {"v1", "v2"}) repo.delete_tag(tag);
  ExpireOptions expiring;
  expiring.older_than = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) + std::chrono::hours(1);
  repo.expire_snapshots(expiring);
  CollectOptions collecting;
  collecting.older_than = expiring.older_than;
  repo.garbage_collect(collecting);
  const VerifyReport report = verify(store);
  INFO(told(report));
  CHECK(report.is_sound());
}

TEST_CASE("repository/repair: a new commit leaves out the chunks that are lost, and says so") {
  const storage::Memory store = patient();
  const auto objects = support::Objects::of(store);
  const auto whole = read_a(store);
  const SnapshotId before = Repo::open(store).lookup_branch("main");
  const auto& damages = support::damages();
  std::find_if(damages.begin(), damages.end(), [](const auto& d) { return d.name == "chunk missing"; })->inflict(objects);
  auto repo = Repo::open(store);
  const RepairReport report = repo.repair();
  REQUIRE(report.actions.size() == 1);
  CHECK(report.actions[0].kind == Repair::mend_branch);
  CHECK(report.actions[0].object == "main");
  CHECK(report.actions[0].what.find("without 1 chunks") != std::string::npos);
  const auto mended = read_a(store);
  CHECK(std::count(mended.begin(), mended.end(), 0) >= 300);
  CHECK(std::equal(mended.begin() + 300, mended.end(), whole.begin() + 300));
  const auto newest = repo.ancestry(Branch{"main"}).next();
  CHECK(newest->parent == before);
  const Diff diff = repo.diff(before, Branch{"main"});
  CHECK(diff.updated_chunks.at("/a") == std::set<std::vector<std::uint32_t>>{{0}});
  CHECK(diff.updated_chunks.size() == 1);
  CHECK(repo.repair().actions.empty());
}

TEST_CASE("repository/repair: a lost `repo` comes back from the newest backup, and what is lost with it is told") {
  const storage::Memory store = patient();
  auto repo = Repo::open(store);
  const SnapshotId before = repo.lookup_branch("main");
  auto session = repo.writable_session("main");
  session.create_group("/last");
  const SnapshotId lost = session.commit("the last one");
  const auto objects = support::Objects::of(store);
  const Bytes broken = support::bytes_of("nothing of a repository");
  objects.put("repo", broken);
  const auto backups = objects.list("overwritten/");
  const RepairReport report = Repo::attach(store).repair();
  REQUIRE(report.actions.size() == 1);
  CHECK(report.actions[0].kind == Repair::restore_repo);
  CHECK(report.actions[0].what.find(lost.to_string()) != std::string::npos);
  CHECK(Repo::open(store).lookup_branch("main") == before);
  bool kept = false;
  for (const std::string& key : objects.list("overwritten/")) kept = kept || (!backups.contains(key) && objects.get(key) == broken);
  CHECK(kept);
  CHECK(verify(store).is_sound());

  objects.remove("repo");
  for (const std::string& key : objects.list("overwritten/")) objects.remove(key);
  const RepairReport hopeless = Repo::attach(store).repair();
  CHECK(hopeless.actions.empty());
  CHECK(hopeless.left.size() == 1);
}

TEST_CASE("repository/repair: of the backups of one millisecond the newest is taken, whatever their names") {
  Options options;
  auto moment = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  moment = std::chrono::ceil<std::chrono::milliseconds>(moment);
  options.environment.now = [&] { return moment; };
  for (int round = 0; round < 8; ++round) {
    const storage::Memory store;
    auto repo = Repo::create(store, options);
    std::vector<SnapshotId> tips;
    for (int i = 0; i < 6; ++i) {
      moment += std::chrono::microseconds(1);
      auto session = repo.writable_session("main");
      session.create_group("/" + std::to_string(i));
      tips.push_back(session.commit("one more"));
    }
    support::Objects::of(store).put("repo", support::bytes_of("nothing of a repository"));
    Repo::attach(store).repair();
    CHECK(Repo::open(store).lookup_branch("main") == tips[4]);
  }
}

TEST_CASE("repository/repair: refs are only dropped where that is asked for") {
  const storage::Memory healthy = patient();
  for (const char* name : {"snapshot missing", "tag nowhere", "branch nowhere"}) {
    CAPTURE(name);
    const storage::Memory store = copy_of(healthy);
    const auto& damages = support::damages();
    std::find_if(damages.begin(), damages.end(), [&](const auto& d) { return d.name == name; })->inflict(support::Objects::of(store));
    const RepairReport report = Repo::attach(store).repair();
    CHECK(report.actions.empty());
    CHECK_FALSE(report.left.empty());
  }
  const storage::Memory store = copy_of(healthy);
  Repo::open(store).set_feature(Feature::delete_tag, false);
  const auto objects = support::Objects::of(store);
  objects.remove(format::snapshot_key(Repo::open(store).lookup_tag("v1")));
  RepairOptions dropping;
  dropping.drop_refs = true;
  const RepairReport report = Repo::open(store).repair(dropping);
  REQUIRE(report.actions.size() == 1);  // of the branch dev
  CHECK(report.actions[0].kind == Repair::move_branch);
  CHECK(std::any_of(report.left.begin(), report.left.end(), [](const std::string& left) { return left.starts_with("tag v1: "); }));
}
