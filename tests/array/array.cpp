// SPDX-License-Identifier: Apache-2.0
#include <varve/array/array.hpp>

#include "array/support/model.hpp"
#include "array/support/types.hpp"
#include "support/doctest.hpp"

#include <cmath>
#include <complex>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

using namespace support;
namespace codec = varve::codec;
using varve::Box;
using varve::errc;

namespace {

template <class T>
std::vector<T> count_up(std::size_t size) {
  std::vector<T> values(size);
  for (std::size_t i = 0; i != size; ++i) values[i] = static_cast<T>(i + 1);
  return values;
}

}  // namespace

TEST_CASE("array/array: what is written is read back, and the rest is the fill value") {
  const auto state = std::make_shared<State>();
  const auto field = make<float, 3>(state, "/t2m", {
      .shape = {5, 7, 9}, .chunks = {1, 7, 9}, .codecs = {codec::zstd(3)},
      .fill_value = -1.F, .dimension_names = {"time", "lat", "lon"}, .attributes = R"({"units": "K"})"});
  const auto day = count_up<float>(7 * 9);
  field.write(Box<3>{{2, 0, 0}, {1, 7, 9}}, day);
  CHECK(field.read(Box<3>{{2, 0, 0}, {1, 7, 9}}) == day);
  const auto all = field.read();
  REQUIRE(all.size() == 5 * 7 * 9);
  for (std::size_t i = 0; i != all.size(); ++i) CHECK(all[i] == (i / 63 == 2 ? day[i % 63] : -1.F));

  CHECK(field.shape() == std::array<std::uint64_t, 3>{5, 7, 9});
  CHECK(field.chunks() == std::array<std::uint64_t, 3>{1, 7, 9});
  CHECK(field.dimension_names() == varve::zarr::DimensionNames{"time", "lat", "lon"});
  CHECK(field.attributes() == R"({"units": "K"})");
  CHECK(field.fill_value() == -1.F);
  CHECK(field.path().text() == "/t2m");
  CHECK(field.codecs().size() == 2);
}

TEST_CASE("array/array: an array opens again with its type and rank, and with no other") {
  const auto state = std::make_shared<State>();
  make<float, 2>(state, "/a", {.shape = {4, 6}, .chunks = {2, 3}}).write(count_up<float>(24));
  CHECK(Array<float, 2>::open(state, path("/a")).value().read() == count_up<float>(24));
  const auto wrong = Array<double, 2>::open(state, path("/a"));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code() == errc::type_mismatch);
  const std::string text = wrong.error().what();
  for (const char* part : {"/a", "float32", "float64"}) CHECK_MESSAGE(text.find(part) != text.npos, text);
  CHECK(Array<float, 3>::open(state, path("/a")).error().code() == errc::type_mismatch);
  CHECK(Array<float, 2>::open(state, path("/b")).error().code() == errc::node_not_found);
  CHECK(Group::create(state, path("/g")));
  CHECK(Array<float, 2>::open(state, path("/g")).error().code() == errc::not_an_array);
}

TEST_CASE("array/array: a scalar is one element") {
  const auto state = std::make_shared<State>();
  const auto scalar = make<double, 0>(state, "/x", {.fill_value = 2.5});
  CHECK(scalar.get() == 2.5);
  scalar.set(7.25);
  CHECK(scalar.get() == 7.25);
  CHECK(scalar.read() == std::vector<double>{7.25});
  scalar.write(Box<0>{}, std::vector<double>{1});
  CHECK(scalar.at({}) == 1);
}

TEST_CASE("array/array: single elements are read and set") {
  const auto state = std::make_shared<State>();
  const auto grid = make<std::int16_t, 2>(state, "/grid", {.shape = {3, 5}, .chunks = {2, 2}});
  grid.set({2, 4}, 42);
  CHECK(grid.at({2, 4}) == 42);
  CHECK(grid.at({2, 3}) == 0);
  CHECK(code_of([&] { grid.at({3, 0}); }) == errc::out_of_bounds);
}

TEST_CASE_TEMPLATE("array/array: every element type makes the round trip", T, bool, std::int8_t, std::int16_t,
                   std::int32_t, std::int64_t, std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t, varve::Half,
                   float, double, std::complex<float>, std::complex<double>) {
  const auto state = std::make_shared<State>();
  std::vector<T> values;
  for (int i = 0; i != 15; ++i) {
    if constexpr (std::is_same_v<T, bool>) {
      values.push_back(i % 3 == 0);
    } else if constexpr (std::is_integral_v<T>) {
      const T high = std::numeric_limits<T>::max();
      values.push_back(static_cast<T>(i == 0 ? std::numeric_limits<T>::min() : high - static_cast<T>(i)));
    } else {
      values.push_back(T(static_cast<float>(i) + 0.5F));
    }
  }
  for (const auto& chain : {std::vector<codec::Spec>{}, {codec::bytes(std::endian::big), codec::gzip(1)}}) {
    const auto array = make<T, 1>(state, chain.empty() ? "/plain" : "/packed",
                                  {.shape = {15}, .chunks = {4}, .codecs = chain, .fill_value = values[1]});
    CHECK(array.read() == std::vector<T>(15, values[1]));
    CHECK(array.fill_value() == values[1]);
    array.write(values);
    CHECK(array.read() == values);
  }
}

