// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/all.hpp>

#include <varve/conflict/attributes.hpp>
#include <varve/conflict/grow.hpp>
#include <varve/conflict/merge.hpp>

#include "support/doctest.hpp"

#include <set>
#include <string>
#include <vector>

using namespace varve;
using conflict::All;
using conflict::At;
using conflict::Decision;
using conflict::MetadataConflict;
using conflict::PathPattern;

namespace {

Conflict about(const char* path, ConflictKind kind = ConflictKind::chunk_double_update) { return {kind, path, "S", {{0}}, {}}; }

zarr::ArrayMetadata one_int() {
  zarr::ArrayMetadata metadata;
  metadata.shape = {1};
  metadata.chunk_shape = {1};
  metadata.data_type = zarr::DataType::int32;
  metadata.fill_value.resize(4);
  return metadata;
}
/// What a policy answers about a chunk of the array at `path`.
template <class Policy>
Decision of_chunk(Policy policy, const char* path) {
  const auto metadata = one_int();
  const auto none = conflict::ChunkVersion::missing();
  auto chunk = conflict::ChunkConflict::make(path, metadata, std::vector<std::uint32_t>{0}, none, none, none).value();
  return policy.resolve_chunk(chunk);
}

struct Refuses {
  Decision resolve_chunk(conflict::ChunkConflict& chunk) const { return chunk.refuse("no"); }
  Decision resolve_metadata(MetadataConflict& node) const { return node.refuse("no"); }
};
struct Throws {
  Decision resolve(const Conflict&) const { Error(errc::invalid_argument, "decide").raise(); }
};

static_assert(conflict::ConflictPolicy<All<conflict::MergeAttributes, conflict::Grow, conflict::Ours>>);
static_assert(conflict::ResolvesMetadata<All<conflict::MergeAttributes, conflict::Ours>>);
static_assert(!conflict::ResolvesMetadata<All<conflict::Sum, conflict::Ours>>);
static_assert(!conflict::ResolvesChunks<All<conflict::Grow, conflict::Ours>>);
static_assert(!conflict::Resolves<At<conflict::Grow>> && conflict::ResolvesMetadata<At<conflict::Grow>>);

}  // namespace

