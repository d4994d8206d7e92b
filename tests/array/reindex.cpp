// SPDX-License-Identifier: Apache-2.0
#include <varve/array/reindex.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>

#include "support/doctest.hpp"

#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;
using Index = std::vector<std::uint32_t>;
using Where = std::optional<Index>;
using View = std::span<const std::uint32_t>;

Where at(std::uint32_t i) { return Index{i}; }

template <class Call>
errc code_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("it did not throw");
  return {};
}

/// main with /a, whose six chunks of one element hold 0 to 5.
struct Line {
  Repo repo = Repo::create({});

  Line() {
    auto session = repo.writable_session("main");
    session.create_array<int, 1>("/a", {.shape = {6}, .chunks = {1}, .fill_value = -1}).write(std::vector<int>{0, 1, 2, 3, 4, 5});
    session.commit("six chunks");
  }
};

std::set<Index> updated(const auto& session) {
  const Diff diff = session.status();
  const auto found = diff.updated_chunks.find("/a");
  return found == diff.updated_chunks.end() ? std::set<Index>() : found->second;
}
std::set<Index> all_six() { return {{0}, {1}, {2}, {3}, {4}, {5}}; }

}  // namespace

TEST_CASE("array/reindex: a shift drops what leaves the grid and leaves fill values behind") {
  struct Case {
    std::int64_t offset;
    std::vector<int> wanted;
  };
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  for (const auto& [offset, wanted] : {Case{1, {-1, 0, 1, 2, 3, 4}}, Case{-2, {2, 3, 4, 5, -1, -1}}, Case{0, {0, 1, 2, 3, 4, 5}},
                                       Case{6, std::vector<int>(6, -1)}, Case{least, std::vector<int>(6, -1)}}) {
    CAPTURE(offset);
    Line line;
    auto session = line.repo.writable_session("main");
    session.open_array<int, 1>("/a").shift({offset});
    CHECK(session.open_array<int, 1>("/a").read() == wanted);
    CHECK(updated(session) == all_six());
    session.commit("shifted");
    CHECK(line.repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read() == wanted);
  }
}

TEST_CASE("array/reindex: what the session has written and erased moves as well") {
  Line line;
  auto session = line.repo.writable_session("main");
  auto array = session.open_array<int, 1>("/a");
  array.set({0}, 70);
  session.store().erase("a/c/3");
  array.shift({1});
  CHECK(array.read() == std::vector<int>{-1, 70, 1, 2, -1, 4});
  array.shift({-1});
  CHECK(array.read() == std::vector<int>{70, 1, 2, -1, 4, -1});
  array.resize({8});
  session.open_array("/a").shift({2});
  CHECK(array.read() == std::vector<int>{-1, -1, 70, 1, 2, -1, 4, -1});
  session.commit("moved about");
  CHECK(array.read() == std::vector<int>{-1, -1, 70, 1, 2, -1, 4, -1});
}

TEST_CASE("array/reindex: a chunk goes where the function says, and stays as well without its inverse") {
  Line line;
  auto session = line.repo.writable_session("main");
  auto array = session.open_array<int, 1>("/a");
  const auto half_on = [](View i) { return i[0] < 3 ? at(i[0] + 3) : std::nullopt; };
  array.reindex(half_on);
  CHECK(array.read() == std::vector<int>{0, 1, 2, 0, 1, 2});
  CHECK(updated(session) == std::set<Index>{{3}, {4}, {5}});
  session.discard_changes();
  array.reindex(half_on, [](View i) { return i[0] >= 3 ? at(i[0] - 3) : std::nullopt; });
  CHECK(array.read() == std::vector<int>{-1, -1, -1, 0, 1, 2});
  CHECK(updated(session) == all_six());
  session.discard_changes();
  session.open_array("/a").reindex([](View i) { return at(5 - i[0]); });
  CHECK(array.read() == std::vector<int>{5, 4, 3, 2, 1, 0});
  array.reindex([](View) { return at(2); });
  CHECK(array.read() == std::vector<int>{5, 4, 0, 2, 1, 0});
  session.discard_changes();
  array.reindex([](View) { return std::nullopt; });
  CHECK_FALSE(session.has_changes());
  array.reindex([](View i) { return i[0] < 5 ? at(i[0] + 1) : std::nullopt; }, [](View) { return std::nullopt; });
  CHECK(array.read() == std::vector<int>{-1, 0, 1, 2, 3, 4});
  session.discard_changes();
  array.reindex([](View) { return std::nullopt; }, [](View) { return at(77); });
  CHECK(array.read() == std::vector<int>(6, -1));
}

