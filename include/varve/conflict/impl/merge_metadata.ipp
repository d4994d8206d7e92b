// SPDX-License-Identifier: Apache-2.0
// Bodies of merge_metadata.hpp.
#pragma once

#include <varve/conflict/merge_metadata.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace varve::inline v0::conflict {

namespace detail {

inline bool is_of_metadata(const Finding& finding) {
  return finding.conflict.kind == ConflictKind::zarr_metadata_double_update ||
         finding.conflict.kind == ConflictKind::chunks_updated_in_updated_array;
}

/// The merge of one node; its error says in the hint why there is none.
inline Result<MergedMetadata> merge_node(const Finding& finding, const ChangeSet& ours, FindJson base, FindJson theirs,
                                         AskMetadata ask) {
  const auto fail = [&](std::string why) {
    return Error(errc::rebase_failed, "merge zarr.json", finding.conflict.path, std::move(why));
  };
  const NodeId node = finding.node;
  const auto path = Path::parse(finding.conflict.path);
  const auto base_json = base(node), their_json = theirs(node);
  if (!path || !base_json || !their_json) return fail("the node is not in both snapshots");
  const auto updated = ours.updated_nodes().find(node);
  const bool we_updated = updated != ours.updated_nodes().end();
  const std::string_view our_json = we_updated ? std::string_view(updated->second.zarr_json) : *base_json;
  const bool we_wrote = ours.has_chunks(node);
  auto conflict = MetadataConflict::make(finding.conflict.path, *base_json, our_json, *their_json, we_wrote);
  if (!conflict) return fail(conflict.error().hint());
  try {
    switch (ask(*conflict)) {
      case Decision::fail: return fail(conflict->reason());
      case Decision::ours: conflict->set_all(std::string(our_json)); break;
      case Decision::theirs: conflict->set_all(std::string(*their_json)); break;
      case Decision::merged: break;
    }
  } catch (const Error& error) {
    return fail(error.what());
  }
  auto text = conflict->merged();
  if (!text) return std::move(text).error();
  // Chunks are ours alone, of an array that stands in both snapshots.
  const auto kind = we_updated ? updated->second.kind : format::NodeKind::array;
  MergedMetadata merged{node, *path, kind, std::nullopt, conflict->move()};
  if (we_updated || *text != *their_json) merged.zarr_json = *std::move(text);
  if (merged.move) {
    const auto edits = ours.chunk_edits().find(node);
    if (edits == ours.chunk_edits().end() || edits->second.size() == 0) {
      merged.move.reset();
    } else if (merged.move->axis >= edits->second.rank()) {
      return fail("the policy moves chunks along an axis that the array does not have");
    } else if (!edits->second.can_move(merged.move->axis, merged.move->from, merged.move->by)) {
      return fail("the policy moves chunks to where none can be");
    }
  }
  return merged;
}

VARVE_DECL std::vector<MergedMetadata> merge_metadata_with(std::vector<Finding>& findings, const ChangeSet& ours,
                                                           FindJson base, FindJson theirs, AskMetadata ask) {
  std::map<NodeId, Result<MergedMetadata>> asked;
  for (const Finding& finding : findings) {
    if (!is_of_metadata(finding) || asked.contains(finding.node)) continue;
    asked.emplace(finding.node, merge_node(finding, ours, base, theirs, ask));
  }
  std::vector<MergedMetadata> merged;
  for (const auto& [node, answer] : asked) {
    if (answer) merged.push_back(*answer);
  }
  std::erase_if(findings, [&](Finding& finding) {
    const auto answer = asked.find(finding.node);
    if (answer == asked.end()) return false;
    if (is_of_metadata(finding)) {
      if (answer->second) return true;
      finding.conflict.reason = answer->second.error().hint();
      return false;
    }
    if (finding.conflict.kind != ConflictKind::chunk_double_update || !answer->second || !answer->second->move) return false;
    const ChunkMove move = *answer->second->move;
    std::erase_if(finding.conflict.chunks, [&](const auto& index) { return index[move.axis] >= move.from; });
    return finding.conflict.chunks.empty();
  });
  return merged;
}

}  // namespace detail

VARVE_DECL void apply_metadata(const std::vector<MergedMetadata>& merged, ChangeSet& ours) {
  for (const MergedMetadata& node : merged) {
    if (node.move) ours.move_chunks(node.node, node.move->axis, node.move->from, node.move->by);
    if (node.zarr_json) ours.update_node(node.node, node.path, node.kind, *node.zarr_json);
  }
}

}  // namespace varve::inline v0::conflict
