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
