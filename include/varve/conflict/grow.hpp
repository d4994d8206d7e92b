// SPDX-License-Identifier: Apache-2.0
// Grow and Append: conflict policies for arrays that only get longer. Growing an array changes one number of its zarr.json
// and none of its chunks, so it need not stop those who write chunks, nor others who make it grow.
#pragma once

#include <varve/conflict/policy.hpp>
#include <varve/core/config.hpp>

#include <cstddef>

namespace varve::inline v0::conflict {

/// An array that they made larger keeps the chunks that we wrote; one that both made larger is, along each dimension, as
/// long as either made it. An element has the same index for all: two who write beyond the old end meet in its chunks. If
/// either made the array shorter, it is a conflict; so it is if both added chunks of different lengths to a rectilinear grid.
struct Grow {
  Decision resolve_metadata(MetadataConflict& node) const;
};

/// For arrays that are appended to along one axis, and grow in no other way: of two that appended, the one who commits
/// second moves behind the first, with the chunks that it wrote there. Chunks are moved, not elements, so the array must
/// have ended at the end of a chunk when both began, and what the first appended must be whole chunks; else it is a
/// conflict. Who reads an index that it appended at finds it after the rebase at the array's new end.
struct Append {
  std::size_t axis = 0;

  Decision resolve_metadata(MetadataConflict& node) const;
};

static_assert(ConflictPolicy<Grow> && ConflictPolicy<Append>);

}  // namespace varve::inline v0::conflict

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/conflict/impl/grow.ipp>
#endif
