// SPDX-License-Identifier: Apache-2.0
// preload: fetches the manifests that a configuration wants at hand before anybody asks, such as those of coordinates, which
// every reader looks at first.
#pragma once

#include <varve/async/for_each.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace varve::inline v0 {

/// Fetches what Settings::preload chooses into the cache. It is advice: what cannot be fetched is left to whoever needs it.
template <class Storage, class CacheType>
Awaitable<void> preload(Context<Storage, CacheType>& context, const Snapshot& snapshot) {
  const auto settings = context.settings();
  if (!settings->preload) co_return;
  const Preload& rule = *settings->preload;
  const format::SnapshotView& view = snapshot.view();
  std::set<ManifestId> wanted;
  std::uint64_t total = 0, arrays = 0;
  for (std::size_t i = 0; i != view.node_count() && arrays != rule.max_arrays_to_scan; ++i) {
    const format::NodeView node = view.node(i);
    if (node.kind() != format::NodeKind::array) continue;
    ++arrays;
    std::uint64_t refs = 0;
    std::vector<ManifestId> manifests;
    for (std::size_t k = 0; k != node.manifest_ref_count(); ++k) {
      const auto file = view.find_manifest(node.manifest_ref(k).id());
      if (!file) continue;
      manifests.push_back(file->id);
      refs += file->num_chunk_refs;
    }
    if (refs > rule.max_total_refs - total || !rule.arrays.matches(node.path(), refs)) continue;
    total += refs;
    wanted.insert(manifests.begin(), manifests.end());
  }
  const std::vector<ManifestId> ids(wanted.begin(), wanted.end());
  auto fetch = [&](std::size_t i) -> Awaitable<Result<void>> {
    (void)co_await fetch_manifest(context, ids[i]);
    co_return Result<void>();
  };
  (void)co_await for_each(ids.size(), context.options.concurrency, fetch);
}

}  // namespace varve::inline v0
