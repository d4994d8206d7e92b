// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/damages.hpp"
#include "support/doctest.hpp"
#include "support/patient.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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
const std::set<std::string> beyond_repair{"unknown operation"};

void inflict(const storage::Memory& store, std::string_view name) {
  const auto& damages = support::damages();
  const auto named = [&](const support::SeededDamage& damage) { return damage.name == name; };
  std::find_if(damages.begin(), damages.end(), named)->inflict(support::Objects::of(store));
}

/// Commits whose logs say everything that logs can, one after the other.
std::vector<SnapshotId> eventful(Repo& repo) {
  std::vector<SnapshotId> commits;
  auto session = repo.writable_session("main");
  session.create_group("/");
  session.create_group("/g");
  session.create_array<int, 2>("/g/a", {.shape = {8, 8}, .chunks = {2, 2}, .codecs = {}}).write(support::noise_values(64, 1));
  session.create_array<int, 1>("/b", {.shape = {1200}, .chunks = {100}, .codecs = {}}).write(support::noise_values(1200, 2));
  auto there = session.create_array<int, 1>("/v", {.shape = {4}, .chunks = {2}, .codecs = {}});
  for (std::uint32_t i = 0; i != 2; ++i) there.set_chunk_ref(std::array{i}, ChunkPayload::virtual_location("s3://bucket/file", 8 * i, 8));
  session.create_array<int, 1>("/empty", {.shape = {4}, .chunks = {2}, .codecs = {}});
  session.create_group("/gone").set_attributes(R"({"k": 1})");
  commits.push_back(session.commit("made"));

  session = repo.writable_session("main");
  session.open_array<int, 2>("/g/a").write(Box<2>{{2, 2}, {4, 2}}, support::noise_values(8, 3));
  auto shrunk = session.open_array<int, 1>("/b");
  shrunk.resize({450});
  shrunk.set_attributes(R"({"unit": "K"})");
  session.open_array<int, 1>("/v").set_chunk_ref(std::array<std::uint32_t, 1>{1}, ChunkPayload::virtual_location("s3://bucket/other", 8, 8));
  session.delete_node("/gone");
  session.open_group("/g").set_attributes(R"({"k": 2})");
  commits.push_back(session.commit("changed"));

  session = repo.rearrange_session("main");
  session.move("/g", "/h");
  session.move("/b", "/h/c");
  commits.push_back(session.commit("moved"));

  session = repo.writable_session("main");
  session.delete_node("/h");
  session.create_array<int, 2>("/h", {.shape = {8, 8}, .chunks = {4, 4}, .codecs = {}}).write(support::noise_values(64, 4));
  commits.push_back(session.commit("deleted and made again"));
  return commits;
}

/// Everything that can be read of the newest snapshot of main, by path.
std::map<std::string, std::pair<std::string, Bytes>> contents(const storage::Memory& store) {
  std::map<std::string, std::pair<std::string, Bytes>> all;
  auto session = Repo::open(store).readonly_session(Branch{"main"});
  for (const NodeInfo& node : session.nodes()) {
    auto& [attributes, bytes] = all[node.path.text()];
    if (node.kind == NodeKind::group) {
      attributes = session.open_group(node.path.text()).attributes();
    } else {
      auto array = session.open_array(node.path.text());
      attributes = array.attributes();
      if (node.path.text() != "/v") bytes = array.read_bytes();
    }
  }
  return all;
}