TEST_CASE("array/reindex: what a fork has moved comes back with its changes") {
  Line line;
  auto session = line.repo.writable_session("main");
  session.open_array<int, 1>("/a").set({0}, 70);
  auto fork = line.repo.forked_session(session.fork());
  fork.open_array<int, 1>("/a").shift({1});
  session.merge(fork.changes());
  CHECK(session.open_array<int, 1>("/a").read() == std::vector<int>{-1, 70, 1, 2, 3, 4});
}

TEST_CASE("array/reindex: what cannot be moved moves nothing") {
  Line line;
  auto session = line.repo.writable_session("main");
  auto array = session.open_array<int, 1>("/a");
  CHECK(code_of([&] { array.reindex([](View i) { return at(i[0] + 3); }); }) == errc::out_of_bounds);
  CHECK(code_of([&] { array.reindex([](View) { return Where(Index{0, 0}); }); }) == errc::out_of_bounds);
  CHECK(code_of([&] { session.open_array("/a").shift({1, 1}); }) == errc::shape_mismatch);
  CHECK_THROWS_AS(array.reindex([](View) -> Where { throw 7; }), int);
  CHECK_FALSE(session.has_changes());
  CHECK(array.read() == std::vector<int>{0, 1, 2, 3, 4, 5});
  CHECK(code_of([&] { line.repo.readonly_session(Branch{"main"}).open_array("/a").shift({1}); }) == errc::read_only_session);
  CHECK(code_of([&] { line.repo.rearrange_session("main").open_array("/a").shift({1}); }) == errc::wrong_session);
  session.delete_node("/a");
  CHECK(code_of([&] { array.shift({1}); }) == errc::node_not_found);
}

