// SPDX-License-Identifier: Apache-2.0
// Bodies of manifest_plan.hpp.
#pragma once

#include <varve/session/manifest_plan.hpp>

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace varve::inline v0::detail {

VARVE_DECL std::size_t ManifestPlan::Piece::edit_count() const {
  std::size_t count = 0;
  for (const Run& run : edits) count += run.last - run.first;
  return count;
}

VARVE_DECL ManifestPlan::ManifestPlan(std::span<const std::uint32_t> num_chunks, std::span<const OldManifest> olds,
                                      const ChunkEdits::Sorted& edits, const Cut& cut)
    : olds_(olds), edits_(edits), cut_(cut) {
  if (!cut.sides.empty()) {
    divide(num_chunks, cut.sides);
  } else {
    Box box{std::vector<std::uint32_t>(num_chunks.size(), 0), {}};
    for (const std::uint32_t count : num_chunks) box.sides.push_back(std::bit_ceil(std::uint64_t{count}));
    std::vector<Part> parts;
    for (std::size_t i = 0; i != olds.size(); ++i) parts.push_back(Part{i, {Run()}, !inside(olds[i], num_chunks)});
    share_out(box, std::move(parts), Run{0, edits.size()});
  }
  std::ranges::sort(unread);
  unread.erase(std::unique(unread.begin(), unread.end()), unread.end());
}

VARVE_DECL bool ManifestPlan::inside(const OldManifest& old, std::span<const std::uint32_t> num_chunks) const {
  return std::ranges::equal(old.ref.extents, num_chunks,
                            [](const format::ChunkRange& range, std::uint32_t count) { return range.first < range.last && range.last <= count; });
}

VARVE_DECL void ManifestPlan::place(std::vector<Part> parts, std::vector<Run> edits) {
  const bool cut = std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.cut; });
  if (edits.empty() && !cut && !cut_.anew) {
    for (const Part& part : parts) places.push_back(Place{true, part.old});
  } else if (!edits.empty() || !parts.empty()) {
    places.push_back(Place{false, pieces.size()});
    pieces.push_back(Piece{std::move(parts), std::move(edits)});
  }
}

VARVE_DECL void ManifestPlan::divide(std::span<const std::uint32_t> num_chunks, std::span<const std::uint32_t> sides) {
  struct Content {
    std::vector<Part> parts{};
    std::vector<Run> edits{};
  };
  std::map<std::vector<std::uint32_t>, Content> boxes;  // by their places along each axis
  std::vector<std::uint32_t> at(sides.size());
  /// The box that holds the chunk; null beyond the grid.
  const auto box_of = [&](std::span<const std::uint32_t> index) -> Content* {
    for (std::size_t axis = 0; axis != sides.size(); ++axis) {
      if (index[axis] >= num_chunks[axis]) return nullptr;
      at[axis] = index[axis] / sides[axis];
    }
    return &boxes[at];
  };
  /// Adds `i`, which comes after all that are there, to the runs.
  const auto extend = [](std::vector<Run>& runs, std::size_t i) {
    if (!runs.empty() && runs.back().last == i) {
      ++runs.back().last;
    } else {
      runs.push_back(Run{i, i + 1});
    }
  };

  std::vector<std::uint32_t> index(sides.size());
  for (std::size_t i = 0; i != olds_.size(); ++i) {
    const OldManifest& old = olds_[i];
    if (inside(old, num_chunks)) {
      bool whole = true;
      for (std::size_t axis = 0; axis != sides.size(); ++axis) {
        index[axis] = old.ref.extents[axis].first;
        whole = whole && index[axis] / sides[axis] == (old.ref.extents[axis].last - 1) / sides[axis];
      }
      if (whole) {
        box_of(index)->parts.push_back(Part{i});
        continue;
      }
    }
    if (!old.manifest) unread.push_back(i);
    if (!unread.empty()) continue;
    for (std::size_t ref = 0; ref != old.refs.size(); ++ref) {
      // One that cannot be read goes where the one before went: who merges that box says what is wrong with it.
      (void)old.refs.index(ref, std::span<std::uint32_t>(index));
      Content* const box = box_of(index);
      if (box == nullptr) continue;
      if (box->parts.empty() || box->parts.back().old != i) box->parts.push_back(Part{i, {}, true});
      extend(box->parts.back().runs, ref);
    }
  }
  if (!unread.empty()) return;
  for (std::size_t i = 0; i != edits_.size(); ++i) {
    if (Content* const box = box_of(edits_.index(i))) extend(box->edits, i);
  }
  for (auto& [where, content] : boxes) place(std::move(content.parts), std::move(content.edits));
}

VARVE_DECL std::uint64_t ManifestPlan::count(const Part& part) const {
  const OldManifest& old = olds_[part.old];
  const std::uint64_t all = old.manifest ? old.refs.size() : old.count;
  const Run& run = part.runs.front();
  return std::min<std::uint64_t>(run.last, all) - std::min<std::uint64_t>(run.first, all);
}

VARVE_DECL void ManifestPlan::share_out(Box box, std::vector<Part> parts, Run edits) {
  const std::size_t edit_count = edits.last - edits.first;
  std::uint64_t refs = 0;
  bool changes = edit_count != 0 || (cut_.anew && !parts.empty());
  for (const Part& part : parts) {
    refs += count(part);
    changes = changes || part.cut;
  }
  const auto longer = std::find_if(box.sides.begin(), box.sides.end(), [](std::uint64_t side) { return side > 1; });
  // Edits may replace refs or add to them; a manifest may thus come to hold up to twice as many, until its next turn.
  if (!changes || longer == box.sides.end() || std::max<std::uint64_t>(refs, edit_count) <= cut_.most) {
    place(std::move(parts), edit_count == 0 ? std::vector<Run>() : std::vector<Run>{edits});
    return;
  }
  const auto axis = static_cast<std::size_t>(longer - box.sides.begin());
  *longer /= 2;
  Box upper = box;
  upper.first[axis] += static_cast<std::uint32_t>(box.sides[axis]);
  std::vector<Part> below, above;
  for (const Part& part : parts) halve(part, upper.first, axis, below, above);
  const std::size_t middle = std::clamp(edits_.lower_bound(upper.first), edits.first, edits.last);
  share_out(std::move(box), std::move(below), Run{edits.first, middle});
  share_out(std::move(upper), std::move(above), Run{middle, edits.last});
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
  const Run& run = part.runs.front();
  const std::size_t end = std::min(run.last, old.refs.size());
  const std::size_t middle = std::clamp(found ? *found : end, run.first, end);
  if (run.first != middle) below.push_back(Part{part.old, {Run{run.first, middle}}, true});
  if (middle != end) above.push_back(Part{part.old, {Run{middle, end}}, true});
}

}  // namespace varve::inline v0::detail
