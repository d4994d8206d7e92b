// expect: Cache needs std::optional<CacheEntry> find(const CacheKey&)
#include <varve/cache/cache.hpp>

struct Cache {
#if defined(VARVE_REPAIRED)
  std::optional<varve::CacheEntry> find(const varve::CacheKey&);
#else
  const varve::CacheEntry* find(const varve::CacheKey&);
#endif
  void insert(const varve::CacheKey&, varve::CacheEntry);
  bool admits(varve::CacheKind, std::uint64_t) const;
};
static_assert(varve::expect_cache<Cache>());
