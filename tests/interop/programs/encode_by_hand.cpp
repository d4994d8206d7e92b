// SPDX-License-Identifier: Apache-2.0
// Writes a repository with the encoders of the format room alone, for test_encoders.py to open: every kind of object,
// every entry of the operations log, two arrays in one manifest, chunks inline, native and two to an object.
#include <varve/format/file.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/format/metadata.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/format/transaction_log.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace varve;
using namespace varve::format;
using std::chrono::microseconds;

namespace {

struct Folder {
  std::filesystem::path root;

  void put(std::string_view key, ByteView bytes) const {
    const auto path = root / std::string(key);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << as_text(bytes);
  }
};

template <class Id>
Id id_of(std::uint8_t first) {
  Id id;
  for (std::uint8_t i = 0; auto& byte : id.bytes) byte = static_cast<std::uint8_t>(first + i++ * 7);
  return id;
}

constexpr std::string_view group_json = R"({"zarr_format":3,"node_type":"group","attributes":{"made by":"varve"}})";

std::string array_json(const char* shape, const char* chunks, const char* names) {
  return std::string(R"({"zarr_format":3,"node_type":"array","shape":)") + shape +
         R"(,"data_type":"int32","chunk_grid":{"name":"regular","configuration":{"chunk_shape":)" + chunks +
         R"(}},"chunk_key_encoding":{"name":"default","configuration":{"separator":"/"}},"fill_value":-1,)" +
         R"("codecs":[{"name":"bytes","configuration":{"endian":"little"}}],"attributes":{},"dimension_names":)" +
         names + R"(,"storage_transformers":[]})";
}

/// Chunk (i, j) of the 4×6 array of chunks of 2×3 in which every value is its row times 10 plus its column.
std::vector<std::int32_t> chunk(std::int32_t i, std::int32_t j) {
  std::vector<std::int32_t> values;
  for (std::int32_t row = 2 * i; row != 2 * i + 2; ++row) {
    for (std::int32_t column = 3 * j; column != 3 * j + 3; ++column) values.push_back(row * 10 + column);
  }
  return values;
}

Bytes bytes_of(const std::vector<std::int32_t>& values) { return copy_bytes(std::as_bytes(std::span(values))); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fprintf(stderr, "usage: encode_by_hand FOLDER\n"), 2;
  const Folder folder{argv[1]};
  const Timestamp now = std::chrono::floor<microseconds>(std::chrono::system_clock::now());

  folder.put(snapshot_key(initial_snapshot_id),
             seal_file(encode_snapshot(initial_snapshot(now)).value(), FileType::snapshot));
  TransactionLogData initial_log;
  initial_log.id = initial_snapshot_id;
  folder.put(transaction_log_key(initial_snapshot_id),
             seal_file(encode_transaction_log(initial_log).value(), FileType::transaction_log));

  // The chunks: (0,0) inline, (0,1) and (1,1) in one object, (1,0) missing; and a scalar.
  const auto chunk_id = id_of<ChunkId>(40);
  Bytes object = bytes_of(chunk(0, 1));
  const Bytes second = bytes_of(chunk(1, 1)), first = bytes_of(chunk(0, 0)), scalar = bytes_of({287});
  object.insert(object.end(), second.begin(), second.end());
  folder.put(chunk_key(chunk_id), object);

  NodeData root, group, numbers, single;
  root.id = id_of<NodeId>(1);
  root.path = "/";
  root.zarr_json = group_json;
  group.id = id_of<NodeId>(2);
  group.path = "/g-b";  // raw bytes put it before "/g/a", segments would not
  group.zarr_json = group_json;
  numbers.id = id_of<NodeId>(3);
  numbers.path = "/g/numbers";
  numbers.kind = NodeKind::array;
  numbers.zarr_json = array_json("[4,6]", "[2,3]", R"(["y",null])");
  numbers.shape = {{4, 2}, {6, 2}};
  numbers.dimension_names = {{"y", std::nullopt}};
  single.id = id_of<NodeId>(4);
  single.path = "/g/single";
  single.kind = NodeKind::array;
  single.zarr_json = array_json("[]", "[]", "[]");
  single.dimension_names.emplace();
  NodeData parent = group;
  parent.id = id_of<NodeId>(5);
  parent.path = "/g";

  const auto manifest_id = id_of<ManifestId>(20);
  ManifestBuilder builder(manifest_id);
  ChunkRef inlined, native;
  inlined.inline_bytes = first;
  native.kind = ChunkRefKind::native;
  native.chunk_id = chunk_id;
  native.length = second.size();
  const auto add = [&](std::vector<std::uint32_t> index, const ChunkRef& ref) { builder.add(index, ref); };
  builder.begin_array(numbers.id);
  add({0, 0}, inlined);
  add({0, 1}, native);
  native.offset = second.size();
  add({1, 1}, native);
  builder.end_array();
  builder.begin_array(single.id);
  inlined.inline_bytes = scalar;
  add({}, inlined);
  builder.end_array();
  const std::uint32_t refs = builder.ref_count();
  const Bytes manifest = seal_file(builder.finish().value(), FileType::manifest);
  folder.put(manifest_key(manifest_id), manifest);
  numbers.manifests = {{manifest_id, {{0, 2}, {0, 2}}}};
  single.manifests = {{manifest_id, {}}};

  SnapshotData snapshot;
  snapshot.id = id_of<SnapshotId>(60);
  snapshot.flushed_at = now + microseconds(2);
  snapshot.message = "written by hand";
  snapshot.metadata = {{"author", "varve"}, {"run", Json::Object{{"members", Json::Array{1, 2.5, nullptr, true}}}}};
  snapshot.nodes = {single, numbers, group, parent, root};
  snapshot.manifests = {{manifest_id, manifest.size(), refs}};
  const auto [id, flushed_at, message, metadata] =
      std::tuple(snapshot.id, snapshot.flushed_at, snapshot.message, snapshot.metadata);
  folder.put(snapshot_key(id), seal_file(encode_snapshot(std::move(snapshot)).value(), FileType::snapshot));
  TransactionLogData log;
  log.id = id;
  log.new_groups = {root.id, parent.id, group.id};
  log.new_arrays = {single.id, numbers.id};
  log.updated_chunks = {{numbers.id, 2, 3, {1, 1, 0, 0, 0, 1}}, {single.id, 0, 1, {}}};
  folder.put(transaction_log_key(id), seal_file(encode_transaction_log(log).value(), FileType::transaction_log));

  RepoInfo info;
  info.branches = {{"dev", initial_snapshot_id}, {"main", id}};
  info.tags = {{"v1", id}};
  info.deleted_tags = {"v0"};
  info.status.set_at = now;
  info.metadata = {{"owner", "varve"}};
  SnapshotInfo initial_info, hand_info;
  initial_info.id = initial_snapshot_id;
  initial_info.flushed_at = now;
  initial_info.message = "Repository initialized";
  initial_info.metadata = initial_snapshot(now).metadata;
  hand_info.id = id;
  hand_info.parent = initial_snapshot_id;
  hand_info.flushed_at = flushed_at;
  hand_info.message = message;
  hand_info.metadata = metadata;
  info.snapshots = {initial_info, hand_info};
  info.config = encode_flexbuffer(Json::Object{{"inline_chunk_threshold_bytes", Json(64)}}).value();
  RepoStatus online;
  online.set_at = now;
  const std::vector<UpdateKind> history{
      RepoInitialized{}, ConfigChanged{}, MetadataChanged{}, TagCreated{"v0"}, TagDeleted{"v0", initial_snapshot_id},
      BranchCreated{"dev"}, BranchCreated{"old"}, BranchDeleted{"old", initial_snapshot_id},
      BranchReset{"dev", initial_snapshot_id}, NewCommit{"main", id}, CommitAmended{"main", id, id},
      NewDetachedSnapshot{id}, GcRan{}, ExpirationRan{}, FeatureFlagChanged{3, true, true}, RepoStatusChanged{online},
      RepoMigrated{1, 2}, TagCreated{"v1"}};
  for (std::size_t i = 0; i != history.size(); ++i) {
    Update update;
    update.kind = history[i];
    update.updated_at = now + microseconds(i);
    info.latest_updates.insert(info.latest_updates.begin(), update);
  }
  folder.put(repo_key, seal_file(encode_repo_info(info).value(), FileType::repo_info));
  return 0;
}
