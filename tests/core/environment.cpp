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
