// SPDX-License-Identifier: Apache-2.0
// StoreRange: which bytes of a value a reader of the Zarr store wants: a slice, all from some byte on, or the last few,
// as readers of shards do.
#pragma once

#include <varve/core/bytes.hpp>

#include <algorithm>
#include <cstdint>

namespace varve::inline v0 {

/// Some of the bytes of a value. Like Python's slices, ranges are cut at the ends of the value and never fail.
class StoreRange {
 public:
  /// The bytes [first, last).
  static StoreRange bounded(std::uint64_t first, std::uint64_t last) {
    return StoreRange(Kind::bounded, first, std::max(first, last));
  }
  /// All but the first `first` bytes.
  static StoreRange from(std::uint64_t first) { return StoreRange(Kind::bounded, first, UINT64_MAX); }
  /// The last `count` bytes.
  static StoreRange suffix(std::uint64_t count) { return StoreRange(Kind::suffix, 0, count); }

  /// The range within a value of `size` bytes.
  ByteRange within(std::uint64_t size) const {
    if (kind_ == Kind::suffix) return {size - std::min(last_, size), size};
    return {std::min(first_, size), std::min(last_, size)};
  }

 private:
  enum class Kind : std::uint8_t { bounded, suffix };
  StoreRange(Kind kind, std::uint64_t first, std::uint64_t last) : kind_(kind), first_(first), last_(last) {}
  Kind kind_;
  std::uint64_t first_;
  std::uint64_t last_;  // of a suffix: how many bytes
};

}  // namespace varve::inline v0
