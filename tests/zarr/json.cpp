// SPDX-License-Identifier: Apache-2.0
#include <varve/zarr/json.hpp>

#include "support/doctest.hpp"

namespace zarr = varve::zarr;

static bool is_bad(const auto& result) { return !result && result.error().code() == varve::errc::bad_metadata; }

TEST_CASE("zarr/json: values of every kind are parsed and written back") {
  for (const char* text : {"null", "true", "false", "0", "-7", "9223372036854775807", "18446744073709551615", "1.5", "-0.0",
                           R"("a\n\"\\é")", "[]", "{}", R"([1,[2,{"a":[]}],"x"])", R"({"b":1,"a":{"c":null}})"}) {
    const auto value = zarr::parse_json(text, "test");
    REQUIRE(value);
    CHECK(value->text() == text);
  }
  CHECK(zarr::parse_json(R"("\u00e9\ud83e\uddca")", "test").value() == varve::Json("é🧊"));
  CHECK(zarr::parse_json(" [ 1 ,\n2 ]\t", "test").value().text() == "[1,2]");
  CHECK(zarr::parse_json("1", "test").value().as_int());
  CHECK(zarr::parse_json("1.0", "test").value().as_double());
}

TEST_CASE("zarr/json: text that is no JSON value is bad metadata that names its origin") {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":}", "{a:1}", "nul", "NaN", "01", "1.", "\"a", "\"\\x\"", "[1] 2",
                           "\"\xFF\"", "1e999", "{\"a\":1,}"}) {
    INFO(std::string(text));
    const auto value = zarr::parse_json(text, "/t2m");
    REQUIRE(is_bad(value));
    CHECK(value.error().key() == "/t2m");
  }
}

TEST_CASE("zarr/json: depth is bounded") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(zarr::parse_json(nested(100), "test"));
  CHECK(is_bad(zarr::parse_json(nested(200), "test")));
  CHECK(is_bad(zarr::parse_json(nested(1'000'000), "test")));
  CHECK(zarr::parse_members("{\"a\":" + nested(100) + "}", "test"));
  CHECK(is_bad(zarr::parse_members("{\"a\":" + nested(1'000'000) + "}", "test")));
  CHECK(is_bad(zarr::parse_members(std::string(1'000'000, '{'), "test")));
}

TEST_CASE("zarr/json: members are slices of the text") {
  const std::string text = " {\n  \"a\" : [1, {\"b\": \"}\"}] ,\"\\u0063\":1e5, \"big\": 123456789012345678901234567890 } ";
  const auto members = zarr::parse_members(text, "test");
  REQUIRE(members);
  REQUIRE(members->size() == 3);
  CHECK((*members)[0].name == "a");
  CHECK((*members)[0].value == R"([1, {"b": "}"}])");
  CHECK((*members)[1].name == "c");
  CHECK((*members)[1].value == "1e5");
  CHECK((*members)[2].value == "123456789012345678901234567890");
  CHECK(zarr::parse_members("{}", "test").value().empty());
}

TEST_CASE("zarr/json: the members of what is no object are refused") {
  for (const char* text : {"", "[]", "1", "{", "{\"a\"}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\":01}", "{\"a\":1.}",
                           "{\"a\":1e}", "{\"a\":-}", "{\"a\":+1}", "{\"a\":NaN}", "{\"a\":\"\\q\"}", "{\"a\":\"\\u12g4\"}",
                           "{\"a\":\"\n\"}", "{} x", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"a\":tru}",
                           "{\"a\":[1,]}", "{\"a\":[1}", "{\"a\":\"\xC3\"}", "{\"a\":\"", "{\"\\ud800\":1}"}) {
    INFO(std::string(text));
    CHECK(is_bad(zarr::parse_members(text, "test")));
  }
}

TEST_CASE("zarr/json: replacing a member leaves every other byte alone") {
  const std::string text = "{\n \"a\":  [1],\n \"b\" : {\"a\": 2}\n}\n";
  CHECK(zarr::with_member(text, "a", "3", "test").value() == "{\n \"a\":  3,\n \"b\" : {\"a\": 2}\n}\n");
  CHECK(zarr::with_member(text, "b", "{}", "test").value() == "{\n \"a\":  [1],\n \"b\" : {}\n}\n");
  CHECK(zarr::with_member(text, "c\"", "3", "test").value() ==
        "{\n \"a\":  [1],\n \"b\" : {\"a\": 2},\n  \"c\\\"\": 3\n}\n");
  CHECK(zarr::with_member("{ }", "a", "1", "test").value() == "{ \n  \"a\": 1\n}");
  CHECK(is_bad(zarr::with_member("[]", "a", "1", "test")));
}
