// SPDX-License-Identifier: Apache-2.0
// The chunk refs of an array, for programs that bring bytes which are stored already, or ask where they are.
#pragma once

#include <varve/array/array_core.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

template <class Codecs, class State>
Result<void> set_chunk_refs(const ArrayCore<Codecs, State>& core, std::span<const std::uint32_t> indices,
                            std::span<const ChunkPayload> refs) {
  auto model = core.current();
  if (!model) return std::move(model).error();
  return core.state().set_chunk_refs((*model)->node.id, indices, refs);
}

/// `nullopt` if a manifest must be fetched to know.
template <class Codecs, class State>
std::optional<Result<ChunkLocation>> locate_cached_of(const ArrayCore<Codecs, State>& core, std::span<const std::uint32_t> index) {
  auto model = core.current();
  if (!model) return Result<ChunkLocation>(std::move(model).error());
  return core.state().locate_cached((*model)->node.id, index);
}

template <class Codecs, class State>
Awaitable<Result<ChunkLocation>> locate_chunk_of(ArrayCore<Codecs, State> core, std::vector<std::uint32_t> index) {
  auto model = core.current();
  if (!model) co_return std::move(model).error();
  co_return co_await core.state().locate((*model)->node.id, index);
}

}  // namespace varve::inline v0::detail
