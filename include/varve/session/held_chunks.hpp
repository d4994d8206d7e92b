// SPDX-License-Identifier: Apache-2.0
// HeldChunks: the chunks that a session held back until its commit (see Options::held_chunk_bytes), on their way into
// objects of their own. Its edits stay as they are until the commit has landed.
#pragma once

#include <varve/change/change_set.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
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
  template <class Storage, class CacheType>
  HeldChunks(const Context<Storage, CacheType>& context, const ChangeSet& changes) {
    const std::size_t inline_bytes = context.settings()->inline_chunk_bytes;
    for (const auto& [node, edits] : changes.chunk_edits()) {
      edits.for_each([&, node = node](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
        if (payload.kind() != ChunkPayload::Kind::inlined || payload.length() <= inline_bytes) return;
        const auto id = context.options.environment.template new_id<ChunkId>();
        by_bytes_.emplace(payload.bytes().data(), chunks_.size());
        HeldChunk& chunk = chunks_.emplace_back();
        chunk.node = node;
        chunk.index.assign(index.begin(), index.end());
        chunk.stored = ChunkPayload::native(id, 0, payload.length());
        chunk.object.name = format::chunk_key(id);
        chunk.object.stored = payload.bytes();
      });
    }
  }

  const std::vector<HeldChunk>& chunks() const noexcept { return chunks_; }
  /// What an edit is once the held chunks are stored.
  const ChunkPayload& stored(const ChunkPayload& payload) const {
    if (chunks_.empty() || payload.kind() != ChunkPayload::Kind::inlined) return payload;
    const auto found = by_bytes_.find(payload.bytes().data());
    return found == by_bytes_.end() ? payload : chunks_[found->second].stored;
  }

 private:
  std::vector<HeldChunk> chunks_;
  std::unordered_map<const std::byte*, std::size_t> by_bytes_;
};

}  // namespace varve::inline v0::detail
