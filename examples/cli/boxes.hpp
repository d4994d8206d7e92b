// SPDX-License-Identifier: Apache-2.0
// Boxes of an array: how people write them, and how a large one is worked through in pieces that fit into memory.
#pragma once

#include <varve/array/box.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace varve::cli {

/// "0:2,5,:,10:" within an array of `shape`: one range a dimension, a single index is a range of one, and dimensions
/// that are left out are whole. Empty text is the whole array. Errors: `errc::invalid_argument`, `errc::out_of_bounds`.
BoxN parse_box(const std::string& text, const std::vector<std::uint64_t>& shape);

/// The number of elements of a shape. Errors: `errc::invalid_argument` beyond 2^63.
std::uint64_t count_of(const std::vector<std::uint64_t>& shape);

/// Calls `visit` with pieces of `box` in C order of its elements, each of about `most` elements and, where that is
/// possible, of whole chunks.
void for_each_piece(const BoxN& box, const std::vector<std::uint64_t>& chunks, std::uint64_t most,
                    const std::function<void(const BoxN&)>& visit);

}  // namespace varve::cli
