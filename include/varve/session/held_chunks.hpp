// SPDX-License-Identifier: Apache-2.0
// HeldChunks: the chunks that a session held back until its commit (see Options::held_chunk_bytes), on their way into
// objects of their own. Its edits stay as they are until the commit has landed.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/core/config.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace varve::inline v0::detail {

struct HeldChunk {
  NodeId node;
  std::vector<std::uint32_t> index;
  ChunkPayload stored;  ///< what the chunk is once `object` is in the store
  NewObject object;
};

/// A view of `changes`, which must outlive it unchanged.
class HeldChunks {
 public:
  HeldChunks() = default;
  HeldChunks(const Context& context, const ChangeSet& changes);

  const std::vector<HeldChunk>& chunks() const noexcept { return chunks_; }
  /// What an edit is once the held chunks are stored.
  const ChunkPayload& stored(const ChunkPayload& payload) const;

 private:
  std::vector<HeldChunk> chunks_;
  std::unordered_map<const std::byte*, std::size_t> by_bytes_;
};

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/held_chunks.ipp>
#endif
