// SPDX-License-Identifier: Apache-2.0
#include <varve/format/repository_config.hpp>

#include <varve/format/config_yaml.hpp>
#include <varve/format/metadata.hpp>
#include <varve/zarr/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
using varve::Json;

namespace {

Json json(std::string_view text) { return varve::zarr::parse_json(text, "test").value(); }

RepositoryConfig parsed(std::string_view text) { return parse_config(json(text), "repo").value(); }

constexpr std::string_view everything = R"({
  "inline_chunk_threshold_bytes": 100, "get_partial_values_concurrency": 11, "compression": {"algorithm": "zstd", "level": 9},
  "max_concurrent_requests": 12, "max_concurrent_decodes": 13,
  "caching": {"num_snapshot_nodes": 1, "num_chunk_refs": 18446744073709551615, "num_transaction_changes": 3,
              "num_bytes_attributes": 4, "num_bytes_chunks": 5},
  "storage": {"retries": {"max_tries": 1}, "unsafe_use_conditional_update": false},
  "virtual_chunk_containers": {"s3://b/": {"name": "b", "store": {"s3": {"anonymous": true}}, "url_prefix": "s3://b/"}},
  "manifest": {
    "preload": {"max_total_refs": 14, "max_arrays_to_scan": 15,
                "preload_if": {"and": [{"name_matches": {"regex": "^time$"}},
                                       {"num_refs": {"from": {"Included": 5}, "to": {"Excluded": 1001}}}, "true", "false"]}},
    "splitting": {"split_sizes": [
      [{"or": [{"path_matches": {"regex": "a/b"}}, {"name_matches": {"regex": "foo"}}]},
       [{"condition": {"Axis": 0}, "num_chunks": 2}, {"condition": {"DimensionName": "lat"}, "num_chunks": 3}]],
      ["any_array", [{"condition": "Any", "num_chunks": 4294967295}]]]},
    "virtual_chunk_location_compression": {"min_num_chunks": 16, "dictionary_max_training_samples": 17,
                                           "dictionary_max_size_bytes": 18, "compression_level": -5},
    "max_concurrent_manifest_fetches_during_commit": 19},
  "previous_file": "before",
  "repo_update_retries": {"default": {"max_tries": 20, "initial_backoff_ms": 21, "max_backoff_ms": 22}},
  "num_updates_per_repo_info_file": 23})";

}  // namespace

TEST_CASE("format/repository_config: every field is read and written again as it was") {
  const RepositoryConfig config = parsed(everything);
  CHECK(config.inline_chunk_threshold_bytes == 100);
  CHECK(config.compression.level == 9);
  CHECK(config.caching.num_chunk_refs == 18446744073709551615U);
  CHECK(config.manifest.virtual_chunk_location_compression.compression_level == -5);
  CHECK(config.repo_update_retries.standard.max_tries == 20);
  CHECK(config.num_updates_per_repo_info_file == 23);
  const auto& preload_if = config.manifest.preload.preload_if.value();
  REQUIRE(preload_if.of.size() == 4);
  CHECK(preload_if.of[0] == ArrayCondition::name("^time$"));
  CHECK(preload_if.of[1].first_count == 5);
  CHECK(preload_if.of[1].last_count == 1001);
  const auto& rules = config.manifest.splitting.split_sizes.value();
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].arrays == ArrayCondition::any({ArrayCondition::path("a/b"), ArrayCondition::name("foo")}));
  CHECK(rules[0].dimensions == std::vector<SplitDimension>{{2, 0}, {3, {}, "lat"}});
  CHECK(rules[1] == SplitRule{{}, {{4294967295}}});

  CHECK(parse_config(config_json(config), "repo").value() == config);
  CHECK(decode_config(encode_config(config).value(), "repo").value() == config);
}

TEST_CASE("format/repository_config: null, an empty map and absence all mean that nothing is set") {
  CHECK(parsed("null") == RepositoryConfig());
  CHECK(parsed("{}") == RepositoryConfig());
  CHECK(parsed(R"({"inline_chunk_threshold_bytes": null, "storage": null, "caching": null,
                   "manifest": {"preload": null, "splitting": {"split_sizes": null}}, "repo_update_retries": {"default": null}})") ==
        RepositoryConfig());
  CHECK(config_json(RepositoryConfig()).text() == "{}");
  CHECK(decode_config(encode_config(RepositoryConfig()).value(), "repo").value() == RepositoryConfig());
  CHECK(parsed(R"({"manifest": {"splitting": {"split_sizes": []}}})").manifest.splitting.split_sizes.has_value());
}

