// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/metadata_conflict.hpp>

#include "support/doctest.hpp"

#include <string>
#include <vector>

using namespace varve;
using conflict::MetadataConflict;
using Names = std::vector<std::string>;

namespace {

std::string array_json(const std::string& shape, const std::string& more = "", const std::string& codecs = R"([{"name":"bytes"}])") {
  return R"({"zarr_format":3,"node_type":"array","shape":)" + shape +
         R"(,"data_type":"int8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[2]}},"codecs":)" + codecs + more + "}";
}

}  // namespace

TEST_CASE("conflict/metadata_conflict: open is what they changed, and not to what we have") {
  const std::string base = array_json("[4]", R"(,"attributes":{"a":1},"dimension_names":["x"])");
  const std::string ours = array_json("[6]", R"(,"attributes":{"a":2},"dimension_names":["y"])");
  const std::string theirs = array_json("[6]", R"(,"attributes": { "a" : 1 },"extra":{"must_understand":false})");
  auto node = MetadataConflict::make("/a", base, ours, theirs, false).value();
  CHECK(node.open() == Names{"extra", "dimension_names"});
  CHECK(node.is_open("extra"));
  CHECK_FALSE(node.is_open("shape"));       // both made the same of it
  CHECK_FALSE(node.is_open("attributes"));  // the same in other words
  CHECK(node.base().member("attributes") == R"({"a":1})");
  CHECK_FALSE(node.theirs().member("dimension_names"));
  CHECK(node.ours().shape() == std::vector<std::uint64_t>{6});

  const auto refused = node.merged();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().hint().find("`extra`, `dimension_names`") != std::string::npos);
  node.set("extra", "1");
  CHECK(node.open() == Names{"dimension_names"});
  node.set("dimension_names", R"(["z"])");
  node.set("extra", "2");
  CHECK(node.open().empty());
  CHECK(node.merged().value() == array_json("[6]", ",\"attributes\":{\"a\":2},\"dimension_names\":[\"z\"],\n  \"extra\": 2"));
}

TEST_CASE("conflict/metadata_conflict: where we wrote only chunks, what is not set is theirs to the letter") {
  const std::string base = array_json("[4]"), theirs = array_json("[ 6 ]", ",  \"attributes\" : {}");
  auto node = MetadataConflict::make("/a", base, base, theirs, true).value();
  node.set("shape", "[ 6 ]");
  node.set("attributes", "{}");
  CHECK(node.merged().value() == theirs);
}

TEST_CASE("conflict/metadata_conflict: a text that is none of the node, or not of the chunks that we wrote, is refused") {
  const std::string base = array_json("[4]"), theirs = array_json("[6]");
  const auto merged = [&](const std::string& text, bool wrote) {
    auto node = MetadataConflict::make("/a", base, base, theirs, wrote).value();
    node.set_all(text);
    return node.merged().has_value();
  };
  CHECK(merged(array_json("[9]"), true));
  CHECK_FALSE(merged("[]", false));
  CHECK_FALSE(merged(R"({"zarr_format":3,"node_type":"group"})", false));
  const std::string other = array_json("[4]", "", R"([{"name":"bytes"},{"name":"zstd"}])");
  CHECK_FALSE(merged(other, false));
  CHECK_FALSE(merged(other, true));
  // Ours has other codecs, which nobody else touched: their chunks would not be read any more.
  auto node = MetadataConflict::make("/a", base, other, theirs, false).value();
  node.set("shape", "[6]");
  REQUIRE_FALSE(node.merged());
  CHECK(node.merged().error().hint().find("`codecs`") != std::string::npos);
  CHECK_FALSE(MetadataConflict::make("/a", base, "nothing", theirs, true));
}
