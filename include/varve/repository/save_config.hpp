// SPDX-License-Identifier: Apache-2.0
// The configuration that a repository keeps: how it is read, in both formats, and replaced.
#pragma once

#include <varve/core/config.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/repository_config.hpp>
#include <varve/session/context.hpp>

#include <optional>

namespace varve::inline v0::detail {

/// What `repo` holds for `config`: nothing if nothing is set. Flags that the reference keeps for a local folder are refused
/// elsewhere, where it would lose commits by them; varve writes conditionally whatever they say.
/// Errors: `errc::invalid_argument`, naming the field.
VARVE_DECL Result<std::optional<Bytes>> persisted(const RepositoryConfig& config, bool folder);

/// The change of `repo` that replaces its configuration.
struct SaveConfig {
  std::optional<Bytes> config;
  static constexpr bool replaces_config = true;

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    info.config = config;
    return format::RepoUpdates{format::ConfigChanged()};
  }
};

/// The configuration that the repository keeps. Errors: those of format::parse_config; in format 1
/// `errc::unsupported_operation` without Options::parse_config_yaml.
VARVE_DECL Awaitable<Result<RepositoryConfig>> read_config(Context& context);

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/save_config.ipp>
#endif