TEST_CASE("array/reindex: only manifests are read, and nothing is written before the commit") {
  using Counted = Repository<storage::Metrics<storage::Memory>>;
  const storage::Memory store;
  Options options;
  options.inline_chunk_bytes = 0;
  options.chunk_refs_per_manifest = 4;
  {
    auto repo = Repo::create(store, options);
    auto session = repo.writable_session("main");
    std::vector<int> values(64);
    std::iota(values.begin(), values.end(), 0);
    session.create_array<int, 1>("/a", {.shape = {64}, .chunks = {2}, .fill_value = -1}).write(values);
    session.commit("chunks");
  }
  const auto objects = [&](std::string prefix) {
    storage::Memory same = store;
    return block_on(same.list(prefix, std::nullopt)).value().objects.size();
  };
  const std::size_t chunks = objects("chunks/"), manifests = objects("manifests/");
  storage::MetricsCounters counters;
  auto repo = Counted::open(storage::Metrics<storage::Memory>(store, counters), options);
  auto session = repo.writable_session("main");
  auto array = session.open_array<int, 1>("/a");
  const auto before = counters.snapshot();
  array.shift({3});
  const auto after = counters.snapshot();
  CHECK(after[storage::Operation::get].calls - before[storage::Operation::get].calls == manifests);
  CHECK(after[storage::Operation::put].calls == before[storage::Operation::put].calls);
  session.commit("shifted");
  CHECK(objects("chunks/") == chunks);
  CHECK(array.read(Box<1>{{6}, {4}}) == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("array/reindex: a shuffle and its inverse are what they are on a plain vector, whatever the manifests") {
  for (std::uint32_t seed = 0; seed != 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Options options;
    options.chunk_refs_per_manifest = 1 + seed % 4;
    options.held_chunk_bytes = seed % 2 == 0 ? 0 : 4 << 20;
    options.inline_chunk_bytes = seed % 3 == 0 ? 0 : 512;
    auto repo = Repo::create({}, options);
    auto session = repo.writable_session("main");
    auto array = session.create_array<int, 2>("/a", {.shape = {4, 5}, .chunks = {1, 1}, .fill_value = -1});
    std::vector<int> model(20, -1);
    const auto number = [](View i) { return i[0] * 5 + i[1]; };
    const auto index = [](std::uint32_t n) { return Index{n / 5, n % 5}; };
    for (int step = 0; step != 30; ++step) {
      const auto at = static_cast<std::uint32_t>(random() % 20);
      switch (random() % 4) {
        case 0:
          model[at] = step;
          array.set({at / 5, at % 5}, step);
          break;
        case 1:
          model[at] = -1;
          session.store().erase("a/c/" + std::to_string(at / 5) + "/" + std::to_string(at % 5));
          break;
        case 2: {
          std::vector<std::uint32_t> to(20), from(20);
          std::iota(to.begin(), to.end(), 0U);
          std::shuffle(to.begin(), to.end(), random);
          for (std::uint32_t i = 0; i != 20; ++i) from[to[i]] = i;
          array.reindex([&](View i) { return Where(index(to[number(i)])); }, [&](View i) { return Where(index(from[number(i)])); });
          const std::vector<int> before = model;
          for (std::uint32_t i = 0; i != 20; ++i) model[to[i]] = before[i];
          break;
        }
        case 3: {
          const int down = static_cast<int>(random() % 5) - 2, right = static_cast<int>(random() % 5) - 2;
          array.shift({down, right});
          const std::vector<int> before = model;
          for (int i = 0; i != 20; ++i) {
            const int row = i / 5 - down, column = i % 5 - right;
            const bool inside = row >= 0 && row < 4 && column >= 0 && column < 5;
            model[static_cast<std::size_t>(i)] = inside ? before[static_cast<std::size_t>(row * 5 + column)] : -1;
          }
          break;
        }
      }
      REQUIRE(array.read() == model);
      if (step % 10 == 9) {
        CommitOptions any;
        any.allow_empty = true;
        session.commit("step", any);
        REQUIRE(repo.readonly_session(Branch{"main"}).open_array<int, 2>("/a").read() == model);
        session = repo.writable_session("main");
        array = session.open_array<int, 2>("/a");
      }
    }
  }
}

TEST_CASE("array/reindex: writers of the same session lose nothing to it") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  auto array = session.create_array<int, 1>("/a", {.shape = {64}, .chunks = {4}, .fill_value = 0});
  array.write(std::vector<int>(64, 1));
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t != 4; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 0; i != 16; ++i) array.set({i * 4 + t}, 2);  // each a part of a chunk
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i != 10; ++i) array.reindex([](View i) { return at(15 - i[0]); });
    });
  }
  // An even number of reversals: every element was written, and every one of what was there is still there.
  const auto values = array.read();
  std::size_t twos = 0;
  for (const int value : values) {
    CHECK((value == 1 || value == 2));
    twos += value == 2 ? 1U : 0U;
  }
  CHECK(twos <= 64);
  CHECK(twos >= 32);
}

TEST_CASE("array/reindex: chunks of a rectilinear grid move to places of the same shape, and to no others") {
  Repo repo = Repo::create({});
  auto session = repo.writable_session("main");
  const auto array = session.create_array<int, 1>("/a", {.shape = {7}, .chunk_edges = {{{2, 1, 2, 1, 1}}}, .fill_value = -1});
  array.write(std::vector<int>{0, 1, 2, 3, 4, 5, 6});
  CHECK(code_of([&] { array.shift({1}); }) == errc::unsupported_chunk_grid);
  CHECK(array.read() == std::vector<int>{0, 1, 2, 3, 4, 5, 6});
  const auto swap = [](View index) -> Where { return index[0] == 0 ? at(2) : index[0] == 2 ? at(0) : std::nullopt; };
  array.reindex(swap, swap);
  CHECK(array.read() == std::vector<int>{3, 4, -1, 0, 1, -1, -1});
  CHECK(code_of([&] { array.reindex([](View) { return at(1); }); }) == errc::unsupported_chunk_grid);
}
