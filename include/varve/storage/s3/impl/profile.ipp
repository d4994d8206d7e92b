// SPDX-License-Identifier: Apache-2.0
// Bodies of profile.hpp.
#pragma once

#include <varve/storage/s3/profile.hpp>

#include <algorithm>
#include <fstream>
#include <utility>

namespace varve::inline v0::storage::s3 {

namespace detail {

inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// Without a comment, which begins after white space.
inline std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '#' || text[i] == ';') && (text[i - 1] == ' ' || text[i - 1] == '\t')) return text.substr(0, i);
  }
  return text;
}

/// The whole of a small file; `nullopt` if it cannot be read.
inline std::optional<std::string> read_file(const std::string& path) {
  constexpr std::streamsize most = 1 << 20;  // credentials and tokens are a few KiB; anything else is a mistake
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(static_cast<std::size_t>(most), '\0');
  file.read(text.data(), most);
  if (file.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace detail

VARVE_DECL Profiles parse_profiles(std::string_view text, bool config_file) {
  Profiles profiles;
  Profile* section = nullptr;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const bool indented = line.starts_with(' ') || line.starts_with('\t');
    line = detail::trimmed(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      section = nullptr;
      const std::size_t end = line.find(']');
      if (end == line.npos) continue;
      std::string_view name = detail::trimmed(line.substr(1, end - 1));
      if (config_file && name != "default") {
        if (!name.starts_with("profile ") && !name.starts_with("profile\t")) continue;
        name = detail::trimmed(name.substr(8));
      }
      if (name.size() > 1 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
      section = &profiles[std::string(name)];
      continue;
    }
    const std::size_t equals = line.find('=');
    if (indented || section == nullptr || equals == line.npos) continue;
    std::string key(detail::trimmed(line.substr(0, equals)));
    for (char& letter : key) {
      if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
    }
    (*section)[std::move(key)] = detail::trimmed(detail::without_comment(line.substr(equals + 1)));
  }
  return profiles;
}

VARVE_DECL Profiles read_profiles(const Variable& variable) {
  const std::string home = variable("HOME").value_or("") + "/.aws/";
  const std::string config = variable("AWS_CONFIG_FILE").value_or(home + "config");
  const std::string credentials = variable("AWS_SHARED_CREDENTIALS_FILE").value_or(home + "credentials");
  Profiles profiles;
  if (const auto text = detail::read_file(config)) profiles = parse_profiles(*text, true);
  if (const auto text = detail::read_file(credentials)) {
    for (auto& [name, values] : parse_profiles(*text, false)) {
      for (auto& [key, value] : values) profiles[name][key] = value;
    }
  }
  return profiles;
}

}  // namespace varve::inline v0::storage::s3
