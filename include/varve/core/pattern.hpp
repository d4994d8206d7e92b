// SPDX-License-Identifier: Apache-2.0
// Pattern: a regular expression as the configuration of a repository holds them, which is to say one that somebody else has
// written. Searching takes time in proportion to the text, whatever the expression, which no search by trial and error does;
// and the syntax is the one in which the reference reads the same configuration.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/result.hpp>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {
class PatternParser;
}  // namespace detail

/// Syntax: `.` `[a-z]` `[^a-z]` `[[:alpha:]]` `\d` `\D` `\w` `\W` `\s` `\S`, `*` `+` `?` `{2}` `{2,}` `{2,5}` and their lazy
/// forms, `|`, `( )` `(?: )` `(?P<name> )`, `^` `$` `\A` `\z` `\b` `\B`, `\t` `\n` `\r` `\x41` `\x{1F600}`, and the flag `(?i)`
/// before all else, for ASCII letters. It speaks of code points of UTF-8; those beyond ASCII count as letters for `\w`.
class Pattern {
 public:
  /// Errors: `errc::invalid_argument` for what is none of that, saying where, or for more than 10,000 steps.
  static VARVE_DECL Result<Pattern> compile(std::string_view text);

  /// Whether it matches somewhere in `text`.
  VARVE_DECL bool found_in(std::string_view text) const;

 private:
  friend class detail::PatternParser;

  /// A step of a machine that is in many places at once.
  struct Step {
    enum class Kind : std::uint8_t { one_of, fork, jump, text_begin, text_end, word_boundary, no_word_boundary, end };
    Kind kind = Kind::end;
    std::uint32_t set = 0;  ///< one_of: which set
    std::int32_t to = 0;    ///< jump, and one way of a fork beside the next step: relative to this one
  };
  struct Set {
    std::vector<std::pair<char32_t, char32_t>> ranges;  ///< both ends included
    bool negated = false;
    bool holds(char32_t letter) const;
  };

  std::vector<Step> steps_;
  std::vector<Set> sets_;
  bool ignore_case_ = false;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/core/impl/pattern.ipp>
#endif
