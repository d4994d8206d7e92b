// SPDX-License-Identifier: Apache-2.0
// What a repository says of itself beside its snapshots: metadata, whether it takes changes, and which features are on.
#pragma once

#include <varve/format/repo_info.hpp>
#include <varve/session/feature.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

using format::RepoAvailability;
using format::RepoStatus;

/// The state of a feature. All are on until somebody says otherwise.
struct FeatureState {
  Feature feature{};
  bool enabled = true;
  bool is_set = false;  ///< somebody has said so; it is not the default
  friend bool operator==(const FeatureState&, const FeatureState&) = default;
};

namespace detail {

struct SetMetadata {
  Metadata metadata;
  bool replaces;  ///< what is not in `metadata` goes

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    if (replaces) info.metadata.clear();
    for (const auto& [name, value] : metadata) info.metadata.insert_or_assign(name, value);
    return format::RepoUpdates{format::MetadataChanged()};
  }
};

struct SetStatus {
  RepoAvailability availability;
  std::optional<std::string> reason;
  static constexpr bool works_when_read_only = true;

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp now) const {
    if (availability != RepoAvailability::online && availability != RepoAvailability::read_only) {
      return Error(errc::invalid_argument, "set repository status", {}, "it can be online or read-only");
    }
    info.status.availability = availability;
    info.status.set_at = now;
    info.status.reason = reason;
    return format::RepoUpdates{format::RepoStatusChanged{info.status}};
  }
};

struct SetFeature {
  Feature feature;
  std::optional<bool> enabled;  ///< none: as if nobody had ever said

  Result<format::RepoUpdates> operator()(format::RepoInfo& info, Timestamp) const {
    const auto id = static_cast<std::uint16_t>(feature);
    for (auto* const flags : {&info.enabled_feature_flags, &info.disabled_feature_flags}) std::erase(*flags, id);
    if (enabled) {
      auto& flags = *enabled ? info.enabled_feature_flags : info.disabled_feature_flags;
      flags.insert(std::upper_bound(flags.begin(), flags.end(), id), id);
    }
    return format::RepoUpdates{format::FeatureFlagChanged{id, enabled.value_or(false), enabled.has_value()}};
  }
};

inline std::vector<FeatureState> features_of(const format::RepoInfo& info) {
  std::vector<FeatureState> found;
  for (const Feature feature : {Feature::move_node, Feature::create_tag, Feature::delete_tag}) {
    const auto id = static_cast<std::uint16_t>(feature);
    const auto& on = info.enabled_feature_flags;
    const bool said_on = std::find(on.begin(), on.end(), id) != on.end();
    found.push_back(FeatureState{feature, feature_enabled(info, feature), said_on || !feature_enabled(info, feature)});
  }
  return found;
}

}  // namespace detail

}  // namespace varve::inline v0
