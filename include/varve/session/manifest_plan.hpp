// SPDX-License-Identifier: Apache-2.0
// ManifestPlan: how a commit shares the chunk refs of an array out among manifests, so that its cost follows what it
// changes and not what there is. Either a rule gives the sides of the boxes that the grid is cut into. Or the grid is a box
// whose sides are powers of two, and a box that holds more refs than a manifest should is halved along its first side longer
// than one. Boxes are disjoint, or nested in those of commits before, so the extents of manifests never overlap; a box
// without edits keeps its manifests as they are, unless one of them reaches beyond it.
#pragma once

#include <varve/change/chunk_edits.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace varve::inline v0::detail {

/// The refs of an array in a manifest of the base snapshot.
struct OldManifest {
  format::ManifestRefData ref;
  std::uint64_t count = 0;             ///< refs in the manifest, as the snapshot says
  std::optional<Manifest> manifest{};  ///< once it has been read
  format::ArrayRefsView refs{};
};

class ManifestPlan {
 public:
  /// How an array is cut.
  struct Cut {
    std::uint64_t most = 0;              ///< refs of a manifest, about, where no rule says otherwise
    std::vector<std::uint32_t> sides{};  ///< of the boxes in chunks, if a rule does
    bool anew = false;                   ///< no manifest is kept
  };
  /// Some of what is in order, from `first` up to `last` or to the end.
  struct Run {
    std::size_t first = 0;
    std::size_t last = SIZE_MAX;
  };
  /// Refs of an old manifest.
  struct Part {
    std::size_t old;
    std::vector<Run> runs{Run()};  ///< ascending
    bool cut = false;              ///< other boxes have refs of it too, or some are beyond the grid
  };
  /// A manifest to be written: some old refs, under some of the edits.
  struct Piece {
    std::vector<Part> parts;
    std::vector<Run> edits;
    std::size_t edit_count() const;
  };

  /// What the new snapshot refers to, in the order of the boxes: an old manifest, or else a piece.
  struct Place {
    bool kept;
    std::size_t at;
  };

  std::vector<Piece> pieces;
  std::vector<Place> places;
  std::vector<std::size_t> unread;  ///< old manifests without which no plan can be made; nothing else counts then

  ManifestPlan(std::span<const std::uint32_t> num_chunks, std::span<const OldManifest> olds,
               const ChunkEdits::Sorted& edits, const Cut& cut);

 private:
  struct Box {
    std::vector<std::uint32_t> first;
    std::vector<std::uint64_t> sides;
  };

  /// Keeps or writes anew what a box holds; with runs of edits that are not empty.
  void place(std::vector<Part> parts, std::vector<Run> edits);
  /// Cuts the grid into boxes of equal sides.
  void divide(std::span<const std::uint32_t> num_chunks, std::span<const std::uint32_t> sides);

  std::uint64_t count(const Part& part) const;
  void share_out(Box box, std::vector<Part> parts, Run edits);
  /// Puts the refs of `part` before `corner` into `below`, the others into `above`.
  void halve(const Part& part, std::span<const std::uint32_t> corner, std::size_t axis, std::vector<Part>& below,
             std::vector<Part>& above);
  /// Whether all that an old manifest holds lies on the grid, as far as its extents say.
  bool inside(const OldManifest& old, std::span<const std::uint32_t> num_chunks) const;

  std::span<const OldManifest> olds_;
  const ChunkEdits::Sorted& edits_;
  const Cut& cut_;
};

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/manifest_plan.ipp>
#endif
