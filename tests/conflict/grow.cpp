// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/grow.hpp>

#include "support/doctest.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace varve;
using conflict::ChunkMove;
using conflict::Decision;
using conflict::MetadataConflict;

namespace {

std::string array_json(const std::string& shape, const std::string& chunks) {
  return R"({"zarr_format":3,"node_type":"array","shape":)" + shape +
         R"(,"data_type":"int8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":)" + chunks +
         R"(}},"codecs":[{"name":"bytes"}]})";
}
std::string uneven_json(const std::string& shape) {
  return R"({"zarr_format":3,"node_type":"array","shape":)" + shape +
         R"(,"data_type":"int8","chunk_grid":{"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":[[4,1,1,1,1]]}}})";
}
struct Outcome {
  std::string shape;
  std::optional<ChunkMove> move{};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
template <class Policy>
Outcome merged(Policy policy, const std::string& base, const std::string& ours, const std::string& theirs, const std::string& chunks) {
  const std::string texts[] = {array_json(base, chunks), array_json(ours, chunks), array_json(theirs, chunks)};
  auto node = MetadataConflict::make("/a", texts[0], texts[1], texts[2], true).value();
  if (policy.resolve_metadata(node) == Decision::fail) return {node.reason()};
  const std::string text = node.merged().value();
  std::string shape;
  const auto members = zarr::parse_members(text, "merged").value();
  for (const auto& member : members) {
    if (member.name == "shape") shape = member.value;
  }
  return {shape, node.move()};
}
bool mentions(const Outcome& outcome, const char* words) { return outcome.shape.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("conflict/grow: an array is as long as either made it, along each dimension") {
  const auto grow = [](const char* base, const char* ours, const char* theirs) {
    return merged(conflict::Grow(), base, ours, theirs, "[2, 2]").shape;
  };
  CHECK(grow("[4,4]", "[4,4]", "[9,4]") == "[9,4]");
  CHECK(grow("[4,4]", "[6,4]", "[5,4]") == "[6, 4]");
  CHECK(grow("[4,4]", "[6,4]", "[4,7]") == "[6, 7]");
  CHECK(grow("[4,4]", "[4,5]", "[6,5]") == "[6,5]");
  CHECK(grow("[4,4]", "[6,4]", "[6,4]") == "[6,4]");
  CHECK(grow("[4,4]", "[6,4]", "[4,4]") == "[6,4]");
}

TEST_CASE("conflict/grow: an array that anybody made shorter is a conflict") {
  CHECK(mentions(merged(conflict::Grow(), "[4,4]", "[4,4]", "[9,3]", "[2,2]"), "they made the array shorter along dimension 1"));
  CHECK(mentions(merged(conflict::Grow(), "[4,4]", "[3,4]", "[9,4]", "[2,2]"), "we made the array shorter along dimension 0"));
  CHECK(mentions(merged(conflict::Append(), "[4]", "[3]", "[9]", "[2]"), "shorter"));
}

TEST_CASE("conflict/grow: of two appends the second moves behind the first, with its chunks") {
  const auto append = [](std::size_t axis, const char* base, const char* ours, const char* theirs, const char* chunks) {
    return merged(conflict::Append{axis}, base, ours, theirs, chunks);
  };
  CHECK(append(0, "[4]", "[6]", "[10]", "[2]") == Outcome{"[12]", ChunkMove{0, 2, 3}});
  CHECK(append(0, "[4]", "[5]", "[6]", "[2]") == Outcome{"[7]", ChunkMove{0, 2, 1}});  // the last chunk need not be whole
  CHECK(append(0, "[0]", "[3]", "[2]", "[2]") == Outcome{"[5]", ChunkMove{0, 0, 1}});
  CHECK(append(1, "[5,4]", "[5,8]", "[5,6]", "[3,2]") == Outcome{"[5, 10]", ChunkMove{1, 2, 1}});
  CHECK(append(0, "[4]", "[4]", "[6]", "[2]") == Outcome{"[6]"});  // we only wrote chunks
  CHECK(append(0, "[4]", "[6]", "[4]", "[2]") == Outcome{"[6]"});  // they did not append
}

TEST_CASE("conflict/grow: appends that do not consist of whole chunks, or go elsewhere, say so") {
  CHECK(mentions(merged(conflict::Append(), "[3]", "[4]", "[5]", "[2]"), "both appends begin inside a chunk"));
  CHECK(mentions(merged(conflict::Append(), "[4]", "[6]", "[5]", "[2]"), "their append ends inside a chunk"));
  CHECK(mentions(merged(conflict::Append(), "[4,4]", "[6,4]", "[4,6]", "[2,2]"), "along dimension 1"));
  CHECK(mentions(merged(conflict::Append{1}, "[4,4]", "[6,4]", "[4,6]", "[2,2]"), "along dimension 0"));
  const std::string texts[] = {uneven_json("[4]"), uneven_json("[5]"), uneven_json("[6]")};
  auto node = MetadataConflict::make("/a", texts[0], texts[1], texts[2], true).value();
  CHECK(conflict::Append().resolve_metadata(node) == Decision::fail);
  CHECK(node.reason().find("different lengths") != std::string::npos);
  auto grown = MetadataConflict::make("/a", texts[0], texts[1], texts[2], true).value();
  CHECK(conflict::Grow().resolve_metadata(grown) == Decision::merged);
  CHECK(grown.merged().value() == uneven_json("[6]"));
}

TEST_CASE("conflict/grow: two who make the same of the shape without knowing it append one behind the other") {
  // The shapes agree, so there is nothing to merge in them, and yet both wrote the same chunks.
  const std::string base = array_json("[4]", "[2]"), grown = array_json("[6]", "[2]");
  auto node = MetadataConflict::make("/a", base, grown, grown, true).value();
  CHECK(conflict::Append().resolve_metadata(node) == Decision::merged);
  CHECK(node.merged().value() == array_json("[8]", "[2]"));
  CHECK(node.move() == ChunkMove{0, 2, 1});
}

TEST_CASE("conflict/grow: a rectilinear grid that one side added chunks to describes the chunks of both") {
  const auto uneven = [](const std::string& shape, const std::string& chunks) {
    return R"({"zarr_format":3,"node_type":"array","shape":)" + shape +
           R"(,"data_type":"int8","fill_value":0,"chunk_grid":{"name":"rectilinear","configuration":{"kind":"inline","chunk_shapes":)" +
           chunks + R"(}},"codecs":[{"name":"bytes"}]})";
  };
  const auto merge = [](auto policy, const std::string& base, const std::string& ours, const std::string& theirs) {
    auto node = MetadataConflict::make("/a", base, ours, theirs, true).value();
    if (policy.resolve_metadata(node) == Decision::fail) return node.reason();
    const auto text = node.merged();
    return text ? *text : text.error().hint();
  };
  const std::string base = uneven("[4]", "[[1,3]]"), fits = uneven("[5]", "[[1,3,1]]"), longer = uneven("[9]", "[[1,3,5]]");
  const std::string still_longer = uneven("[11]", "[[1,3,5,2]]"), other = uneven("[9]", "[[2,2,5]]");
  for (const auto& grown : {longer, still_longer}) {
    CHECK(merge(conflict::Grow(), base, base, grown) == grown);
    CHECK(merge(conflict::Append(), base, base, grown) == grown);
    CHECK(merge(conflict::Grow(), base, grown, base) == grown);
    CHECK(merge(conflict::Append(), base, grown, base) == grown);
  }
  CHECK(merge(conflict::Grow(), base, longer, still_longer) == still_longer);
  CHECK(merge(conflict::Grow(), base, still_longer, longer) == uneven("[11]", "[[1,3,5,2]]"));
  CHECK(merge(conflict::Grow(), base, fits, longer).find("both added chunks") != std::string::npos);
  CHECK(merge(conflict::Append(), base, fits, longer).find("different lengths") != std::string::npos);
  CHECK(merge(conflict::Grow(), base, base, other).find("both added chunks") != std::string::npos);
}
