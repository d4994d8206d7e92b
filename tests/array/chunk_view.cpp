// SPDX-License-Identifier: Apache-2.0
#include <varve/array/chunk_view.hpp>

#include <varve/varve.hpp>

#include "array/support/types.hpp"
#include "support/doctest.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

using namespace support;
namespace codec = varve::codec;
using varve::Box;
using varve::errc;

namespace {

using Repo = varve::Repository<varve::storage::Memory>;
using Index = std::vector<std::uint32_t>;

std::vector<float> numbers(std::size_t size) {
  std::vector<float> values(size);
  std::iota(values.begin(), values.end(), 1.F);
  return values;
}

Repo repository(varve::storage::Memory store, std::uint64_t cached_bytes) {
  varve::cache::Lru::Options options;
  options.chunk_bytes = cached_bytes;
  return Repo::create(store, {.held_chunk_bytes = 0}, {.cache = varve::cache::Lru(options)});
}

/// Commits an array of 6 × 8 numbers and opens it again.
auto committed(Repo& repo, std::vector<codec::Spec> codecs, std::uint64_t width) {
  auto writer = repo.writable_session("main");
  auto array = writer.create_array<float, 2>("/a", {.shape = {6, 8}, .chunks = {2, width}, .codecs = std::move(codecs), .fill_value = 7});
  array.write(numbers(48));
  writer.commit("filled");
  return repo.readonly_session(varve::Branch{"main"}).open_array<float, 2>("/a");
}

template <class T>
std::vector<T> values_of(const varve::ChunkView<T>& view) {
  return std::vector<T>(view.begin(), view.end());
}

void remove_chunks(varve::storage::Memory store) {
  const auto page = varve::block_on(store.list("chunks/", std::nullopt)).value();
  std::vector<std::string> keys;
  for (const auto& object : page.objects) keys.push_back(object.key);
  REQUIRE_FALSE(keys.empty());
  varve::block_on(store.remove(keys)).value();
}

// Each row of 200 floats is more than a manifest holds itself.
constexpr std::uint64_t wide = 200;
std::vector<float> row(std::uint64_t number) { return std::vector<float>(wide, static_cast<float>(number)); }

}  // namespace

TEST_CASE("array/chunk_view: a chunk that the cache keeps is not copied, and its view outlives everything") {
  varve::storage::Memory store;
  varve::ChunkView<float> kept;
  {
    auto repo = repository(store, 1 << 20);
    auto writer = repo.writable_session("main");
    auto array = writer.create_array<float, 2>("/a", {.shape = {3, wide}, .chunks = {1, wide}, .codecs = {}});
    for (std::uint64_t i = 0; i != 3; ++i) array.write(Box<2>{{i, 0}, {1, wide}}, row(i));
    writer.commit("filled");
    const auto reader = repo.readonly_session(varve::Branch{"main"}).open_array<float, 2>("/a");
    const auto first = reader.chunk_view(Index{1, 0});
    kept = reader.chunk_view(Index{1, 0});
    CHECK(kept.data() == first.data());
    CHECK(varve::block_on(reader.async_chunk_view({1, 0})).value().data() == first.data());
    remove_chunks(store);
    CHECK(reader.chunk_view(Index{1, 0}).data() == first.data());
    const auto missing = varve::block_on(reader.async_chunk_view({2, 0}));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == errc::missing_object);
  }
  CHECK(values_of(kept) == row(1));
}

TEST_CASE("array/chunk_view: without a cache of chunks each view has memory of its own") {
  auto repo = repository({}, 0);
  auto writer = repo.writable_session("main");
  auto array = writer.create_array<float, 1>("/a", {.shape = {wide}, .codecs = {}});
  array.write(row(5));
  const auto first = array.chunk_view(Index{0});
  array.write(row(6));
  CHECK(values_of(first) == row(5));
  CHECK(values_of(array.chunk_view(Index{0})) == row(6));
}