/// Changes the newest snapshot of main where it lies, as nobody should.
void edit_tip(const storage::Memory& store, const std::function<void(format::SnapshotData&)>& change) {
  const auto objects = support::Objects::of(store);
  const std::string key = format::snapshot_key(Repo::open(store).lookup_branch("main"));
  const auto file = format::open_file(objects.get(key), format::FileType::snapshot, key).value();
  auto data = format::copy_snapshot(format::SnapshotView::open(file.body, file.version, key).value()).value();
  change(data);
  std::set<ManifestId> used;
  for (const format::NodeData& node : data.nodes) {
    for (const format::ManifestRefData& ref : node.manifests) used.insert(ref.id);
  }
  std::erase_if(data.manifests, [&](const format::ManifestFile& manifest) { return !used.contains(manifest.id); });
  objects.put(key, format::seal_file(format::encode_snapshot(std::move(data)).value(), format::FileType::snapshot));
}
format::NodeData& node_at(format::SnapshotData& data, std::string_view path) {
  return *std::find_if(data.nodes.begin(), data.nodes.end(), [&](const format::NodeData& node) { return node.path == path; });
}
/// Makes a group of an array, without a trace.
void make_group(format::NodeData& node) {
  node.kind = format::NodeKind::group;
  node.shape.clear();
  node.dimension_names.reset();
  node.manifests.clear();
}

/// A repository of one commit: nobody knows what was before.
storage::Memory orphan() {
  const storage::Memory store;
  auto repo = Repo::create(store, support::patient_options());
  auto session = repo.writable_session("main");
  session.create_group("/");
  session.create_array<int, 1>("/a", {.shape = {1200}, .chunks = {300}, .codecs = {}}).write(support::noise_values(1200, 1));
  session.create_array<int, 1>("/b", {.shape = {1200}, .chunks = {300}, .codecs = {}}).write(support::noise_values(1200, 2));
  session.create_array<int, 1>("/e", {.shape = {1200}, .chunks = {300}, .codecs = {}});
  session.create_group("/m").set_attributes(R"({"k": 1})");
  session.commit("made");
  return store;
}

bool log_of_tip_differs(const storage::Memory& store) {
  const std::string key = format::transaction_log_key(Repo::open(store).lookup_branch("main"));
  const VerifyReport report = verify(store);
  return std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) { return finding.object == key; });
}

std::string actions_of(const RepairReport& report) {
  std::string text;
  for (const RepairAction& action : report.actions) text += action.what;
  return text;
}

bool is_same(const Diff& a, const Diff& b) {
  return a.new_groups == b.new_groups && a.new_arrays == b.new_arrays && a.deleted_groups == b.deleted_groups &&
         a.deleted_arrays == b.deleted_arrays && a.updated_groups == b.updated_groups && a.updated_arrays == b.updated_arrays &&
         a.updated_chunks == b.updated_chunks && a.moved_nodes == b.moved_nodes;
}

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
    if (!report.actions.empty()) CHECK((!log_of_tip_differs(store) || !report.left.empty()));
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
  inflict(store, "chunk missing");
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
    inflict(store, name);
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

TEST_CASE("repository/repair: logs that are missing are made again from snapshots, and differences are what they were") {
  const storage::Memory store;
  auto repo = Repo::create(store, support::patient_options());
  const auto commits = eventful(repo);
  std::vector<Diff> before;
  for (std::size_t i = 1; i != commits.size(); ++i) before.push_back(repo.diff(commits[i - 1], commits[i]));
  before.push_back(repo.diff(initial_snapshot_id, commits.back()));
  const auto objects = support::Objects::of(store);
  for (const std::string& key : objects.list("transactions/")) objects.remove(key);
  const auto left = objects.list("");
  CHECK(verify(store).errors == commits.size());

  auto again = Repo::open(store);
  const RepairReport report = again.repair();
  INFO(told_of(report));
  CHECK(report.left.empty());
  CHECK(report.actions.size() == commits.size() + 1);
  for (const RepairAction& action : report.actions) CHECK(action.kind == Repair::rebuild_log);
  for (const std::string& key : objects.list("")) CHECK((left.contains(key) || key.starts_with("transactions/")));
  const VerifyReport after = verify(store);
  INFO(told(after));
  CHECK(after.errors + after.warnings == 0);
  for (std::size_t i = 1; i != commits.size(); ++i) {
    CAPTURE(i);
    CHECK(is_same(again.diff(commits[i - 1], commits[i]), before[i - 1]));
  }
  CHECK(is_same(again.diff(initial_snapshot_id, commits.back()), before.back()));
  CHECK(again.repair().actions.empty());
}

