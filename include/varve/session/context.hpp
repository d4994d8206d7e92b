// SPDX-License-Identifier: Apache-2.0
// Context: what all sessions of one open repository share: the store, the cache, the threads, the options and the last
// state of `repo` that anybody here has seen.
#pragma once

#include <varve/async/semaphore.hpp>
#include <varve/async/single_flight.hpp>
#include <varve/cache/cache.hpp>
#include <varve/codec/erased.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/commit_queue.hpp>
#include <varve/session/courtesy.hpp>
#include <varve/session/settings.hpp>
#include <varve/storage/erased.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// The state of a repository as one read of it showed.
struct RepoState {
  std::uint8_t spec_version = 2;  ///< 1: refs are objects of their own, `info` holds just them, and nothing is written
  format::RepoInfo info;
  VersionTag version;
};

/// The store and the cache stand here without their types: beside a request and the frame of a coroutine a virtual call is
/// nothing, and so the whole engine is compiled once.
struct Context {
  Context(std::unique_ptr<storage::erased::Store> store, std::unique_ptr<detail::ErasedCache> kept, codec::ErasedCompile codecs, Options given)
      : storage(*store), cache(*kept), compile(codecs), options(std::move(given)), bytes_in_flight(options.bytes_in_flight),
        storage_(std::move(store)), cache_(std::move(kept)),
        settings_(std::make_shared<const Settings>(settle(options, options.config, std::nullopt))) {
    storage.use_runtime(options.runtime);
    apply(*settings_);
  }

  storage::erased::Store& storage;
  detail::ErasedCache& cache;
  const codec::ErasedCompile compile;  ///< of the repository's codecs
  const Options options;
  SingleFlight<CacheKey, CacheEntry> flights;
  Semaphore bytes_in_flight;
  Semaphore decodes{1};  ///< of metadata files
  /// Updates of `repo` from this process queue here instead of racing each other through the store.
  Semaphore update_turn{1};
  detail::CommitQueue commits;
  detail::Courtesy courtesy;

  std::shared_ptr<const RepoState> known() const {
    const std::scoped_lock lock(mutex_);
    return known_;
  }
  void learn(std::shared_ptr<const RepoState> state) {
    const std::scoped_lock lock(mutex_);
    const bool same = (known_ ? known_->info.config : std::nullopt) == state->info.config;
    if (!same) {
      settings_ = std::make_shared<const Settings>(settle(options, created_ ? RepositoryConfig() : options.config, state->info.config));
      apply(*settings_);
    }
    known_ = std::move(state);
  }
  /// From now on Options::config, which has become the repository's, overrides nothing.
  void learn_created(std::shared_ptr<const RepoState> state) {
    created_ = true;
    learn(std::move(state));
  }
  /// What holds under the configuration of the last known state.
  std::shared_ptr<const Settings> settings() const {
    const std::scoped_lock lock(mutex_);
    return settings_;
  }
  /// Settings::concurrency, for paths that are too hot for `settings`.
  std::size_t concurrency() const { return concurrency_.load(std::memory_order_relaxed); }

 private:
  void apply(const Settings& settings) {
    concurrency_.store(settings.concurrency, std::memory_order_relaxed);
    decodes.resize(settings.decodes.value_or(std::size_t{1} << 30));  // the threads are the limit
    cache.suggest(settings.cache);
  }

  const std::unique_ptr<storage::erased::Store> storage_;
  const std::unique_ptr<detail::ErasedCache> cache_;
  mutable std::mutex mutex_;
  std::shared_ptr<const RepoState> known_;
  std::shared_ptr<const Settings> settings_;
  std::atomic<bool> created_ = false;
  std::atomic<std::size_t> concurrency_ = 0;
};

/// The context of a repository that is composed of these.
template <class Codecs, Backend Storage, Cache CacheType>
std::shared_ptr<Context> make_context(Storage storage, CacheType cache, Options options) {
  return std::make_shared<Context>(std::make_unique<storage::erased::StoreOf<Storage>>(std::move(storage)),
                                   std::make_unique<detail::ErasedCacheOf<CacheType>>(std::move(cache)),
                                   &codec::compile_erased<Codecs>, std::move(options));
}

}  // namespace varve::inline v0
