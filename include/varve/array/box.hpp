// SPDX-License-Identifier: Apache-2.0
// Box: a rectangular part of an array, as an offset and a shape in elements. `Box<Rank>` is what typed arrays take,
// `BoxN` the same for a rank that is known at run time only; both become a Region, which never allocates.
#pragma once

#include <varve/codec/strided.hpp>
#include <varve/core/result.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// The elements with coordinates offset[i] ≤ x[i] < offset[i] + shape[i]: `Box<2>{{0, 10}, {1, 20}}` is row 0,
/// columns 10 to 29. A shape with a zero is an empty box, which reads and writes nothing.
template <std::size_t Rank>
struct Box {
  std::array<std::uint64_t, Rank> offset{};
  std::array<std::uint64_t, Rank> shape{};

  friend bool operator==(const Box&, const Box&) = default;
};

/// A box whose rank is known at run time only.
struct BoxN {
  std::vector<std::uint64_t> offset{};
  std::vector<std::uint64_t> shape{};

  friend bool operator==(const BoxN&, const BoxN&) = default;
};

namespace detail {

/// Up to `codec::max_rank` lengths in place.
class Extents {
 public:
  Extents() = default;
  /// Only the first `max_rank` are kept; no array has more dimensions.
  Extents(std::span<const std::uint64_t> lengths) : rank_(std::min(lengths.size(), codec::max_rank)) {
    std::copy_n(lengths.begin(), rank_, at_.begin());
  }

  Extents(const std::vector<std::uint64_t>& lengths) : Extents(std::span<const std::uint64_t>(lengths)) {}

  std::size_t rank() const { return rank_; }
  std::uint64_t& operator[](std::size_t i) { return at_[i]; }
  std::uint64_t operator[](std::size_t i) const { return at_[i]; }
  operator std::span<const std::uint64_t>() const { return {at_.data(), rank_}; }
  std::span<const std::uint64_t> span() const { return *this; }
  bool any_zero() const { return std::find(span().begin(), span().end(), 0U) != span().end(); }

  friend bool operator==(const Extents& a, const Extents& b) {
    return std::equal(a.span().begin(), a.span().end(), b.span().begin(), b.span().end());
  }

 private:
  std::size_t rank_ = 0;
  std::array<std::uint64_t, codec::max_rank> at_{};
};

/// A box of any rank.
struct Region {
  Extents offset;
  Extents shape;

  /// All of an array of that shape.
  static Region whole(std::span<const std::uint64_t> shape) {
    Region region{Extents(shape), Extents(shape)};
    for (std::size_t i = 0; i != shape.size() && i != codec::max_rank; ++i) region.offset[i] = 0;
    return region;
  }
  /// Errors: `errc::shape_mismatch` for another rank than the array's.
  static Result<Region> of(const BoxN& box, std::size_t rank, std::string_view doing, const std::string& path) {
    if (box.offset.size() == rank && box.shape.size() == rank) return Region{box.offset, box.shape};
    return Error(errc::shape_mismatch, std::string(doing), path,
                 "the box has an offset of " + std::to_string(box.offset.size()) + " and a shape of " +
                     std::to_string(box.shape.size()) + " dimensions, the array " + std::to_string(rank));
  }
  template <std::size_t Rank>
  static Region of(const Box<Rank>& box) {
    static_assert(Rank <= codec::max_rank, "arrays have at most 32 dimensions");
    return Region{Extents(box.offset), Extents(box.shape)};
  }
};

inline std::string text_of(std::span<const std::uint64_t> lengths) {
  std::string text = "[";
  for (std::size_t i = 0; i != lengths.size(); ++i) (text += i == 0 ? "" : ", ") += std::to_string(lengths[i]);
  return text + "]";
}

/// The number of elements of a shape, or `errc::invalid_argument` if their bytes exceed memory.
inline Result<std::uint64_t> element_count(std::span<const std::uint64_t> shape, std::size_t item_size) {
  constexpr auto most = static_cast<std::uint64_t>(PTRDIFF_MAX);
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return std::uint64_t{0};
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) {
    if (length > most / item_size / count) {
      return Error(errc::invalid_argument, "count elements", text_of(shape), "this many do not fit into memory");
    }
    count *= length;
  }
  return count;
}

/// Checks that a region lies in an array. Errors: `errc::shape_mismatch` for another rank, `errc::out_of_bounds`.
inline Result<void> check_region(const Region& region, std::span<const std::uint64_t> shape, std::string_view doing,
                                 const std::string& path) {
  if (region.shape.rank() != shape.size()) {
    return Error(errc::shape_mismatch, std::string(doing), path,
                 "the box has " + std::to_string(region.shape.rank()) + " dimensions, the array " +
                     std::to_string(shape.size()));
  }
  for (std::size_t i = 0; i != shape.size(); ++i) {
    if (region.offset[i] > shape[i] || region.shape[i] > shape[i] - region.offset[i]) {
      return Error(errc::out_of_bounds, std::string(doing), path,
                   "the box at " + text_of(region.offset) + " of shape " + text_of(region.shape) +
                       " does not lie in the array of shape " + text_of(shape));
    }
  }
  return {};
}

}  // namespace detail

}  // namespace varve::inline v0
