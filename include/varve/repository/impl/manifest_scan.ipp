// SPDX-License-Identifier: Apache-2.0
// Bodies of manifest_scan.hpp.
#pragma once

#include <varve/repository/manifest_scan.hpp>

#include <varve/async/for_each.hpp>
#include <varve/async/semaphore.hpp>
#include <varve/session/objects.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace varve::inline v0::detail {

VARVE_DECL Awaitable<Result<ManifestSizes>> manifests_of(Context& context, const std::vector<SnapshotId>& snapshots) {
  std::mutex mutex;
  ManifestSizes found;
  auto read = [&](std::size_t i) -> Awaitable<Result<void>> {
    auto snapshot = co_await fetch_snapshot(context, snapshots[i]);
    if (!snapshot) {
      if (snapshot.error().code() == errc::missing_object && snapshots[i] == initial_snapshot_id) co_return Result<void>();
      co_return std::move(snapshot).error();
    }
    const format::SnapshotView& view = (*snapshot)->view();
    const std::scoped_lock lock(mutex);
    for (std::size_t k = 0; k != view.manifest_count(); ++k) found.insert_or_assign(view.manifest(k).id, view.manifest(k).size_bytes);
    for (std::size_t k = 0; k != view.node_count(); ++k) {
      const format::NodeView node = view.node(k);
      for (std::size_t m = 0; m != node.manifest_ref_count(); ++m) found.try_emplace(node.manifest_ref(m).id(), 0);
    }
    co_return Result<void>();
  };
  auto done = co_await for_each(context.options.runtime, snapshots.size(), context.concurrency(), read);
  if (!done) co_return std::move(done).error();
  co_return found;
}

VARVE_DECL Awaitable<Result<void>> scan_manifests(Context& context, const ManifestSizes& manifests,
                                                  FunctionRef<Result<void>(const Manifest&)> look) {
  // A body is some five times as large as its object, and both are in memory for a while.
  constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20, bytes_of_unknown = std::uint64_t{32} << 20, blow_up = 6;
  const std::vector<ManifestSizes::value_type> list(manifests.begin(), manifests.end());
  Semaphore memory(most_bytes);
  auto scan = [&](std::size_t i) -> Awaitable<Result<void>> {
    const auto& [id, size] = list[i];
    const std::uint64_t bytes = size == 0 ? bytes_of_unknown : std::min(size, most_bytes) * blow_up;
    const Semaphore::Permit room = co_await memory.take(bytes);
    auto manifest = co_await fetch_manifest(context, id);
    if (!manifest) co_return std::move(manifest).error();
    co_return look(*manifest);
  };
  co_return co_await for_each(context.options.runtime, list.size(), context.concurrency(), scan);
}

}  // namespace varve::inline v0::detail
