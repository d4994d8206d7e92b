// SPDX-License-Identifier: Apache-2.0
// Rows: a growing table of rows of equal width, for as many as millions of them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace varve::inline v0::detail {

/// A table of rows of `width` elements each. It grows by pieces, so that it is never copied whole nor more than a piece
/// larger than its rows; a small table is as small as a vector.
template <class T>
class Rows {
 public:
  explicit Rows(std::size_t width) : width_(width) {}

  std::size_t size() const noexcept { return size_; }
  std::span<const T> operator[](std::size_t row) const { return {at(row), width_}; }
  std::span<T> operator[](std::size_t row) { return {const_cast<T*>(at(row)), width_}; }
  void push_back(std::span<const T> row) {
    if (size_ % piece == 0) {
      pieces_.emplace_back();
      if (pieces_.size() > 1) pieces_.back().reserve(piece * width_);
    }
    pieces_.back().insert(pieces_.back().end(), row.begin(), row.end());
    ++size_;
  }
  std::size_t memory_bytes() const noexcept {
    if (pieces_.empty()) return 0;
    const std::size_t elements = (pieces_.size() - 1) * piece * width_ + pieces_.back().capacity();
    return elements * sizeof(T) + pieces_.capacity() * sizeof(pieces_[0]);
  }

 private:
  static constexpr std::size_t piece = 4096;
  const T* at(std::size_t row) const { return pieces_[row / piece].data() + row % piece * width_; }

  std::size_t width_;
  std::size_t size_ = 0;
  std::vector<std::vector<T>> pieces_;
};

}  // namespace varve::inline v0::detail
