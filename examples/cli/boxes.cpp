// SPDX-License-Identifier: Apache-2.0
#include "boxes.hpp"

#include "frame.hpp"

#include <algorithm>
#include <charconv>

namespace varve::cli {

BoxN parse_box(const std::string& text, const std::vector<std::uint64_t>& shape) {
  BoxN box{std::vector<std::uint64_t>(shape.size(), 0), shape};
  const auto bad = [&](const std::string& why) { return usage("box `" + text + "`: " + why); };
  const auto number = [&](std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc() || end != digits.data() + digits.size()) throw bad("write ranges such as 0:2,3:5");
    return value;
  };
  std::string_view rest = text;
  for (std::size_t axis = 0; !rest.empty(); ++axis) {
    const std::string_view range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(range.size() + 1, rest.size()));
    if (axis == shape.size()) throw bad("the array has " + std::to_string(shape.size()) + " dimensions");
    const auto colon = range.find(':');
    const std::string_view from = range.substr(0, colon);
    std::uint64_t first = from.empty() && colon != std::string_view::npos ? 0 : number(from);
    std::uint64_t last = shape[axis];
    if (colon == std::string_view::npos)
      last = first + 1;
    else if (colon + 1 != range.size())
      last = number(range.substr(colon + 1));
    if (first > last || last > shape[axis]) {
      throw Error(errc::out_of_bounds, "read the command line", text,
                  "dimension " + std::to_string(axis) + " goes from 0 to " + std::to_string(shape[axis]));
    }
    box.offset[axis] = first;
    box.shape[axis] = last - first;
  }
  return box;
}

std::uint64_t count_of(const std::vector<std::uint64_t>& shape) {
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return 0;
  std::uint64_t count = 1;
  for (const std::uint64_t length : shape) {
    if (count > (std::uint64_t{1} << 59) / length) throw usage("the array has too many elements");
    count *= length;
  }
  return count;
}

void for_each_piece(const BoxN& box, const std::vector<std::uint64_t>& chunks, std::uint64_t most,
                    const std::function<void(const BoxN&)>& visit) {
  if (count_of(box.shape) == 0) return;
  // The first dimension below which a slice is small enough to be taken whole; the ones above go by single steps.
  std::size_t axis = 0;
  std::uint64_t slice = count_of(box.shape);
  for (; axis != box.shape.size(); ++axis) {
    slice /= box.shape[axis];
    if (slice <= most) break;
  }
  if (axis == box.shape.size()) return visit(box);
  BoxN piece = box;
  for (std::size_t i = 0; i != axis; ++i) piece.shape[i] = 1;
  const std::uint64_t chunk = std::max<std::uint64_t>(chunks[axis], 1);
  const std::uint64_t end = box.offset[axis] + box.shape[axis];
  for (;;) {
    for (std::uint64_t at = box.offset[axis]; at < end;) {
      std::uint64_t to = at + std::max<std::uint64_t>(1, most / slice);
      if (to < end && to / chunk * chunk > at) to = to / chunk * chunk;
      piece.offset[axis] = at;
      piece.shape[axis] = std::min(to, end) - at;
      visit(piece);
      at += piece.shape[axis];
    }
    std::size_t up = axis;
    while (up != 0) {
      --up;
      if (++piece.offset[up] != box.offset[up] + box.shape[up]) break;
      piece.offset[up] = box.offset[up];
      if (up == 0) return;
    }
    if (axis == 0) return;
  }
}

}  // namespace varve::cli
