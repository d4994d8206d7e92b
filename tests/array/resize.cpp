// SPDX-License-Identifier: Apache-2.0
#include <varve/array/resize.hpp>

#include <varve/codec/sharding.hpp>
#include <varve/codec/zstd.hpp>

#include "array/support/types.hpp"
#include "support/doctest.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

using namespace support;
namespace zarr = varve::zarr;
using varve::errc;
using Index = std::vector<std::uint32_t>;
using Values = std::vector<std::int32_t>;

namespace {

Values numbers(std::size_t size) {
  Values values(size);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

std::vector<Index> chunks(const State& state) { return state.chunks_of(state.find_node(path("/a")).value()->id); }

}  // namespace

TEST_CASE("array/resize: shrinking and growing do what zarr-python does") {
  // The values are those that zarr-python 3.4 printed for the same steps.
  const auto state = std::make_shared<State>();
  const auto array = make<std::int32_t, 1>(state, "/a", {.shape = {7}, .chunks = {4}, .fill_value = -1});
  array.write(numbers(7));
  array.resize({5});
  CHECK(chunks(*state) == std::vector<Index>{{0}, {1}});
  array.resize({8});
  CHECK(array.read() == Values{0, 1, 2, 3, 4, 5, 6, -1});
  array.resize({3});
  CHECK(chunks(*state) == std::vector<Index>{{0}});
  array.resize({8});
  CHECK(array.read() == Values{0, 1, 2, 3, -1, -1, -1, -1});
  array.write(varve::Box<1>{{5}, {3}}, Values{9, 9, 9});
  array.resize({6});
  array.write(Values(6, 5));
  array.resize({8});
  CHECK(array.read() == Values{5, 5, 5, 5, 5, 5, -1, -1});
}

TEST_CASE("array/resize: growing looks at no chunk") {
  const auto state = std::make_shared<State>();
  const auto array = make<std::int32_t, 2>(state, "/a", {.shape = {4, 4}, .chunks = {2, 2}});
  array.write(numbers(16));
  array.resize({40, 4});
  CHECK(array.shape() == std::array<std::uint64_t, 2>{40, 4});
  CHECK(array.read(varve::Box<2>{{0, 0}, {4, 4}}) == numbers(16));
  array.resize({0, 0});
  CHECK(chunks(*state).empty());
  CHECK(array.read().empty());
}

TEST_CASE("array/resize: a shape of another rank or of too many chunks is refused") {
  const auto state = std::make_shared<State>();
  make<std::int32_t, 1>(state, "/a", {.shape = {4}, .chunks = {2}});
  const auto array = AnyArray::open(state, path("/a")).value();
  CHECK(code_of([&] { array.resize({4, 4}); }) == errc::shape_mismatch);
  CHECK(code_of([&] { array.resize({std::uint64_t{1} << 34}); }) == errc::unsupported_chunk_grid);
  CHECK(array.shape() == std::vector<std::uint64_t>{4});
}

TEST_CASE("array/resize: append grows along any axis, across the edge of a chunk") {
  const auto state = std::make_shared<State>();
  const auto array = make<std::int32_t, 2>(state, "/a", {.shape = {0, 3}, .chunks = {2, 2}});
  array.append(0, numbers(3));
  array.append(0, numbers(6));
  CHECK(array.shape() == std::array<std::uint64_t, 2>{3, 3});
  CHECK(array.read() == Values{0, 1, 2, 0, 1, 2, 3, 4, 5});
  const Values column{7, 8, 9};
  array.append(1, varve::ArrayView<const std::int32_t, 2>(column.data(), {3, 1}, {1, 1}));
  CHECK(array.read() == Values{0, 1, 2, 7, 0, 1, 2, 8, 3, 4, 5, 9});
  array.append(0, Values());
  CHECK(array.shape() == std::array<std::uint64_t, 2>{3, 4});
}

TEST_CASE("array/resize: an append that does not fit is refused") {
  const auto state = std::make_shared<State>();
  const auto array = make<std::int32_t, 2>(state, "/a", {.shape = {2, 3}, .chunks = {2, 2}});
  const Values values(6);
  CHECK(code_of([&] { array.append(2, values); }) == errc::invalid_argument);
  CHECK(code_of([&] { array.append(0, Values(4)); }) == errc::shape_mismatch);
  CHECK(code_of([&] {
          array.append(0, varve::ArrayView<const std::int32_t, 2>(values.data(), {3, 2}, {2, 1}));
        }) == errc::shape_mismatch);
  // As many chunks as the format can count, but for one.
  const auto full = make<std::int32_t, 1>(state, "/full", {.shape = {0xFFFFFFFEU}, .chunks = {1}});
  CHECK(code_of([&] { full.append(0, Values(2)); }) == errc::unsupported_chunk_grid);
  full.append(0, Values(1));
  CHECK(array.shape() == std::array<std::uint64_t, 2>{2, 3});
}

TEST_CASE("array/resize: an append that fails leaves the array as it was") {
  const auto state = std::make_shared<State>();
  const auto array = make<std::int32_t, 2>(state, "/a", {.shape = {3, 4}, .chunks = {2, 2}});
  array.write(numbers(12));
  for (int failing = 0; failing != 6; ++failing) {
    state->writes = 0;
    state->fails_at_write = failing;
    CHECK(code_of([&] { array.append(0, Values(16, 1)); }) == errc::no_space);
    state->fails_at_write = -1;
    CHECK(array.shape() == std::array<std::uint64_t, 2>{3, 4});
    CHECK(array.read() == numbers(12));
    CHECK(chunks(*state).size() == 4);
  }
  array.append(0, Values(16, 1));
  CHECK(array.shape() == std::array<std::uint64_t, 2>{7, 4});
}

TEST_CASE("array/resize: appends of several threads each find a place of their own") {
  const auto state = std::make_shared<State>(varve::Runtime(2));
  state->suspends = true;
  make<std::int32_t, 1>(state, "/a", {.shape = {0}, .chunks = {7}});
  std::vector<std::thread> threads;
  for (std::int32_t k = 0; k != 3; ++k) {
    threads.emplace_back([&state, k] {
      const auto array = Array<std::int32_t, 1>::open(state, path("/a")).value();
      for (int i = 0; i != 20; ++i) array.append(0, Values(2, k * 20 + i + 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto values = Array<std::int32_t, 1>::open(state, path("/a")).value().read();
  REQUIRE(values.size() == 120);
  for (std::size_t i = 0; i != 120; i += 2) CHECK(values[i] == values[i + 1]);
  std::sort(values.begin(), values.end());
  for (std::size_t i = 0; i != 120; ++i) CHECK(values[i] == static_cast<std::int32_t>(i / 2 + 1));
}

TEST_CASE("array/resize: a cancelled append leaves the array as it was, whenever the cancellation comes") {
  const auto state = std::make_shared<State>(varve::Runtime(0), 2);
  const auto array = make<std::int32_t, 1>(state, "/a", {.shape = {5}, .chunks = {2}});
  array.write(numbers(5));
  bool finished = false;
  int cancelled = 0;
  // From the first handler on: of work that is cancelled before it begins, Asio itself throws out of run() (1.83).
  for (int handlers = 1; !finished && handlers != 500; ++handlers) {
    state->suspends = true;
    varve::asio::io_context loop(1);
    varve::asio::cancellation_signal signal;
    const Values more(40, 3);
    std::optional<varve::Result<void>> result;
    auto done = [&](std::exception_ptr thrown, varve::Result<void> appended) {
      CHECK_FALSE(thrown);
      result = std::move(appended);
    };
    varve::asio::co_spawn(loop, array.async_append(0, more),
                          varve::asio::bind_cancellation_slot(signal.slot(), done));
    for (int i = 0; i != handlers && !result; ++i) loop.run_one();
    signal.emit(varve::asio::cancellation_type::all);
    loop.run();
    REQUIRE(result);
    state->suspends = false;
    finished = result->has_value();
    if (!finished) {
      ++cancelled;
      CHECK(result->error().code() == errc::cancelled);
      CHECK(array.read() == numbers(5));
    }
  }
  CHECK(cancelled != 0);
  CHECK(finished);
  CHECK(array.shape()[0] == 45);
}

TEST_CASE("array/resize: a rectilinear grid keeps its chunks and gets one more for what they do not cover") {
  const auto state = std::make_shared<State>();
  make<std::int32_t, 2>(state, "/a", {.shape = {6, 2}, .chunk_edges = {{{1, 2, 3}, {2}}}});
  const auto array = Array<std::int32_t, 2>::open(state, path("/a")).value();
  const auto grid = [&] {
    const auto any = AnyArray::open(state, path("/a")).value();
    return zarr::chunks_text(zarr::parse_array(any.zarr_json(), "/a").value());
  };
  array.write(numbers(12));
  array.resize({2, 2});
  CHECK(grid() == "[[1,2,3],[2]]");
  CHECK(chunks(*state).size() == 2);
  array.resize({7, 2});
  CHECK(grid() == "[[1,2,3,1],[2]]");
  CHECK(array.read() == Values{0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0});
  array.append(0, Values{7, 7, 8, 8});
  CHECK(grid() == "[[1,2,3,1,2],[2]]");
  CHECK(array.read(varve::Box<2>{{7, 0}, {2, 2}}) == Values{7, 7, 8, 8});
  CHECK(chunks(*state) == std::vector<std::vector<std::uint32_t>>{{0, 0}, {1, 0}, {4, 0}});
  state->writes = 0;
  state->fails_at_write = 0;
  CHECK(code_of([&] { array.append(0, Values(6, 1)); }) == errc::no_space);
  state->fails_at_write = -1;
  CHECK(grid() == "[[1,2,3,1,2],[2]]");
  CHECK(chunks(*state).size() == 3);
  CHECK(code_of([&] { array.resize({std::uint64_t{1} << 60, 2}); }) == errc::bad_metadata);  // no memory holds such a chunk
}

TEST_CASE("array/resize: shards of different lengths grow by whole inner chunks only") {
  const auto state = std::make_shared<State>();
  const auto array = make<std::int32_t, 1>(state, "/a", {.shape = {6}, .chunk_edges = {{{2, 4}}},
      .codecs = {varve::codec::sharding({.chunk_shape = {2}, .codecs = {varve::codec::bytes(), varve::codec::zstd()}})}});
  array.write(numbers(6));
  CHECK(array.read() == numbers(6));
  CHECK(code_of([&] { array.append(0, Values(3)); }) == errc::bad_metadata);
  CHECK(array.shape() == std::array<std::uint64_t, 1>{6});
  array.append(0, Values(8, 9));
  CHECK(array.at({13}) == 9);
}
