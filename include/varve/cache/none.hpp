// SPDX-License-Identifier: Apache-2.0
// None: a cache that keeps nothing, for programs that read everything once and want the memory themselves.
#pragma once

#include <varve/cache/cache.hpp>

#include <cstdint>
#include <optional>

namespace varve::inline v0::cache {

struct None {
  std::optional<CacheEntry> find(const CacheKey&) { return std::nullopt; }
  void insert(const CacheKey&, const CacheEntry&) {}
  bool admits(CacheKind, std::uint64_t) const { return false; }
};
static_assert(Cache<None>);

}  // namespace varve::inline v0::cache
