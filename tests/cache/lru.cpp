#include <varve/cache/lru.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <thread>
#include <vector>

using varve::CacheEntry;
using varve::CacheKey;
using varve::CacheKind;
using varve::cache::Lru;

namespace {

CacheKey key_of(unsigned number, CacheKind kind = CacheKind::manifest) {
  CacheKey key;
  key.kind = kind;
  for (std::size_t i = 0; i != 4; ++i) key.id[i] = static_cast<std::uint8_t>(number >> (8 * i));
  key.id[8] = 1;
  return key;
}

CacheEntry entry_of(std::size_t size, std::uint64_t seed = 1) {
  CacheEntry entry;
  entry.bytes = std::make_shared<const varve::Bytes>(support::noise(size, seed));
  entry.version = static_cast<std::uint8_t>(seed);
  return entry;
}

Lru cache_of(std::uint64_t metadata, std::uint64_t chunks) {
  Lru::Options options;
  options.metadata_bytes = metadata;
  options.chunk_bytes = chunks;
  return Lru(options);
}

}  // namespace

TEST_CASE("cache/lru: finds what was inserted, and shares its bytes") {
  Lru cache;
  CHECK_FALSE(cache.find(key_of(1)));
  const CacheEntry entry = entry_of(100, 7);
  cache.insert(key_of(1), entry);
  const auto found = cache.find(key_of(1));
  REQUIRE(found);
  CHECK(found->bytes == entry.bytes);
  CHECK(found->version == 7);
  CHECK_FALSE(cache.find(key_of(2)));
  CHECK_FALSE(cache.find(key_of(1, CacheKind::snapshot)));
}

TEST_CASE("cache/lru: chunks of one object are told apart by their offset") {
  Lru cache = cache_of(0, 1 << 20);
  CacheKey key = key_of(1, CacheKind::chunk);
  for (key.offset = 0; key.offset != 1000; key.offset += 100) cache.insert(key, entry_of(10, key.offset));
  for (key.offset = 0; key.offset != 1000; key.offset += 100) {
    REQUIRE(cache.find(key));
    CHECK(*cache.find(key)->bytes == support::noise(10, key.offset));
  }
}

TEST_CASE("cache/lru: never holds more than its bytes, and keeps what was used last") {
  Lru cache = cache_of(100'000, 0);
  for (unsigned i = 0; i != 1000; ++i) {
    cache.insert(key_of(i), entry_of(1000));
    CHECK(cache.size_bytes() <= 100'000);
    cache.find(key_of(0));  // used all the time
  }
  CHECK(cache.size_bytes() > 90'000);
  CHECK(cache.find(key_of(0)));
  CHECK(cache.find(key_of(999)));
  CHECK_FALSE(cache.find(key_of(1)));
}

TEST_CASE("cache/lru: an entry larger than the budget is not admitted and pushes nothing out") {
  Lru cache = cache_of(10'000, 5000);
  cache.insert(key_of(1), entry_of(1000));
  CHECK_FALSE(cache.admits(CacheKind::manifest, 10'000));
  cache.insert(key_of(2), entry_of(10'000));
  CHECK(cache.find(key_of(1)));
  CHECK_FALSE(cache.find(key_of(2)));
  CHECK(cache.admits(CacheKind::manifest, 9000));
  cache.insert(key_of(3), entry_of(9000));
  CHECK(cache.find(key_of(3)));
  CHECK_FALSE(cache.find(key_of(1)));
  CHECK(cache.admits(CacheKind::chunk, 4000));
  CHECK_FALSE(cache.admits(CacheKind::chunk, 5000));
}

TEST_CASE("cache/lru: chunks have a budget of their own, which is nothing by default") {
  Lru cache;
  CHECK_FALSE(cache.admits(CacheKind::chunk, 0));
  cache.insert(key_of(1, CacheKind::chunk), entry_of(0));
  CHECK_FALSE(cache.find(key_of(1, CacheKind::chunk)));
  CHECK(cache.admits(CacheKind::manifest, 100 << 20));
  Lru both = cache_of(10'000, 10'000);
  both.insert(key_of(1), entry_of(5000));
  for (unsigned i = 0; i != 100; ++i) both.insert(key_of(i, CacheKind::chunk), entry_of(1000));
  CHECK(both.find(key_of(1)));
}

TEST_CASE("cache/lru: an entry without bytes is no entry") {
  Lru cache;
  cache.insert(key_of(1), CacheEntry());
  CHECK_FALSE(cache.find(key_of(1)));
}

TEST_CASE("cache/lru: copies of a handle are one cache") {
  Lru cache;
  Lru copy = cache;
  cache.insert(key_of(1), entry_of(10));
  CHECK(copy.find(key_of(1)));
  Lru moved = std::move(cache);
  CHECK(moved.find(key_of(1)));
}

TEST_CASE("cache/lru: threads that insert and find see whole entries and keep the budget") {
  Lru cache = cache_of(200'000, 0);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (unsigned t = 0; t != 4; ++t) {
    threads.emplace_back([&, t] {
      for (unsigned i = 0; i != 2000; ++i) {
        const unsigned number = (i * 7 + t * 13) % 500;
        if (const auto found = cache.find(key_of(number))) {
          if (found->bytes->size() != 100 + number) ++wrong;
        } else {
          cache.insert(key_of(number), entry_of(100 + number, number));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(cache.size_bytes() <= 200'000);
}

TEST_CASE("cache/lru: what its options leave open follows the configuration of the repository") {
  Lru cache;
  CHECK_FALSE(cache.admits(CacheKind::chunk, 1));
  CHECK(cache.admits(CacheKind::manifest, 400 << 20));
  cache.suggest({100'000, 50'000});
  CHECK_FALSE(cache.admits(CacheKind::manifest, 100'001));
  CHECK(cache.admits(CacheKind::chunk, 40'000));
  for (unsigned i = 0; i != 100; ++i) cache.insert(key_of(i), entry_of(1000));
  CHECK(cache.size_bytes() > 50'000);
  cache.suggest({10'000, std::nullopt});
  CHECK(cache.size_bytes() <= 10'000);
  CHECK(cache.find(key_of(99)));
  CHECK_FALSE(cache.admits(CacheKind::chunk, 1));
  cache.suggest({});
  CHECK(cache.admits(CacheKind::manifest, 400 << 20));

  Lru own = cache_of(1000, 2000);
  own.suggest({100'000, 50'000});
  CHECK_FALSE(own.admits(CacheKind::manifest, 2000));
  CHECK_FALSE(own.admits(CacheKind::chunk, 2001));
}
