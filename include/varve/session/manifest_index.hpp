// SPDX-License-Identifier: Apache-2.0
// ManifestIndex: which manifest of an array may hold a chunk, and that manifest while it is in memory. An array of many
// chunks has hundreds of manifests, and every read asks.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/lower_bound.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// What a manifest holds of one array, and the bytes under it.
struct ArrayRefs {
  std::shared_ptr<const Bytes> body;
  std::optional<format::ArrayRefsView> view;  ///< `nullopt` if the manifest has no refs of the array
};

/// The refs that were last opened of one manifest, for as long as a cache, or whoever else reads them, keeps them alive.
/// Thread-safe.
class OpenedRefs {
 public:
  /// `nullopt` if they are gone, and now and then: who then asks the cache tells it that they are still in use.
  std::optional<ArrayRefs> find() {
    const std::scoped_lock lock(mutex_);
    if (++finds_ % 64 == 0) return std::nullopt;
    auto body = body_.lock();
    if (!body) return std::nullopt;
    return ArrayRefs{std::move(body), view_};
  }
  void keep(const ArrayRefs& refs) {
    const std::scoped_lock lock(mutex_);
    body_ = refs.body;
    view_ = refs.view;
  }

 private:
  std::mutex mutex_;
  std::weak_ptr<const Bytes> body_;
  std::optional<format::ArrayRefsView> view_;
  std::uint32_t finds_ = 0;
};

/// The manifests of one array. A view of a snapshot, whose body outlives it.
class ManifestIndex {
 public:
  struct Found {
    const format::ManifestRefView& ref;
    OpenedRefs& opened;
  };

  explicit ManifestIndex(const format::NodeView& array) : rank_(array.rank()), opened_(array.manifest_ref_count()) {
    refs_.reserve(array.manifest_ref_count());
    for (std::size_t i = 0; i != array.manifest_ref_count(); ++i) {
      const format::ManifestRefView ref = array.manifest_ref(i);
      ordered_ = ordered_ && ref.rank() == rank_ && (i == 0 || precedes(refs_.back(), ref));
      refs_.push_back(ref);
    }
  }

  std::size_t rank() const noexcept { return rank_; }
  const std::vector<format::ManifestRefView>& refs() const noexcept { return refs_; }

  /// The first manifest whose extents hold `index`, which is the one that counts; `nullopt` if there is none.
  std::optional<Found> find(std::span<const std::uint32_t> index) const {
    std::size_t at = 0;
    if (ordered_) {
      at = detail::lower_bound(refs_.size(), [&](std::size_t i) { return ends_before(refs_[i], index); });
      if (at != refs_.size() && !refs_[at].covers(index)) at = refs_.size();
    } else {
      while (at != refs_.size() && !refs_[at].covers(index)) ++at;
    }
    if (at == refs_.size()) return std::nullopt;
    return Found{refs_[at], opened_[at]};
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
  mutable std::vector<OpenedRefs> opened_;  // of each of `refs_`
  bool ordered_ = true;  // their boxes follow each other as indices do, as in what varve writes: they can be searched
};

}  // namespace varve::inline v0
