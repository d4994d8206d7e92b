// SPDX-License-Identifier: Apache-2.0
// A small repository with something of everything that can be damaged, for the tests of verify and repair.
#pragma once

#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/bytes.hpp"
#include "support/damages.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace support {

using PatientRepo = varve::Repository<varve::storage::Memory>;

using namespace varve;

inline std::vector<int> noise_values(std::size_t count, std::uint64_t seed) {
  std::vector<int> values(count);
  const varve::Bytes bytes = noise(count * sizeof(int), seed);
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

inline Options patient_options() {
  Options options;
  options.chunk_refs_per_manifest = 4;
  options.updates_per_repo_info = 5;
  return options;
}

/// A repository with something of everything that can be damaged. tests/interop/test_verify.py makes the same with the
/// reference.
inline storage::Memory patient() {
  const storage::Memory store;
  auto repo = PatientRepo::create(store, patient_options());
  repo.set_metadata({{"who", Json("nobody in particular")}});
  auto session = repo.writable_session("main");
  session.create_group("/");
  session.create_array<int, 1>("/a", {.shape = {1200}, .chunks = {300}, .codecs = {codec::zstd(3)}, .dimension_names = {"t"}})
      .write(noise_values(1200, 1));
  session.create_array<int, 1>("/b", {.shape = {60}, .chunks = {20}, .codecs = {codec::zstd(3)}}).write(noise_values(60, 2));
  session.create_group("/m");
  session.create_array<int, 2>("/m/x", {.shape = {4, 6}, .chunks = {2, 3}, .codecs = {}}).write(noise_values(24, 3));
  session.create_array<int, 1>("/n", {.shape = {1200}, .chunks = {100}, .codecs = {}}).write(noise_values(1200, 4));
  auto there = session.create_array<int, 1>("/v", {.shape = {4}, .chunks = {2}, .codecs = {}});
  for (std::uint32_t i = 0; i != 2; ++i) {
    there.set_chunk_ref(std::array{i}, ChunkPayload::virtual_location("s3://bucket/file", 8 * i, 8));
  }
  const SnapshotId first = session.commit("all of it", {{"author", Json("me")}});
  repo.create_tag("v1", first);
  repo.create_branch("dev", first);
  session = repo.writable_session("main");
  session.open_array<int, 1>("/a").write(Box<1>{{0}, {300}}, noise_values(300, 5));
  const SnapshotId second = session.commit("a part of it", {{"author", Json("you")}});
  repo.create_tag("v2", second);
  for (const char* tag : {"d1", "d2"}) {
    repo.create_tag(tag, first);
    repo.delete_tag(tag);
  }
  for (const Feature feature : {Feature::move_node, Feature::create_tag}) repo.set_feature(feature, false);
  return store;
}

inline storage::Memory copy_of(const storage::Memory& store) {
  const storage::Memory copy;
  const auto from = Objects::of(store), to = Objects::of(copy);
  for (const std::string& key : from.list("")) to.put(key, from.get(key));
  return copy;
}

inline std::string told(const VerifyReport& report) {
  std::string text;
  for (const Finding& finding : report.findings) {
    text += std::string(name_of(finding.severity)) + " " + std::string(name_of(finding.kind)) + " " + finding.object + " " +
            finding.path + ": " + finding.what + " [" + std::string(name_of(finding.repair)) + "]\n";
  }
  return text;
}

/// Whether everything that a repository shows can be read: refs, histories, every array of every snapshot.
inline bool can_read(const storage::Memory& store) {
  try {
    auto repo = PatientRepo::open(store);
    for (const format::Update& update : repo.ops_log()) static_cast<void>(update);
    std::vector<SnapshotId> snapshots;
    for (const std::string& name : repo.list_branches()) {
      for (const auto& snapshot : repo.ancestry(Branch{name})) snapshots.push_back(snapshot.id);
    }
    for (const std::string& name : repo.list_tags()) snapshots.push_back(repo.lookup_tag(name));
    for (const SnapshotId id : snapshots) {
      auto session = repo.readonly_session(id);
      for (const NodeInfo& node : session.nodes()) {
        if (node.kind == NodeKind::array && node.path.text() != "/v") session.open_array(node.path.text()).read_bytes();
      }
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace support