TEST_CASE("format/repository_config: fields that are not known are kept, wherever they stand") {
  const auto text = R"({"future": [1, {"a": null}], "caching": {"num_things": 3}, "manifest": {"preload": {"x": "y"}, "z": 1}})";
  RepositoryConfig config = parsed(text);
  config.compression.level = 2;
  const Json written = config_json(config);
  CHECK(written.find("future")->text() == R"([1,{"a":null}])");
  CHECK(written.find("caching")->text() == R"({"num_things":3})");
  CHECK(written.find("manifest")->text() == R"({"preload":{"x":"y"},"z":1})");
  CHECK(written.find("compression")->text() == R"({"level":2})");
  CHECK(decode_config(encode_config(config).value(), "repo").value() == config);
}

TEST_CASE("format/repository_config: what is wrong is named by its field") {
  const auto refusal = [](std::string_view text) {
    const auto config = parse_config(json(text), "config.yaml");
    REQUIRE_FALSE(config);
    CHECK(config.error().key() == "config.yaml");
    return std::pair(config.error().code(), std::string(config.error().what()));
  };
  const auto check = [&](std::string_view text, errc code, std::string_view field) {
    INFO(text);
    const auto [is, message] = refusal(text);
    CHECK(is == code);
    INFO(message);
    CHECK(message.find("`" + std::string(field) + "`") != message.npos);
  };
  const auto rule = [](std::string_view condition, std::string_view dimensions) {
    return R"({"manifest": {"splitting": {"split_sizes": [["any_array", []], [)" + std::string(condition) + ", " +
           std::string(dimensions) + "]]}}}";
  };
  check("[]", errc::corrupt, "");
  check(R"({"inline_chunk_threshold_bytes": 65536})", errc::corrupt, "inline_chunk_threshold_bytes");
  check(R"({"inline_chunk_threshold_bytes": -1})", errc::corrupt, "inline_chunk_threshold_bytes");
  check(R"({"inline_chunk_threshold_bytes": "512"})", errc::corrupt, "inline_chunk_threshold_bytes");
  check(R"({"compression": {"level": 2.5}})", errc::corrupt, "compression.level");
  check(R"({"compression": {"algorithm": "lzma"}})", errc::unsupported_format, "compression.algorithm");
  check(R"({"compression": 3})", errc::corrupt, "compression");
  check(R"({"storage": [1]})", errc::corrupt, "storage");
  check(R"({"previous_file": 1})", errc::corrupt, "previous_file");
  check(R"({"repo_update_retries": {"default": {"max_tries": 0}}})", errc::corrupt, "repo_update_retries.default");
  const std::string at = "manifest.splitting.split_sizes";
  check(R"({"manifest": {"splitting": {"split_sizes": {}}}})", errc::corrupt, at);
  check(R"({"manifest": {"splitting": {"split_sizes": [["any_array"]]}}})", errc::corrupt, at + "[0]");
  check(rule(R"("some_arrays")", "[]"), errc::unsupported_format, at + "[1]");
  check(rule(R"({"num_refs": {"from": "Unbounded", "to": "Unbounded"}})", "[]"), errc::unsupported_format, at + "[1]");
  check(rule(R"({"or": [{"and": ["never"]}]})", "[]"), errc::unsupported_format, at + "[1][0][0]");
  check(rule(R"({"path_matches": {}})", "[]"), errc::corrupt, at + "[1]");
  check(rule(R"({"path_matches": {"regex": 1}})", "[]"), errc::corrupt, at + "[1]");
  check(rule(R"("any_array")", R"([{"condition": "Any", "num_chunks": 0}])"), errc::corrupt, at + "[1][0]");
  check(rule(R"("any_array")", R"([{"condition": "Some", "num_chunks": 1}])"), errc::unsupported_format, at + "[1][0]");
  check(rule(R"("any_array")", R"([{"condition": {"Axis": -1}, "num_chunks": 1}])"), errc::corrupt, at + "[1][0]");
  check(rule(R"("any_array")", R"([{"num_chunks": 1}])"), errc::corrupt, at + "[1][0]");
  check(R"({"manifest": {"preload": {"preload_if": "any_array"}}})", errc::unsupported_format, "manifest.preload.preload_if");
  check(R"({"manifest": {"preload": {"preload_if": {"num_refs": {"from": "None", "to": "Unbounded"}}}}})",
        errc::unsupported_format, "manifest.preload.preload_if");
}

