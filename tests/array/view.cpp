// SPDX-License-Identifier: Apache-2.0
#include <varve/array/view.hpp>

#include "support/doctest.hpp"

#include <array>
#include <list>
#include <string>
#include <vector>

using varve::ArrayView;
using varve::errc;
using varve::detail::Extents;

namespace {

/// As much of std::mdspan with layout_stride as a view asks for.
template <class T>
struct Strided {
  T* first = nullptr;
  std::array<std::size_t, 2> extents{};
  std::array<std::size_t, 2> steps{};

  static constexpr std::size_t rank() { return 2; }
  T* data_handle() const { return first; }
  std::size_t extent(std::size_t i) const { return extents[i]; }
  std::size_t stride(std::size_t i) const { return steps[i]; }
};

template <class View, class From>
concept Takes = std::constructible_from<View, From>;

Extents extents(std::initializer_list<std::uint64_t> lengths) { return Extents(std::vector<std::uint64_t>(lengths)); }

}  // namespace

TEST_CASE("array/view: any contiguous range of the element type is a view, and nothing that would lose what is read") {
  using Read = ArrayView<float, 2>;
  using Write = ArrayView<const float, 2>;
  CHECK(Takes<Read, std::vector<float>&>);
  CHECK(Takes<Read, std::span<float>>);
  CHECK(Takes<Read, std::array<float, 6>&>);
  CHECK(Takes<Read, Strided<float>>);
  CHECK_FALSE(Takes<Read, std::vector<float>>);
  CHECK_FALSE(Takes<Read, const std::vector<float>&>);
  CHECK_FALSE(Takes<Read, std::span<const float>>);
  CHECK_FALSE(Takes<Read, std::vector<double>&>);
  CHECK(Takes<Write, std::vector<float>>);
  CHECK(Takes<Write, const std::vector<float>&>);
  CHECK(Takes<Write, std::span<const float>>);
  CHECK(Takes<Write, Strided<const float>>);
  CHECK(Takes<Write, Strided<float>>);
  CHECK_FALSE(Takes<Write, std::vector<double>>);
  CHECK_FALSE(Takes<Write, std::list<float>>);
  CHECK(Takes<ArrayView<const bool, 1>, std::vector<bool>>);
  CHECK_FALSE(Takes<ArrayView<bool, 1>, std::vector<bool>&>);
}

TEST_CASE("array/view: a range takes the shape of the box if the count agrees") {
  std::vector<float> values(6);
  auto raw = ArrayView<float, 2>(values).raw();
  REQUIRE(raw.fit(extents({2, 3}), sizeof(float), "read array", "/a"));
  CHECK(raw.strides[0] == 12);
  CHECK(raw.strides[1] == 4);
  CHECK(raw.data == reinterpret_cast<std::byte*>(values.data()));

  auto wrong = ArrayView<float, 2>(values).raw();
  const auto fitted = wrong.fit(extents({2, 4}), sizeof(float), "read array", "/a");
  REQUIRE_FALSE(fitted);
  CHECK(fitted.error().code() == errc::shape_mismatch);
  const std::string text = fitted.error().what();
  for (const char* part : {"6 elements", "[2, 4]", "8", "/a"}) CHECK_MESSAGE(text.find(part) != text.npos, text);
}

TEST_CASE("array/view: an mdspan keeps its strides and must have the shape of the box") {
  std::vector<double> values(40);
  const Strided<double> columns{values.data() + 1, {3, 4}, {10, 2}};
  auto raw = ArrayView<double, 2>(columns).raw();
  REQUIRE(raw.fit(extents({3, 4}), sizeof(double), "read array", "/a"));
  CHECK(raw.strides[0] == 80);
  CHECK(raw.strides[1] == 16);
  auto wrong = ArrayView<double, 2>(columns).raw();
  const auto fitted = wrong.fit(extents({4, 3}), sizeof(double), "read array", "/a");
  REQUIRE_FALSE(fitted);
  CHECK(fitted.error().code() == errc::shape_mismatch);
}

TEST_CASE("array/view: strides may run backwards") {
  std::vector<std::int16_t> values(6);
  const ArrayView<std::int16_t, 2> view(values.data() + 5, {2, 3}, {-3, -1});
  CHECK(view.raw().strides[0] == -6);
  CHECK(view.raw().strides[1] == -2);
}