TEST_CASE("repository/repair: a log whose snapshots cannot be compared is left, and so is one that is there") {
  const storage::Memory store = patient();
  const auto objects = support::Objects::of(store);
  auto repo = Repo::open(store);
  const SnapshotId tip = repo.lookup_branch("main"), first = repo.lookup_tag("v1");
  const std::string log = format::transaction_log_key(tip);
  inflict(store, "manifest missing");
  objects.remove(log);
  objects.put(format::transaction_log_key(first), support::bytes_of("no log at all"));
  const RepairReport report = Repo::attach(store).repair();
  INFO(told_of(report));
  const auto is_left = [&](const std::string& key) {
    return std::any_of(report.left.begin(), report.left.end(), [&](const std::string& left) { return left.starts_with(key); });
  };
  CHECK(is_left(log));
  CHECK(is_left(format::transaction_log_key(first)));
  CHECK_FALSE(objects.list("transactions/").contains(log));
  CHECK(objects.get(format::transaction_log_key(first)) == support::bytes_of("no log at all"));
}

TEST_CASE("repository/repair: a ring of ancestors is cut where a snapshot is older than its parent") {
  const storage::Memory store;
  auto repo = Repo::create(store, support::patient_options());
  const auto commits = eventful(repo);
  const auto history = [&] {
    std::vector<SnapshotId> ids;
    auto opened = Repo::open(store);
    for (const auto& snapshot : opened.ancestry(Branch{"main"})) ids.push_back(snapshot.id);
    return ids;
  };
  const auto before = history();
  const auto objects = support::Objects::of(store);
  const auto edit = [&](const std::string& key, SnapshotId child, SnapshotId parent) {
    auto info = format::decode_repo_info(format::open_file(objects.get(key), format::FileType::repo_info, key)->body, key).value();
    for (std::size_t i = 0; i != info.snapshots.size(); ++i) {
      if (info.snapshots[i].id == child) info.snapshots.edit(i).parent = parent;
    }
    objects.put(key, format::seal_file(format::encode_repo_info(info).value(), format::FileType::repo_info));
  };
  SUBCASE("a backup knows the parent") {
    edit("repo", commits[1], commits[3]);
    const RepairReport report = Repo::attach(store).repair();
    INFO(told_of(report));
    REQUIRE(report.actions.size() == 1);
    CHECK(report.actions[0].kind == Repair::rewrite_repo);
    CHECK(report.actions[0].what.find(commits[0].to_string()) != std::string::npos);
    CHECK(history() == before);
    CHECK(verify(store).errors == 0);
  }
  SUBCASE("nobody knows it") {
    edit("repo", commits[1], commits[3]);
    for (const std::string& key : objects.list("overwritten/")) objects.remove(key);
    Repo::attach(store).repair();
    CHECK(history() == std::vector(before.begin(), before.begin() + 3));
  }
  SUBCASE("it is its own parent, in backups as well") {
    edit("repo", commits[2], commits[2]);
    for (const std::string& key : objects.list("overwritten/")) edit(key, commits[2], commits[2]);
    Repo::attach(store).repair();
    CHECK(history() == std::vector(before.begin(), before.begin() + 2));
    CHECK(verify(store).errors == 0);
  }
}

TEST_CASE("repository/repair: a configuration comes back from a backup, or is as by default") {
  for (const bool with_backups : {true, false}) {
    CAPTURE(with_backups);
    const storage::Memory store = patient();
    auto repo = Repo::open(store);
    RepositoryConfig config;
    config.inline_chunk_threshold_bytes = 77;
    repo.save_config(config);
    repo.create_branch("later", repo.lookup_branch("main"));
    const auto objects = support::Objects::of(store);
    inflict(store, "config damaged");
    if (!with_backups) {
      for (const std::string& key : objects.list("overwritten/")) objects.remove(key);
    }
    const RepairReport report = Repo::attach(store).repair();
    INFO(told_of(report));
    CHECK(report.actions.size() >= 1);
    CHECK(works(store));
    CHECK(verify(store).errors == 0);
    CHECK(Repo::open(store).config().inline_chunk_threshold_bytes.has_value() == with_backups);
  }
}

