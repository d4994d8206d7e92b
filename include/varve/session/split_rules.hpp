// SPDX-License-Identifier: Apache-2.0
// The rules of a configuration that choose arrays, ready for use: their regular expressions have been read.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/pattern.hpp>
#include <varve/core/result.hpp>
#include <varve/format/repository_config.hpp>
#include <varve/format/snapshot_builder.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0 {

/// An ArrayCondition that can be asked.
class ArrayMatcher {
 public:
  /// `rule` is what errors call it. Errors: those of Pattern::compile.
  static VARVE_DECL Result<ArrayMatcher> compile(const format::ArrayCondition& condition, const std::string& rule);
  VARVE_DECL bool matches(std::string_view path, std::uint64_t num_refs) const;

 private:
  format::ArrayCondition condition_;  // but for `of`
  std::vector<ArrayMatcher> of_;
  std::optional<Pattern> pattern_;
};

/// How the chunk refs of arrays are shared out among manifests.
class SplitRules {
 public:
  /// Errors: `errc::unsupported_format`, naming the rule whose regular expression cannot be read.
  static VARVE_DECL Result<SplitRules> compile(const std::vector<format::SplitRule>& rules);
  /// How many chunks a manifest of the array holds along each dimension; empty if no rule is for it.
  VARVE_DECL std::vector<std::uint32_t> sides(const format::NodeData& array) const;

 private:
  struct Dimension {
    format::SplitDimension rule;
    std::optional<Pattern> name;
  };
  struct Rule {
    ArrayMatcher arrays;
    std::vector<Dimension> dimensions;
  };
  std::vector<Rule> rules_;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/split_rules.ipp>
#endif
