// SPDX-License-Identifier: Apache-2.0
// Path: where a node stands in the hierarchy. Canonical text: absolute, `/`-separated, the root is `/`, no trailing
// slash, no empty, `.` or `..` segment. Two paths compare as raw bytes, which is the order of nodes in a snapshot
// ("/g-b" comes before "/g/a").
#pragma once

#include <varve/core/result.hpp>

#include <algorithm>
#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0 {

class Path {
 public:
  /// The root group.
  Path() : text_("/") {}

  /// Reads `text`; a missing leading slash and one trailing slash are forgiven, anything else not canonical is
  /// `errc::invalid_path`.
  static Result<Path> parse(std::string_view text) {
    const std::string_view given = text;
    if (text.starts_with('/')) text.remove_prefix(1);
    if (text.ends_with('/')) text.remove_suffix(1);
    std::string canonical;
    while (!text.empty()) {
      const std::size_t slash = std::min(text.find('/'), text.size());
      const std::string_view segment = text.substr(0, slash);
      if (segment.empty() || segment == "." || segment == ".." || segment.find('\0') != segment.npos) {
        return invalid(given);
      }
      (canonical += '/') += segment;
      if (slash == text.size()) break;
      text.remove_prefix(slash + 1);
      if (text.empty()) return invalid(given);
    }
    if (given.starts_with("//") || given.ends_with("//")) return invalid(given);
    return canonical.empty() ? Path() : Path(std::move(canonical));
  }

  const std::string& text() const noexcept { return text_; }
  bool is_root() const noexcept { return text_.size() == 1; }
  /// The last segment; empty for the root.
  std::string_view name() const noexcept { return std::string_view(text_).substr(text_.rfind('/') + 1); }
  /// The path above; the root is its own parent.
  Path parent() const {
    const std::size_t slash = text_.rfind('/');
    return slash == 0 ? Path() : Path(text_.substr(0, slash));
  }
  /// Whether this path lies strictly below `other`.
  bool is_below(const Path& other) const noexcept { return is_below(text_, other.text_); }
  static bool is_below(std::string_view text, std::string_view above) noexcept {
    if (above == "/") return text.size() > 1;
    return text.size() > above.size() && text.starts_with(above) && text[above.size()] == '/';
  }
  Path child(std::string_view name) const { return Path((is_root() ? "/" : text_ + "/") + std::string(name)); }

  friend auto operator<=>(const Path&, const Path&) = default;

 private:
  explicit Path(std::string canonical) : text_(std::move(canonical)) {}
  static Error invalid(std::string_view text) {
    return Error(errc::invalid_path, "read path", std::string(text),
                 "a path is `/` or `/a/b`, without empty, `.` or `..` segments");
  }
  std::string text_;
};

}  // namespace varve::inline v0
