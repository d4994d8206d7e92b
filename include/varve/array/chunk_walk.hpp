// SPDX-License-Identifier: Apache-2.0
// ChunkWalk: the planner from a box to the chunks that it meets. Chunks are numbered in C order, so that any number of
// workers take the next one from a counter and work out its coordinates themselves; nothing is listed or allocated.
#pragma once

#include <varve/array/box.hpp>
#include <varve/codec/strided.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace varve::inline v0::detail {

/// What a box and one chunk have in common.
struct ChunkPart {
  std::size_t rank = 0;
  std::array<std::uint32_t, codec::max_rank> coordinates{};
  Extents inner;              ///< where the part begins within the chunk
  Extents shape;              ///< of the part
  std::ptrdiff_t at = 0;      ///< where it begins in the user's memory, in bytes from the box's first element
  bool is_whole = false;      ///< the part is the chunk
  bool covers_array = false;  ///< the part is all of the chunk that lies within the array's shape

  std::span<const std::uint32_t> index() const { return {coordinates.data(), rank}; }
};

class ChunkWalk {
 public:
  /// The region lies in the array, whose metadata outlives this, and is not empty. `strides` are those of the user's memory.
  ChunkWalk(const Region& region, const zarr::ArrayMetadata& array, const codec::StrideArray& strides)
      : region_(region), array_shape_(array.shape), chunk_shape_(array.chunk_shape), edges_(array.chunk_edges),
        strides_(strides) {
    for (std::size_t i = 0; i != chunk_shape_.rank(); ++i) {
      first_[i] = chunk_of(i, region.offset[i]);
      counts_[i] = chunk_of(i, region.offset[i] + region.shape[i] - 1) - first_[i] + 1;
      count_ *= counts_[i];
    }
  }

  /// How many chunks the box meets: never more than it has elements.
  std::uint64_t count() const { return count_; }

  void part(std::uint64_t ordinal, ChunkPart& out) const {
    const std::size_t rank = chunk_shape_.rank();
    out.rank = rank;
    out.inner = chunk_shape_;
    out.shape = chunk_shape_;
    out.at = 0;
    out.is_whole = true;
    out.covers_array = true;
    for (std::size_t i = rank; i-- != 0; ordinal /= counts_[i]) {
      const std::uint64_t chunk = first_[i] + ordinal % counts_[i];
      std::uint64_t origin = chunk * chunk_shape_[i];
      std::uint64_t length = chunk_shape_[i];
      if (!edges_.empty()) {
        const zarr::ChunkEdge edge = edges_[i].chunk(static_cast<std::uint32_t>(chunk));
        origin = edge.origin;
        length = edge.length;
      }
      const std::uint64_t first = std::max(region_.offset[i], origin);
      // Compared as what is left, since origin + chunk length may exceed 64 bits.
      const std::uint64_t box_left = region_.offset[i] + region_.shape[i] - origin;
      const std::uint64_t array_left = array_shape_[i] - origin;
      const std::uint64_t last = std::min(box_left, length);
      out.coordinates[i] = static_cast<std::uint32_t>(chunk);
      out.inner[i] = first - origin;
      out.shape[i] = last - out.inner[i];
      out.at += static_cast<std::ptrdiff_t>(first - region_.offset[i]) * strides_[i];
      out.is_whole = out.is_whole && out.shape[i] == length;
      out.covers_array = out.covers_array && out.shape[i] == std::min(array_left, length);
    }
  }

  const codec::StrideArray& strides() const { return strides_; }

 private:
  std::uint64_t chunk_of(std::size_t dimension, std::uint64_t element) const {
    return edges_.empty() ? element / chunk_shape_[dimension] : edges_[dimension].chunk_of(element).index;
  }

  Region region_;
  Extents array_shape_;
  Extents chunk_shape_;
  std::span<const zarr::ChunkEdges> edges_;  // of a rectilinear grid
  codec::StrideArray strides_;
  std::array<std::uint64_t, codec::max_rank> first_{};
  std::array<std::uint64_t, codec::max_rank> counts_{};
  std::uint64_t count_ = 1;
};

}  // namespace varve::inline v0::detail
