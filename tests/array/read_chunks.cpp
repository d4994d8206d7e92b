// SPDX-License-Identifier: Apache-2.0
#include <varve/array/read_chunks.hpp>

#include "array/support/types.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace support;
namespace codec = varve::codec;
using varve::Box;
using varve::Bytes;
using varve::errc;

namespace {

std::vector<float> numbers(std::size_t size) {
  std::vector<float> values(size);
  std::iota(values.begin(), values.end(), 1.F);
  return values;
}

varve::NodeId id_of(const State& state, std::string_view where) { return state.find_node(path(where)).value()->id; }

}  // namespace

TEST_CASE("array/read_chunks: plain chunks that are contiguous in the view are fetched straight into it") {
  const auto state = std::make_shared<State>();
  const auto array = make<float, 2>(state, "/a", {.shape = {6, 8}, .chunks = {2, 8}});
  array.write(numbers(48));
  CHECK(array.read() == numbers(48));
  CHECK(state->direct_fetches == 3);
  CHECK(state->fetches == 0);
  // A part of a chunk, and a chunk that lies in pieces, are copied.
  array.read(Box<2>{{1, 0}, {1, 8}});
  CHECK(state->fetches == 1);
  std::vector<float> wide(2 * 16);
  array.read(Box<2>{{0, 0}, {2, 8}}, varve::ArrayView<float, 2>(wide.data(), {2, 8}, {16, 1}));
  CHECK(state->fetches == 2);
  CHECK(state->direct_fetches == 3);
}

TEST_CASE("array/read_chunks: large chunks stay within the budget, however many calls there are") {
  constexpr std::uint64_t side = 1 << 18;  // elements: a chunk is 1 MiB, and a worker counts two of them
  const varve::ArrayOptions<float, 1> options{.shape = {8 * side}, .chunks = {side}, .codecs = {codec::crc32c()}};
  for (const auto& [budget, at_once] : {std::pair<std::uint64_t, int>{4 << 20, 2}, {9 << 20, 4}, {1, 1}}) {
    CAPTURE(budget);
    const auto state = std::make_shared<State>(varve::Runtime(0), 8, budget);
    const auto array = make<float, 1>(state, "/a", options);
    array.write(numbers(8 * side));
    state->suspends = true;
    std::vector<std::vector<float>> seen;
    auto read = [&]() -> varve::Awaitable<varve::Result<void>> {
      auto values = co_await array.async_read();
      if (!values) co_return std::move(values).error();
      seen.push_back(*std::move(values));
      co_return varve::Result<void>();
    };
    REQUIRE(varve::block_on(varve::gather(3, read)));
    CHECK(state->most_fetches_at_once == at_once);
    CHECK(seen == std::vector<std::vector<float>>(3, numbers(8 * side)));
  }
}

TEST_CASE("array/read_chunks: missing chunks are located, not fetched") {
  const auto state = std::make_shared<State>();
  const auto array = make<float, 1>(state, "/a", {.shape = {10}, .chunks = {3}, .fill_value = 7});
  CHECK(array.read() == std::vector<float>(10, 7.F));
  CHECK(state->locates == 4);
  CHECK(state->fetches + state->direct_fetches == 0);
}

TEST_CASE("array/read_chunks: a chunk of the wrong length or with broken bytes is corrupt, and is named") {
  const auto state = std::make_shared<State>();
  const auto plain = make<float, 2>(state, "/g/plain", {.shape = {4, 4}, .chunks = {2, 2}});
  const auto packed =
      make<float, 2>(state, "/g/packed", {.shape = {4, 4}, .chunks = {2, 2}, .codecs = {codec::zstd()}});
  for (const std::size_t size : {0U, 15U, 17U}) {
    state->store(id_of(*state, "/g/plain"), {1, 0}, noise(size, 1));
    const auto read = varve::block_on(plain.async_read());
    REQUIRE_FALSE(read);
    CHECK(read.error().code() == errc::corrupt);
    CHECK(read.error().key() == "g/plain/c/1/0");
  }
  packed.write(numbers(16));
  Bytes broken = state->stored(id_of(*state, "/g/packed"), {0, 1});
  broken.resize(broken.size() - 1);
  state->store(id_of(*state, "/g/packed"), {0, 1}, broken);
  const auto read = varve::block_on(packed.async_read(Box<2>{{0, 3}, {1, 1}}));
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == errc::corrupt);
  CHECK(read.error().key() == "g/packed/c/0/1");
  CHECK(packed.at({0, 0}) == 1.F);  // the other chunks are as good as before
  CHECK(code_of([&] { packed.set({0, 3}, 1); }) == errc::corrupt);
}

