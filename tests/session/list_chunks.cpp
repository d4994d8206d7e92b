// SPDX-License-Identifier: Apache-2.0
#include <varve/session/list_chunks.hpp>
#include <varve/cache/none.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>

#include "support/doctest.hpp"

#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;
using Kind = ChunkPayload::Kind;
using Index = std::vector<std::uint32_t>;

ArrayOptions<int, 2> square() { return {.shape = {8, 8}, .chunks = {2, 2}, .codecs = {}, .fill_value = -1}; }

Options options(std::uint64_t refs_per_manifest) {
  Options options;
  options.chunk_refs_per_manifest = refs_per_manifest;
  options.inline_chunk_bytes = 15;  // a chunk has 16
  options.held_chunk_bytes = 0;
  return options;
}

std::map<Index, ChunkPayload> listed(const auto& array) {
  std::map<Index, ChunkPayload> chunks;
  for (const auto& chunk : array.list_chunks()) CHECK(chunks.emplace(chunk.index, chunk.payload).second);
  return chunks;
}
std::vector<Index> indices(const auto& array) {
  std::vector<Index> found;
  for (const auto& [index, payload] : listed(array)) found.push_back(index);
  return found;
}

std::vector<int> numbers(std::size_t count) {
  std::vector<int> values(count);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

}  // namespace

TEST_CASE("session/list_chunks: every kind of chunk is listed with its length and where it is, before and after the commit") {
  const storage::Memory store;
  auto repo = Repo::create(store, options(100));
  auto session = repo.writable_session("main");
  auto array = session.create_array<int, 2>("/a", square());
  CHECK(listed(array).empty());
  array.write(Box<2>{{0, 0}, {2, 2}}, std::vector<int>{1, 2, 3, 4});
  session.store().set("a/c/0/1", copy_bytes(as_bytes("tiny")));
  const std::string url = "s3://bucket/file-" + std::string(300, 'x');
  array.set_chunk_ref(Index{3, 3}, ChunkPayload::virtual_location(url, 5, 16, "\"etag\""));
  array.set_chunk_ref(Index{3, 2}, ChunkPayload::virtual_location("file:///x", 0, 7, {}, 1234));

  const auto check = [&](const auto& where) {
    const auto chunks = listed(where);
    REQUIRE(chunks.size() == 4);
    const ChunkPayload& native = chunks.at({0, 0});
    CHECK(native.kind() == Kind::native);
    CHECK(native.length() == 16);
    CHECK(native.offset() == 0);
    CHECK(where.chunk_ref(Index{0, 0}).id == native.chunk_id());
    const ChunkPayload& inlined = chunks.at({0, 1});
    CHECK(inlined.kind() == Kind::inlined);
    CHECK(inlined.length() == 4);
    CHECK(as_text(inlined.bytes()) == "tiny");
    const ChunkPayload& etag = chunks.at({3, 3});
    CHECK(etag.kind() == Kind::virtual_location);
    CHECK(etag.url() == url);
    CHECK(etag.offset() == 5);
    CHECK(etag.length() == 16);
    CHECK(etag.etag() == "\"etag\"");
    CHECK(chunks.at({3, 2}).url() == "file:///x");
    CHECK(chunks.at({3, 2}).last_modified() == 1234);
  };
  check(array);
  check(session.open_array("/a"));
  session.commit("chunks");
  check(array);
  check(Repo::open(store).readonly_session(Branch{"main"}).open_array("/a"));
}

TEST_CASE("session/list_chunks: edits lie over manifests, and each chunk is listed once") {
  for (const std::uint64_t refs : {1U, 2U, 5U, 100U}) {
    CAPTURE(refs);
    auto repo = Repo::create({}, options(refs));
    auto session = repo.writable_session("main");
    auto array = session.create_array<int, 2>("/a", square());
    array.write(numbers(64));
    session.commit("all");
    const auto reader = repo.readonly_session(Branch{"main"});
    std::vector<Index> all;
    for (std::uint32_t i = 0; i != 4; ++i) {
      for (std::uint32_t j = 0; j != 4; ++j) all.push_back({i, j});
    }
    std::vector<Index> in_order;
    for (const auto& chunk : reader.open_array<int, 2>("/a").list_chunks()) in_order.push_back(chunk.index);
    CHECK(in_order == all);

    session = repo.writable_session("main");
    array = session.open_array<int, 2>("/a");
    session.store().erase("a/c/1/1");
    array.write(Box<2>{{0, 0}, {2, 2}}, std::vector<int>{9, 9, 9, 9});
    auto chunks = array.list_chunks();  // as it is now
    array.resize({4, 10});
    array.write(Box<2>{{0, 8}, {2, 2}}, std::vector<int>{5, 5, 5, 5});
    const ChunkLocation written = array.chunk_ref(Index{0, 0});
    std::erase(all, Index{1, 1});
    in_order.clear();
    for (const auto& chunk : chunks) {
      in_order.push_back(chunk.index);
      if (chunk.index == Index{0, 0}) CHECK(chunk.payload.chunk_id() == written.id);
    }
    CHECK(in_order.back() == Index{0, 0});
    std::ranges::sort(in_order);
    CHECK(in_order == all);
    CHECK(indices(array) == std::vector<Index>{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 0}, {1, 2}, {1, 3}});
    session.commit("changed");
    CHECK(indices(array) == std::vector<Index>{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 0}, {1, 2}, {1, 3}});
  }
}

TEST_CASE("session/list_chunks: a manifest is fetched when the walk comes to it, and one is enough") {
  using Counted = storage::Metrics<storage::Memory>;
  const storage::Memory store;
  auto repo = Repo::create(store, options(2));
  auto session = repo.writable_session("main");
  session.create_array<int, 2>("/a", square()).write(numbers(64));
  session.commit("all");
  storage::MetricsCounters counters;
  auto counted = Repository<Counted, codec::Default, cache::None>::open(Counted(store, counters));
  auto chunks = counted.readonly_session(Branch{"main"}).open_array("/a").list_chunks();
  const auto gets = [&] { return counters.snapshot()[storage::Operation::get].calls; };
  const auto before = gets();
  REQUIRE(chunks.next());
  CHECK(gets() == before + 1);
  REQUIRE(chunks.next());
  CHECK(gets() == before + 1);
  REQUIRE(block_on(chunks.async_next()).value());
  CHECK(gets() == before + 2);
  std::size_t count = 3;
  while (chunks.next()) ++count;
  CHECK(count == 16);
}

TEST_CASE("session/list_chunks: a scalar has its one chunk, a deleted array none") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  auto scalar = session.create_array<int, 0>("/s", {.shape = {}, .chunks = {}});
  CHECK(listed(scalar).empty());
  scalar.set(3);
  CHECK(indices(scalar) == std::vector<Index>{{}});
  session.commit("scalar");
  session = repo.writable_session("main");
  auto any = session.open_array("/s");
  CHECK(indices(any) == std::vector<Index>{{}});
  session.delete_node("/s");
  CHECK_THROWS_AS(any.list_chunks(), NotFoundError);
}
