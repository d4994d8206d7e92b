// SPDX-License-Identifier: Apache-2.0
// Context: what all sessions of one open repository share: the store, the cache, the threads, the options and the last
// state of `repo` that anybody here has seen.
#pragma once

#include <varve/async/semaphore.hpp>
#include <varve/async/single_flight.hpp>
#include <varve/cache/cache.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/commit_queue.hpp>
#include <varve/session/courtesy.hpp>
#include <varve/session/settings.hpp>
#include <varve/storage/backend.hpp>

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

template <class Storage, class CacheType>
struct Context {
  Context(Storage store, CacheType kept, Options given)
      : storage(std::move(store)), cache(std::move(kept)), options(std::move(given)), bytes_in_flight(options.bytes_in_flight),
        settings_(std::make_shared<const Settings>(settle(options, options.config, std::nullopt))) {
    use_runtime(storage, options.runtime);
  }

  Storage storage;
  CacheType cache;
  const Options options;
  SingleFlight<CacheKey, CacheEntry> flights;
  Semaphore bytes_in_flight;
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
    if (!same) settings_ = std::make_shared<const Settings>(settle(options, created_ ? RepositoryConfig() : options.config, state->info.config));
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

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const RepoState> known_;
  std::shared_ptr<const Settings> settings_;
  std::atomic<bool> created_ = false;
};

}  // namespace varve::inline v0