TEST_CASE("repository/repair: an operation of a later format is kept, and what would lose it is not done") {
  const storage::Memory store = patient();
  const auto objects = support::Objects::of(store);
  inflict(store, "unknown operation");
  const Bytes before = objects.get("repo");
  const RepairReport report = Repo::attach(store).repair();
  CHECK(report.actions.empty());
  REQUIRE(report.left.size() == 1);
  CHECK(report.left[0].find("later version") != std::string::npos);
  CHECK(objects.get("repo") == before);
}

TEST_CASE("repository/repair: nodes are as they were once ancestors have told what belongs there") {
  const storage::Memory healthy = patient();
  const auto before = contents(healthy);
  for (const char* name : {"path twice", "node id twice", "zarr.json damaged", "zarr.json of a group damaged", "array as a group"}) {
    CAPTURE(name);
    const storage::Memory store = copy_of(healthy);
    inflict(store, name);
    const SnapshotId broken = Repo::open(store).lookup_branch("main");
    const RepairReport report = Repo::attach(store).repair();
    INFO(told_of(report));
    REQUIRE(report.actions.size() == 1);
    CHECK(report.actions[0].kind == Repair::mend_branch);
    CHECK(report.actions[0].what.find("no chunk is lost") != std::string::npos);
    CHECK(contents(store) == before);
    const Diff diff = Repo::open(store).diff(broken, Branch{"main"});
    const std::string_view of = name;
    CHECK(diff.moved_nodes == (of == "path twice" ? std::vector{MovedNode{"/a", "/b"}} : std::vector<MovedNode>()));
    CHECK(diff.new_arrays == (of == "node id twice" ? std::set<std::string>{"/b"} : std::set<std::string>()));
    CHECK(diff.updated_groups == (of == "zarr.json of a group damaged" ? std::set<std::string>{"/m"} : std::set<std::string>()));
    CHECK(Repo::attach(store).repair().actions.empty());
  }
}

TEST_CASE("repository/repair: what an ancestor gives back has the shape of today") {
  const storage::Memory store = patient();
  auto session = Repo::open(store).writable_session("main");
  session.open_array<int, 1>("/n").resize({450});
  session.open_group("/m").set_attributes(R"({"unit": "K"})");
  session.commit("cut");
  session = Repo::open(store).writable_session("main");
  session.open_array<int, 1>("/n").resize({350});
  session.commit("cut again");
  auto before = contents(store);
  SUBCASE("zarr.json that cannot be read") {
    edit_tip(store, [](auto& data) {
      node_at(data, "/n").zarr_json = "{";
      node_at(data, "/m").zarr_json = "[]";
    });
  }
  SUBCASE("zarr.json of a group") {
    edit_tip(store, [](auto& data) { node_at(data, "/n").zarr_json = zarr::group_json(); });
  }
  SUBCASE("an array that is a group without a trace") {
    edit_tip(store, [](auto& data) { make_group(node_at(data, "/n")); });
  }
  SUBCASE("a group with the zarr.json of an array") {
    edit_tip(store, [](auto& data) { node_at(data, "/m").zarr_json = node_at(data, "/n").zarr_json; });
  }
  CHECK(verify(store).errors != 0);
  const RepairReport report = Repo::attach(store).repair(all_of_it());
  INFO(told_of(report));
  CHECK(report.actions.size() == 1);
  CHECK(contents(store) == before);
  CHECK(works(store));
  CHECK_FALSE(log_of_tip_differs(store));
}

