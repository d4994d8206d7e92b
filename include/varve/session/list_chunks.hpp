// SPDX-License-Identifier: Apache-2.0
// ChunkListWalk: the chunks that an array has, one after the other, with where the bytes of each are. There may be
// millions: one manifest is in memory at a time.
#pragma once

#include <varve/change/chunk_edits.hpp>
#include <varve/change/chunk_payload.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/session/context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A chunk of an array.
struct ListedChunk {
  std::vector<std::uint32_t> index;  ///< its coordinates in the chunk grid
  ChunkPayload payload;              ///< inlined, native or a virtual location, which it keeps alive; what the session holds
                                     ///< until its commit is inlined until then
};

/// The chunks of an array as they were when the walk began: those of the base snapshot manifest by manifest, in ascending
/// order within each, then those that the session wrote, in ascending order.
class ChunkListWalk {
 public:
  using value_type = ListedChunk;
  using Step = Result<std::optional<ListedChunk>>;

  /// `edits` of the array `node` lie over the snapshot `base`, null if there are none. Chunks beyond the grid do not count.
  ChunkListWalk(std::shared_ptr<Context> context, std::shared_ptr<const Snapshot> base, NodeId node,
                std::vector<std::uint32_t> num_chunks, std::shared_ptr<const ChunkEdits> edits)
      : context_(std::move(context)), base_(std::move(base)), manifests_(base_->manifests(node)), node_(node),
        num_chunks_(std::move(num_chunks)), edits_(std::move(edits)), index_(manifests_ == nullptr ? 0 : manifests_->rank()) {}

  const std::shared_ptr<const Snapshot>& base() const noexcept { return base_; }
  const std::shared_ptr<const ChunkEdits>& edits() const noexcept { return edits_; }

  /// The next chunk; none at the end. Errors: those of reading manifests.
  Awaitable<Step> step();
  /// The same, where it can be told without fetching a manifest.
  std::optional<Step> at_hand();

 private:
  Step next_in_manifest();

  std::shared_ptr<Context> context_;
  std::shared_ptr<const Snapshot> base_;
  const ManifestIndex* manifests_;  // null for an array that is new
  NodeId node_;
  std::vector<std::uint32_t> num_chunks_;
  std::shared_ptr<const ChunkEdits> edits_;
  std::vector<std::uint32_t> index_;
  std::size_t next_manifest_ = 0;
  std::optional<ArrayRefs> open_;  // of that manifest
  std::size_t next_ref_ = 0;
  std::optional<ChunkEdits::Sorted> sorted_;
  std::size_t next_edit_ = 0;
};

/// Calls `visit` for each chunk of a walk, until that fails.
template <class Walk>
Awaitable<Result<void>> for_each_chunk(Walk& walk, FunctionRef<Result<void>(ListedChunk&)> visit) {
  for (;;) {
    auto chunk = walk.at_hand();
    if (!chunk) chunk = co_await walk.step();
    if (!*chunk) co_return std::move(*chunk).error();
    if (!**chunk) co_return Result<void>();
    if (auto visited = visit(***chunk); !visited) co_return visited;
  }
}

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/list_chunks.ipp>
#endif
