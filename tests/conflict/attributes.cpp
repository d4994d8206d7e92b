// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/attributes.hpp>

#include "support/doctest.hpp"

#include <string>

using namespace varve;
using conflict::Decision;
using conflict::MetadataConflict;

namespace {

std::string group(const std::string& attributes) {
  return attributes.empty() ? R"({"zarr_format":3,"node_type":"group"})"
                            : R"({"zarr_format":3,"node_type":"group","attributes":)" + attributes + "}";
}
/// The merged attributes, or why there are none.
std::string merged(const std::string& base, const std::string& ours, const std::string& theirs) {
  const std::string texts[] = {group(base), group(ours), group(theirs)};
  auto node = MetadataConflict::make("/g", texts[0], texts[1], texts[2], false).value();
  if (conflict::MergeAttributes().resolve_metadata(node) == Decision::fail) return node.reason();
  const std::string text = node.merged().value();
  const auto members = zarr::parse_members(text, "merged").value();
  for (const auto& member : members) {
    if (member.name == "attributes") return std::string(member.value);
  }
  return "none";
}

}  // namespace

TEST_CASE("conflict/attributes: each key is as whoever changed it left it") {
  CHECK(merged("{}", R"({"o":1})", R"({"t":2})") == R"({"t": 2, "o": 1})");
  CHECK(merged(R"({"a":1,"b":2})", R"({"a":9,"b":2})", R"({"a":1,"b":8})") == R"({"a": 9, "b": 8})");
  CHECK(merged(R"({"a":1,"b":2})", R"({"b":2})", R"({"a":1,"b":2,"c":3})") == R"({"b": 2, "c": 3})");
  CHECK(merged(R"({"a":1,"b":2})", R"({"a":1,"b":2,"c":3})", R"({"b":2})") == R"({"b": 2, "c": 3})");
  CHECK(merged("", R"({"o":1})", R"({"t":2})") == R"({"t": 2, "o": 1})");
  CHECK(merged(R"({"a":1})", R"({"a":1,"o":1})", "") == R"({"o": 1})");
  CHECK(merged(R"({"a":1})", "{}", "") == "{}");
}

TEST_CASE("conflict/attributes: the same change on both sides is one") {
  CHECK(merged(R"({"a":1})", R"({"a":{"deep":[1,2]},"o":1})", R"({"a": {"deep": [1, 2]}})") == R"({"a": {"deep": [1, 2]}, "o": 1})");
  CHECK(merged(R"({"a":1,"b":1})", R"({"o":1})", R"({"b":1})") == R"({"o": 1})");
}

TEST_CASE("conflict/attributes: values and keys stay as they were written") {
  CHECK(merged("{}", R"({"o":1})", R"({"n":123456789012345678901234567890,"f":1.0e5,"u":"\u00e4"})") ==
        R"({"n": 123456789012345678901234567890, "f": 1.0e5, "u": "\u00e4", "o": 1})");
  CHECK(merged("{}", R"({"quote\"d":1})", R"({"t":2})") == R"({"t": 2, "quote\"d": 1})");
  CHECK(merged(R"({"a":1})", R"({"a":1})", R"({  "a" : 2  })") == R"({  "a" : 2  })");  // ours is untouched: theirs to the letter
}

TEST_CASE("conflict/attributes: a key that both changed differently is a conflict that is named") {
  const std::string why = merged(R"({"a":1,"b":1,"c":1})", R"({"a":2,"b":2})", R"({"a":3,"b":2,"c":3})");
  CHECK(why.find("`a`, `c`") != std::string::npos);
  CHECK(why.find("`b`") == std::string::npos);
  CHECK(merged("{}", R"({"a":{"x":1}})", R"({"a":{"y":1}})").find("`a`") != std::string::npos);
  CHECK(merged("{}", R"([1])", R"({"a":1})").find("object") != std::string::npos);
}

TEST_CASE("conflict/attributes: what else they changed stays open") {
  const std::string base = group("{}"), ours = group(R"({"o":1})");
  const std::string theirs = R"({"zarr_format":3,"node_type":"group","attributes":{"t":1},"extra":1})";
  auto node = MetadataConflict::make("/g", base, ours, theirs, false).value();
  CHECK(conflict::MergeAttributes().resolve_metadata(node) == Decision::merged);
  CHECK(node.open() == std::vector<std::string>{"extra"});
  CHECK_FALSE(node.merged());
}
