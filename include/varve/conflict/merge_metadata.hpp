// SPDX-License-Identifier: Apache-2.0
// merge_metadata: lets a policy merge the zarr.json of nodes that they changed, before anything is decided about chunks:
// what becomes of an array's shape says which of its chunks meet at all. It does no I/O.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/conflict/detect.hpp>
#include <varve/conflict/policy.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::conflict {

/// What a rebase does to our changes of a node whose zarr.json was merged.
struct MergedMetadata {
  NodeId node;
  Path path;
  format::NodeKind kind{};
  std::optional<std::string> zarr_json;  ///< none where theirs stands as it is
  std::optional<ChunkMove> move;
};

/// The zarr.json of a node in a snapshot.
using FindJson = FunctionRef<std::optional<std::string_view>(NodeId)>;

/// Takes out of `findings` what the policy merges, and what is no conflict any more once chunks of ours have moved, and
/// gives the rest the policy's reasons. A policy without `resolve_metadata` merges nothing.
template <ConflictPolicy Policy>
std::vector<MergedMetadata> merge_metadata(std::vector<Finding>& findings, const ChangeSet& ours, FindJson base,
                                           FindJson theirs, Policy& policy);

/// Does it to `ours`.
VARVE_DECL void apply_metadata(const std::vector<MergedMetadata>& merged, ChangeSet& ours);

namespace detail {

/// Asks about one node.
using AskMetadata = FunctionRef<Decision(MetadataConflict&)>;
VARVE_DECL std::vector<MergedMetadata> merge_metadata_with(std::vector<Finding>& findings, const ChangeSet& ours,
                                                           FindJson base, FindJson theirs, AskMetadata ask);

}  // namespace detail

template <ConflictPolicy Policy>
std::vector<MergedMetadata> merge_metadata(std::vector<Finding>& findings, const ChangeSet& ours, FindJson base,
                                           FindJson theirs, Policy& policy) {
  if constexpr (!ResolvesMetadata<Policy>) {
    return {};
  } else {
    const auto ask = [&](MetadataConflict& node) { return policy.resolve_metadata(node); };
    return detail::merge_metadata_with(findings, ours, base, theirs, ask);
  }
}

}  // namespace varve::inline v0::conflict

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/conflict/impl/merge_metadata.ipp>
#endif
