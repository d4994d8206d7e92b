#include <varve/core/json.hpp>

#include "support/doctest.hpp"

#include <cmath>
#include <limits>
#include <string>

using varve::Json;

TEST_CASE("core/json: text of every kind of value") {
  CHECK(Json().text() == "null");
  CHECK(Json(nullptr).text() == "null");
  CHECK(Json(true).text() == "true");
  CHECK(Json(false).text() == "false");
  CHECK(Json(-7).text() == "-7");
  CHECK(Json(std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
  CHECK(Json(std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
  CHECK(Json("text").text() == "\"text\"");
  CHECK(Json(Json::Array{1, "two", Json(), Json::Array{}}).text() == "[1,\"two\",null,[]]");
  CHECK(Json(Json::Object{{"b", 1}, {"a", Json::Object{}}}).text() == "{\"b\":1,\"a\":{}}");
}

TEST_CASE("core/json: a double is the shortest text that reads back, and stays a double") {
  CHECK(Json(0.1).text() == "0.1");
  CHECK(Json(1.0).text() == "1.0");
  CHECK(Json(-0.0).text() == "-0.0");
  CHECK(Json(1e300).text() == "1e+300");
  CHECK(Json(1.5F).text() == "1.5");
  CHECK(Json(std::nan("")).text() == "\"NaN\"");
  CHECK(Json(std::numeric_limits<double>::infinity()).text() == "\"Infinity\"");
  CHECK(Json(-std::numeric_limits<double>::infinity()).text() == "\"-Infinity\"");
}

TEST_CASE("core/json: strings escape what JSON demands and nothing else") {
  CHECK(Json("a\"b\\c\n\r\t").text() == R"("a\"b\\c\n\r\t")");
  CHECK(Json(std::string("\0\x01\x1f\x7f", 4)).text() == "\"\\u0000\\u0001\\u001f\x7f\"");
  CHECK(Json("é漢/").text() == "\"é漢/\"");
}

TEST_CASE("core/json: members are found by name, integers that fit are signed") {
  const Json value(Json::Object{{"n", std::uint64_t{5}}, {"big", std::numeric_limits<std::uint64_t>::max()}, {"s", "x"}});
  REQUIRE(value.find("n"));
  REQUIRE(value.find("n")->as_int());
  CHECK(*value.find("n")->as_int() == 5);
  CHECK(value.find("big")->as_int() == nullptr);
  CHECK(*value.find("big")->as_large_uint() == std::numeric_limits<std::uint64_t>::max());
  CHECK(value.find("none") == nullptr);
  CHECK(Json(3).find("n") == nullptr);
  CHECK(*value.find("s")->as_string() == "x");
  CHECK(value.find("s")->as_double() == nullptr);
  CHECK(Json(true).as_bool() != nullptr);
  CHECK(Json(1).as_bool() == nullptr);
  CHECK(Json(Json::Array{1}) == Json(Json::Array{std::uint8_t{1}}));
  CHECK(Json(1) != Json(1.0));
}
