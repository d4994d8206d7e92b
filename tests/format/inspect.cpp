// SPDX-License-Identifier: Apache-2.0
#include <varve/format/inspect.hpp>

#include <varve/format/file.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/format/metadata.hpp>
#include <varve/format/repo_info.hpp>

#include <string>
#include <vector>

#include "support/data.hpp"
#include "support/doctest.hpp"

using varve::Bytes;
using varve::Json;
using varve::format::FileType;

namespace {

std::string text_at(const Json& json, std::string_view name) {
  const Json* const found = json.find(name);
  REQUIRE_MESSAGE(found != nullptr, name);
  REQUIRE(found->as_string() != nullptr);
  return *found->as_string();
}

std::size_t length_of(const Json& json, std::string_view name) {
  const Json* const found = json.find(name);
  REQUIRE_MESSAGE(found != nullptr, name);
  REQUIRE(found->as_array() != nullptr);
  return found->as_array()->size();
}

}  // namespace

TEST_CASE("format/inspect: every metadata file of the real repositories is told whole") {
  std::size_t seen = 0;
  for (const FileType type : {FileType::snapshot, FileType::manifest, FileType::transaction_log, FileType::repo_info}) {
    for (const auto& file : support::real_files(type)) {
      const auto json = varve::format::inspect(file.stored, file.key);
      REQUIRE_MESSAGE(json, file.key);
      const Json& header = *json->find("header");
      CHECK(text_at(header, "written_by").starts_with("ic-"));
      CHECK(text_at(header, "compression") == "zstd");
      CHECK(*json->find("stored_bytes") == Json(file.stored.size()));
      if (type != FileType::repo_info) CHECK(file.key.ends_with("/" + text_at(*json, "id")));
      if (type == FileType::repo_info) CHECK(length_of(*json, "snapshots") > 0);
      ++seen;
    }
  }
  CHECK(seen > 20);
}

TEST_CASE("format/inspect: of a manifest's many refs some are listed and all are counted") {
  const varve::ManifestId id{};
  varve::format::ManifestBuilder builder(id);
  builder.begin_array(varve::NodeId{});
  for (std::uint32_t i = 0; i != 5; ++i) {
    varve::format::ChunkRef ref;
    ref.kind = i == 0 ? varve::format::ChunkRefKind::virtual_location : varve::format::ChunkRefKind::native;
    ref.location = "s3://bucket/file";
    ref.checksum_etag = "\"tag\"";
    ref.offset = 7;
    ref.length = 9 + i;
    builder.add(std::vector<std::uint32_t>{i, 0}, ref);
  }
  builder.end_array();
  const Bytes stored = varve::format::seal_file(builder.finish().value(), FileType::manifest);
  const Json json = varve::format::inspect(stored, "manifests/x", 2).value();
  CHECK(*json.find("total_chunk_refs") == Json(5));
  CHECK(*json.find("total_native") == Json(4));
  CHECK(*json.find("total_virtual") == Json(1));
  const Json& array = (*json.find("arrays")->as_array())[0];
  CHECK(length_of(array, "refs") == 2);
  CHECK((*array.find("refs")->as_array())[0] ==
        Json(Json::Object{{"index", Json::Array{0, 0}},
                          {"type", "virtual"},
                          {"location", "s3://bucket/file"},
                          {"checksum_etag", "\"tag\""},
                          {"offset", 7},
                          {"length", 9}}));
}

TEST_CASE("format/inspect: the log of operations and the configuration are part of repo info") {
  varve::format::RepoInfo info;
  varve::format::SnapshotInfo snapshot;
  snapshot.id = varve::initial_snapshot_id;
  info.snapshots = {snapshot};
  info.branches = {{"main", snapshot.id}};
  const varve::Timestamp when{std::chrono::microseconds(1'785'585'600'000'001)};
  info.latest_updates = {{varve::format::TagDeleted{"v1", snapshot.id}, when, std::nullopt}};
  info.config = varve::format::encode_flexbuffer(Json::Object{{"inline_chunk_threshold_bytes", 12}}).value();
  const Bytes stored = varve::format::seal_file(varve::format::encode_repo_info(info).value(), FileType::repo_info);
  const Json json = varve::format::inspect(stored, "repo").value();
  CHECK(*json.find("branches") == Json(Json::Object{{"main", "1CECHNKREP0F1RSTCMT0"}}));
  CHECK(*json.find("config") == Json(Json::Object{{"inline_chunk_threshold_bytes", 12}}));
  CHECK((*json.find("latest_updates")->as_array())[0] ==
        Json(Json::Object{{"type", "tag_deleted"},
                          {"name", "v1"},
                          {"previous_snap_id", "1CECHNKREP0F1RSTCMT0"},
                          {"updated_at", "2026-08-01T12:00:00.000001Z"},
                          {"backup_path", nullptr}}));
}

TEST_CASE("format/inspect: what is damaged or of another kind is an error that names it") {
  for (const FileType type : {FileType::snapshot, FileType::manifest, FileType::transaction_log, FileType::repo_info}) {
    const auto file = support::real_files(type).front();
    for (std::size_t kept = 0; kept < file.stored.size(); kept += 1 + kept / 16) {
      const auto cut = varve::format::inspect(varve::ByteView(file.stored).first(kept), file.key);
      REQUIRE_FALSE(cut);
      CHECK(cut.error().code() == varve::errc::corrupt);
      CHECK(cut.error().key() == file.key);
    }
    for (std::size_t at = 0; at < file.stored.size(); at += 1 + at / 64) {
      Bytes changed = file.stored;
      changed[at] ^= std::byte{0x15};
      const auto read = varve::format::inspect(changed, file.key);  // in the writer's name, any byte will do
      CHECK((read || read.error().key() == file.key));
    }
  }
  Bytes chunk(64, std::byte{3});
  CHECK(varve::format::inspect(chunk, "chunks/x").error().code() == varve::errc::corrupt);
}
