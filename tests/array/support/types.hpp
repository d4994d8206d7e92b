// SPDX-License-Identifier: Apache-2.0
// The arrays of the stand-in session.
#pragma once

#include <varve/array/group.hpp>
#include <varve/codec/default.hpp>

#include "array/support/state.hpp"

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace support {

using Codecs = varve::codec::Default;
using Group = varve::Group<Codecs, State>;
using AnyArray = varve::AnyArray<Codecs, State>;
template <class T, std::size_t Rank>
using Array = varve::Array<T, Rank, Codecs, State>;

inline varve::Path path(std::string_view text) { return varve::Path::parse(text).value(); }

template <class T, std::size_t Rank>
Array<T, Rank> make(const std::shared_ptr<State>& state, std::string_view where,
                    const varve::ArrayOptions<T, Rank>& options) {
  return Array<T, Rank>::create(state, path(where), options).value();
}

/// The code of what `call` throws; fails the test if it throws nothing.
template <class Call>
varve::errc code_of(Call&& call) {
  try {
    call();
  } catch (const varve::Error& error) {
    return error.code();
  }
  throw std::runtime_error("nothing was thrown");
}

}  // namespace support
