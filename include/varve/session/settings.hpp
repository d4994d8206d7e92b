// SPDX-License-Identifier: Apache-2.0
// Options: how a program opens a repository. Settings: what that comes to together with the configuration that the
// repository keeps for everybody, which fills in what the program leaves open.
#pragma once

#include <varve/async/runtime.hpp>
#include <varve/async/sleep.hpp>
#include <varve/cache/cache.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>
#include <varve/format/repository_config.hpp>
#include <varve/session/split_rules.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace varve::inline v0 {

using format::ArrayCondition;
using format::RepositoryConfig;
using format::SplitDimension;
using format::SplitRule;

/// How a repository is opened. Every field has a good default; name the ones that differ. What is optional here is taken
/// from `config`, else from the configuration of the repository, else it is the default that Settings names.
struct Options {
  Runtime runtime{};                          ///< the shared runtime of the process if not given
  Environment environment{};                  ///< clock and random ids; tests inject their own
  std::optional<std::size_t> inline_chunk_bytes{};  ///< chunks of at most this many encoded bytes live inside the manifest
  std::uint64_t held_chunk_bytes = 4 << 20;   ///< encoded chunks that a session keeps, and stores with its commit; further
                                              ///< ones are stored when they are written
  std::uint64_t chunk_refs_per_manifest = 16 << 10;  ///< about: the chunk refs of larger arrays are shared out among several,
                                                     ///< where no rule of the configuration says how
  std::optional<std::size_t> concurrency{};   ///< requests to the store that one call has in flight at most
  std::uint64_t bytes_in_flight = 512 << 20;  ///< of chunks on their way, encoded and decoded, that all reads and writes
                                              ///< hold at most beside what they are given; of chunks below 512 KiB, each call
  std::optional<int> compression_level{};     ///< zstd level of metadata files, 1 to 22
  std::optional<std::size_t> update_tries{};  ///< how often a lost race for `repo` is run again
  std::optional<Backoff> update_backoff{};    ///< the pauses between those tries
  std::optional<std::size_t> updates_per_repo_info{};  ///< entries of the ops log kept in `repo`, which every change writes
                                                       ///< anew, before it continues in a backup
  Metadata commit_metadata{};                 ///< added to every commit, unless the commit itself names the key
  RepositoryConfig config{};                  ///< `create` makes it the repository's; `open` takes it before that, for this program
  /// Reads the configuration of a repository of format 1: `format::parse_config_yaml`, for who links varve::yaml.
  Result<Json> (*parse_config_yaml)(std::string_view text, std::string_view key) = nullptr;
};

/// Which manifests come with a read-only session.
struct Preload {
  ArrayMatcher arrays;
  std::uint64_t max_total_refs = 10'000;  ///< of all arrays together
  std::uint32_t max_arrays_to_scan = 50;  ///< the first that many, by path
};

/// What holds in an open repository. The fields that are not set by Options or by a configuration are as here.
struct Settings {
  std::size_t inline_chunk_bytes = 512;
  int compression_level = 1;  ///< metadata are ids and offsets for the most part: level 3 takes twice as long for a
                              ///< hundredth in size
  std::size_t update_tries = 100;
  Backoff update_backoff{};
  std::size_t updates_per_repo_info = 100;
  std::size_t concurrency = 64;                  ///< `max_concurrent_requests` of a configuration
  std::optional<std::size_t> manifest_fetches{}; ///< of one commit at once; as many as other requests if that is open
  std::optional<std::size_t> decodes{};          ///< of metadata files at once; the threads are the limit if that is open
  CacheBudget cache{};
  SplitRules splitting{};
  std::optional<Preload> preload{};
  RepositoryConfig config{};  ///< the configuration that this comes from, with that of Options over it
  std::optional<Error> unreadable{};  ///< why the configuration of the repository does not count: nothing is written under it
};

/// `persisted` is the configuration in `repo`, if there is one, and `over` comes before it.
VARVE_DECL Settings settle(const Options& options, const RepositoryConfig& over, const std::optional<Bytes>& persisted);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/settings.ipp>
#endif
