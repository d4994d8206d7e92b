// SPDX-License-Identifier: Apache-2.0
#include <varve/session/split_rules.hpp>

#include "support/doctest.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace varve;
using format::ArrayCondition;
using format::SplitDimension;
using format::SplitRule;

namespace {

constexpr std::uint32_t whole = 4294967295;

format::NodeData array(std::string path, std::vector<std::optional<std::string>> names) {
  format::NodeData node;
  node.path = std::move(path);
  node.kind = format::NodeKind::array;
  node.shape.resize(names.size(), format::DimensionShape{10, 10});
  node.dimension_names = std::move(names);
  return node;
}

bool matches(const ArrayCondition& condition, std::string_view path, std::uint64_t refs = 0) {
  return ArrayMatcher::compile(condition, "rule").value().matches(path, refs);
}

}  // namespace

TEST_CASE("session/split_rules: conditions look at the whole path, at its last segment and at each other") {
  CHECK(matches({}, "/a"));
  CHECK_FALSE(matches({ArrayCondition::Kind::never}, "/a"));
  CHECK(matches(ArrayCondition::path("a/b"), "/xa/b"));
  CHECK_FALSE(matches(ArrayCondition::name("a/b"), "/xa/b"));
  CHECK(matches(ArrayCondition::name("^b$"), "/xa/b"));
  CHECK_FALSE(matches(ArrayCondition::path("^b$"), "/xa/b"));
  const auto a = ArrayCondition::path("a"), b = ArrayCondition::path("b");
  CHECK(matches(ArrayCondition::any({a, b}), "/b"));
  CHECK_FALSE(matches(ArrayCondition::all({a, b}), "/b"));
  CHECK(matches(ArrayCondition::all({a, b}), "/ab"));
  CHECK(matches(ArrayCondition::all({}), "/x"));
  CHECK_FALSE(matches(ArrayCondition::any({}), "/x"));
  ArrayCondition few{ArrayCondition::Kind::num_refs};
  few.first_count = 2;
  few.last_count = 5;
  CHECK_FALSE(matches(few, "/a", 1));
  CHECK(matches(few, "/a", 2));
  CHECK_FALSE(matches(few, "/a", 5));
}

TEST_CASE("session/split_rules: for each dimension the first that fits counts, of the first rule that has one") {
  const std::vector<SplitRule> given{
      SplitRule{ArrayCondition::name("foo"), {SplitDimension{2, 0}, SplitDimension{3, {}, "^lat"}}},
      SplitRule{ArrayCondition::path("/deep/"), {SplitDimension{5, 1}, SplitDimension{6, {}, "lon"}}},
      SplitRule{ArrayCondition::name("all"), {SplitDimension{7}}}};
  const SplitRules rules = SplitRules::compile(given).value();
  using Sides = std::vector<std::uint32_t>;
  CHECK(rules.sides(array("/bar", {"x", "lat"})).empty());
  CHECK(rules.sides(array("/foo", {"x", "latitude", "y"})) == Sides{2, 3, whole});
  CHECK(rules.sides(array("/foo", {"lat", "x"})) == Sides{2, whole});
  CHECK(rules.sides(array("/deep/foo", {"lat", "lat", "lon"})) == Sides{2, 3, 6});
  CHECK(rules.sides(array("/deep/foo", {"lat", std::nullopt, "lon"})) == Sides{2, 5, 6});
  CHECK(rules.sides(array("/deep/bar", {"x"})).empty());
  CHECK(rules.sides(array("/small", {"x", std::nullopt})) == Sides{7, 7});
  CHECK(rules.sides(array("/all", {})).empty());
  format::NodeData unnamed = array("/foo", {"a", "b"});
  unnamed.dimension_names.reset();
  CHECK(rules.sides(unnamed) == Sides{2, whole});
}

TEST_CASE("session/split_rules: a regular expression that cannot be read is an error that names the rule") {
  const std::vector<SplitRule> path{SplitRule{}, SplitRule{ArrayCondition::any({ArrayCondition::path("a(")}), {}}};
  const auto refused = SplitRules::compile(path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::unsupported_format);
  CHECK(refused.error().hint().find("split_sizes[1]") != std::string::npos);
  CHECK(refused.error().hint().find("`a(`") != std::string::npos);
  const std::vector<SplitRule> dimension{SplitRule{{}, {SplitDimension{1, {}, "*"}}}};
  CHECK_FALSE(SplitRules::compile(dimension));
}
