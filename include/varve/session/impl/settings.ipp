// SPDX-License-Identifier: Apache-2.0
// Bodies of settings.hpp.
#pragma once

#include <varve/session/settings.hpp>

#include <varve/format/keys.hpp>

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>

namespace varve::inline v0 {

namespace detail {

/// Configurations count what is kept, and so say how many bytes they mean: about as many as these take in their files.
/// What one leaves open is nothing beside chunk refs, which are 512 MiB then.
VARVE_DECL CacheBudget budget_of(const format::CachingConfig& caching) {
  constexpr std::uint64_t bytes_of_node = 500, bytes_of_ref = 50, bytes_of_change = 16, bytes_of_refs = 512 << 20;
  const auto bytes = [](const std::optional<std::uint64_t>& count, std::uint64_t each) {
    constexpr std::uint64_t most = std::uint64_t{1} << 60;  // sums of these are numbers still
    return std::min(count.value_or(0), most / each) * each;
  };
  CacheBudget budget;
  budget.chunk_bytes = caching.num_bytes_chunks;
  if (caching.num_snapshot_nodes || caching.num_chunk_refs || caching.num_transaction_changes || caching.num_bytes_attributes) {
    budget.metadata_bytes = (caching.num_chunk_refs ? bytes(caching.num_chunk_refs, bytes_of_ref) : bytes_of_refs) +
                            bytes(caching.num_snapshot_nodes, bytes_of_node) +
                            bytes(caching.num_transaction_changes, bytes_of_change) + bytes(caching.num_bytes_attributes, 1);
  }
  return budget;
}

}  // namespace detail

VARVE_DECL Settings settle(const Options& options, const RepositoryConfig& over, const std::optional<Bytes>& persisted) {
  Settings settings;
  const auto read = [&]() -> Result<RepositoryConfig> {
    if (!persisted) return over;
    auto config = format::decode_config(*persisted, format::repo_key);
    if (!config) return config;
    return format::merge_config(*config, over);
  };
  auto config = read();
  if (!config) {
    settings.unreadable = std::move(config).error();
    config = over;
  }
  // The program's own word first, then the configuration's, else what Settings says.
  const auto set = [](auto& field, const auto& own, const auto& configured) {
    if (own) {
      field = *own;
    } else if (configured) {
      field = std::remove_reference_t<decltype(field)>(*configured);
    }
  };
  set(settings.inline_chunk_bytes, options.inline_chunk_bytes, config->inline_chunk_threshold_bytes);
  set(settings.compression_level, options.compression_level, config->compression.level);
  set(settings.updates_per_repo_info, options.updates_per_repo_info, config->num_updates_per_repo_info_file);
  const auto at_least_one = [](const auto& limit) {
    return limit ? std::optional<std::size_t>(std::max<std::size_t>(1, static_cast<std::size_t>(*limit))) : std::nullopt;
  };
  set(settings.concurrency, at_least_one(options.concurrency), at_least_one(config->max_concurrent_requests));
  settings.manifest_fetches = at_least_one(config->manifest.max_concurrent_manifest_fetches_during_commit);
  settings.decodes = at_least_one(config->max_concurrent_decodes);
  settings.cache = detail::budget_of(config->caching);
  const format::RetryConfig& retries = config->repo_update_retries.standard;
  set(settings.update_tries, options.update_tries, retries.max_tries);
  using Pause = std::optional<std::chrono::milliseconds>;
  set(settings.update_backoff.initial, Pause(), retries.initial_backoff_ms);
  set(settings.update_backoff.most, Pause(), retries.max_backoff_ms);
  if (options.update_backoff) settings.update_backoff = *options.update_backoff;
  if (const auto& rules = config->manifest.splitting.split_sizes) {
    auto splitting = SplitRules::compile(*rules);
    if (splitting) {
      settings.splitting = *std::move(splitting);
    } else {
      settings.unreadable = std::move(splitting).error();
    }
  }
  const format::PreloadConfig& preload = config->manifest.preload;
  if (preload.preload_if) {  // it is advice, so one that cannot be read is none
    if (auto arrays = ArrayMatcher::compile(*preload.preload_if, "manifest.preload.preload_if")) {
      settings.preload.emplace(Preload{*std::move(arrays)});
      set(settings.preload->max_total_refs, std::optional<std::uint64_t>(), preload.max_total_refs);
      set(settings.preload->max_arrays_to_scan, std::optional<std::uint32_t>(), preload.max_arrays_to_scan);
    }
  }
  settings.config = *std::move(config);
  return settings;
}

}  // namespace varve::inline v0
