// SPDX-License-Identifier: Apache-2.0
// Lru: keeps what was used last, within a number of bytes. Metadata and chunks have budgets of their own, so that a scan
// over an array never pushes out the manifests that it needs.
#pragma once

#include <varve/cache/cache.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace varve::inline v0::cache {

/// What its options leave open is what the configuration of the repository says, of the one that was opened last if
/// several share it, or else 512 MiB for metadata and nothing for chunks.
/// Thread-safe. A handle is one pointer: its copies are the same cache, which repositories of one process may share,
/// since object ids are random.
class Lru {
 public:
  struct Options {
    std::optional<std::uint64_t> metadata_bytes{};  ///< of decompressed snapshots, logs and manifests, where a ref of a native
                                                    ///< chunk takes 50 bytes and a virtual one its URL more
    std::optional<std::uint64_t> chunk_bytes{};  ///< of chunks as stored; 0 reads each chunk straight to its destination
  };

  Lru() : Lru(Options()) {}
  explicit Lru(Options options) : state_(std::make_shared<State>(options)) {}

  std::optional<CacheEntry> find(const CacheKey& key) { return state_->pool(key.kind).find(key); }
  void insert(const CacheKey& key, CacheEntry entry) { state_->pool(key.kind).insert(key, std::move(entry)); }
  bool admits(CacheKind kind, std::uint64_t bytes) const { return state_->pool(kind).admits(bytes); }

  /// Takes from `budget` what the options leave open.
  void suggest(const CacheBudget& budget) {
    state_->metadata.resize(state_->own.metadata_bytes.value_or(budget.metadata_bytes.value_or(default_metadata_bytes)));
    state_->chunks.resize(state_->own.chunk_bytes.value_or(budget.chunk_bytes.value_or(0)));
  }

  /// Bytes held now, of metadata and chunks together, with what keeping them costs.
  std::uint64_t size_bytes() const { return state_->metadata.used.load() + state_->chunks.used.load(); }

 private:
  static constexpr std::uint64_t default_metadata_bytes = 512 << 20;

  struct Hash {
    /// Ids are random, so their own bytes are hash enough; the offset tells the chunks of one object apart.
    std::size_t operator()(const CacheKey& key) const noexcept {
      std::uint64_t word = 0;
      std::memcpy(&word, key.id.data(), sizeof(word));
      return static_cast<std::size_t>((word ^ key.offset) * 0x9E3779B97F4A7C15U);
    }
  };
  struct Shard {
    using Item = std::pair<CacheKey, CacheEntry>;
    std::mutex mutex;
    std::list<Item> items;  // the last used first
    std::unordered_map<CacheKey, std::list<Item>::iterator, Hash> where;
  };

  /// What an entry takes besides its bytes, about.
  static constexpr std::uint64_t overhead = 192;

  /// One budget. Threads meet only in a shard; the budget is counted over all shards, because one manifest may be larger
  /// than an even share.
  struct Pool {
    explicit Pool(std::uint64_t bytes) : capacity(bytes) {}

    std::optional<CacheEntry> find(const CacheKey& key) {
      Shard& shard = shard_of(key);
      const std::scoped_lock lock(shard.mutex);
      const auto at = shard.where.find(key);
      if (at == shard.where.end()) return std::nullopt;
      shard.items.splice(shard.items.begin(), shard.items, at->second);
      return at->second->second;
    }

    void insert(const CacheKey& key, CacheEntry entry) {
      if (!entry.bytes || !admits(entry.bytes->size())) return;
      const std::uint64_t bytes = cost(entry);
      Shard& shard = shard_of(key);
      {
        const std::scoped_lock lock(shard.mutex);
        const auto at = shard.where.find(key);
        if (at != shard.where.end()) return;  // the bytes of a key never change
        shard.items.emplace_front(key, std::move(entry));
        shard.where.emplace(key, shard.items.begin());
        used.fetch_add(bytes);
      }
      shrink(static_cast<std::size_t>(&shard - shards.data()));
    }

    /// Forgets the oldest entries, one of each shard in turn, beginning after the shard that grew.
    void shrink(std::size_t grown) {
      std::size_t empty = 0;
      for (std::size_t i = grown + 1; used.load() > capacity.load() && empty != shards.size(); ++i) {
        Shard& shard = shards[i % shards.size()];
        std::list<Shard::Item> forgotten;  // freed after the lock
        const std::scoped_lock lock(shard.mutex);
        if (shard.items.empty()) {
          ++empty;
          continue;
        }
        empty = 0;
        forgotten.splice(forgotten.begin(), shard.items, std::prev(shard.items.end()));
        shard.where.erase(forgotten.front().first);
        used.fetch_sub(cost(forgotten.front().second));
      }
    }

    static std::uint64_t cost(const CacheEntry& entry) { return entry.bytes->size() + overhead; }
    Shard& shard_of(const CacheKey& key) { return shards[Hash()(key) >> 32 & (shards.size() - 1)]; }

    bool admits(std::uint64_t bytes) const {
      const std::uint64_t most = capacity.load(std::memory_order_relaxed);
      return bytes <= most && most - bytes >= overhead;
    }

    void resize(std::uint64_t bytes) {
      if (capacity.exchange(bytes) > bytes) shrink(0);
    }

    std::atomic<std::uint64_t> capacity;
    std::atomic<std::uint64_t> used = 0;
    std::array<Shard, 16> shards;
  };

  struct State {
    explicit State(Options options)
        : own(options), metadata(options.metadata_bytes.value_or(default_metadata_bytes)), chunks(options.chunk_bytes.value_or(0)) {}
    Pool& pool(CacheKind kind) { return kind == CacheKind::chunk ? chunks : metadata; }
    const Options own;
    Pool metadata;
    Pool chunks;
  };

  std::shared_ptr<State> state_;
};
static_assert(Cache<Lru>);

}  // namespace varve::inline v0::cache
