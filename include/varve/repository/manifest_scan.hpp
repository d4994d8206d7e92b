// SPDX-License-Identifier: Apache-2.0
// Looking through manifests by the thousand, as statistics and a garbage collection do: which ones there are is read from
// snapshots, and how many are in memory at once depends on how large they are.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/core/object_id.hpp>
#include <varve/session/context.hpp>
#include <varve/session/metadata.hpp>

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace varve::inline v0::detail {

/// Manifests, each with the bytes of its object; 0 where no snapshot says.
using ManifestSizes = std::unordered_map<ManifestId, std::uint64_t>;

/// The manifests that `snapshots` refer to. The snapshot that every repository begins with may be missing: it has none.
/// Errors: those of reading snapshots.
VARVE_DECL Awaitable<Result<ManifestSizes>> manifests_of(Context& context, const std::vector<SnapshotId>& snapshots);

/// Calls `look(manifest)` for each of `manifests`, on several threads at once and in any order.
/// Errors: those of reading manifests; the first of `look`.
VARVE_DECL Awaitable<Result<void>> scan_manifests(Context& context, const ManifestSizes& manifests,
                                                  FunctionRef<Result<void>(const Manifest&)> look);

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/manifest_scan.ipp>
#endif