TEST_CASE("array/chunk_view: every chunk can be viewed, however it is stored") {
  const std::vector<std::vector<codec::Spec>> chains = {
      {}, {codec::zstd(1)}, {codec::bytes(std::endian::big)}, {codec::bytes(), codec::crc32c()}};
  for (const std::uint64_t cached : {0U, 1U << 20}) {
    for (const auto& codecs : chains) {
      auto repo = repository({}, cached);
      const auto array = committed(repo, codecs, 5);  // 40 bytes each: in the manifest; the second column is cut
      for (int again = 0; again != 2; ++again) {
        CHECK(values_of(array.chunk_view(Index{1, 0})) == std::vector<float>{17, 18, 19, 20, 21, 25, 26, 27, 28, 29});
        CHECK(values_of(array.chunk_view(Index{1, 1})) == std::vector<float>{22, 23, 24, 7, 7, 30, 31, 32, 7, 7});
      }
    }
  }
  auto repo = repository({}, 0);
  auto writer = repo.writable_session("main");
  const auto empty = writer.create_array<std::int16_t, 1>("/empty", {.shape = {5}, .chunks = {3}, .fill_value = -2});
  CHECK(values_of(empty.chunk_view(Index{1})) == std::vector<std::int16_t>(3, -2));
  const auto flags = writer.create_array<bool, 1>("/flags", {.shape = {3}});
  flags.write(std::array<bool, 3>{true, false, true});
  CHECK(values_of(flags.chunk_view(Index{0})) == std::vector<bool>{true, false, true});
  const auto scalar = writer.create_array<double, 0>("/scalar", {});
  scalar.set(2.5);
  CHECK(values_of(scalar.chunk_view(Index{})) == std::vector<double>{2.5});
}

TEST_CASE("array/chunk_view: what cannot be viewed is an error of its kind") {
  const auto state = std::make_shared<State>();
  const auto array = make<float, 2>(state, "/a", {.shape = {4, 4}, .chunks = {2, 2}});
  array.write(numbers(16));
  for (const Index& index : {Index{2, 0}, Index{0, 2}, Index{0}, Index{0, 0, 0}, Index{UINT32_MAX, 0}}) {
    const auto outside = varve::block_on(array.async_chunk_view(index));
    REQUIRE_FALSE(outside);
    CHECK(outside.error().code() == errc::out_of_bounds);
  }
  const varve::NodeId id = state->find_node(path("/a")).value()->id;
  for (const std::size_t size : {0U, 15U, 17U}) {
    state->store(id, {1, 0}, varve::Bytes(size));
    const auto broken = varve::block_on(array.async_chunk_view({1, 0}));
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code() == errc::corrupt);
    CHECK(broken.error().key() == "a/c/1/0");
  }
  CHECK(values_of(varve::block_on(array.async_chunk_view({0, 1})).value()) == std::vector<float>{3, 4, 7, 8});
}

TEST_CASE("array/chunk_view: reads of plain chunks fill the cache and use it") {
  for (const bool kept : {true, false}) {
    varve::storage::Memory store;
    auto repo = repository(store, kept ? 1 << 20 : 0);
    auto writer = repo.writable_session("main");
    auto array = writer.create_array<float, 2>("/a", {.shape = {3, wide}, .chunks = {1, wide}, .codecs = {}});
    array.write(numbers(3 * wide));
    writer.commit("filled");
    const auto reader = repo.readonly_session(varve::Branch{"main"}).open_array<float, 2>("/a");
    CHECK(reader.read() == numbers(3 * wide));
    remove_chunks(store);
    if (kept) {
      CHECK(reader.read() == numbers(3 * wide));
    } else {
      CHECK(code_of([&] { reader.read(); }) == errc::missing_object);
    }
  }
}

TEST_CASE("array/chunk_view: of a rectilinear grid each chunk has its own size") {
  for (const bool packed : {false, true}) {
    for (const std::uint64_t cached_bytes : {0U, 1U << 20}) {
      Repo repo = repository({}, cached_bytes);
      auto writer = repo.writable_session("main");
      std::vector<codec::Spec> codecs;
      if (packed) codecs = {codec::zstd()};
      const auto array = writer.create_array<float, 2>("/a", {.shape = {5, 3}, .chunk_edges = {{{1, 3, 2, 9}, {2, 1}}}, .codecs = codecs, .fill_value = 7});
      array.write(Box<2>{{0, 0}, {4, 3}}, numbers(12));
      writer.commit("filled");
      const auto read = repo.readonly_session(varve::Branch{"main"}).open_array<float, 2>("/a");
      for (int round = 0; round != 2; ++round) {
        CHECK(values_of(read.chunk_view(Index{0, 0})) == std::vector<float>{1, 2});
        CHECK(values_of(read.chunk_view(Index{1, 0})) == std::vector<float>{4, 5, 7, 8, 10, 11});
        CHECK(values_of(read.chunk_view(Index{1, 1})) == std::vector<float>{6, 9, 12});
        CHECK(values_of(read.chunk_view(Index{2, 1})) == std::vector<float>{7, 7});
      }
      CHECK(code_of([&] { read.chunk_view(Index{3, 0}); }) == errc::out_of_bounds);  // it lies beyond the array
      CHECK(code_of([&] { read.chunk_view(Index{0, 2}); }) == errc::out_of_bounds);
    }
  }
}
