// SPDX-License-Identifier: Apache-2.0
// ErasedPolicy: a conflict policy without its type, for the rebase, which is compiled once for all policies.
#pragma once

#include <varve/conflict/decide.hpp>
#include <varve/conflict/merge_metadata.hpp>
#include <varve/conflict/policy.hpp>

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace varve::inline v0::conflict {

/// The three questions of a rebase; see merge_metadata, decide and resolve_chunk.
struct ErasedPolicy {
  virtual ~ErasedPolicy() = default;
  /// Every rebase asks a copy of its own: a policy may keep what it has seen.
  virtual std::unique_ptr<ErasedPolicy> copy() const = 0;
  virtual std::vector<MergedMetadata> merge_metadata(std::vector<Finding>& findings, const ChangeSet& ours, FindJson base,
                                                     FindJson theirs) = 0;
  virtual Resolution decide(std::span<const Finding> findings) = 0;
  virtual ChunkAnswer resolve_chunk(ChunkConflict& chunk) = 0;
};

template <ConflictPolicy Policy>
struct ErasedPolicyOf final : ErasedPolicy {
  explicit ErasedPolicyOf(Policy given) : policy(std::move(given)) {}
  std::unique_ptr<ErasedPolicy> copy() const override { return std::make_unique<ErasedPolicyOf>(policy); }
  std::vector<MergedMetadata> merge_metadata(std::vector<Finding>& findings, const ChangeSet& ours, FindJson base,
                                             FindJson theirs) override {
    return conflict::merge_metadata(findings, ours, base, theirs, policy);
  }
  Resolution decide(std::span<const Finding> findings) override { return conflict::decide(findings, policy); }
  ChunkAnswer resolve_chunk(ChunkConflict& chunk) override { return conflict::resolve_chunk(policy, chunk); }

  Policy policy;
};

}  // namespace varve::inline v0::conflict
