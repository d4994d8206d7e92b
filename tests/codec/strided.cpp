// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/strided.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace codec = varve::codec;
using Shape = std::vector<std::uint64_t>;

/// Copies element by element, as the definition reads.
static void copy_slowly(const std::byte* from, codec::Strides from_strides, std::byte* to, codec::Strides to_strides,
                        const Shape& shape, std::size_t item_size, std::size_t dimension = 0) {
  if (dimension == shape.size()) {
    std::copy_n(from, item_size, to);
    return;
  }
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return;
  for (std::uint64_t i = 0; i != shape[dimension]; ++i) {
    const auto n = static_cast<std::ptrdiff_t>(i);
    copy_slowly(from + n * from_strides[dimension], from_strides, to + n * to_strides[dimension], to_strides, shape,
                item_size, dimension + 1);
  }
}

TEST_CASE("codec/strided: a copy between any two orders of the dimensions moves every element") {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{5, 6}, Shape{40, 70}, Shape{3, 1, 5}, Shape{3, 4, 5}, Shape{2, 40, 35},
                             Shape{2, 3, 4, 5}, Shape{4, 0, 3}}) {
    std::vector<std::size_t> order(shape.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      for (const std::size_t item : std::initializer_list<std::size_t>{1, 2, 3, 4, 8, 16}) {
        Shape stored;
        for (const std::size_t dimension : order) stored.push_back(shape[dimension]);
        const auto in_order = codec::c_strides(stored, item);
        codec::StrideArray strides{};
        for (std::size_t i = 0; i != order.size(); ++i) strides[order[i]] = in_order[i];
        const auto plain = codec::c_strides(shape, item);
        std::size_t size = item;
        for (const std::uint64_t length : shape) size *= length;
        const auto from = support::noise(size, 4);
        varve::Bytes fast(size), slow(size), back(size);
        codec::copy_strided(from.data(), strides, fast.data(), plain, shape, item);
        copy_slowly(from.data(), strides, slow.data(), plain, shape, item);
        CHECK(fast == slow);
        codec::copy_strided(fast.data(), plain, back.data(), strides, shape, item);
        CHECK(back == from);
      }
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_CASE("codec/strided: strides may be negative and leave gaps") {
  const auto from = support::bytes_of("abcdef");
  varve::Bytes to(12, std::byte{'.'});
  const std::ptrdiff_t from_strides[] = {3, -1};
  const std::ptrdiff_t to_strides[] = {6, 2};
  const Shape shape{2, 3};
  codec::copy_strided(from.data() + 2, from_strides, to.data(), to_strides, shape, 1);
  CHECK(varve::as_text(to) == "c.b.a.f.e.d.");
}

TEST_CASE("codec/strided: a fill writes the box and nothing beside it") {
  for (const auto& [item, expected] : {std::pair<const char*, const char*>("xy", "..xyxyxy..xyxyxy"),
                                       {"zz", "..zzzzzz..zzzzzz"}}) {
    varve::Bytes to(16, std::byte{'.'});
    const Shape shape{2, 3};
    const std::ptrdiff_t strides[] = {8, 2};
    codec::fill_strided(to.data() + 2, strides, shape, varve::as_bytes(item), 2);
    CHECK(varve::as_text(to) == expected);
  }
  varve::Bytes zeros(8, std::byte{1});
  const Shape shape{2, 2};
  const std::ptrdiff_t strides[] = {4, 2};
  codec::fill_strided(zeros.data(), strides, shape, {}, 1);
  CHECK(zeros == support::bytes_of(std::string_view("\0\1\0\1\0\1\0\1", 8)));
  const Shape scalar{};
  codec::fill_strided(zeros.data(), {}, scalar, varve::as_bytes("abcd"), 4);
  CHECK(varve::as_text(zeros).substr(0, 4) == "abcd");
}

TEST_CASE("codec/strided: a chunk of one value is recognised by its bits") {
  CHECK(codec::is_all({}, {}));
  CHECK(codec::is_all(varve::Bytes(9, std::byte{0}), {}));
  CHECK_FALSE(codec::is_all(varve::as_bytes(std::string_view("\0\0\1", 3)), {}));
  CHECK(codec::is_all(varve::as_bytes("abab"), varve::as_bytes("ab")));
  CHECK_FALSE(codec::is_all(varve::as_bytes("abba"), varve::as_bytes("ab")));
  CHECK_FALSE(codec::is_all(varve::as_bytes("baba"), varve::as_bytes("ab")));
}

TEST_CASE("codec/strided: a box is contiguous when dimensions of one element do not matter") {
  const Shape shape{2, 1, 3};
  const std::ptrdiff_t yes[] = {12, 999, 4};
  const std::ptrdiff_t no[] = {16, 4, 4};
  CHECK(codec::is_contiguous(shape, yes, 4));
  CHECK_FALSE(codec::is_contiguous(shape, no, 4));
}
