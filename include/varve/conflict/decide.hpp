// SPDX-License-Identifier: Apache-2.0
// decide: turns conflicts and a policy into work for a rebase: which conflicts stand, which of our chunk edits are
// dropped, which chunks must be fetched, decoded and shown to the policy. It does no I/O.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/conflict/detect.hpp>
#include <varve/conflict/policy.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::conflict {

/// Chunks of one array.
struct ChunkSet {
  NodeId node;
  std::string path;
  std::vector<std::vector<std::uint32_t>> indices;
};

/// What a rebase does about the conflicts with one commit.
struct Resolution {
  std::vector<Conflict> unsolved;  ///< if there is any, the rebase fails with these and changes nothing
  std::vector<ChunkSet> theirs;    ///< edits of ours to drop
  std::vector<ChunkSet> to_merge;  ///< chunks to show to the policy: see `resolve_chunk`
};

/// Asks the policy about each finding.
template <ConflictPolicy Policy>
Resolution decide(std::span<const Finding> findings, Policy& policy);

/// Drops from `ours` what the policy gave to the other side.
inline void drop_theirs(const Resolution& resolution, ChangeSet& ours) {
  for (const ChunkSet& chunks : resolution.theirs) {
    for (const auto& index : chunks.indices) ours.forget_chunk_edit(chunks.node, index);
  }
}

/// How a policy answered about one chunk. `ours` needs nothing, `theirs` forgets the edit, `merged` replaces it by
/// `ChunkConflict::merged_bytes()`, encoded; `fail` makes it a conflict with this reason.
struct ChunkAnswer {
  Decision decision = Decision::fail;
  std::string reason;
};

/// Asks the policy about one chunk of `Resolution::to_merge`. Not for policies that have no `resolve_chunk`, whose
/// `to_merge` is always empty: for them the answer is `fail`.
template <ConflictPolicy Policy>
ChunkAnswer resolve_chunk(Policy& policy, ChunkConflict& chunk);

/// The conflict that is left where the policy could not merge a chunk.
inline Conflict unmerged(const ChunkSet& chunks, std::span<const std::uint32_t> index, SnapshotId commit,
                         std::string reason) {
  Conflict conflict{ConflictKind::chunk_double_update, chunks.path, commit.to_string(), {}, std::move(reason)};
  conflict.chunks.emplace_back(index.begin(), index.end());
  return conflict;
}

namespace detail {

/// The policy's answer, or `fail` with the reason why it is not one for this conflict.
template <ConflictPolicy Policy>
ChunkAnswer ask(Policy& policy, const Conflict& conflict) {
  if constexpr (!Resolves<Policy>) {
    return {};
  } else {
    Decision decision = Decision::fail;
    try {
      decision = policy.resolve(conflict);
    } catch (const Error& error) {
      return {Decision::fail, error.what()};
    }
    const bool chunks = conflict.kind == ConflictKind::chunk_double_update;
    const bool deletes = conflict.kind == ConflictKind::delete_of_updated_array ||
                         conflict.kind == ConflictKind::delete_of_updated_group;
    if (decision == Decision::merged) {
      return {Decision::fail, "the policy answered `merged`, which is for resolve_chunk"};
    }
    if (decision == Decision::theirs && deletes) {
      return {Decision::fail, "the policy answered `theirs`, but a delete is not taken back"};
    }
    if (decision != Decision::fail && !chunks && !deletes) {
      return {Decision::fail, "choosing a side does not solve this conflict"};
    }
    return {decision, {}};
  }
}

}  // namespace detail

template <ConflictPolicy Policy>
Resolution decide(std::span<const Finding> findings, Policy& policy) {
  Resolution resolution;
  for (const Finding& finding : findings) {
    const Conflict& conflict = finding.conflict;
    if (conflict.kind == ConflictKind::chunk_double_update && detail::looks_at(policy, conflict.path)) {
      resolution.to_merge.push_back({finding.node, conflict.path, conflict.chunks});
      continue;
    }
    ChunkAnswer answer = detail::ask(policy, conflict);
    if (answer.decision == Decision::fail) {
      Conflict& unsolved = resolution.unsolved.emplace_back(conflict);
      if (!answer.reason.empty()) {
        unsolved.reason = unsolved.reason.empty() ? std::move(answer.reason) : unsolved.reason + "; " + answer.reason;
      }
    } else if (answer.decision == Decision::theirs) {
      resolution.theirs.push_back({finding.node, conflict.path, conflict.chunks});
    }
  }
  return resolution;
}

template <ConflictPolicy Policy>
ChunkAnswer resolve_chunk(Policy& policy, ChunkConflict& chunk) {
  if constexpr (!ResolvesChunks<Policy>) {
    return {Decision::fail, "the policy does not look at chunks"};
  } else {
    try {
      const Decision decision = policy.resolve_chunk(chunk);
      if (decision == Decision::merged && !chunk.has_merged()) {
        return {Decision::fail, "the policy answered `merged` but wrote no elements"};
      }
      return {decision, decision == Decision::fail ? chunk.reason() : std::string()};
    } catch (const Error& error) {
      return {Decision::fail, error.what()};
    }
  }
}

}  // namespace varve::inline v0::conflict
