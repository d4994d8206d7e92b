// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include "support/damages.hpp"
#include "support/data.hpp"
#include "support/doctest.hpp"
#include "support/patient.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Repo = support::PatientRepo;
using support::can_read;
using support::copy_of;
using support::noise_values;
using support::patient;
using support::patient_options;
using support::told;

/// A real repository of tests/data, in memory.
storage::Memory real(const std::string& name) {
  const storage::Memory copy;
  const auto to = support::Objects::of(copy);
  const std::filesystem::path root = support::data_folder() / name;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) to.put(std::filesystem::relative(entry.path(), root).generic_string(), support::read_file(entry.path()));
  }
  return copy;
}

VerifyReport verify(const storage::Memory& store, bool deep = false) {
  VerifyOptions options;
  options.deep = deep;
  return Repo::attach(store).verify(options);
}

void check_healthy(const storage::Memory& store) {
  const VerifyReport report = verify(store, true);
  INFO(told(report));
  CHECK(report.is_sound());
  CHECK(report.warnings == 0);
  for (const auto& [kind, count] : report.counts) CHECK((kind == Damage::orphans || kind == Damage::unchecked_array));
  CHECK(report.snapshots != 0);
  CHECK_FALSE(report.changed_meanwhile);
}

}  // namespace

TEST_CASE("repository/verify: there is nothing to say of healthy repositories") {
  const storage::Memory store = patient();
  check_healthy(store);
  CHECK(can_read(store));
  for (const char* name : {"sst-v1", "sst-v2", "features-v2"}) {
    CAPTURE(name);
    check_healthy(real(name));
  }
  const storage::Memory fresh;
  auto repo = Repo::create(fresh);
  check_healthy(fresh);
  const VerifyReport report = verify(store, true);
  CHECK(report.snapshots == 3);
  CHECK(report.transaction_logs == 3);
  CHECK(report.manifests == 8);
  CHECK(report.virtual_chunk_refs == 2);
  CHECK(report.chunk_refs == 4 + 4 + 3 + 4 + 12 + 2);
  CHECK(report.chunks_decoded == 5 + 3 + 4 + 12);
  CHECK(report.backups >= 1);
}

TEST_CASE("repository/verify: amended, flushed, expired, resized and collected repositories are healthy") {
  const storage::Memory store = patient();
  auto repo = Repo::open(store, patient_options());
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/m/y", {.shape = {1200}, .chunks = {100}, .codecs = {}}).write(noise_values(1200, 7));
  session.delete_node("/b");
  session.commit("to be amended");
  session = repo.writable_session("main");
  session.delete_node("/m/y");
  session.open_array<int, 1>("/n").resize({450});
  CommitOptions amending;
  amending.amend = true;
  session.commit("in its place", amending);
  check_healthy(store);
  session = repo.writable_session("main");
  session.open_array<int, 1>("/n").resize({2000});
  session.open_array<int, 1>("/n").write(Box<1>{{1500}, {500}}, noise_values(500, 8));
  session.flush("aside");
  check_healthy(store);
  for (int i = 0; i != 3; ++i) {
    session = repo.writable_session("main");
    session.create_group("/g" + std::to_string(i)).set_attributes("{\"n\": 1}");
    session.commit("more");
  }
  const Timestamp later = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) + std::chrono::hours(1);
  ExpireOptions expiring;
  expiring.older_than = later;
  repo.expire_snapshots(expiring);
  CHECK(verify(store).orphans != 0);
  check_healthy(store);
  CollectOptions collecting;
  collecting.older_than = later;
  repo.garbage_collect(collecting);
  CHECK(verify(store).orphans == 0);
  check_healthy(store);
}

TEST_CASE("repository/verify: every seeded damage is named") {
  const storage::Memory healthy = patient();
  CHECK(support::damages().size() >= 100);
  for (const support::SeededDamage& damage : support::damages()) {
    CAPTURE(damage.name);
    const storage::Memory store = copy_of(healthy);
    damage.inflict(support::Objects::of(store));
    const VerifyReport report = verify(store, damage.deep);
    INFO(told(report));
    CHECK(std::any_of(report.findings.begin(), report.findings.end(), [&](const Finding& finding) {
      return finding.kind == damage.kind && finding.object.starts_with(damage.object);
    }));
    if (damage.deep) CHECK_FALSE(verify(store).counts.contains(damage.kind));
    if (!can_read(store)) CHECK(report.errors + report.warnings != 0);
  }
}

