// SPDX-License-Identifier: Apache-2.0
// Moving the chunks of an array to other places of its grid: a window over a running series drops its oldest chunks and
// makes room for new ones, and not a byte of a chunk is read or written.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/array/resize.hpp>
#include <varve/change/chunk_edits.hpp>
#include <varve/session/list_chunks.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// Where a chunk goes, or where it came from, by its index in the chunk grid; nothing where it goes, or came from, nowhere.
/// Called on one thread at a time.
using ChunkMap = std::function<std::optional<std::vector<std::uint32_t>>(std::span<const std::uint32_t> index)>;

namespace detail {

/// Puts every chunk where `forward` says. With `backward`, chunks are erased that nobody came to and that `backward` says
/// nobody should have come to. Memory: that of the edits, one for each chunk; one manifest at a time.
template <class Codecs, class State>
Awaitable<Result<void>> reindex_chunks(ArrayCore<Codecs, State> core, ChunkMap forward, ChunkMap backward) {
  // Nobody writes meanwhile: a chunk that is read, changed and stored elsewhere would be lost.
  const Semaphore::Permit turn = co_await core.turns().metadata();
  const std::vector<Semaphore::Permit> turns = co_await core.turns().all_chunks();
  auto model = core.current();
  if (!model) co_return std::move(model).error();
  State& state = core.state();
  const NodeId node = (*model)->node.id;
  const zarr::ArrayMetadata& metadata = (*model)->metadata;
  const auto grid = metadata.chunk_counts();
  for (;;) {
    auto chunks = state.list_chunks(node);
    if (!chunks) co_return std::move(chunks).error();
    ChunkEdits moved(grid.size());
    for (;;) {
      auto chunk = chunks->at_hand();
      if (!chunk) chunk = co_await chunks->step();
      if (!*chunk) co_return std::move(*chunk).error();
      if (!**chunk) break;
      const auto& [index, payload] = ***chunk;
      if (backward && !moved.contains(index)) {
        const auto source = backward(index);
        bool comes = source && in_grid(grid, *source);
        if (comes) {
          auto found = co_await state.locate(node, *source);
          if (!found) co_return std::move(found).error();
          comes = found->kind != ChunkLocation::Kind::missing;
        }
        if (!comes) moved.set(index, ChunkPayload::erased());
      }
      const auto target = forward(index);
      if (!target) continue;
      if (!in_grid(grid, *target)) {
        co_return Error(errc::out_of_bounds, "move chunk", zarr::chunk_key(core.path(), index),
                        "it would become `" + zarr::chunk_key(core.path(), *target) + "`, which is not in the chunk grid");
      }
      const bool fits = metadata.is_regular() || (metadata.meets_chunk(index) &&
                                                  metadata.shape_of_chunk(*target) == metadata.shape_of_chunk(index));
      if (!fits) {
        co_return Error(errc::unsupported_chunk_grid, "move chunk", zarr::chunk_key(core.path(), index),
                        "`" + zarr::chunk_key(core.path(), *target) + "` has another shape");
      }
      moved.set(*target, payload);
    }
    if (const auto& before = chunks->edits(); before && before->rank() == moved.rank()) {
      before->for_each([&](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
        if (!moved.contains(index)) moved.set(index, payload);
      });
    }
    if (moved.size() == 0) co_return Result<void>();
    auto replaced = state.replace_chunk_edits(node, *chunks, std::move(moved));
    if (!replaced) co_return std::move(replaced).error();
    if (*replaced) co_return Result<void>();
  }
}

/// Moves every chunk by `offset`, in chunks along each dimension.
template <class Codecs, class State>
Awaitable<Result<void>> shift_chunks(ArrayCore<Codecs, State> core, std::vector<std::int64_t> offset) {
  auto model = core.current();
  if (!model) co_return std::move(model).error();
  const auto grid = (*model)->metadata.chunk_counts();
  if (offset.size() != grid.size()) {
    co_return Error(errc::shape_mismatch, "shift array", core.path().text(),
                    "the offset has " + std::to_string(offset.size()) + " dimensions, the array " + std::to_string(grid.size()));
  }
  const auto map = [grid, offset](bool back) -> ChunkMap {
    return [=](std::span<const std::uint32_t> index) -> std::optional<std::vector<std::uint32_t>> {
      std::vector<std::uint32_t> moved(index.begin(), index.end());
      for (std::size_t i = 0; i != moved.size(); ++i) {
        if (offset[i] <= -std::int64_t{grid[i]} || offset[i] >= std::int64_t{grid[i]}) return std::nullopt;
        const std::int64_t to = std::int64_t{index[i]} + (back ? -offset[i] : offset[i]);
        if (to < 0 || to >= std::int64_t{grid[i]}) return std::nullopt;
        moved[i] = static_cast<std::uint32_t>(to);
      }
      return moved;
    };
  };
  ChunkMap forward = map(false), backward = map(true);
  co_return co_await reindex_chunks(core, std::move(forward), std::move(backward));
}

}  // namespace detail

}  // namespace varve::inline v0
