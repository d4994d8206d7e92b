// SPDX-License-Identifier: Apache-2.0
// Bodies of strided.hpp.
#pragma once

#include <varve/codec/strided.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace varve::inline v0::codec {

namespace detail {

struct Axis {
  std::uint64_t length = 0;
  std::ptrdiff_t from = 0;
  std::ptrdiff_t to = 0;
};

/// The axes of a box, outermost first, without those of length one; neighbours that run on in both layouts are one.
struct Axes {
  std::array<Axis, max_rank> axis;
  std::size_t count = 0;

  Axes(Strides from, Strides to, std::span<const std::uint64_t> shape) {
    VARVE_ASSERT(shape.size() <= max_rank);
    for (std::size_t i = 0; i != shape.size(); ++i) {
      if (shape[i] == 1) continue;
      const Axis next{shape[i], from[i], to[i]};
      const auto length = static_cast<std::ptrdiff_t>(next.length);
      if (count != 0 && axis[count - 1].from == next.from * length && axis[count - 1].to == next.to * length) {
        axis[count - 1] = {axis[count - 1].length * next.length, next.from, next.to};
      } else {
        axis[count++] = next;
      }
    }
  }

  /// Calls `visit(from offset, to offset)` for each index of the first `outer` axes.
  template <class Visit>
  void each(std::size_t outer, Visit&& visit) const {
    std::array<std::uint64_t, max_rank> index{};
    std::ptrdiff_t from = 0;
    std::ptrdiff_t to = 0;
    for (;;) {
      visit(from, to);
      std::size_t i = outer;
      while (i != 0) {
        --i;
        from += axis[i].from;
        to += axis[i].to;
        if (++index[i] != axis[i].length) break;
        from -= axis[i].from * static_cast<std::ptrdiff_t>(axis[i].length);
        to -= axis[i].to * static_cast<std::ptrdiff_t>(axis[i].length);
        index[i] = 0;
        if (i == 0) return;
      }
      if (outer == 0) return;
    }
  }
};

/// Exchanges two dimensions: `along_from` is contiguous in the source, `along_to` in the destination. Each tile goes
/// through a buffer, so that both sides are touched in whole cache lines; rows a power of two apart share few sets.
template <std::size_t Size>
void exchange(const std::byte* from, std::byte* to, const Axis& along_from, const Axis& along_to) {
  constexpr std::uint64_t tile = 32;
  std::array<std::byte, tile * tile * Size> buffer;
  for (std::uint64_t a0 = 0; a0 < along_from.length; a0 += tile) {
    const auto a_count = static_cast<std::size_t>(std::min(tile, along_from.length - a0));
    for (std::uint64_t b0 = 0; b0 < along_to.length; b0 += tile) {
      const auto b_count = static_cast<std::size_t>(std::min(tile, along_to.length - b0));
      const auto a_first = static_cast<std::ptrdiff_t>(a0);
      const auto b_first = static_cast<std::ptrdiff_t>(b0);
      for (std::size_t b = 0; b != b_count; ++b) {
        const std::byte* line = from + a_first * along_from.from + (b_first + static_cast<std::ptrdiff_t>(b)) * along_to.from;
        for (std::size_t a = 0; a != a_count; ++a) std::memcpy(buffer.data() + (a * tile + b) * Size, line + a * Size, Size);
      }
      for (std::size_t a = 0; a != a_count; ++a) {
        std::byte* line = to + (a_first + static_cast<std::ptrdiff_t>(a)) * along_from.to + b_first * along_to.to;
        std::memcpy(line, buffer.data() + a * tile * Size, b_count * Size);
      }
    }
  }
}

template <std::size_t Size>
void copy_axes(const std::byte* from, std::byte* to, const Axes& axes, std::size_t size) {
  const Axis& last = axes.axis[axes.count - 1];
  if constexpr (Size != 0) {
    if (axes.count >= 2) {
      constexpr auto item = static_cast<std::ptrdiff_t>(Size);
      const Axis& other = axes.axis[axes.count - 2];
      const bool gathers = other.from == item && last.to == item;
      if (gathers || (last.from == item && other.to == item)) {
        axes.each(axes.count - 2, [&](std::ptrdiff_t from_at, std::ptrdiff_t to_at) {
          exchange<Size>(from + from_at, to + to_at, gathers ? other : last, gathers ? last : other);
        });
        return;
      }
    }
  }
  axes.each(axes.count - 1, [&](std::ptrdiff_t from_at, std::ptrdiff_t to_at) {
    for (std::uint64_t i = 0; i != last.length; ++i) {
      const auto n = static_cast<std::ptrdiff_t>(i);
      const std::byte* const source = from + (from_at + n * last.from);
      std::byte* const target = to + (to_at + n * last.to);
      if constexpr (Size == 0) {
        std::memcpy(target, source, size);
      } else {
        std::memcpy(target, source, Size);
      }
    }
  });
}

}  // namespace detail

