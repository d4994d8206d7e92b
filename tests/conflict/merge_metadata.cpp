// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/merge_metadata.hpp>

#include <varve/conflict/grow.hpp>

#include "support/doctest.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace varve;
using conflict::Decision;
using conflict::Finding;
using Index = std::vector<std::uint32_t>;

namespace {

const NodeId node{{1}};
std::string array_json(const char* shape) {
  return std::string(R"({"zarr_format":3,"node_type":"array","shape":)") + shape +
         R"(,"data_type":"int8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2]}},"codecs":[]})";
}
Finding finding(ConflictKind kind, std::vector<Index> chunks = {}) { return {Conflict{kind, "/a", "S", std::move(chunks), {}}, node}; }

struct Scene {
  std::string base = array_json("[4]"), theirs = array_json("[6]");
  ChangeSet ours;
  std::vector<Finding> findings;

  template <class Policy>
  std::vector<conflict::MergedMetadata> merge(Policy policy) {
    const auto in_base = [&](NodeId) -> std::optional<std::string_view> { return base; };
    const auto in_theirs = [&](NodeId) -> std::optional<std::string_view> { return theirs; };
    return conflict::merge_metadata(findings, ours, in_base, in_theirs, policy);
  }
};
struct Answers {
  Decision decision;
  Decision resolve_metadata(conflict::MetadataConflict&) const { return decision; }
};
struct GivesWay {
  conflict::ChunkMove move;
  Decision resolve_metadata(conflict::MetadataConflict& met) const {
    met.set("shape", "[8]");
    met.move_our_chunks(move);
    return Decision::merged;
  }
};
struct Throws {
  Decision resolve_metadata(conflict::MetadataConflict&) const { Error(errc::invalid_argument, "look at the weather").raise(); }
};

}  // namespace

TEST_CASE("conflict/merge_metadata: chunks that move away meet nobody, and those that stay do") {
  Scene scene;
  scene.ours.update_node(node, Path::parse("/a").value(), format::NodeKind::array, array_json("[8]"));
  for (const std::uint32_t at : {0U, 2U, 3U}) scene.ours.set_chunk(node, Index{at}, ChunkPayload::erased());
  scene.findings = {finding(ConflictKind::zarr_metadata_double_update), finding(ConflictKind::chunks_updated_in_updated_array),
                    finding(ConflictKind::chunk_double_update, {{0}, {2}}), finding(ConflictKind::chunk_double_update, {{2}})};
  const auto merged = scene.merge(conflict::Append());
  REQUIRE(scene.findings.size() == 1);
  CHECK(scene.findings[0].conflict.chunks == std::vector<Index>{{0}});
  REQUIRE(merged.size() == 1);
  CHECK(merged[0].zarr_json == array_json("[10]"));
  conflict::apply_metadata(merged, scene.ours);
  CHECK(scene.ours.updated_nodes().at(node).zarr_json == array_json("[10]"));
  std::vector<Index> places;
  scene.ours.for_each_chunk(node, [&](std::span<const std::uint32_t> index, const ChunkPayload&) { places.emplace_back(index.begin(), index.end()); });
  CHECK(places == std::vector<Index>{{0}, {3}, {4}});
}

TEST_CASE("conflict/merge_metadata: where we wrote only chunks, their zarr.json stands and we change none") {
  Scene scene;
  scene.ours.set_chunk(node, Index{0}, ChunkPayload::erased());
  scene.findings = {finding(ConflictKind::chunks_updated_in_updated_array)};
  const auto merged = scene.merge(conflict::Grow());
  CHECK(scene.findings.empty());
  REQUIRE(merged.size() == 1);
  CHECK_FALSE(merged[0].zarr_json);
  conflict::apply_metadata(merged, scene.ours);
  CHECK(scene.ours.updated_nodes().empty());
}

TEST_CASE("conflict/merge_metadata: what is not merged stays, with the reason") {
  const auto reason = [](auto policy) {
    Scene scene;
    scene.ours.set_chunk(node, Index{3}, ChunkPayload::erased());
    scene.findings = {finding(ConflictKind::chunks_updated_in_updated_array), finding(ConflictKind::chunk_double_update, {{3}})};
    CHECK(scene.merge(policy).empty());
    REQUIRE(scene.findings.size() == 2);
    CHECK(scene.findings[1].conflict.chunks.size() == 1);
    return scene.findings[0].conflict.reason;
  };
  CHECK(reason(Answers{Decision::merged}).find("`shape`") != std::string::npos);
  CHECK(reason(Throws()).find("look at the weather") != std::string::npos);
  CHECK(reason(GivesWay{{1, 0, 1}}).find("axis") != std::string::npos);
  CHECK(reason(GivesWay{{0, 2, UINT32_MAX}}).find("none can be") != std::string::npos);
  CHECK(reason(conflict::Fail()).empty());
}

TEST_CASE("conflict/merge_metadata: a side may be taken whole, if it describes the chunks that we wrote") {
  Scene scene;
  scene.ours.update_node(node, Path::parse("/a").value(), format::NodeKind::array, array_json("[8]"));
  scene.findings = {finding(ConflictKind::zarr_metadata_double_update)};
  auto theirs = scene;
  CHECK(theirs.merge(Answers{Decision::theirs}).at(0).zarr_json == theirs.theirs);
  auto ours = scene;
  CHECK(ours.merge(Answers{Decision::ours}).at(0).zarr_json == array_json("[8]"));
}
