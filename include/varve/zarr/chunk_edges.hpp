// SPDX-License-Identifier: Apache-2.0
// ChunkEdges: the lengths of the chunks along one dimension of a rectilinear grid, which may all differ. Kept as runs of
// equal lengths, as zarr.json may write them, so that billions of equal chunks cost no more than one.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace varve::inline v0::zarr {

/// A number of chunks of one length, one behind the other.
struct ChunkRun {
  std::uint64_t length = 0;  ///< of each, in elements
  std::uint64_t count = 1;   ///< how many

  friend bool operator==(const ChunkRun&, const ChunkRun&) = default;
};

/// One chunk along a dimension.
struct ChunkEdge {
  std::uint32_t index = 0;
  std::uint64_t origin = 0;  ///< its first element
  std::uint64_t length = 0;  ///< in elements

  friend bool operator==(const ChunkEdge&, const ChunkEdge&) = default;
};

class ChunkEdges {
 public:
  ChunkEdges() = default;

  /// Errors: `errc::bad_metadata` for a length or a count of 0 and for more than 2^64 - 1 elements;
  /// `errc::unsupported_chunk_grid` for more chunks than 32 bits count, as the format stores it.
  VARVE_DECL static Result<ChunkEdges> make(std::span<const ChunkRun> runs);

  /// How many chunks there are.
  std::uint32_t count() const { return count_; }
  /// Their lengths together: the array is not longer.
  std::uint64_t end() const { return end_; }
  /// The length of the longest; 0 if there is none.
  std::uint64_t longest() const { return longest_; }
  /// No two neighbours have the same length.
  VARVE_DECL std::vector<ChunkRun> runs() const;

  /// The chunk `index`, which is less than `count()`.
  VARVE_DECL ChunkEdge chunk(std::uint32_t index) const;
  /// The chunk that an element lies in, which is less than `end()`.
  VARVE_DECL ChunkEdge chunk_of(std::uint64_t element) const;
  /// How many chunks the first `length` elements meet; where they go beyond `end()`, one chunk more than there are.
  std::uint64_t count_within(std::uint64_t length) const {
    if (length > end_) return std::uint64_t{count_} + 1;
    return length == 0 ? 0 : std::uint64_t{chunk_of(length - 1).index} + 1;
  }

  /// Whether these begin with all of `shorter`, so that every chunk of those is where it was.
  VARVE_DECL bool extends(const ChunkEdges& shorter) const;

  /// As zarr.json lists them: a length for one chunk, [length, count] for several.
  VARVE_DECL Json json() const;

  friend bool operator==(const ChunkEdges&, const ChunkEdges&) = default;

 private:
  struct Run {
    std::uint64_t length;
    std::uint64_t origin;  // the first element
    std::uint32_t first;   // the first chunk

    friend bool operator==(const Run&, const Run&) = default;
  };

  std::vector<Run> runs_;
  std::uint64_t end_ = 0;
  std::uint64_t longest_ = 0;
  std::uint32_t count_ = 0;
};

namespace detail {

/// What one dimension of `chunk_shapes` says: a list of lengths and of [length, count]; or one length, which is repeated
/// until it covers `length` elements. `nullopt` for anything else.
VARVE_DECL std::optional<std::vector<ChunkRun>> read_runs(const Json& dimension, std::uint64_t length);

}  // namespace detail

}  // namespace varve::inline v0::zarr

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/zarr/impl/chunk_edges.ipp>
#endif