VARVE_DECL void copy_strided(const std::byte* from, Strides from_strides, std::byte* to, Strides to_strides,
                             std::span<const std::uint64_t> shape, std::size_t item_size) {
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return;
  detail::Axes axes(from_strides, to_strides, shape);
  const auto item = static_cast<std::ptrdiff_t>(item_size);
  if (axes.count == 0) {
    std::memcpy(to, from, item_size);
    return;
  }
  const detail::Axis& last = axes.axis[axes.count - 1];
  if (last.from == item && last.to == item) {
    const auto run = static_cast<std::size_t>(last.length) * item_size;
    axes.each(axes.count - 1, [&](std::ptrdiff_t from_at, std::ptrdiff_t to_at) {
      std::memcpy(to + to_at, from + from_at, run);
    });
    return;
  }
  if (axes.count > 2) {
    // The axis along which the other side is contiguous joins the innermost pair, which is exchanged tile by tile.
    const std::ptrdiff_t detail::Axis::*const side = last.from == item ? &detail::Axis::to : &detail::Axis::from;
    for (std::size_t i = 0; i + 2 < axes.count; ++i) {
      if (axes.axis[i].*side != item) continue;
      const auto first = axes.axis.begin() + static_cast<std::ptrdiff_t>(i);
      std::rotate(first, first + 1, axes.axis.begin() + static_cast<std::ptrdiff_t>(axes.count) - 1);
      break;
    }
  }
  switch (item_size) {
    case 1: return detail::copy_axes<1>(from, to, axes, 1);
    case 2: return detail::copy_axes<2>(from, to, axes, 2);
    case 4: return detail::copy_axes<4>(from, to, axes, 4);
    case 8: return detail::copy_axes<8>(from, to, axes, 8);
    case 16: return detail::copy_axes<16>(from, to, axes, 16);
    default: return detail::copy_axes<0>(from, to, axes, item_size);
  }
}

VARVE_DECL void fill_strided(std::byte* to, Strides to_strides, std::span<const std::uint64_t> shape, ByteView item,
                             std::size_t item_size) {
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return;
  const detail::Axes axes(to_strides, to_strides, shape);
  if (axes.count == 0) {
    if (item.empty()) {
      std::memset(to, 0, item_size);
    } else {
      std::memcpy(to, item.data(), item_size);
    }
    return;
  }
  const detail::Axis& last = axes.axis[axes.count - 1];
  const bool one_byte = item.empty() || std::all_of(item.begin(), item.end(), [&](std::byte b) { return b == item[0]; });
  const int value = item.empty() ? 0 : std::to_integer<int>(item[0]);
  axes.each(axes.count - 1, [&](std::ptrdiff_t, std::ptrdiff_t at) {
    if (one_byte && last.to == static_cast<std::ptrdiff_t>(item_size)) {
      std::memset(to + at, value, static_cast<std::size_t>(last.length) * item_size);
      return;
    }
    for (std::uint64_t i = 0; i != last.length; ++i) {
      std::byte* const element = to + (at + static_cast<std::ptrdiff_t>(i) * last.to);
      if (item.empty()) {
        std::memset(element, 0, item_size);
      } else {
        std::memcpy(element, item.data(), item_size);
      }
    }
  });
}

VARVE_DECL bool is_all(ByteView plain, ByteView item) {
  if (plain.empty()) return true;
  if (item.empty()) {
    // A buffer whose first byte is zero and that equals itself one byte further on is zero throughout.
    return plain[0] == std::byte{0} && std::memcmp(plain.data(), plain.data() + 1, plain.size() - 1) == 0;
  }
  if (plain.size() < item.size() || std::memcmp(plain.data(), item.data(), item.size()) != 0) return false;
  return std::memcmp(plain.data(), plain.data() + item.size(), plain.size() - item.size()) == 0;
}

}  // namespace varve::inline v0::codec
