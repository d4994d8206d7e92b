// SPDX-License-Identifier: Apache-2.0
// ManifestPlan: how a commit shares the chunk refs of an array out among manifests, so that its cost follows what it
// changes and not what there is. The grid is a box whose sides are powers of two; a box that holds more refs than a
// manifest should is halved along its first side longer than one. Any two such boxes are nested or disjoint, whatever
// commits came before, so the extents of manifests never overlap; a box without edits keeps its manifests as they are.
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
  /// Refs [first, last) of an old manifest.
  struct Part {
    std::size_t old;
    std::size_t first = 0;
    std::size_t last = SIZE_MAX;  ///< or as many as there are
    bool cut = false;             ///< other boxes have refs of it too, or some are beyond the grid
  };
  /// A manifest to be written: some old refs, under the edits [first_edit, last_edit).
  struct Piece {
    std::vector<Part> parts;
    std::size_t first_edit;
    std::size_t last_edit;
  };

  /// What the new snapshot refers to, in the order of the boxes: an old manifest, or else a piece.
  struct Place {
    bool kept;
    std::size_t at;
  };

  std::vector<Piece> pieces;
  std::vector<Place> places;
  std::vector<std::size_t> unread;  ///< old manifests without which no plan can be made; nothing else counts then

  /// `most`: refs of a manifest, about.
  ManifestPlan(std::span<const std::uint32_t> num_chunks, std::span<const OldManifest> olds,
               const ChunkEdits::Sorted& edits, std::uint64_t most);

 private:
  struct Box {
    std::vector<std::uint32_t> first;
    std::vector<std::uint64_t> sides;
  };

  std::uint64_t count(const Part& part) const;
  void share_out(Box box, std::vector<Part> parts, std::size_t first_edit, std::size_t last_edit);
  /// Puts the refs of `part` before `corner` into `below`, the others into `above`.
  void halve(const Part& part, std::span<const std::uint32_t> corner, std::size_t axis, std::vector<Part>& below,
             std::vector<Part>& above);

  std::span<const OldManifest> olds_;
  const ChunkEdits::Sorted& edits_;
  std::uint64_t most_;
};

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/manifest_plan.ipp>
#endif
