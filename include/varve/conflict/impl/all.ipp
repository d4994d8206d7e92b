// SPDX-License-Identifier: Apache-2.0
// Bodies of all.hpp.
#pragma once

#include <varve/conflict/all.hpp>

#include <cstddef>
#include <string_view>

namespace varve::inline v0::conflict {

/// Walks along both; where they part, the last star takes one letter more. A star of one name gives way to the `**` before
/// it once it would have to take a slash.
VARVE_DECL bool PathPattern::operator()(std::string_view path) const {
  const std::string_view pattern = pattern_;
  struct Star {
    std::size_t after = std::string_view::npos;  // of the pattern; npos: there is none
    std::size_t taken = 0;                       // of the path
  };
  Star name, deep;
  std::size_t p = 0, at = 0;
  for (;;) {
    if (pattern.substr(p).starts_with("**")) {
      p += 2;
      deep = {p, at};
      name = {};
    } else if (p != pattern.size() && pattern[p] == '*') {
      ++p;
      name = {p, at};
    } else if (at == path.size() && p == pattern.size()) {
      return true;
    } else if (p != pattern.size() && at != path.size() && pattern[p] == path[at]) {
      ++p;
      ++at;
    } else if (name.after != std::string_view::npos && name.taken != path.size() && path[name.taken] != '/') {
      p = name.after;
      at = ++name.taken;
    } else if (deep.after != std::string_view::npos && deep.taken != path.size()) {
      p = deep.after;
      at = ++deep.taken;
      name = {};
    } else {
      return false;
    }
  }
}

}  // namespace varve::inline v0::conflict
