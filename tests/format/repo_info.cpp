// SPDX-License-Identifier: Apache-2.0
#include <varve/format/repo_info.hpp>

#include <varve/format/generated/icechunk.hpp>
#include <varve/format/metadata.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
using varve::Json;
using varve::SnapshotId;
namespace fb = varve::format::fb;

namespace {

SnapshotId id(std::uint8_t first) {
  SnapshotId out;
  out.bytes[0] = first;
  return out;
}

varve::Timestamp at(std::int64_t us) { return varve::Timestamp(std::chrono::microseconds(1'700'000'000'000'000 + us)); }

/// A repository with every field set and every operation in its log.
RepoInfo full() {
  RepoInfo info;
  info.branches = {{"", id(1)}, {"a/b", id(3)}, {"main", id(2)}};
  info.tags = {{"v1", id(1)}};
  info.deleted_tags = {"v0", "v00"};
  info.status = {RepoAvailability::read_only, at(5), "maintenance"};
  info.metadata = {{"owner", "me"}, {"list", Json::Array{1, 2.5, nullptr}}};
  for (const std::uint8_t first : std::vector<std::uint8_t>{1, 2, 3}) {
    SnapshotInfo snapshot;
    snapshot.id = id(first);
    snapshot.flushed_at = at(first);
    snapshot.message = "commit " + std::to_string(first);
    snapshot.metadata = {{"n", Json(first)}};
    info.snapshots.push_back(snapshot);
  }
  info.snapshots.edit(0).parent = id(3);
  info.snapshots.edit(1).parent = id(1);
  info.snapshots.edit(1).pruned_ancestor_tx_logs = {id(9), id(8), id(7)};
  RepoStatus offline{RepoAvailability::offline, at(1), std::nullopt};
  const std::vector<UpdateKind> kinds{
      RepoInitialized{}, RepoMigrated{1, 2}, ConfigChanged{}, MetadataChanged{}, TagCreated{"t"}, TagDeleted{"t", id(1)},
      BranchCreated{"b"}, BranchDeleted{"b", id(2)}, BranchReset{"b", id(3)}, NewCommit{"main", id(1)},
      CommitAmended{"main", id(1), id(2)}, NewDetachedSnapshot{id(3)}, GcRan{}, ExpirationRan{},
      FeatureFlagChanged{3, true, true}, FeatureFlagChanged{4, false, false}, RepoStatusChanged{offline}};
  for (std::size_t i = 0; i != kinds.size(); ++i) {
    Update update{kinds[i], at(static_cast<std::int64_t>(i)), "repo.backup" + std::to_string(i)};
    info.latest_updates.insert(info.latest_updates.begin(), update);
  }
  info.latest_updates.front().backup_path.reset();
  info.repo_before_updates = "repo.older";
  info.config = encode_flexbuffer(Json::Object{{"inline_chunk_threshold_bytes", 12}}).value();
  info.enabled_feature_flags = {3, 4};
  info.disabled_feature_flags = {5};
  return info;
}

/// The smallest repository that may be written.
RepoInfo small() {
  RepoInfo info;
  SnapshotInfo snapshot;
  snapshot.id = varve::initial_snapshot_id;
  info.snapshots = {snapshot};
  info.branches = {{"main", snapshot.id}};
  info.latest_updates = {{RepoInitialized{}, at(0), std::nullopt}};
  return info;
}

Bytes finish(flatbuffers::FlatBufferBuilder& flat, flatbuffers::Offset<fb::Repo> root) {
  flat.Finish(root, "Ichk");
  return varve::copy_bytes(std::as_bytes(std::span(flat.GetBufferPointer(), flat.GetSize())));
}

struct Raw {
  int spec_version = 2;
  std::vector<std::string> branches{"main"};
  std::vector<std::uint32_t> tips{0};
  std::vector<std::uint8_t> snapshots{1, 2};
  std::vector<std::int32_t> parents{-1, 0};
  bool status = true;
  int updates = 1;
  std::uint8_t tag = 1;
  std::vector<std::uint16_t> flags{};
  std::vector<std::string> metadata_names{};
};

/// A body with fields as they are given, for what the encoder refuses.
Bytes raw(const Raw& given) {
  flatbuffers::FlatBufferBuilder flat;
  std::vector<flatbuffers::Offset<fb::Ref>> branches;
  for (std::size_t i = 0; i != given.branches.size(); ++i) {
    branches.push_back(fb::CreateRefDirect(flat, given.branches[i].c_str(), given.tips[i]));
  }
  std::vector<flatbuffers::Offset<fb::SnapshotInfo>> snapshots;
  for (std::size_t i = 0; i != given.snapshots.size(); ++i) {
    const SnapshotId snapshot = id(given.snapshots[i]);
    const fb::ObjectId12 flat_id(flatbuffers::make_span(snapshot.bytes));
    snapshots.push_back(fb::CreateSnapshotInfoDirect(flat, &flat_id, given.parents[i], 0, "message"));
  }
  std::vector<flatbuffers::Offset<fb::MetadataItem>> items;
  for (std::size_t i = 0; i != given.metadata_names.size(); ++i) {
    const std::vector<std::uint8_t> value{static_cast<std::uint8_t>(i), 1 << 2, 1};  // an integer of one byte
    items.push_back(fb::CreateMetadataItemDirect(flat, given.metadata_names[i].c_str(), &value));
  }
  std::vector<flatbuffers::Offset<fb::Update>> updates;
  for (int i = 0; i != given.updates; ++i) {
    const auto payload = fb::CreateRepoInitializedUpdate(flat).Union();
    updates.push_back(fb::CreateUpdate(flat, static_cast<fb::UpdateType>(given.tag), payload, 5));
  }
  const auto tags_at = flat.CreateVector(std::vector<flatbuffers::Offset<fb::Ref>>());
  const auto branches_at = flat.CreateVector(branches);
  const auto deleted_at = flat.CreateVector(std::vector<flatbuffers::Offset<flatbuffers::String>>());
  const auto snapshots_at = flat.CreateVector(snapshots);
  const auto status_at = given.status ? fb::CreateRepoStatus(flat) : 0;
  const auto items_at = flat.CreateVector(items);
  const auto updates_at = flat.CreateVector(updates);
  const auto flags_at = flat.CreateVector(given.flags);
  fb::RepoBuilder repo(flat);  // Create would insist on the required fields
  repo.add_spec_version(static_cast<std::uint8_t>(given.spec_version));
  repo.add_tags(tags_at);
  repo.add_branches(branches_at);
  repo.add_deleted_tags(deleted_at);
  repo.add_snapshots(snapshots_at);
  if (given.status) repo.add_status(status_at);
  repo.add_metadata(items_at);
  repo.add_latest_updates(updates_at);
  repo.add_enabled_feature_flags(flags_at);
  return finish(flat, flatbuffers::Offset<fb::Repo>(flat.EndTable(repo.start_)));
}

errc refused(const Raw& given) {
  const auto info = decode_repo_info(raw(given), "repo");
  REQUIRE_FALSE(info);
  CHECK(info.error().key() == "repo");
  return info.error().code();
}

void refuses_to_write(const std::function<void(RepoInfo&)>& change) {
  RepoInfo info = full();
  change(info);
  const auto body = encode_repo_info(info);
  REQUIRE_FALSE(body);
  CHECK(body.error().code() == errc::invalid_argument);
  CHECK_FALSE(body.error().hint().empty());
}

}  // namespace

TEST_CASE("format/repo_info: everything survives being written, all sixteen operations included") {
  for (const RepoInfo& info : {full(), small()}) {
    const auto body = encode_repo_info(info);
    REQUIRE(body);
    flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body->data()), body->size());
    CHECK(verifier.VerifyBuffer<fb::Repo>("Ichk"));
    const auto again = decode_repo_info(*body, "repo");
    REQUIRE(again);
    CHECK(*again == info);
  }
}

TEST_CASE("format/repo_info: trap 8: the parent is an absolute position, 0 is left out, and a root says -1") {
  RepoInfo info = full();
  const Bytes body = encode_repo_info(info).value();
  const auto* snapshots = flatbuffers::GetRoot<fb::Repo>(body.data())->snapshots();
  CHECK(snapshots->Get(0)->parent_offset() == 2);
  CHECK(snapshots->Get(1)->parent_offset() == 0);
  CHECK(snapshots->Get(2)->parent_offset() == -1);
  SnapshotInfo first;
  first.id = id(0);
  info.snapshots.insert(info.snapshots.begin(), first);  // every position moves
  CHECK(decode_repo_info(encode_repo_info(info).value(), "repo").value() == info);
  CHECK(decode_repo_info(raw({.parents = {-1, 0}}), "repo").value().snapshots[1].parent == id(1));
  CHECK(refused({.parents = {-1, 2}}) == errc::corrupt);
  CHECK(refused({.parents = {-2, 0}}) == errc::corrupt);
}

TEST_CASE("format/repo_info: trap 9: the version that counts is the field") {
  const Bytes body = encode_repo_info(small()).value();
  CHECK(flatbuffers::GetRoot<fb::Repo>(body.data())->spec_version() == 2);
  CHECK(refused({.spec_version = 0}) == errc::unsupported_format);
  CHECK(refused({.spec_version = 1}) == errc::unsupported_format);
  CHECK(refused({.spec_version = 3}) == errc::unsupported_format);
}

TEST_CASE("format/repo_info: trap 4: the log is never empty and its newest entry has no backup") {
  refuses_to_write([](RepoInfo& info) { info.latest_updates.clear(); });
  refuses_to_write([](RepoInfo& info) { info.latest_updates.front().backup_path = "repo.x"; });
  CHECK(refused({.updates = 0}) == errc::corrupt);
}

TEST_CASE("format/repo_info: trap 6: a log that does not run from new to old is not written") {
  refuses_to_write([](RepoInfo& info) { info.latest_updates.back().updated_at = at(1000); });
}

TEST_CASE("format/repo_info: trap 20: an operation of the future is read and never written") {
  const auto info = decode_repo_info(raw({.tag = 17}), "repo");
  REQUIRE(info);
  CHECK(info->latest_updates.front().kind == UpdateKind(UnknownUpdate{17}));
  const auto body = encode_repo_info(*info);
  REQUIRE_FALSE(body);
  CHECK(body.error().hint().find("later") != std::string::npos);
  CHECK(refused({.tag = 0}) == errc::corrupt);
}

TEST_CASE("format/repo_info: trap 34: what every repository has is required, `main` included") {
  refuses_to_write([](RepoInfo& info) { info.branches.erase("main"); });
  CHECK(refused({.status = false}) == errc::corrupt);
  const auto without_main = decode_repo_info(raw({.branches = {"dev"}}), "repo");
  CHECK(without_main);  // the reference reads such a repository too, and cannot write to it
}

TEST_CASE("format/repo_info: trap 30: the name of a deleted tag is never used again") {
  refuses_to_write([](RepoInfo& info) { info.tags.emplace("v0", id(1)); });
}

TEST_CASE("format/repo_info: trap 33: pruned logs survive every rewrite") {
  const RepoInfo info = decode_repo_info(encode_repo_info(full()).value(), "repo").value();
  CHECK(info.snapshots[1].pruned_ancestor_tx_logs == std::vector<SnapshotId>{id(9), id(8), id(7)});
  const Bytes body = encode_repo_info(full()).value();
  CHECK(flatbuffers::GetRoot<fb::Repo>(body.data())->snapshots()->Get(0)->pruned_ancestor_tx_logs() == nullptr);
}

TEST_CASE("format/repo_info: trap 12: times are microseconds") {
  RepoInfo info = small();
  info.latest_updates.front().updated_at = at(7);
  info.snapshots.edit(0).flushed_at = at(3);
  const Bytes body = encode_repo_info(info).value();
  const auto* root = flatbuffers::GetRoot<fb::Repo>(body.data());
  CHECK(root->latest_updates()->Get(0)->updated_at() == 1'700'000'000'000'007);
  CHECK(root->snapshots()->Get(0)->flushed_at() == 1'700'000'000'000'003);
}

TEST_CASE("format/repo_info: refs and parents name snapshots that are listed") {
  refuses_to_write([](RepoInfo& info) { info.branches["dev"] = id(77); });
  refuses_to_write([](RepoInfo& info) { info.tags["t"] = id(77); });
  refuses_to_write([](RepoInfo& info) { info.snapshots.edit(2).parent = id(77); });
  CHECK(refused({.tips = {2}}) == errc::corrupt);
}

TEST_CASE("format/repo_info: lists out of order are refused, both ways") {
  refuses_to_write([](RepoInfo& info) { std::swap(info.snapshots.edit(0), info.snapshots.edit(1)); });
  refuses_to_write([](RepoInfo& info) { info.snapshots.edit(1) = info.snapshots[0]; });
  refuses_to_write([](RepoInfo& info) { info.enabled_feature_flags = {4, 3}; });
  CHECK(refused({.snapshots = {2, 1}}) == errc::corrupt);
  CHECK(refused({.snapshots = {1, 1}}) == errc::corrupt);
  CHECK(refused({.branches = {"main", "a"}, .tips = {0, 0}}) == errc::corrupt);
  CHECK(refused({.branches = {"main", "main"}, .tips = {0, 0}}) == errc::corrupt);
  CHECK(refused({.flags = {4, 3}}) == errc::corrupt);
}

TEST_CASE("format/repo_info: metadata is read in any order, and the last of several items counts") {
  const auto info = decode_repo_info(raw({.metadata_names = {"b", "a", "b"}}), "repo");
  REQUIRE(info);
  CHECK(info->metadata == varve::Metadata{{"a", 1}, {"b", 2}});
}

TEST_CASE("format/repo_info: operations have stable names") {
  CHECK(name_of(UpdateKind(RepoInitialized{})) == "repo_initialized");
  CHECK(name_of(UpdateKind(NewCommit{})) == "new_commit");
  CHECK(name_of(UpdateKind(RepoStatusChanged{})) == "repo_status_changed");
  CHECK(name_of(UpdateKind(UnknownUpdate{})) == "unknown");
}
