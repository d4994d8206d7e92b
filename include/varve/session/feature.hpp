// SPDX-License-Identifier: Apache-2.0
// Feature: an operation that a repository can forbid. All are allowed until somebody says otherwise.
#pragma once

#include <varve/format/repo_info.hpp>

#include <algorithm>
#include <cstdint>

namespace varve::inline v0 {

/// The numbers are the format's.
enum class Feature : std::uint16_t { move_node = 3, create_tag = 4, delete_tag = 5 };

namespace detail {

/// Whether a feature is on: every one is unless it stands in the list of those that are off.
inline bool feature_enabled(const format::RepoInfo& info, Feature feature) {
  const auto& off = info.disabled_feature_flags;
  return std::find(off.begin(), off.end(), static_cast<std::uint16_t>(feature)) == off.end();
}

/// Errors: `errc::feature_disabled` if nodes must not be moved.
inline Result<void> check_moves_allowed(const format::RepoInfo& info, const char* doing, const std::string& branch) {
  if (feature_enabled(info, Feature::move_node)) return {};
  return Error(errc::feature_disabled, doing, branch, "the repository forbids moves of nodes, by its feature move_node");
}

}  // namespace detail

}  // namespace varve::inline v0
