// SPDX-License-Identifier: Apache-2.0
// The files in which AWS's tools keep profiles: `[name]` sections of `key = value` lines.
#pragma once

#include <varve/core/config.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::s3 {

using Profile = std::map<std::string, std::string, std::less<>>;
using Profiles = std::map<std::string, Profile, std::less<>>;

/// The profiles of a file's text. In a config file the sections are named `[profile name]`, but `[default]`. Lines that
/// belong to a nested group (indented), other sections and what cannot be read are left out.
VARVE_DECL Profiles parse_profiles(std::string_view text, bool config_file);

/// Looks up a variable of the environment.
using Variable = std::function<std::optional<std::string>(const std::string&)>;

/// The profiles of the credentials file and the config file of the environment; where both have a key, the credentials
/// file's counts. Files that are not there are empty.
VARVE_DECL Profiles read_profiles(const Variable& variable);

}  // namespace varve::inline v0::storage::s3

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/s3/impl/profile.ipp>
#endif
