// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/transpose.hpp>

#include "support/doctest.hpp"

using varve::Json;
using varve::codec::Transpose;
using Order = std::vector<std::size_t>;

TEST_CASE("codec/transpose: the order is a permutation of the dimensions") {
  const auto codec = Transpose::from_configuration(varve::codec::transpose({2, 0, 1}).configuration).value();
  CHECK(codec.permutation(3).value() == Order{2, 0, 1});
  CHECK_FALSE(codec.permutation(2));
  CHECK_FALSE(codec.permutation(4));
  CHECK_FALSE(Transpose{{0, 0}}.permutation(2));
  CHECK_FALSE(Transpose{{0, 2}}.permutation(2));
  CHECK(Transpose{{}}.permutation(0).value().empty());
}

TEST_CASE("codec/transpose: old files name the order C or F") {
  const auto f = Transpose::from_configuration(Json::Object{{"order", "F"}}).value();
  CHECK(f.permutation(3).value() == Order{2, 1, 0});
  CHECK(f.configuration() == Json(Json::Object{{"order", "F"}}));
  CHECK(Transpose::from_configuration(Json::Object{{"order", "C"}}).value().permutation(3).value() == Order{0, 1, 2});
}

TEST_CASE("codec/transpose: anything else is bad metadata") {
  for (const Json& order : {Json("K"), Json(1), Json(Json::Array{Json(-1)}), Json(Json::Array{Json("0")}), Json()}) {
    const auto codec = Transpose::from_configuration(Json::Object{{"order", order}});
    REQUIRE_FALSE(codec);
    CHECK(codec.error().code() == varve::errc::bad_metadata);
  }
  CHECK_FALSE(Transpose::from_configuration(Json()));
}
