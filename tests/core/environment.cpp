#include <varve/core/environment.hpp>

#include <varve/core/object_id.hpp>

#include "support/doctest.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

using varve::Environment;

TEST_CASE("core/environment: the clock is the system's, in microseconds") {
  const auto before = std::chrono::system_clock::now();
  const auto now = Environment().now();
  CHECK(now >= std::chrono::floor<std::chrono::microseconds>(before));
  CHECK(now <= std::chrono::system_clock::now());
}

TEST_CASE("core/environment: times are written as RFC 3339 has it") {
  const auto text = [](std::int64_t us) { return varve::rfc3339(varve::Timestamp(std::chrono::microseconds(us))); };
  CHECK(text(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(text(1'785'585'600'000'001) == "2026-08-01T12:00:00.000001Z");
  CHECK(text(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(text(253'402'300'799'999'999) == "9999-12-31T23:59:59.999999Z");
  CHECK(text(INT64_MAX) == "9223372036854775807 microseconds after 1970");
  CHECK(text(INT64_MIN) == "-9223372036854775808 microseconds after 1970");
}

TEST_CASE("core/environment: random bytes fill spans of any length") {
  const Environment environment;
  for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 1000U}) {
    std::vector<std::uint8_t> bytes(size, 0);
    environment.random(bytes);
    const auto distinct = std::set<std::uint8_t>(bytes.begin(), bytes.end()).size();
    if (size >= 255) CHECK(distinct > 100);
  }
}

TEST_CASE("core/environment: ids are fresh, or those of an injected source") {
  Environment environment;
  std::set<varve::ChunkId> ids;
  for (int i = 0; i != 1000; ++i) ids.insert(environment.new_id<varve::ChunkId>());
  CHECK(ids.size() == 1000);
  environment.random = [](std::span<std::uint8_t> bytes) { std::iota(bytes.begin(), bytes.end(), std::uint8_t{0}); };
  CHECK(environment.new_id<varve::NodeId>().to_string() == "000G40R40M30E");
}
