// SPDX-License-Identifier: Apache-2.0
// All and At: conflict policies made of others, for a repository whose arrays are not all alike:
//   conflict::All(conflict::At("/counts/**", conflict::Sum()), conflict::At("/log", conflict::Append()),
//                 conflict::MergeAttributes(), conflict::Ours())
#pragma once

#include <varve/conflict/policy.hpp>
#include <varve/core/config.hpp>
#include <varve/core/error.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace varve::inline v0::conflict {

/// Paths of nodes: `*` stands for any part of one name, `**` for any part of a path: "/day_*", "/ocean/**".
class PathPattern {
 public:
  PathPattern() = default;
  PathPattern(std::string pattern) : pattern_(std::move(pattern)) {}
  PathPattern(const char* pattern) : pattern_(pattern) {}
  bool operator()(std::string_view path) const;

 private:
  std::string pattern_;
};

/// A policy for the nodes whose path matches a PathPattern, or that `match(path)` is true for; about others it decides
/// nothing.
template <ConflictPolicy Policy, std::predicate<std::string_view> Match = PathPattern>
struct At {
  Match match = {};
  Policy policy = {};

  At() = default;
  At(Match where, Policy what) : match(std::move(where)), policy(std::move(what)) {}

  Decision resolve(const Conflict& conflict)
    requires Resolves<Policy>
  {
    return match(conflict.path) ? policy.resolve(conflict) : Decision::fail;
  }
  bool looks_at(std::string_view path)
    requires ResolvesChunks<Policy>
  {
    return match(path) && detail::looks_at(policy, path);
  }
  Decision resolve_chunk(ChunkConflict& chunk)
    requires ResolvesChunks<Policy>
  {
    return match(chunk.path()) ? policy.resolve_chunk(chunk) : Decision::fail;
  }
  Decision resolve_metadata(MetadataConflict& node)
    requires ResolvesMetadata<Policy>
  {
    return match(node.path()) ? policy.resolve_metadata(node) : Decision::merged;
  }
};
template <class Policy>
At(const char*, Policy) -> At<Policy>;
template <class Policy>
At(std::string, Policy) -> At<Policy>;

/// Several policies as one.
///   metadata   each merges what it knows of a node, in turn; the first that refuses does so for all
///   chunks     the first that looks at the data of the array's chunks decides about them alone
///   the rest   the first that does not fail decides
template <ConflictPolicy... Policies>
class All {
 public:
  All() = default;
  explicit All(Policies... policies)
    requires(sizeof...(Policies) != 0)
      : policies_(std::move(policies)...) {}

  Decision resolve(const Conflict& conflict) {
    Decision decision = Decision::fail;
    std::optional<Error> refusal;
    const auto ask = [&](auto& policy) {
      if constexpr (Resolves<std::remove_reference_t<decltype(policy)>>) {
        if (decision != Decision::fail) return;
        try {
          decision = policy.resolve(conflict);
        } catch (const Error& error) {
          if (!refusal) refusal = error;
        }
      }
    };
    std::apply([&](auto&... policies) { (ask(policies), ...); }, policies_);
    if (decision == Decision::fail && refusal) refusal->raise();
    return decision;
  }
  bool looks_at(std::string_view path)
    requires(ResolvesChunks<Policies> || ...)
  {
    return std::apply([&](auto&... policies) { return (detail::looks_at(policies, path) || ...); }, policies_);
  }
  Decision resolve_chunk(ChunkConflict& chunk)
    requires(ResolvesChunks<Policies> || ...)
  {
    std::optional<Decision> decision;
    const auto ask = [&](auto& policy) {
      if constexpr (ResolvesChunks<std::remove_reference_t<decltype(policy)>>) {
        if (!decision && detail::looks_at(policy, chunk.path())) decision = policy.resolve_chunk(chunk);
      }
    };
    std::apply([&](auto&... policies) { (ask(policies), ...); }, policies_);
    return decision.value_or(Decision::fail);
  }
  Decision resolve_metadata(MetadataConflict& node)
    requires(ResolvesMetadata<Policies> || ...)
  {
    Decision decision = Decision::merged;
    const auto ask = [&](auto& policy) {
      if constexpr (ResolvesMetadata<std::remove_reference_t<decltype(policy)>>) {
        if (decision == Decision::merged) decision = policy.resolve_metadata(node);
      }
    };
    std::apply([&](auto&... policies) { (ask(policies), ...); }, policies_);
    return decision;
  }

 private:
  std::tuple<Policies...> policies_;
};

}  // namespace varve::inline v0::conflict

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/conflict/impl/all.ipp>
#endif