TEST_CASE("conflict/all: a star stands for a part of one name, two for a part of a path") {
  struct Case {
    const char* pattern;
    std::vector<const char*> yes, no;
  };
  const Case cases[] = {
      {"", {""}, {"/", "/a"}},
      {"/a", {"/a"}, {"/", "/ab", "/a/b", "/A"}},
      {"/a/*", {"/a/b", "/a/"}, {"/a", "/a/b/c", "/b/a"}},
      {"/*/t", {"/a/t", "/b/t"}, {"/t", "/a/b/t", "/a/tt"}},
      {"/day_*_*", {"/day_1_2", "/day___"}, {"/day_1", "/day_1/2_3"}},
      {"/a/**", {"/a/b", "/a/b/c", "/a/"}, {"/a", "/ab"}},
      {"**", {"", "/", "/a", "/a/b"}, {}},
      {"**/t", {"/t", "/a/t", "/a/b/t"}, {"/tt", "/t/a"}},
      {"/**/x*/y", {"/a/x/y", "/a/b/x1/y", "//x/y", "/x/y/xx/y"}, {"/x/y", "/a/x/z/y", "/a/y"}},
      {"/**a*b", {"/ab", "/c/ab", "/a/ab", "/a/b/axb"}, {"/a/b", "/ab/c"}},
      {"/***", {"/", "/a", "/a/b"}, {"a"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.pattern);
    for (const char* path : c.yes) {
      CAPTURE(path);
      CHECK(PathPattern(c.pattern)(path));
    }
    for (const char* path : c.no) {
      CAPTURE(path);
      CHECK_FALSE(PathPattern(c.pattern)(path));
    }
  }
  CHECK_FALSE(PathPattern("/**a**a**a**a**a**a**a**a**b")(std::string(3000, 'a')));  // and does not take for ever
}

TEST_CASE("conflict/all: a policy at a path decides nothing elsewhere") {
  At ours("/a/*", conflict::Ours());
  CHECK(ours.resolve(about("/a/b")) == Decision::ours);
  CHECK(ours.resolve(about("/b")) == Decision::fail);
  At sum("/a/*", conflict::Sum());
  CHECK(sum.looks_at("/a/b"));
  CHECK_FALSE(sum.looks_at("/b"));
  CHECK(of_chunk(sum, "/a/b") == Decision::merged);
  const std::set<std::string, std::less<>> listed{"/x", "/y"};
  At some([listed](std::string_view path) { return listed.contains(path); }, conflict::Theirs());
  CHECK(some.resolve(about("/y")) == Decision::theirs);
  CHECK(some.resolve(about("/z")) == Decision::fail);
}

TEST_CASE("conflict/all: the first that looks at an array's chunks decides about them, and the first that does not fail about the rest") {
  All all(At("/sums/**", conflict::Sum()), At("/never", Refuses()), conflict::Theirs(), conflict::Ours());
  CHECK(all.looks_at("/sums/a"));
  CHECK(all.looks_at("/never"));
  CHECK_FALSE(all.looks_at("/other"));
  CHECK(of_chunk(all, "/sums/a") == Decision::merged);
  CHECK(of_chunk(all, "/never") == Decision::fail);
  CHECK(all.resolve(about("/other")) == Decision::theirs);
  All within(At("/a/**", All(At("/a/b", conflict::Max()), conflict::Ours())), conflict::Theirs());
  CHECK(within.looks_at("/a/b"));
  CHECK_FALSE(within.looks_at("/a/c"));
  CHECK(within.resolve(about("/a/c")) == Decision::ours);
  CHECK(within.resolve(about("/c")) == Decision::theirs);
}

TEST_CASE("conflict/all: an error that one throws counts if nobody else decides") {
  All then{Throws(), conflict::Ours()};
  CHECK(then.resolve(about("/a")) == Decision::ours);
  All alone{conflict::Fail(), Throws()};
  CHECK_THROWS_AS(alone.resolve(about("/a")), Error);
}

TEST_CASE("conflict/all: of a node's metadata each merges what it knows, and any may refuse") {
  const auto json = [](const char* shape, const char* attributes) {
    return std::string(R"({"zarr_format":3,"node_type":"array","shape":)") + shape +
           R"(,"chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2]}},"attributes":)" + attributes + "}";
  };
  const std::string base = json("[4]", "{}"), ours = json("[6]", R"({"o":1})"), theirs = json("[8]", R"({"t":1})");
  const auto merged = [&](auto policy) -> std::string {
    auto node = MetadataConflict::make("/a", base, ours, theirs, false).value();
    if (policy.resolve_metadata(node) == Decision::fail) return node.reason();
    const auto text = node.merged();
    return text ? *text : "open";
  };
  CHECK(merged(All(conflict::MergeAttributes(), conflict::Grow())) == json("[8]", R"({"t": 1, "o": 1})"));
  CHECK(merged(All(conflict::MergeAttributes(), conflict::Append())) == json("[10]", R"({"t": 1, "o": 1})"));
  CHECK(merged(All(At("/a", conflict::Append()), conflict::Grow(), conflict::MergeAttributes())) == json("[10]", R"({"t": 1, "o": 1})"));
  CHECK(merged(All(conflict::Grow(), conflict::Append(), conflict::MergeAttributes())) == json("[8]", R"({"t": 1, "o": 1})"));
  CHECK(merged(All(At("/b", Refuses()), conflict::Grow(), conflict::MergeAttributes())) == json("[8]", R"({"t": 1, "o": 1})"));
  CHECK(merged(All(conflict::Grow(), conflict::Ours())) == "open");
  CHECK(merged(All(conflict::Grow(), Refuses(), conflict::MergeAttributes())) == "no");
}
