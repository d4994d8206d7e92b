// SPDX-License-Identifier: Apache-2.0
// Bodies of settings.hpp.
#pragma once

#include <varve/session/settings.hpp>

#include <varve/format/keys.hpp>

#include <algorithm>
#include <chrono>
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
  return settings;
}

}  // namespace varve::inline v0
