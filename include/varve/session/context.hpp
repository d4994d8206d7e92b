// SPDX-License-Identifier: Apache-2.0
// Context: what all sessions of one open repository share: the store, the cache, the threads, the options and the last
// state of `repo` that anybody here has seen.
#pragma once

#include <varve/async/runtime.hpp>
#include <varve/async/semaphore.hpp>
#include <varve/async/single_flight.hpp>
#include <varve/async/sleep.hpp>
#include <varve/cache/cache.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/json.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/session/commit_queue.hpp>
#include <varve/session/courtesy.hpp>
#include <varve/storage/backend.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// How a repository is opened. Every field has a good default; name the ones that differ.
struct Options {
  Runtime runtime{};                          ///< the shared runtime of the process if not given
  Environment environment{};                  ///< clock and random ids; tests inject their own
  std::size_t inline_chunk_bytes = 512;       ///< chunks of at most this many encoded bytes live inside the manifest
  std::uint64_t held_chunk_bytes = 4 << 20;   ///< encoded chunks that a session keeps, and stores with its commit; further
                                              ///< ones are stored when they are written
  std::uint64_t chunk_refs_per_manifest = 16 << 10;  ///< about: the chunk refs of larger arrays are shared out among several
  std::size_t concurrency = 64;               ///< requests to the store that one call has in flight at most
  std::uint64_t bytes_in_flight = 512 << 20;  ///< of chunks on their way, encoded and decoded, that all reads and writes
                                              ///< hold at most beside what they are given; of chunks below 512 KiB, each call
  int compression_level = 1;                  ///< zstd level of metadata files, 1 to 22. They are ids and offsets for the
                                              ///< most part: level 3 takes twice as long for a hundredth in size
  std::size_t update_tries = 100;             ///< how often a lost race for `repo` is run again
  Backoff update_backoff{};                   ///< the pauses between those tries
  std::size_t updates_per_repo_info = 100;    ///< entries of the ops log kept in `repo`, which every change writes anew,
                                              ///< before it continues in a backup
  Metadata commit_metadata{};                 ///< added to every commit, unless the commit itself names the key
};

/// The state of a repository as one read of it showed.
struct RepoState {
  std::uint8_t spec_version = 2;  ///< 1: refs are objects of their own, `info` holds just them, and nothing is written
  format::RepoInfo info;
  VersionTag version;
};

template <class Storage, class CacheType>
struct Context {
  Context(Storage store, CacheType kept, Options given)
      : storage(std::move(store)), cache(std::move(kept)), options(std::move(given)), bytes_in_flight(options.bytes_in_flight) {
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
    known_ = std::move(state);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const RepoState> known_;
};

}  // namespace varve::inline v0
