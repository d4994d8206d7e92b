// SPDX-License-Identifier: Apache-2.0
// ManifestIndex: which manifest of an array may hold a chunk. An array of many chunks has hundreds of manifests, and
// every read asks.
#pragma once

#include <varve/core/lower_bound.hpp>
#include <varve/format/snapshot.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace varve::inline v0 {

/// The manifests of one array. A view of a snapshot, whose body outlives it.
class ManifestIndex {
 public:
  explicit ManifestIndex(const format::NodeView& array) : rank_(array.rank()) {
    for (std::size_t i = 0; i != array.manifest_ref_count(); ++i) {
      const format::ManifestRefView ref = array.manifest_ref(i);
      ordered_ = ordered_ && ref.rank() == rank_ && (i == 0 || precedes(refs_.back(), ref));
      refs_.push_back(ref);
    }
  }

  /// The first manifest whose extents hold `index`, which is the one that counts; null if there is none.
  const format::ManifestRefView* find(std::span<const std::uint32_t> index) const {
    if (!ordered_) {
      for (const format::ManifestRefView& ref : refs_) {
        if (ref.covers(index)) return &ref;
      }
      return nullptr;
    }
    const std::size_t at = detail::lower_bound(refs_.size(), [&](std::size_t i) { return ends_before(refs_[i], index); });
    return at != refs_.size() && refs_[at].covers(index) ? &refs_[at] : nullptr;
  }

 private:
  /// Whether every index in the extents of `ref` comes before `index`.
  bool ends_before(const format::ManifestRefView& ref, std::span<const std::uint32_t> index) const {
    for (std::size_t axis = 0; axis != rank_ && axis != index.size(); ++axis) {
      const std::uint32_t last = ref.extent(axis).last;
      if (last != index[axis] + std::uint64_t{1}) return last <= index[axis];
    }
    return false;
  }
  bool precedes(const format::ManifestRefView& a, const format::ManifestRefView& b) const {
    std::vector<std::uint32_t> first;
    for (std::size_t axis = 0; axis != rank_; ++axis) first.push_back(b.extent(axis).first);
    return ends_before(a, first);
  }

  std::size_t rank_;
  std::vector<format::ManifestRefView> refs_;
  bool ordered_ = true;  // their boxes follow each other as indices do, as in what varve writes: they can be searched
};

}  // namespace varve::inline v0
