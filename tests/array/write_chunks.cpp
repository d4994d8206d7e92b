// SPDX-License-Identifier: Apache-2.0
#include <varve/array/write_chunks.hpp>

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
namespace codec = varve::codec;
using varve::Box;
using varve::errc;
using Index = std::vector<std::uint32_t>;

namespace {

std::vector<float> numbers(std::size_t size) {
  std::vector<float> values(size);
  std::iota(values.begin(), values.end(), 1.F);
  return values;
}

varve::NodeId id_of(const State& state, std::string_view where) { return state.find_node(path(where)).value()->id; }

}  // namespace

TEST_CASE("array/write_chunks: covered chunks are not read, those at the array's edge neither") {
  const auto state = std::make_shared<State>();
  const auto array = make<float, 1>(state, "/a", {.shape = {10}, .chunks = {4}, .fill_value = -1});
  array.write(numbers(10));
  array.write(Box<1>{{8}, {2}}, numbers(2));
  CHECK(state->locates == 0);
  CHECK(state->writes == 4);
  const auto edge = state->stored(id_of(*state, "/a"), {2});
  std::vector<float> stored(4);
  std::memcpy(stored.data(), edge.data(), edge.size());
  CHECK(stored == std::vector<float>{1, 2, -1, -1});  // as zarr-python pads
  array.write(Box<1>{{3}, {2}}, numbers(2));
  CHECK(state->locates == 2);
  CHECK(array.read() == std::vector<float>{1, 2, 3, 1, 2, 6, 7, 8, 1, 2});
}

TEST_CASE("array/write_chunks: a chunk of nothing but the fill value is erased, unless it is to be stored") {
  const auto state = std::make_shared<State>();
  auto array = make<float, 1>(state, "/a", {.shape = {8}, .chunks = {4}, .fill_value = NAN});
  array.write(numbers(8));
  array.write(Box<1>{{0}, {4}}, std::vector<float>(4, array.fill_value()));
  CHECK(state->chunks_of(id_of(*state, "/a")) == std::vector<Index>{{1}});
  for (std::uint64_t i = 4; i != 8; ++i) array.set({i}, array.fill_value());
  CHECK(state->chunks_of(id_of(*state, "/a")).empty());
  array.store_empty_chunks(true);
  array.write(std::vector<float>(8, array.fill_value()));
  CHECK(state->chunks_of(id_of(*state, "/a")).size() == 2);

  const auto zeros = make<double, 1>(state, "/z", {.shape = {2}});
  zeros.write(std::vector<double>{-0.0, -0.0});  // not the bits of the fill value
  CHECK(state->chunks_of(id_of(*state, "/z")).size() == 1);
}

TEST_CASE("array/write_chunks: the failure of one chunk ends the write, and each chunk is old or new") {
  for (const std::size_t threads : {0U, 2U}) {
    const auto state = std::make_shared<State>(varve::Runtime(threads), 4);
    const auto array =
        make<float, 2>(state, "/a", {.shape = {32, 2048}, .chunks = {1, 2048}, .codecs = {codec::zstd(1)}});
    const std::vector<float> before(32 * 2048, 1.F);
    const std::vector<float> after(32 * 2048, 2.F);
    array.write(before);
    for (const int failing : {0, 1, 13, 31}) {
      state->suspends = failing % 2 == 1;
      state->writes = 0;
      state->fails_at_write = failing;
      CHECK(code_of([&] { array.write(after); }) == errc::no_space);
      state->fails_at_write = -1;
      const auto now = array.read();
      for (std::size_t row = 0; row != 32; ++row) {
        const auto first = now.begin() + static_cast<std::ptrdiff_t>(row * 2048);
        CHECK(std::count(first, first + 2048, *first) == 2048);
      }
      array.write(before);
    }
  }
}

TEST_CASE("array/write_chunks: threads that write parts of the same chunks lose nothing") {
  const auto state = std::make_shared<State>(varve::Runtime(2));
  state->suspends = true;
  make<std::int32_t, 1>(state, "/a", {.shape = {400}, .chunks = {150}, .codecs = {codec::zstd(1)}});
  std::vector<std::thread> threads;
  for (std::uint64_t k = 0; k != 4; ++k) {
    threads.emplace_back([&state, k] {
      const auto array = Array<std::int32_t, 1>::open(state, path("/a")).value();  // a handle of its own
      for (std::uint64_t i = k; i < 400; i += 4) array.set({i}, static_cast<std::int32_t>(i + 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::int32_t> expected(400);
  std::iota(expected.begin(), expected.end(), 1);
  CHECK(Array<std::int32_t, 1>::open(state, path("/a")).value().read() == expected);
}

TEST_CASE("array/write_chunks: a cancelled write leaves each chunk as it was or written whole") {
  for (const std::size_t threads : {0U, 2U}) {
    const auto state = std::make_shared<State>(varve::Runtime(threads), 3);
    state->suspends = true;
    const auto array =
        make<float, 2>(state, "/a", {.shape = {32, 1024}, .chunks = {1, 1030}, .codecs = {codec::zstd(1)}});
    int cancelled = 0;
    int finished = 0;
    // From the first handler on: of work that is cancelled before it begins, Asio itself throws out of run() (1.83).
    for (int handlers = 1; finished == 0 && handlers != 2000; handlers += 3) {
      const std::vector<float> values(32 * 1024, static_cast<float>(handlers + 1));
      varve::asio::io_context loop(1);
      varve::asio::cancellation_signal signal;
      std::optional<varve::Result<void>> result;
      auto done = [&](std::exception_ptr thrown, varve::Result<void> written) {
        CHECK_FALSE(thrown);
        result = std::move(written);
      };
      varve::asio::co_spawn(loop, array.async_write(values), varve::asio::bind_cancellation_slot(signal.slot(), done));
      for (int i = 0; i != handlers && !result; ++i) loop.run_one();
      signal.emit(varve::asio::cancellation_type::all);
      loop.run();
      REQUIRE(result);
      if (!*result) CHECK(result->error().code() == errc::cancelled);
      ++(*result ? finished : cancelled);
      state->suspends = false;
      const auto now = array.read();
      state->suspends = true;
      for (std::size_t row = 0; row != 32; ++row) {
        const auto first = now.begin() + static_cast<std::ptrdiff_t>(row * 1024);
        CHECK(std::count(first, first + 1024, *first) == 1024);
        if (*result) CHECK(*first == values[0]);
      }
    }
    if (threads == 0) CHECK(cancelled != 0);  // with threads the chunks may be faster than the cancellation
    CHECK(finished != 0);
  }
}

TEST_CASE("array/write_chunks: shards are written whole and in part") {
  const auto state = std::make_shared<State>();
  const auto array = make<std::int16_t, 2>(state, "/s", {
      .shape = {10, 10}, .chunks = {2, 3}, .shards = {4, 9}, .codecs = {codec::zstd(1), codec::crc32c()}});
  CHECK(array.chunks() == std::array<std::uint64_t, 2>{4, 9});
  std::vector<std::int16_t> values(100);
  std::iota(values.begin(), values.end(), std::int16_t{1});
  array.write(values);
  CHECK(array.read() == values);
  CHECK(state->chunks_of(id_of(*state, "/s")).size() == 6);
  array.set({5, 9}, 0);
  values[59] = 0;
  CHECK(array.read() == values);
}
