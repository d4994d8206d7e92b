// SPDX-License-Identifier: Apache-2.0
// Bodies of split_rules.hpp.
#pragma once

#include <varve/session/split_rules.hpp>

#include <varve/format/keys.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace varve::inline v0 {

namespace detail {

inline Result<Pattern> compile_for(const std::string& regex, const std::string& rule) {
  auto pattern = Pattern::compile(regex);
  if (pattern) return pattern;
  return Error(errc::unsupported_format, "read configuration", std::string(format::repo_key),
               rule + " has the regular expression `" + regex + "`, which varve cannot read: " + pattern.error().hint());
}

}  // namespace detail

VARVE_DECL Result<ArrayMatcher> ArrayMatcher::compile(const format::ArrayCondition& condition, const std::string& rule) {
  using Kind = format::ArrayCondition::Kind;
  ArrayMatcher matcher;
  matcher.condition_ = format::ArrayCondition{condition.kind, {}, condition.regex, condition.first_count, condition.last_count};
  for (const format::ArrayCondition& each : condition.of) {
    auto compiled = compile(each, rule);
    if (!compiled) return compiled;
    matcher.of_.push_back(*std::move(compiled));
  }
  if (condition.kind == Kind::path_matches || condition.kind == Kind::name_matches) {
    auto pattern = detail::compile_for(condition.regex, rule);
    if (!pattern) return std::move(pattern).error();
    matcher.pattern_ = *std::move(pattern);
  }
  return matcher;
}

VARVE_DECL bool ArrayMatcher::matches(std::string_view path, std::uint64_t num_refs) const {
  using Kind = format::ArrayCondition::Kind;
  const auto holds = [&](const ArrayMatcher& each) { return each.matches(path, num_refs); };
  switch (condition_.kind) {
    case Kind::always: return true;
    case Kind::never: return false;
    case Kind::any_of: return std::any_of(of_.begin(), of_.end(), holds);
    case Kind::all_of: return std::all_of(of_.begin(), of_.end(), holds);
    case Kind::path_matches: return pattern_->found_in(path);
    case Kind::name_matches: return pattern_->found_in(path.substr(path.rfind('/') + 1));
    case Kind::num_refs: return condition_.first_count <= num_refs && num_refs < condition_.last_count;
  }
  return false;
}

VARVE_DECL Result<SplitRules> SplitRules::compile(const std::vector<format::SplitRule>& rules) {
  SplitRules compiled;
  for (const format::SplitRule& rule : rules) {
    const std::string name = "manifest.splitting.split_sizes[" + std::to_string(compiled.rules_.size()) + "]";
    auto arrays = ArrayMatcher::compile(rule.arrays, name);
    if (!arrays) return std::move(arrays).error();
    Rule& added = compiled.rules_.emplace_back(Rule{*std::move(arrays), {}});
    for (const format::SplitDimension& dimension : rule.dimensions) {
      Dimension& last = added.dimensions.emplace_back(Dimension{dimension, {}});
      if (!dimension.name) continue;
      auto pattern = detail::compile_for(*dimension.name, name);
      if (!pattern) return std::move(pattern).error();
      last.name = *std::move(pattern);
    }
  }
  return compiled;
}

VARVE_DECL std::vector<std::uint32_t> SplitRules::sides(const format::NodeData& array) const {
  constexpr std::uint32_t whole = std::numeric_limits<std::uint32_t>::max();
  const std::size_t rank = array.shape.size();
  std::vector<std::optional<std::uint32_t>> found(rank);
  for (const Rule& rule : rules_) {
    if (!rule.arrays.matches(array.path, 0)) continue;
    for (std::size_t axis = 0; axis != rank; ++axis) {
      if (found[axis]) continue;
      const auto fits = [&](const Dimension& dimension) {
        if (dimension.rule.axis) return *dimension.rule.axis == axis;
        if (!dimension.name) return true;
        const bool named = array.dimension_names && axis < array.dimension_names->size() && (*array.dimension_names)[axis];
        return named && dimension.name->found_in(*(*array.dimension_names)[axis]);
      };
      const auto first = std::find_if(rule.dimensions.begin(), rule.dimensions.end(), fits);
      if (first != rule.dimensions.end()) found[axis] = first->rule.num_chunks;
    }
  }
  if (std::none_of(found.begin(), found.end(), [](const auto& side) { return side.has_value(); })) return {};
  std::vector<std::uint32_t> sides;
  for (const auto& side : found) sides.push_back(side.value_or(whole));
  return sides;
}

}  // namespace varve::inline v0
