// SPDX-License-Identifier: Apache-2.0
// Bodies of held_chunks.hpp.
#pragma once

#include <varve/session/held_chunks.hpp>

#include <varve/format/keys.hpp>

#include <span>

namespace varve::inline v0::detail {

VARVE_DECL HeldChunks::HeldChunks(const Context& context, const ChangeSet& changes) {
  const std::size_t inline_bytes = context.settings()->inline_chunk_bytes;
  for (const auto& [node, edits] : changes.chunk_edits()) {
    edits.for_each([&, node = node](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
      if (payload.kind() != ChunkPayload::Kind::inlined || payload.length() <= inline_bytes) return;
      const auto id = context.options.environment.new_id<ChunkId>();
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

VARVE_DECL const ChunkPayload& HeldChunks::stored(const ChunkPayload& payload) const {
  if (chunks_.empty() || payload.kind() != ChunkPayload::Kind::inlined) return payload;
  const auto found = by_bytes_.find(payload.bytes().data());
  return found == by_bytes_.end() ? payload : chunks_[found->second].stored;
}

}  // namespace varve::inline v0::detail
