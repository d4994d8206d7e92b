// SPDX-License-Identifier: Apache-2.0
#include <varve/change/chunk_edits.hpp>

#include "support/doctest.hpp"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace {

using varve::ChunkEdits;
using varve::ChunkPayload;
using Index = std::vector<std::uint32_t>;

/// What an edit says, as one text.
std::string text_of(const ChunkPayload& payload) {
  switch (payload.kind()) {
    case ChunkPayload::Kind::erased: return "erased";
    case ChunkPayload::Kind::inlined: return "inlined " + std::string(varve::as_text(payload.bytes()));
    case ChunkPayload::Kind::native:
      return "native " + payload.chunk_id().to_string() + " " + std::to_string(payload.offset()) + " " +
             std::to_string(payload.length());
    case ChunkPayload::Kind::virtual_location:
      return "virtual " + std::string(payload.url()) + " " + std::string(payload.etag()) + " " +
             std::to_string(payload.last_modified()) + " " + std::to_string(payload.offset()) + " " +
             std::to_string(payload.length());
  }
  return {};
}

struct Model {
  std::map<Index, std::string> edits;
  void check(const ChunkEdits& real) const {
    REQUIRE(real.size() == edits.size());
    auto expected = edits.begin();
    real.for_each([&](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
      REQUIRE(expected != edits.end());
      REQUIRE(Index(index.begin(), index.end()) == expected->first);
      REQUIRE(text_of(payload) == expected->second);
      ++expected;
    });
    REQUIRE(expected == edits.end());
  }
};

}  // namespace

TEST_CASE("change/chunk_edits: agrees with a map of indices through any mix of edits and copies") {
  for (std::uint32_t seed = 0; seed != 60; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t end) { return static_cast<std::uint32_t>(random() % end); };
    const std::size_t rank = seed % 5;
    const std::uint32_t grid = seed % 7 == 0 ? 0xffffffffU : 5;  // far too large for one number, or small
    ChunkEdits edits(rank);
    Model model;
    ChunkEdits copy = edits;
    Model copy_model;
    for (int step = 0; step != 1500; ++step) {
      Index index(rank);
      for (auto& at : index) at = below(grid);
      if (seed % 3 == 0 && rank != 0 && step < 700) index[0] = static_cast<std::uint32_t>(step);  // ascending at first
      std::string bytes(below(90) + 1, static_cast<char>('a' + below(26)));
      const std::string etag = bytes.substr(bytes.size() / 2);
      varve::ChunkId id;
      for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
      ChunkPayload payload;
      switch (below(5)) {
        case 0: payload = ChunkPayload::erased(); break;
        case 1: payload = ChunkPayload::inlined(varve::as_bytes(bytes)); break;
        case 2: payload = ChunkPayload::native(id, random(), random()); break;
        case 3: payload = ChunkPayload::virtual_location(bytes, random(), random(), etag, below(9)); break;
        case 4:
          REQUIRE(edits.forget(index) == (model.edits.erase(index) == 1));
          REQUIRE_FALSE(edits.find(index));
          continue;
      }
      edits.set(index, payload);
      model.edits[index] = text_of(payload);
      const auto found = edits.find(index);
      REQUIRE(found);
      REQUIRE(text_of(*found) == text_of(payload));
      REQUIRE(edits.contains(index));
      if (below(300) == 0) {  // both go on from here
        copy.~ChunkEdits();
        new (&copy) ChunkEdits(edits);
        copy_model = model;
      }
      if (below(3) == 0 && copy_model.edits.size() > 3) {
        copy.set(index, ChunkPayload::inlined(varve::as_bytes("of the copy")));
        copy_model.edits[index] = "inlined of the copy";
      }
    }
    model.check(edits);
    copy_model.check(copy);
    for (const auto& [index, expected] : model.edits) REQUIRE(text_of(*edits.find(index)) == expected);
    copy = std::move(edits);
    model.check(copy);
  }
}