TEST_CASE("array/array: views of any strides are read into and written from") {
  const auto state = std::make_shared<State>();
  const auto field = make<std::int32_t, 2>(state, "/a", {.shape = {6, 8}, .chunks = {4, 3}, .codecs = {codec::zstd()}});
  const auto values = count_up<std::int32_t>(48);
  // Column by column, as Fortran has it.
  std::vector<std::int32_t> columns(48);
  for (std::size_t r = 0; r != 6; ++r) {
    for (std::size_t c = 0; c != 8; ++c) columns[c * 6 + r] = values[r * 8 + c];
  }
  field.write(Box<2>{{0, 0}, {6, 8}}, varve::ArrayView<const std::int32_t, 2>(columns.data(), {6, 8}, {1, 6}));
  CHECK(field.read() == values);

  // Rows upside down, every second element of a buffer; what lies between stays as it is.
  std::vector<std::int32_t> gaps(2 * 6 * 8, -7);
  field.read(Box<2>{{0, 0}, {6, 8}}, varve::ArrayView<std::int32_t, 2>(gaps.data() + 5 * 16, {6, 8}, {-16, 2}));
  for (std::size_t i = 0; i != gaps.size(); ++i) {
    const std::size_t row = 5 - i / 16;
    CHECK(gaps[i] == (i % 2 == 0 ? values[row * 8 + i % 16 / 2] : -7));
  }
}

TEST_CASE("array/array: boxes outside and views of the wrong shape change nothing") {
  const auto state = std::make_shared<State>();
  const auto field = make<float, 2>(state, "/sst", {.shape = {4, 6}, .chunks = {2, 3}});
  field.write(count_up<float>(24));
  std::vector<float> view(6, 9.F);
  CHECK(code_of([&] { field.write(Box<2>{{3, 1}, {1, 6}}, view); }) == errc::out_of_bounds);
  CHECK(code_of([&] { field.read(Box<2>{{4, 0}, {1, 6}}, view); }) == errc::out_of_bounds);
  CHECK(code_of([&] { field.write(Box<2>{{0, 0}, {1, 5}}, view); }) == errc::shape_mismatch);
  CHECK(code_of([&] { field.write(view); }) == errc::shape_mismatch);
  CHECK(code_of([&] { field.read(Box<2>{{0, 0}, {2, 6}}, view); }) == errc::shape_mismatch);
  CHECK(view == std::vector<float>(6, 9.F));
  CHECK(field.read() == count_up<float>(24));
}

TEST_CASE("array/array: an empty box reads and writes nothing, whatever its other lengths") {
  const auto state = std::make_shared<State>();
  const auto field = make<float, 2>(state, "/a", {.shape = {4, 6}, .chunks = {2, 3}});
  field.write(Box<2>{{0, 6}, {4, 0}}, std::vector<float>());
  CHECK(field.read(Box<2>{{4, 0}, {0, 6}}).empty());
  CHECK(state->locates == 0);
  const auto none = make<float, 2>(state, "/none", {.shape = {0, 6}, .chunks = {2, 3}});
  CHECK(none.read().empty());
  none.write(std::vector<float>());
}

TEST_CASE("array/array: a handle follows what other handles do, and says so when the array is gone") {
  const auto state = std::make_shared<State>();
  const auto one = make<float, 1>(state, "/a", {.shape = {4}, .chunks = {2}});
  const auto other = Array<float, 1>::open(state, path("/a")).value();
  other.resize({6});
  other.set_attributes(R"({"changed": true})");
  CHECK(one.shape()[0] == 6);
  CHECK(one.attributes() == R"({"changed": true})");
  one.write(count_up<float>(6));
  CHECK(other.read() == count_up<float>(6));
  CHECK(state->delete_node(path("/a")));
  CHECK(code_of([&] { one.read(); }) == errc::node_not_found);
  make<double, 1>(state, "/a", {.shape = {4}});
  CHECK(code_of([&] { one.read(); }) == errc::type_mismatch);
}

TEST_CASE("array/array: attributes are kept as they are written, and must be an object") {
  const auto state = std::make_shared<State>();
  const auto array = make<float, 1>(state, "/a", {.shape = {4}});
  CHECK(array.attributes() == "{}");
  CHECK(code_of([&] { array.set_attributes("[1]"); }) == errc::invalid_argument);
  CHECK(code_of([&] { array.set_attributes("{"); }) == errc::invalid_argument);
  const std::string text = R"({"b": 1.50, "a": [1, 123456789012345678901234567890, null],  "µ": "\u00e9"})";
  array.set_attributes(text);
  CHECK(array.attributes() == text);
  CHECK(array.read() == std::vector<float>(4, 0.F));
}

TEST_CASE("array/array: awaitables report errors as values") {
  const auto state = std::make_shared<State>();
  const auto array = make<float, 1>(state, "/a", {.shape = {4}});
  std::vector<float> values(5);
  const auto read = varve::block_on(array.async_read(Box<1>{{0}, {5}}, values));
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == errc::out_of_bounds);
  const auto good = varve::block_on(array.async_read(Box<1>{{1}, {3}}));
  REQUIRE(good);
  CHECK(*good == std::vector<float>(3));
  state->is_writable = false;
  const auto written = varve::block_on(array.async_write(std::vector<float>(4, 1.F)));
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == errc::read_only_session);
}

TEST_CASE("array/array: fill values keep their bits") {
  const auto state = std::make_shared<State>();
  const auto nan = make<float, 1>(state, "/nan", {.shape = {3}, .fill_value = NAN});
  CHECK(std::isnan(nan.read()[2]));
  const auto zero = make<double, 1>(state, "/zero", {.shape = {3}, .fill_value = -0.0});
  CHECK(std::signbit(zero.at({0})));
  const auto infinite = make<double, 1>(state, "/inf", {.shape = {3}, .fill_value = -INFINITY});
  CHECK(infinite.at({0}) == -INFINITY);
}
