// SPDX-License-Identifier: Apache-2.0
// ElementTypes: lists of the C++ types that an array's elements can have, and what it takes to call a merge function
// for a type that is known at run time only.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/error.hpp>
#include <varve/zarr/data_type.hpp>

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>

namespace varve::inline v0::conflict {

template <zarr::Element... T>
struct ElementTypes {};

/// Numbers with an order.
using RealTypes = ElementTypes<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                               std::uint32_t, std::uint64_t, Half, float, double>;
/// Every data type.
using AllTypes = ElementTypes<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                              std::uint32_t, std::uint64_t, Half, float, double, std::complex<float>,
                              std::complex<double>>;

namespace detail {

/// Half has no arithmetic of its own, so a merge sees it as float.
template <class T>
using ArgumentOf = std::conditional_t<std::same_as<T, Half>, float, T>;

/// Converts to exactly one type: finds out whether a parameter is of that type, and not of one it converts to.
template <class T>
struct Exactly {
  template <std::same_as<T> U>
  operator U() const;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class Value, class T>
concept MergedValue = std::convertible_to<Value, T> || (is_optional<Value> && requires(Value value) {
                        { *value } -> std::convertible_to<T>;
                      });

// A lambda without `auto` names its parameter types; `&Fn::operator()` compiles for that one alone.
template <class Fn>
concept Monomorphic = requires { &Fn::operator(); } || std::is_pointer_v<Fn> || std::is_function_v<Fn>;

template <class Fn, class T>
concept CallableWith =
    (Monomorphic<std::remove_const_t<Fn>> && std::invocable<Fn&, Exactly<T>, Exactly<T>, Exactly<T>>) ||
    (!Monomorphic<std::remove_const_t<Fn>> && std::invocable<Fn&, T, T, T>);

template <class Fn, class T>
concept Merges = CallableWith<Fn, T> && requires(Fn& fn, T value) {
  { fn(value, value, value) } -> MergedValue<T>;
};

template <class T>
void expect_type(zarr::DataType type) {
  if (type == zarr::data_type_of<T>) return;
  Error(errc::type_mismatch, "view chunk as " + std::string(zarr::name_of(zarr::data_type_of<T>)), {},
        "the array is of " + std::string(zarr::name_of(type)))
      .raise();
}

// The bytes are a whole allocation, which is aligned for every element type, and hold values of this type.
template <class T>
std::span<T> elements_of(std::span<std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>> bytes) {
  return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
}

}  // namespace detail

}  // namespace varve::inline v0::conflict
