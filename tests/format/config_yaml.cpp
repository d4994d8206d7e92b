// SPDX-License-Identifier: Apache-2.0
#include <varve/format/config_yaml.hpp>

#include <string>
#include <string_view>

#include "support/doctest.hpp"

using varve::format::parse_config_yaml;

namespace {

std::string json_of(std::string_view yaml) {
  const auto parsed = parse_config_yaml(yaml, "config.yaml");
  REQUIRE(parsed);
  return parsed->text();
}

bool refused(std::string_view yaml) {
  const auto parsed = parse_config_yaml(yaml, "config.yaml");
  if (parsed) return false;
  CHECK(parsed.error().code() == varve::errc::corrupt);
  CHECK(parsed.error().key() == "config.yaml");
  return true;
}

}  // namespace

TEST_CASE("format/config_yaml: trap 23: a tag names the variant of an enumeration") {
  CHECK(json_of("inline_chunk_threshold_bytes: 64\n"
                "virtual_chunk_containers:\n"
                "  s3://bucket/:\n"
                "    name: null\n"
                "    url_prefix: s3://bucket/\n"
                "    store: !s3\n"
                "      region: us-east-1\n"
                "      anonymous: true\n"
                "      allow_http: false\n") ==
        R"({"inline_chunk_threshold_bytes":64,"virtual_chunk_containers":{"s3://bucket/":{"name":null,)"
        R"("url_prefix":"s3://bucket/","store":{"s3":{"region":"us-east-1","anonymous":true,"allow_http":false}}}}})");
  CHECK(json_of("[!Axis 0, !DimensionName time, Any, !Any , any_array]") ==
        R"([{"Axis":0},{"DimensionName":"time"},"Any","Any","any_array"])");
  CHECK(json_of("preload_if: !and [!name_matches {regex: '^t$'}, 'true']") ==
        R"({"preload_if":{"and":[{"name_matches":{"regex":"^t$"}},"true"]}})");
}

TEST_CASE("format/config_yaml: plain scalars have the types of YAML 1.2") {
  CHECK(json_of("[1, -2, +3, 18446744073709551615, 2.5, 1e3, true, False, ~, null, yes, inf, '1', \"true\", x]") ==
        R"([1,-2,3,18446744073709551615,2.5,1000.0,true,false,null,null,"yes","inf","1","true","x"])");
  CHECK(json_of("") == "null");
  CHECK(json_of("{\"compression\": {\"algorithm\": \"zstd\", \"level\": 3}}") ==
        R"({"compression":{"algorithm":"zstd","level":3}})");
}

TEST_CASE("format/config_yaml: text that is no configuration is refused") {
  CHECK(refused("{"));
  CHECK(refused("a: [1, 2"));
  CHECK(refused("? [a, b]\n: c\n"));
  CHECK(refused("&a [*a]"));
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i != 12; ++i) {
    const std::string above = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k != 10; ++k) laughs += (k != 0 ? ", " : "") + above;
    laughs += "]\n";
  }
  CHECK(refused(laughs));
  CHECK(refused(std::string(100'000, '[')));
}
