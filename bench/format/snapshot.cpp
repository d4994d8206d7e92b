// SPDX-License-Identifier: Apache-2.0
// Snapshots and repo info of growing size: what every commit encodes and every open decodes. The floor is a copy.
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot_builder.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <string>

using namespace varve::format;
using varve::Bytes;

namespace {

SnapshotData snapshot(std::uint32_t nodes) {
  SnapshotData data;
  for (std::uint32_t i = 0; i != nodes; ++i) {
    NodeData& node = data.nodes.emplace_back();
    std::memcpy(node.id.bytes.data(), &i, sizeof(i));
    node.path = "/group-" + std::to_string(i / 100) + "/array-" + std::to_string(i % 100);
    node.kind = NodeKind::array;
    node.zarr_json.assign(600, 'x');
    node.shape = {{1000, 10}, {1000, 10}, {1000, 10}};
    node.dimension_names = {{"time", "lat", "lon"}};
    varve::ManifestId manifest;
    std::memcpy(manifest.bytes.data(), &i, sizeof(i));
    node.manifests = {{manifest, {{0, 10}, {0, 10}, {0, 10}}}};
    data.manifests.push_back({manifest, 1000, 1000});
  }
  return data;
}

Bytes snapshot_body(std::uint32_t nodes) { return encode_snapshot(snapshot(nodes)).value(); }

void copy_snapshot_body(benchmark::State& state) {
  const Bytes body = snapshot_body(static_cast<std::uint32_t>(state.range(0)));
  Bytes copy(body.size());
  for (auto _ : state) {
    std::memcpy(copy.data(), body.data(), body.size());
    benchmark::DoNotOptimize(copy.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(copy_snapshot_body)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void encode_snapshot_body(benchmark::State& state) {
  const SnapshotData data = snapshot(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    SnapshotData copy = data;
    state.ResumeTiming();
    benchmark::DoNotOptimize(encode_snapshot(std::move(copy)).value().size());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode_snapshot_body)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void open_snapshot(benchmark::State& state) {
  const Bytes body = snapshot_body(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(SnapshotView::open(body, 2, "snapshots/x").value().node_count());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(open_snapshot)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void find_node(benchmark::State& state) {
  const Bytes body = snapshot_body(static_cast<std::uint32_t>(state.range(0)));
  const auto view = SnapshotView::open(body, 2, "snapshots/x").value();
  for (auto _ : state) benchmark::DoNotOptimize(view.find("/group-0/array-77")->rank());
}
BENCHMARK(find_node)->Arg(100)->Arg(10'000);

RepoInfo repo(std::uint32_t snapshots) {
  RepoInfo info;
  for (std::uint32_t i = 0; i != snapshots; ++i) {
    SnapshotInfo& snapshot = info.snapshots.emplace_back();
    for (std::size_t k = 0; k != 4; ++k) snapshot.id.bytes[k] = static_cast<std::uint8_t>(i >> (24 - 8 * k));
    if (i != 0) snapshot.parent = info.snapshots[i - 1].id;
    snapshot.message = "a commit message of usual length";
    snapshot.metadata = {{"author", "somebody"}, {"step", varve::Json(i)}};
  }
  info.branches = {{"main", info.snapshots.back().id}};
  for (std::uint32_t i = 0; i != std::min(snapshots, 1000U); ++i) {
    info.latest_updates.push_back({NewCommit{"main", info.snapshots[i].id}, varve::Timestamp(), "repo.30708322304361.K6R9XRWZ4V2C1X57AFMG"});
  }
  info.latest_updates.front().backup_path.reset();
  return info;
}

void encode_repo(benchmark::State& state) {
  const RepoInfo info = repo(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(encode_repo_info(info).value().size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(encode_repo)->Arg(10)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMicrosecond);

void decode_repo(benchmark::State& state) {
  const Bytes body = encode_repo_info(repo(static_cast<std::uint32_t>(state.range(0)))).value();
  for (auto _ : state) benchmark::DoNotOptimize(decode_repo_info(body, "repo").value().snapshots.size());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(decode_repo)->Arg(10)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMicrosecond);

}  // namespace
