// SPDX-License-Identifier: Apache-2.0
// What an array should be, element by element: the slow and plain model that the property tests compare with.
#pragma once

#include <varve/array/box.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace support {

using Lengths = std::vector<std::uint64_t>;
using Item = std::vector<std::byte>;

/// Calls `visit(index)` for every index of a shape, in C order.
template <class Visit>
void for_each_index(const Lengths& shape, Visit&& visit) {
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return;
  Lengths index(shape.size(), 0);
  for (;;) {
    visit(std::as_const(index));
    std::size_t i = shape.size();
    for (;;) {
      if (i == 0) return;
      --i;
      if (++index[i] != shape[i]) break;
      index[i] = 0;
    }
  }
}

inline std::uint64_t count_of(const Lengths& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) count *= length;
  return count;
}

class Model {
 public:
  /// Along a dimension with `edges`, the chunks have these lengths instead of the one in `chunks`.
  Model(Lengths shape, Lengths chunks, Item fill, std::vector<Lengths> edges = {})
      : shape_(std::move(shape)), chunks_(std::move(chunks)), edges_(std::move(edges)), fill_(std::move(fill)) {
    edges_.resize(chunks_.size());
  }

  const Lengths& shape() const { return shape_; }

  varve::Bytes read(const varve::BoxN& box) const {
    varve::Bytes out;
    for_each_index(box.shape, [&](const Lengths& at) {
      const auto found = elements_.find(sum(box.offset, at));
      const Item& item = found == elements_.end() ? fill_ : found->second;
      out.insert(out.end(), item.begin(), item.end());
    });
    return out;
  }

  void write(const varve::BoxN& box, varve::ByteView elements) {
    // A chunk whose visible part is overwritten keeps nothing of what lies beyond the array's edge.
    std::erase_if(elements_, [&](const auto& element) {
      for (std::size_t i = 0; i != shape_.size(); ++i) {
        const auto [number, first, end] = chunk_of(i, element.first[i]);
        const std::uint64_t last = std::min(end, shape_[i]);
        if (first >= shape_[i] || box.offset[i] > first || box.offset[i] + box.shape[i] < last) return false;
      }
      return !shape_.empty();
    });
    std::size_t from = 0;
    for_each_index(box.shape, [&](const Lengths& at) {
      const auto item = elements.subspan(from, fill_.size());
      elements_[sum(box.offset, at)] = Item(item.begin(), item.end());
      from += fill_.size();
    });
  }

  /// Chunks that lie outside are gone; what the chunks at the edge hold beyond it stays. Beyond the last of uneven chunks
  /// one more comes.
  void resize(Lengths shape) {
    shape_ = std::move(shape);
    for (std::size_t i = 0; i != shape_.size(); ++i) {
      const std::uint64_t end = std::accumulate(edges_[i].begin(), edges_[i].end(), std::uint64_t{0});
      if (!edges_[i].empty() && shape_[i] > end) edges_[i].push_back(shape_[i] - end);
    }
    std::erase_if(elements_, [&](const auto& element) {
      for (std::size_t i = 0; i != shape_.size(); ++i) {
        if (chunk_of(i, element.first[i]).first >= shape_[i]) return true;
      }
      return false;
    });
  }

  /// The chunks that hold anything but the fill value: those that are stored.
  std::vector<std::vector<std::uint32_t>> stored_chunks() const {
    std::map<std::vector<std::uint32_t>, bool> found;
    for (const auto& [index, item] : elements_) {
      if (item == fill_) continue;
      std::vector<std::uint32_t> chunk;
      for (std::size_t i = 0; i != index.size(); ++i) {
        chunk.push_back(static_cast<std::uint32_t>(chunk_of(i, index[i]).number));
      }
      found[chunk] = true;
    }
    std::vector<std::vector<std::uint32_t>> out;
    for (const auto& [chunk, stored] : found) out.push_back(chunk);
    return out;
  }

 private:
  struct Chunk {
    std::uint64_t number, first, last;
  };
  Chunk chunk_of(std::size_t dimension, std::uint64_t element) const {
    const std::uint64_t length = chunks_[dimension], number = element / length;
    if (edges_[dimension].empty()) return {number, number * length, (number + 1) * length};
    Chunk chunk{0, 0, edges_[dimension][0]};
    while (chunk.last <= element) {
      chunk.first = chunk.last;
      chunk.last += edges_[dimension].at(++chunk.number);
    }
    return chunk;
  }
  static Lengths sum(Lengths a, const Lengths& b) {
    for (std::size_t i = 0; i != a.size(); ++i) a[i] += b[i];
    return a;
  }

  Lengths shape_;
  Lengths chunks_;
  std::vector<Lengths> edges_;
  Item fill_;
  std::map<Lengths, Item> elements_;
};

/// Small random numbers, the same for every run of a seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// From `first` to `last`, both included.
  std::uint64_t roll(std::uint64_t first, std::uint64_t last) { return first + engine_() % (last - first + 1); }
  bool one_in(std::uint64_t n) { return roll(1, n) == 1; }
  varve::BoxN box(const Lengths& shape) {
    varve::BoxN box;
    for (const std::uint64_t length : shape) {
      const std::uint64_t first = roll(0, length);
      box.offset.push_back(first);
      box.shape.push_back(one_in(4) ? length - first : roll(0, length - first));
    }
    return box;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace support