TEST_CASE("repository/repair: where no ancestor knows what belongs there, nothing is made up") {
  const storage::Memory store = orphan();
  auto before = contents(store);
  std::string told;
  bool mended = true;
  SUBCASE("a group begins anew") {
    edit_tip(store, [](auto& data) { node_at(data, "/m").zarr_json = "{"; });
    before.at("/m").first = "{}";
    told = "attributes are lost";
  }
  SUBCASE("an array without its zarr.json is left") {
    edit_tip(store, [](auto& data) { node_at(data, "/a").zarr_json = "{"; });
    mended = false;
  }
  SUBCASE("and so is one with that of a group") {
    edit_tip(store, [](auto& data) { node_at(data, "/a").zarr_json = zarr::group_json(); });
    mended = false;
  }
  SUBCASE("a group with the zarr.json of an array is one") {
    edit_tip(store, [](auto& data) { make_group(node_at(data, "/a")); });
    before.at("/a").second.assign(4800, std::byte{0});
    told = "without chunks";
  }
  SUBCASE("unless it has children") {
    edit_tip(store, [](auto& data) { node_at(data, "/").zarr_json = node_at(data, "/a").zarr_json; });
    told = "attributes are lost";
  }
  SUBCASE("an array without chunks, and with the zarr.json of a group, is one") {
    edit_tip(store, [](auto& data) { node_at(data, "/e").zarr_json = zarr::group_json(); });
    before.at("/e").second.clear();
    told = "is a group";
  }
  SUBCASE("the first of two nodes with one id keeps it, and each its chunks") {
    inflict(store, "node id twice");
    told = "a new id";
  }
  SUBCASE("the first of two nodes with one path stays") {
    inflict(store, "path twice");
    before.erase("/b");
    told = "left out a node at `/a`";
  }
  const RepairReport report = Repo::attach(store).repair(all_of_it());
  INFO(told_of(report));
  CHECK(actions_of(report).find(told) != std::string::npos);
  CHECK(report.actions.size() == (mended ? 1 : 0));
  if (mended) {
    CHECK(contents(store) == before);
    CHECK_FALSE(log_of_tip_differs(store));
    CHECK(Repo::attach(store).repair().actions.empty());
  } else {
    CHECK(std::any_of(report.left.begin(), report.left.end(), [](const std::string& left) { return left.starts_with("branch main: `/a`"); }));
  }
}

TEST_CASE("repository/repair: two nodes that show the same chunks under one id each keep them") {
  const storage::Memory store = orphan();
  edit_tip(store, [](auto& data) {
    node_at(data, "/b").id = node_at(data, "/a").id;
    node_at(data, "/b").manifests = node_at(data, "/a").manifests;
  });
  auto before = contents(store);
  CHECK(before.at("/b") == before.at("/a"));
  const RepairReport report = Repo::attach(store).repair();
  INFO(told_of(report));
  CHECK(report.actions.size() == 1);
  CHECK(contents(store) == before);
  auto session = Repo::open(store).writable_session("main");
  session.open_array<int, 1>("/b").write(std::vector<int>(1200, 7));
  session.commit("one of them");
  CHECK(contents(store).at("/a") == before.at("/a"));
}

TEST_CASE("repository/repair: whatever byte of a snapshot, a log or `repo` is changed, it ends, and leaves nothing that it could mend") {
  const storage::Memory healthy = patient();
  const auto from = support::Objects::of(healthy);
  for (const std::string& key : from.list("")) {
    const bool of_snapshot = key.starts_with("snapshots/"), of_log = key.starts_with("transactions/");
    if (!of_snapshot && !of_log && key != "repo") continue;
    const auto type = of_snapshot ? format::FileType::snapshot : of_log ? format::FileType::transaction_log : format::FileType::repo_info;
    const Bytes body = format::open_file(from.get(key), type, key).value().body;
    for (std::size_t at = 3; at < body.size(); at += 29) {
      const storage::Memory store = copy_of(healthy);
      Bytes changed = body;
      changed[at] ^= static_cast<std::byte>(1U << at % 8);
      support::Objects::of(store).put(key, format::seal_file(changed, type));
      CAPTURE(key);
      CAPTURE(at);
      const RepairReport report = Repo::attach(store).repair(all_of_it());
      const VerifyReport after = verify(store);
      INFO(told_of(report));
      INFO(told(after));
      for (const Finding& finding : after.findings) {
        CHECK((finding.severity != Severity::error || finding.repair == Repair::none || !report.left.empty()));
      }
    }
  }
}