TEST_CASE("array/read_chunks: a virtual chunk is refused by name, and the rest of the array is readable") {
  const auto state = std::make_shared<State>();
  const auto array = make<float, 1>(state, "/a", {.shape = {8}, .chunks = {4}});
  array.write(numbers(8));
  state->store(id_of(*state, "/a"), {1}, noise(16, 1), /*is_virtual=*/true);
  const auto read = varve::block_on(array.async_read());
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == errc::unsupported_virtual);
  CHECK(read.error().key() == "a/c/1");
  CHECK(array.read(Box<1>{{0}, {4}}) == numbers(4));
  CHECK(code_of([&] { array.set({5}, 1); }) == errc::unsupported_virtual);
  array.write(Box<1>{{4}, {4}}, numbers(4));  // a whole chunk does not care what was there
  CHECK(array.at({7}) == 4.F);
}

TEST_CASE("array/read_chunks: an array of a type that the codecs cannot read is refused when it is opened") {
  const auto state = std::make_shared<State>();
  make<float, 1>(state, "/a", {.shape = {8}, .chunks = {4}, .codecs = {codec::zstd()}});
  using Few = varve::codec::Set<varve::codec::Crc32c>;
  const auto opened = varve::AnyArray<Few, State>::open(state, path("/a"));
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == errc::unsupported_codec);
  const std::string text = opened.error().what();
  for (const char* part : {"/a", "zstd", "Zstd"}) CHECK_MESSAGE(text.find(part) != text.npos, text);
}

TEST_CASE("array/read_chunks: many threads read one array at once") {
  const auto state = std::make_shared<State>(varve::Runtime(3));
  state->suspends = true;
  const auto array = make<float, 2>(state, "/a", {.shape = {64, 512}, .chunks = {5, 500}, .codecs = {codec::zstd(1)}});
  const auto values = numbers(64 * 512);
  array.write(values);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i != 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k != 5; ++k) right += array.read() == values ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 20);
}

TEST_CASE("array/read_chunks: a result too large for one thread to make present is read like any other") {
  constexpr std::uint64_t size = (std::uint64_t{36} << 20) / sizeof(float) + 3;
  for (const std::size_t threads : {0U, 1U, 3U}) {
    CAPTURE(threads);
    const auto state = std::make_shared<State>(varve::Runtime(threads));
    const auto array = make<float, 1>(state, "/a", {.shape = {size}, .chunks = {size / 3}, .fill_value = 7});
    const auto values = numbers(size / 3 + 10);
    array.write(Box<1>{{size / 2}, {values.size()}}, values);
    std::vector<float> expected(size, 7.F);
    std::copy(values.begin(), values.end(), expected.begin() + size / 2);
    CHECK(array.read() == expected);
  }
}

TEST_CASE("array/read_chunks: on an event loop decoding goes to the runtime, and the loop goes on") {
  const auto state = std::make_shared<State>(varve::Runtime(1));
  const auto array = make<float, 1>(state, "/a", {.shape = {40000}, .codecs = {codec::zstd(1)}});
  array.write(numbers(40000));
  varve::asio::io_context loop;
  std::optional<varve::Result<std::vector<float>>> result;
  varve::asio::co_spawn(loop, array.async_read(), [&](std::exception_ptr thrown, auto read) {
    CHECK_FALSE(thrown);
    result = std::move(read);
  });
  loop.run();
  REQUIRE(result);
  CHECK(result->value() == numbers(40000));
}

TEST_CASE("array/read_chunks: a cancelled read ends with an error value, whenever the cancellation comes") {
  for (const std::size_t threads : {0U, 2U}) {
    const auto state = std::make_shared<State>(varve::Runtime(threads), 3);
    state->suspends = true;
    const auto array =
        make<float, 2>(state, "/a", {.shape = {64, 1024}, .chunks = {1, 1024}, .codecs = {codec::zstd(1)}});
    const auto values = numbers(64 * 1024);
    array.write(values);
    int cancelled = 0;
    int finished = 0;
    // From the first handler on: of work that is cancelled before it begins, Asio itself throws out of run() (1.83).
    for (int handlers = 1; finished == 0 && handlers != 2000; ++handlers) {
      varve::asio::io_context loop(1);
      varve::asio::cancellation_signal signal;
      std::vector<float> view(values.size());
      std::optional<varve::Result<void>> result;
      auto done = [&](std::exception_ptr thrown, varve::Result<void> read) {
        CHECK_FALSE(thrown);
        result = std::move(read);
      };
      varve::asio::co_spawn(loop, array.async_read(Box<2>{{0, 0}, {64, 1024}}, view),
                            varve::asio::bind_cancellation_slot(signal.slot(), done));
      for (int i = 0; i != handlers && !result; ++i) loop.run_one();
      signal.emit(varve::asio::cancellation_type::all);
      loop.run();
      REQUIRE(result);
      if (*result) {
        CHECK(view == values);
        ++finished;
      } else {
        CHECK(result->error().code() == errc::cancelled);
        ++cancelled;
      }
    }
    if (threads == 0) CHECK(cancelled != 0);  // with threads the chunks may be faster than the cancellation
    CHECK(finished != 0);
  }
}
