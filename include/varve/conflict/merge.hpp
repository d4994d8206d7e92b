// SPDX-License-Identifier: Apache-2.0
// Merge: conflict policies that combine both versions of a chunk element by element, so that writers who reduce into
// one array (counts, extremes, sums of fields) need not take turns.
#pragma once

#include <varve/conflict/policy.hpp>

#include <complex>
#include <concepts>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

namespace varve::inline v0::conflict {

/// Sets each element of a chunk that both wrote to `fn(base, ours, theirs)`; see `ChunkConflict::merge` for what `fn`
/// may be. A side that erased the chunk has fill values. `Types` are the element types that `fn` is tried with.
template <class Fn, class Types = RealTypes>
struct Merge {
  Fn fn = {};
  DeleteRules deletes = {};

  Decision resolve(const Conflict& conflict) const { return deletes.resolve(conflict); }
  Decision resolve_chunk(ChunkConflict& chunk) const { return chunk.merge(Types(), fn); }
};
template <class Fn>
Merge(Fn) -> Merge<Fn>;
template <class Fn>
Merge(Fn, DeleteRules) -> Merge<Fn>;

template <class T>
concept Real = std::integral<T> || std::floating_point<T>;

/// The larger of both; a NaN yields to a number.
struct Larger {
  template <Real T>
    requires(!std::same_as<T, bool>)
  T operator()(T, T ours, T theirs) const {
    if (ours != ours) return theirs;
    return theirs > ours ? theirs : ours;
  }
};

/// The smaller of both; a NaN yields to a number.
struct Smaller {
  template <Real T>
    requires(!std::same_as<T, bool>)
  T operator()(T, T ours, T theirs) const {
    if (ours != ours) return theirs;
    return theirs < ours ? theirs : ours;
  }
};

/// Theirs and what we added: `theirs + (ours - base)`. A NaN in floating-point numbers stands for nothing, as in an
/// array whose fill value it is: it counts as 0, and the sum is NaN only if both sides are. An integer sum that leaves
/// the range of its type is refused.
struct Added {
  template <std::floating_point T>
  T operator()(T base, T ours, T theirs) const {
    if (ours != ours && theirs != theirs) return ours;
    return number(theirs) + (number(ours) - number(base));
  }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  std::optional<T> operator()(T base, T ours, T theirs) const {
    using Unsigned = std::make_unsigned_t<T>;
    constexpr auto distance = [](T to, T from) {  // never negative, and larger than T holds for a signed type
      return static_cast<Unsigned>(static_cast<Unsigned>(to) - static_cast<Unsigned>(from));
    };
    const bool up = ours >= base;
    const Unsigned change = up ? distance(ours, base) : distance(base, ours);
    using Limits = std::numeric_limits<T>;
    const Unsigned room = up ? distance(Limits::max(), theirs) : distance(theirs, Limits::min());
    if (change > room) return std::nullopt;
    const auto start = static_cast<Unsigned>(theirs);
    const auto sum = static_cast<T>(up ? start + change : start - change);
    return sum;
  }
  template <class T>
  std::complex<T> operator()(std::complex<T> base, std::complex<T> ours, std::complex<T> theirs) const {
    return theirs + (ours - base);
  }

 private:
  template <class T>
  static T number(T value) {
    return value == value ? value : T(0);
  }
};

using Max = Merge<Larger>;
using Min = Merge<Smaller>;
using Sum = Merge<Added, AllTypes>;

static_assert(ConflictPolicy<Max> && ConflictPolicy<Min> && ConflictPolicy<Sum>);

}  // namespace varve::inline v0::conflict
