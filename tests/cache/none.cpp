#include <varve/cache/none.hpp>

#include "support/doctest.hpp"

TEST_CASE("cache/none: keeps nothing") {
  varve::cache::None cache;
  varve::CacheEntry entry;
  entry.bytes = std::make_shared<const varve::Bytes>(10);
  cache.insert(varve::CacheKey(), entry);
  CHECK_FALSE(cache.find(varve::CacheKey()));
  CHECK_FALSE(cache.admits(varve::CacheKind::manifest, 0));
}