TEST_CASE("change/chunk_edits: an index of another rank is not found") {
  ChunkEdits edits(2);
  edits.set(Index{1, 2}, ChunkPayload::erased());
  CHECK_FALSE(edits.find(Index{1}));
  CHECK_FALSE(edits.contains(Index{1, 2, 3}));
  CHECK_FALSE(edits.forget(Index{}));
}

TEST_CASE("change/chunk_edits: what find returned outlives the edit that replaces it") {
  ChunkEdits edits(1);
  const std::string first(400, 'x');
  const std::string second(400, 'y');
  edits.set(Index{0}, ChunkPayload::inlined(varve::as_bytes(first)));
  const auto before = edits.find(Index{0});
  for (int i = 0; i != 2000; ++i) edits.set(Index{0}, ChunkPayload::inlined(varve::as_bytes(second)));
  CHECK(varve::as_text(before->bytes()) == first);
  CHECK(varve::as_text(edits.find(Index{0})->bytes()) == second);
}

TEST_CASE("change/chunk_edits: chunks that are written over and over do not fill the memory") {
  ChunkEdits edits(1);
  const std::string bytes(500, 'x');
  for (std::uint32_t i = 0; i != 100'000; ++i) edits.set(Index{i % 10}, ChunkPayload::inlined(varve::as_bytes(bytes)));
  CHECK(edits.memory_bytes() < 1 << 20);
  edits.for_each([&](std::span<const std::uint32_t>, const ChunkPayload& payload) {
    CHECK(varve::as_text(payload.bytes()) == bytes);
  });
}

TEST_CASE("change/chunk_edits: an edit may be a payload of the same edits") {
  ChunkEdits edits(1);
  const std::string bytes(60'000, 'x');
  edits.set(Index{0}, ChunkPayload::inlined(varve::as_bytes(bytes)));
  for (int i = 0; i != 50; ++i) edits.set(Index{0}, *edits.find(Index{0}));
  CHECK(varve::as_text(edits.find(Index{0})->bytes()) == bytes);
}

TEST_CASE("change/chunk_edits: a written chunk of three dimensions takes at most 60 bytes") {
  ChunkEdits ascending(3);
  ChunkEdits descending(3);
  const std::uint32_t count = 300'000;
  for (std::uint32_t i = 0; i != count; ++i) {
    ascending.set(Index{i / 10'000, i / 100 % 100, i % 100}, ChunkPayload::native({}, 0, i));
    const std::uint32_t j = count - 1 - i;
    descending.set(Index{j / 10'000, j / 100 % 100, j % 100}, ChunkPayload::native({}, 0, j));
  }
  CHECK(ascending.memory_bytes() <= 46 * std::size_t{count});
  CHECK(descending.memory_bytes() <= 60 * std::size_t{count});
  std::uint64_t next = 0;
  descending.for_each([&](std::span<const std::uint32_t>, const ChunkPayload& payload) {
    if (payload.length() == next) ++next;
  });
  CHECK(next == count);
}

TEST_CASE("change/chunk_edits: edits move along an axis, and none of them beyond the last place that there is") {
  for (const bool ascending : {true, false}) {
    CAPTURE(ascending);
    ChunkEdits edits(2);
    Model model;
    for (std::uint32_t i = 0; i != 5; ++i) {
      const std::uint32_t at = ascending ? i : 4 - i;
      const std::string text = std::to_string(at);
      edits.set(Index{at, 7}, ChunkPayload::inlined(varve::as_bytes(text)));
      if (at == 3) continue;
      model.edits[Index{at < 2 ? at : at + 10, 7}] = "inlined " + text;
    }
    REQUIRE(edits.forget(Index{3, 7}));
    CHECK(edits.can_move(0, 2, UINT32_MAX - 4));
    CHECK_FALSE(edits.can_move(0, 2, UINT32_MAX - 3));
    CHECK(edits.can_move(0, 5, UINT32_MAX));
    CHECK(edits.can_move(1, 7, UINT32_MAX - 7));
    edits.move(0, 2, 10);
    model.check(edits);
    CHECK(edits.find(Index{12, 7}));
    CHECK_FALSE(edits.find(Index{2, 7}));
  }
}
