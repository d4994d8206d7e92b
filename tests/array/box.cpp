// SPDX-License-Identifier: Apache-2.0
#include <varve/array/box.hpp>

#include "support/doctest.hpp"

#include <string>

using varve::errc;
using varve::detail::check_region;
using varve::detail::Region;

TEST_CASE("array/box: a box is an offset and a shape") {
  const varve::Box<3> box{{0, 1, 2}, {1, 721, 1440}};
  CHECK(box.offset == std::array<std::uint64_t, 3>{0, 1, 2});
  CHECK(box.shape == std::array<std::uint64_t, 3>{1, 721, 1440});
  CHECK(varve::Box<1>{{3}, {4}} != varve::Box<1>{{3}, {5}});
  CHECK(varve::Box<0>{} == varve::Box<0>{});
}

TEST_CASE("array/box: a region lies in the array up to its last element, and not one beyond") {
  const std::vector<std::uint64_t> shape{4, 6};
  CHECK(check_region(Region::of(varve::Box<2>{{0, 0}, {4, 6}}), shape, "read array", "/a"));
  CHECK(check_region(Region::of(varve::Box<2>{{4, 6}, {0, 0}}), shape, "read array", "/a"));
  CHECK(check_region(Region::of(varve::Box<2>{{3, 5}, {1, 1}}), shape, "read array", "/a"));
  for (const auto& box : {varve::Box<2>{{0, 1}, {4, 6}}, varve::Box<2>{{5, 0}, {0, 1}},
                          varve::Box<2>{{1, 0}, {UINT64_MAX, 1}}, varve::Box<2>{{UINT64_MAX, 0}, {1, 1}}}) {
    const auto checked = check_region(Region::of(box), shape, "read array", "/a");
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code() == errc::out_of_bounds);
  }
}

TEST_CASE("array/box: the error of a box outside names the array, the box and both shapes") {
  const std::vector<std::uint64_t> shape{4, 6};
  const auto checked = check_region(Region::of(varve::Box<2>{{2, 3}, {1, 7}}), shape, "read array", "/sst");
  REQUIRE_FALSE(checked);
  const std::string text = checked.error().what();
  for (const char* part : {"read array", "/sst", "[2, 3]", "[1, 7]", "[4, 6]"}) {
    CHECK_MESSAGE(text.find(part) != text.npos, text);
  }
}

TEST_CASE("array/box: a box of another rank than the array is refused") {
  const std::vector<std::uint64_t> shape{4, 6};
  const auto typed = check_region(Region::of(varve::Box<1>{{0}, {1}}), shape, "read array", "/a");
  REQUIRE_FALSE(typed);
  CHECK(typed.error().code() == errc::shape_mismatch);
  for (const auto& box : {varve::BoxN{{0, 0, 0}, {1, 1, 1}}, varve::BoxN{{0}, {1, 1}}, varve::BoxN{{0, 0}, {1}}}) {
    const auto region = Region::of(box, 2, "read array", "/a");
    REQUIRE_FALSE(region);
    CHECK(region.error().code() == errc::shape_mismatch);
  }
}

TEST_CASE("array/box: elements are counted without overflow") {
  using varve::detail::element_count;
  CHECK(element_count({}, 8).value() == 1);
  CHECK(element_count(std::vector<std::uint64_t>{3, 5}, 8).value() == 15);
  CHECK(element_count(std::vector<std::uint64_t>{UINT64_MAX, 0, UINT64_MAX}, 8).value() == 0);
  CHECK(element_count(std::vector<std::uint64_t>{std::uint64_t{1} << 32, std::uint64_t{1} << 30}, 1).value() ==
        std::uint64_t{1} << 62);
  for (const std::vector<std::uint64_t>& shape :
       {std::vector<std::uint64_t>{UINT64_MAX}, {std::uint64_t{1} << 32, std::uint64_t{1} << 32}}) {
    const auto count = element_count(shape, 1);
    REQUIRE_FALSE(count);
    CHECK(count.error().code() == errc::invalid_argument);
  }
}