TEST_CASE("format/repository_config: bytes that are no configuration are corrupt, however they are cut") {
  const Bytes whole = encode_config(parsed(everything)).value();
  for (std::size_t kept = 0; kept != whole.size(); ++kept) {
    const auto cut = decode_config(varve::ByteView(whole).first(kept), "repo");
    if (!cut) CHECK((cut.error().code() == errc::corrupt || cut.error().code() == errc::unsupported_format));
  }
  for (std::size_t at = 0; at != whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] ^= std::byte{0xff};
    const auto read = decode_config(changed, "repo");
    if (!read) CHECK((read.error().code() == errc::corrupt || read.error().code() == errc::unsupported_format));
  }
}

TEST_CASE("format/repository_config: what nobody could read again is not written") {
  RepositoryConfig config;
  config.manifest.splitting.split_sizes = {SplitRule{{}, {SplitDimension{0}}}};
  CHECK(encode_config(config).error().code() == errc::invalid_argument);
  config.manifest.splitting.split_sizes = {SplitRule{{ArrayCondition::Kind::never}, {SplitDimension{1}}}};
  CHECK(encode_config(config).error().code() == errc::invalid_argument);
  config = {};
  config.repo_update_retries.standard.max_tries = 0;
  CHECK(encode_config(config).error().code() == errc::invalid_argument);
  config = {};
  config.other.emplace_back("compression", 3);
  CHECK(encode_config(config).error().code() == errc::invalid_argument);
}

TEST_CASE("format/repository_config: one is merged over another field by field, rules and containers as a whole") {
  const RepositoryConfig base = parsed(everything);
  const RepositoryConfig over = parsed(R"({"compression": {"level": 1}, "storage": {"retries": {"max_tries": 7}},
      "virtual_chunk_containers": {"gs://c/": {}},
      "manifest": {"preload": {"max_total_refs": 1}, "splitting": {"split_sizes": []}}, "future": 1})");
  const RepositoryConfig merged = merge_config(base, over).value();
  CHECK(merged.inline_chunk_threshold_bytes == 100);
  CHECK(merged.compression.level == 1);
  CHECK(merged.compression.algorithm == CompressionConfig::Algorithm::zstd);
  CHECK(merged.storage.text() == R"({"retries":{"max_tries":7},"unsafe_use_conditional_update":false})");
  CHECK(merged.virtual_chunk_containers.text() == R"({"gs://c/":{}})");
  CHECK(merged.manifest.preload.max_total_refs == 1);
  CHECK_FALSE(merged.manifest.preload.preload_if);
  CHECK(merged.manifest.splitting.split_sizes->empty());
  CHECK(merged.manifest.max_concurrent_manifest_fetches_during_commit == 19);
  CHECK(merged.other == Json::Object{{"future", 1}});
  CHECK(merge_config(base, {}).value() == base);
  CHECK(merge_config({}, base).value() == base);
}

TEST_CASE("format/repository_config: the YAML of format 1 means the same") {
  const auto value = parse_config_yaml(R"(
inline_chunk_threshold_bytes: 10
manifest:
  splitting:
    split_sizes:
    - - !name_matches
        regex: foo
      - - condition: !Axis 0
          num_chunks: 2
    - - any_array
      - - condition: Any
          num_chunks: 7
)", "config.yaml");
  REQUIRE(value);
  CHECK(parse_config(*value, "config.yaml").value() ==
        parsed(R"({"inline_chunk_threshold_bytes": 10, "manifest": {"splitting": {"split_sizes": [
            [{"name_matches": {"regex": "foo"}}, [{"condition": {"Axis": 0}, "num_chunks": 2}]],
            ["any_array", [{"condition": "Any", "num_chunks": 7}]]]}}})"));
}
