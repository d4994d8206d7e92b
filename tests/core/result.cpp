#include <varve/core/result.hpp>

#include "support/doctest.hpp"

#include <memory>
#include <string>

using varve::errc;
using varve::Error;
using varve::Result;

TEST_CASE("core/result: holds a value, also one that can only be moved") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(4);
  REQUIRE(result);
  CHECK(**result == 4);
  const std::unique_ptr<int> taken = std::move(result).value();
  CHECK(*taken == 4);
  const Result<std::string> text = "converted";
  CHECK(text->size() == 9);
  CHECK(text.value_or("other") == "converted");
}

TEST_CASE("core/result: holds an error, which value() throws as the type of its code") {
  const Result<int> missing = Error(errc::node_not_found, "open array", "/a");
  CHECK_FALSE(missing);
  CHECK(missing.error().key() == "/a");
  CHECK(missing.value_or(3) == 3);
  CHECK_THROWS_AS(missing.value(), varve::NotFoundError);
  const Result<void> denied = Error(errc::denied, "write");
  CHECK_FALSE(denied);
  CHECK_THROWS_AS(denied.value(), varve::PermissionError);
  CHECK_NOTHROW(Result<void>().value());
}

TEST_CASE("core/result: a default one waits, as asio::co_spawn needs it") {
  const Result<int> result;
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == errc::cancelled);
}
