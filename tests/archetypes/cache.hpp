// SPDX-License-Identifier: Apache-2.0
// The smallest type that is a Cache and keeps something.
#pragma once

#include <varve/cache/cache.hpp>

#include <map>
#include <memory>
#include <mutex>

namespace archetypes {

class SmallestCache {
 public:
  std::optional<varve::CacheEntry> find(const varve::CacheKey& key) {
    const std::scoped_lock lock(state_->mutex);
    const auto at = state_->entries.find(key);
    if (at == state_->entries.end()) return std::nullopt;
    return at->second;
  }
  void insert(const varve::CacheKey& key, varve::CacheEntry entry) {
    const std::scoped_lock lock(state_->mutex);
    state_->entries[key] = std::move(entry);
  }
  bool admits(varve::CacheKind kind, std::uint64_t) const { return kind != varve::CacheKind::chunk; }

 private:
  struct State {
    std::mutex mutex;
    std::map<varve::CacheKey, varve::CacheEntry> entries;
  };
  std::unique_ptr<State> state_ = std::make_unique<State>();
};
static_assert(varve::expect_cache<SmallestCache>());

}  // namespace archetypes
