// SPDX-License-Identifier: Apache-2.0
// Cache: what of a repository is kept in memory. Everything but `repo` is immutable under a random name, so nothing in
// a cache ever goes stale; a cache only decides what to forget.
#pragma once

#include <varve/core/bytes.hpp>

#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace varve::inline v0 {

/// What an entry holds: the decompressed body of a metadata file, or the bytes of a chunk as stored.
enum class CacheKind : std::uint8_t { snapshot, manifest, transaction_log, chunk };

struct CacheKey {
  CacheKind kind{};
  std::array<std::uint8_t, 12> id{};  ///< of the object
  std::uint64_t offset = 0;           ///< of a chunk within its object
  friend auto operator<=>(const CacheKey&, const CacheKey&) = default;
};

/// Bytes that the cache and its users share; `version` is the spec version byte of the file they came from.
struct CacheEntry {
  std::shared_ptr<const Bytes> bytes;
  std::uint8_t version = 0;
};

/// How much the configuration of a repository wants kept, in bytes; it need not say.
struct CacheBudget {
  std::optional<std::uint64_t> metadata_bytes{};
  std::optional<std::uint64_t> chunk_bytes{};
  friend bool operator==(const CacheBudget&, const CacheBudget&) = default;
};

template <class C>
concept CacheFinds = requires(C& cache, const CacheKey& key) {
  { cache.find(key) } -> std::same_as<std::optional<CacheEntry>>;
};
template <class C>
concept CacheInserts = requires(C& cache, const CacheKey& key, CacheEntry entry) { cache.insert(key, entry); };
template <class C>
concept CacheAdmits = requires(const C& cache, CacheKind kind, std::uint64_t bytes) {
  { cache.admits(kind, bytes) } -> std::same_as<bool>;
};

/// What a repository keeps in memory.
///   cache.find(key)           the entry, or `nullopt`
///   cache.insert(key, entry)  keeps it, or not
///   cache.admits(kind, size)  whether an entry of that kind and size would be kept; if not, a chunk is read straight
///                             into its destination
///   cache.suggest(budget)     need not be there: is told what the configuration of the repository says, when that becomes
///                             known and when it changes
/// Overlap: calls come from several threads at once.
template <class C>
concept Cache = std::move_constructible<C> && CacheFinds<C> && CacheInserts<C> && CacheAdmits<C>;

/// Reports the first requirement that `C` misses, in one line, before deeper errors appear.
template <class C>
consteval bool expect_cache() {
  static_assert(std::move_constructible<C>, "Cache must be move constructible: it is passed by value");
  static_assert(CacheFinds<C>, "Cache needs std::optional<CacheEntry> find(const CacheKey&)");
  static_assert(CacheInserts<C>, "Cache needs void insert(const CacheKey&, CacheEntry)");
  static_assert(CacheAdmits<C>, "Cache needs bool admits(CacheKind, std::uint64_t bytes) const");
  return true;
}

namespace detail {

/// A cache whose type has been erased: what the engine works with, which is compiled once for all caches.
struct ErasedCache {
  virtual ~ErasedCache() = default;
  virtual std::optional<CacheEntry> find(const CacheKey& key) = 0;
  virtual void insert(const CacheKey& key, CacheEntry entry) = 0;
  virtual bool admits(CacheKind kind, std::uint64_t bytes) const = 0;
  virtual void suggest(const CacheBudget& budget) = 0;
};

template <Cache C>
struct ErasedCacheOf final : ErasedCache {
  explicit ErasedCacheOf(C kept) : cache(std::move(kept)) {}
  std::optional<CacheEntry> find(const CacheKey& key) override { return cache.find(key); }
  void insert(const CacheKey& key, CacheEntry entry) override { cache.insert(key, std::move(entry)); }
  bool admits(CacheKind kind, std::uint64_t bytes) const override { return cache.admits(kind, bytes); }
  void suggest(const CacheBudget& budget) override {
    if constexpr (requires { cache.suggest(budget); }) cache.suggest(budget);
  }

  C cache;
};

}  // namespace detail

}  // namespace varve::inline v0