TEST_CASE("repository/verify: findings of one kind are listed up to a limit and counted beyond it") {
  const storage::Memory store = patient();
  const auto objects = support::Objects::of(store);
  for (const std::string& key : objects.list("chunks/")) objects.remove(key);
  VerifyOptions options;
  options.most_of_each_kind = 3;
  const VerifyReport report = Repo::attach(store).verify(options);
  CHECK(report.findings.size() == 3);
  CHECK(report.counts.at(Damage::missing_object) == report.errors);
  CHECK(report.errors == 8);  // four chunks of the newest snapshot, four of the one before
  for (const Finding& finding : report.findings) {
    CHECK(finding.path == "/a");
    CHECK(finding.index.size() == 1);
  }
}

TEST_CASE("repository/verify: progress is told, and ends with everything that was to be read") {
  const storage::Memory store = patient();
  VerifyOptions options;
  VerifyProgress last;
  bool grows = true;
  options.progress = [&](const VerifyProgress& progress) {
    grows = grows && progress.objects > last.objects && progress.bytes >= last.bytes && progress.objects_known >= progress.objects;
    last = progress;
  };
  const VerifyReport report = Repo::attach(store).verify(options);
  CHECK(grows);
  CHECK(last.objects >= report.snapshots + report.manifests + report.transaction_logs);
  CHECK(last.bytes != 0);
}

TEST_CASE("repository/verify: where there is nothing, there is no repository") {
  CHECK_THROWS_AS(verify(storage::Memory()), NotFoundError);
}

TEST_CASE("repository/verify: a ref of format 1 that names nothing is told of, and the others are looked at") {
  const storage::Memory store = real("sst-v1");
  const auto objects = support::Objects::of(store);
  const VerifyReport before = verify(store);
  objects.put("refs/branch.dev/ref.json", as_bytes("{\"snapshot\": \"nothing\"}"));
  objects.put("refs/other.thing", as_bytes("x"));
  const VerifyReport report = verify(store);
  CHECK(report.counts.at(Damage::bad_ref) == 1);
  CHECK(report.counts.at(Damage::unknown_object) == 1);
  CHECK(report.snapshots == before.snapshots);
  objects.remove("refs/branch.main/ref.json");
  CHECK(verify(store).counts.at(Damage::missing_object) == 1);
}

TEST_CASE("repository/verify: whatever byte of a file is changed, it ends, and says so if a reader would fail") {
  const storage::Memory healthy = patient();
  const auto from = support::Objects::of(healthy);
  std::size_t told_of = 0;
  for (const std::string& key : from.list("")) {
    if (key.starts_with("chunks/")) continue;
    const Bytes whole = from.get(key);
    const auto type = key.starts_with("snapshots/")      ? format::FileType::snapshot
                      : key.starts_with("manifests/")    ? format::FileType::manifest
                      : key.starts_with("transactions/") ? format::FileType::transaction_log
                                                         : format::FileType::repo_info;
    const Bytes body = format::open_file(whole, type, key).value().body;
    // Not each byte of all, but each of a table in some file.
    for (const bool of_body : {false, true}) {
      const Bytes& bytes = of_body ? body : whole;
      for (std::size_t at = of_body ? 3 : 0; at < bytes.size(); at += of_body ? 23 : 61) {
        const storage::Memory store = copy_of(healthy);
        Bytes changed = bytes;
        changed[at] ^= static_cast<std::byte>(1U << at % 8);
        support::Objects::of(store).put(key, of_body ? format::seal_file(changed, type) : changed);
        const VerifyReport report = verify(store, true);
        told_of += report.findings.empty() ? 0 : 1;
        CAPTURE(key);
        CAPTURE(of_body);
        CAPTURE(at);
        if (report.findings.empty()) CHECK(can_read(store));
      }
    }
  }
  CHECK(told_of > 300);
}
