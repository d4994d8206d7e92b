// SPDX-License-Identifier: Apache-2.0
// Session: one transaction, or a read-only view of one snapshot. Groups and arrays opened from it read what the
// session sees and write into it; nobody else sees a thing until `commit`, and then everybody sees all of it. Moves of
// nodes are transactions of their own, since nothing can be rebased over them.
#pragma once

#include <varve/array/any_array.hpp>
#include <varve/array/array.hpp>
#include <varve/array/group.hpp>
#include <varve/array/store.hpp>
#include <varve/repository/session_core.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0 {

/// A handle; copies share one session. Everything else that a session does stands in SessionCore.
template <class Storage, class Codecs, class CacheType, class Conflicts>
class Session : public SessionCore {
 public:
  using State = SessionState;
  using GroupType = Group<Codecs, State>;
  using AnyArrayType = AnyArray<Codecs, State>;
  template <class T, std::size_t Rank>
  using ArrayType = Array<T, Rank, Codecs, State>;

  Session(std::shared_ptr<State> state, std::shared_ptr<const conflict::ErasedPolicy> conflicts)
      : SessionCore(std::move(state), std::move(conflicts)) {}

  /// The root group; the first commit of a repository creates it, as does the first node below it.
  GroupType root() const { return GroupType::root(state_).value(); }
  /// Errors: `errc::node_exists`; `errc::not_a_group` below an array. Missing parents are created.
  GroupType create_group(std::string_view path, std::string attributes = "{}") const {
    return GroupType::create(state_, Path::parse(path).value(), std::move(attributes)).value();
  }
  GroupType open_group(std::string_view path) const { return GroupType::open(state_, Path::parse(path).value()).value(); }

  /// Creates an array of element type `T`. Errors: as create_group; `errc::invalid_argument` for options that do not
  /// fit together; `errc::unsupported_codec`.
  template <class T, std::size_t Rank>
  ArrayType<T, Rank> create_array(std::string_view path, const ArrayOptions<T, Rank>& options) const {
    return ArrayType<T, Rank>::create(state_, Path::parse(path).value(), options).value();
  }
  /// Errors: `errc::node_not_found`, `not_an_array`, `type_mismatch` if type or rank differ, `unsupported_codec`.
  template <class T, std::size_t Rank>
  ArrayType<T, Rank> open_array(std::string_view path) const {
    return ArrayType<T, Rank>::open(state_, Path::parse(path).value()).value();
  }
  /// An array whose element type and rank are known at run time only.
  AnyArrayType open_array(std::string_view path) const {
    return AnyArrayType::open(state_, Path::parse(path).value()).value();
  }

  /// The same hierarchy by Zarr key, as any Zarr implementation addresses it.
  ZarrStore<State> store() const { return ZarrStore<State>(state_); }
};

}  // namespace varve::inline v0
