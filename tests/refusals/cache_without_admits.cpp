// expect: Cache needs bool admits(CacheKind, std::uint64_t bytes) const
#include <varve/cache/cache.hpp>

struct Cache {
  std::optional<varve::CacheEntry> find(const varve::CacheKey&);
  void insert(const varve::CacheKey&, varve::CacheEntry);
#if defined(VARVE_REPAIRED)
  bool admits(varve::CacheKind, std::uint64_t) const;
#endif
};
static_assert(varve::expect_cache<Cache>());
