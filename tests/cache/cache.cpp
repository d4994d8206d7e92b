#include <varve/cache/cache.hpp>

#include "archetypes/cache.hpp"
#include "support/doctest.hpp"

TEST_CASE("cache/cache: the smallest cache finds what it was given") {
  archetypes::SmallestCache cache;
  varve::CacheKey key;
  key.kind = varve::CacheKind::snapshot;
  CHECK_FALSE(cache.find(key));
  varve::CacheEntry entry;
  entry.bytes = std::make_shared<const varve::Bytes>(10);
  cache.insert(key, entry);
  REQUIRE(cache.find(key));
  CHECK(cache.find(key)->bytes == entry.bytes);
  CHECK(cache.admits(varve::CacheKind::manifest, 10));
  CHECK_FALSE(cache.admits(varve::CacheKind::chunk, 10));
}
