// SPDX-License-Identifier: Apache-2.0
// Bodies of manifest_plan.hpp.
#pragma once

#include <varve/session/manifest_plan.hpp>

#include <algorithm>
#include <bit>
#include <utility>

namespace varve::inline v0::detail {

VARVE_DECL ManifestPlan::ManifestPlan(std::span<const std::uint32_t> num_chunks, std::span<const OldManifest> olds,
                                      const ChunkEdits::Sorted& edits, std::uint64_t most)
    : olds_(olds), edits_(edits), most_(most) {
  Box box{std::vector<std::uint32_t>(num_chunks.size(), 0), {}};
  for (const std::uint32_t count : num_chunks) box.sides.push_back(std::bit_ceil(std::uint64_t{count}));
  std::vector<Part> parts;
  for (std::size_t i = 0; i != olds.size(); ++i) {
    const auto& extents = olds[i].ref.extents;
    const bool inside = extents.size() == num_chunks.size() &&
                        std::equal(extents.begin(), extents.end(), num_chunks.begin(),
                                   [](const format::ChunkRange& range, std::uint32_t count) { return range.last <= count; });
    parts.push_back(Part{i, 0, SIZE_MAX, !inside});
  }
  share_out(box, std::move(parts), 0, edits.size());
  std::ranges::sort(unread);
  unread.erase(std::unique(unread.begin(), unread.end()), unread.end());
}

VARVE_DECL std::uint64_t ManifestPlan::count(const Part& part) const {
  const OldManifest& old = olds_[part.old];
  const std::uint64_t all = old.manifest ? old.refs.size() : old.count;
  return std::min<std::uint64_t>(part.last, all) - std::min<std::uint64_t>(part.first, all);
}

VARVE_DECL void ManifestPlan::share_out(Box box, std::vector<Part> parts, std::size_t first_edit, std::size_t last_edit) {
  std::uint64_t refs = 0;
  bool changes = first_edit != last_edit;
  for (const Part& part : parts) {
    refs += count(part);
    changes = changes || part.cut;
  }
  if (!changes) {
    for (const Part& part : parts) places.push_back(Place{true, part.old});
    return;
  }
  const auto longer = std::find_if(box.sides.begin(), box.sides.end(), [](std::uint64_t side) { return side > 1; });
  // Edits may replace refs or add to them; a manifest may thus come to hold up to twice as many, until its next turn.
  if (longer == box.sides.end() || std::max<std::uint64_t>(refs, last_edit - first_edit) <= most_) {
    places.push_back(Place{false, pieces.size()});
    pieces.push_back(Piece{std::move(parts), first_edit, last_edit});
    return;
  }
  const auto axis = static_cast<std::size_t>(longer - box.sides.begin());
  *longer /= 2;
  Box upper = box;
  upper.first[axis] += static_cast<std::uint32_t>(box.sides[axis]);
  std::vector<Part> below, above;
  for (const Part& part : parts) halve(part, upper.first, axis, below, above);
  const std::size_t middle = std::clamp(edits_.lower_bound(upper.first), first_edit, last_edit);
  share_out(std::move(box), std::move(below), first_edit, middle);
  share_out(std::move(upper), std::move(above), middle, last_edit);
}

VARVE_DECL void ManifestPlan::halve(const Part& part, std::span<const std::uint32_t> corner, std::size_t axis,
                                    std::vector<Part>& below, std::vector<Part>& above) {
  const OldManifest& old = olds_[part.old];
  if (!part.cut) {
    const format::ChunkRange& range = old.ref.extents[axis];
    if (range.last <= corner[axis]) return below.push_back(part);
    if (range.first >= corner[axis]) return above.push_back(part);
  }
  if (!old.manifest) return unread.push_back(part.old);
  const auto found = old.refs.lower_bound(corner);  // a manifest was read through when it arrived
  const std::size_t end = std::min(part.last, old.refs.size());
  const std::size_t middle = std::clamp(found ? *found : end, part.first, end);
  if (part.first != middle) below.push_back(Part{part.old, part.first, middle, true});
  if (middle != end) above.push_back(Part{part.old, middle, end, true});
}

}  // namespace varve::inline v0::detail
