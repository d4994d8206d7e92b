// SPDX-License-Identifier: Apache-2.0
// Bodies of preload.hpp.
#pragma once

#include <varve/session/preload.hpp>

#include <varve/async/for_each.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace varve::inline v0 {

VARVE_DECL Awaitable<void> preload(Context& context, const Snapshot& snapshot) {
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
  (void)co_await for_each(ids.size(), context.concurrency(), fetch);
}

}  // namespace varve::inline v0
