// SPDX-License-Identifier: Apache-2.0
// DataType: the element types of Zarr v3 that varve reads and writes, and the C++ type that stands for each.
#pragma once

#include <varve/codec/spec.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>
#include <varve/zarr/half.hpp>

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace varve::inline v0::zarr {

using varve::Half;

enum class DataType : std::uint8_t {
  boolean,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float16,
  float32,
  float64,
  complex64,
  complex128,
};

/// Bytes of an element.
constexpr std::size_t size_of(DataType type) {
  switch (type) {
    case DataType::boolean:
    case DataType::int8:
    case DataType::uint8: return 1;
    case DataType::int16:
    case DataType::uint16:
    case DataType::float16: return 2;
    case DataType::int32:
    case DataType::uint32:
    case DataType::float32: return 4;
    case DataType::int64:
    case DataType::uint64:
    case DataType::float64:
    case DataType::complex64: return 8;
    case DataType::complex128: return 16;
  }
  return 0;
}

/// The name in zarr.json, such as "float32".
constexpr std::string_view name_of(DataType type) {
  constexpr std::string_view names[] = {"bool",   "int8",   "int16",   "int32",   "int64",   "uint8",     "uint16",
                                        "uint32", "uint64", "float16", "float32", "float64", "complex64", "complex128"};
  return names[static_cast<std::size_t>(type)];
}

/// The type of that name, if varve has it.
constexpr std::optional<DataType> data_type_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(DataType::complex128); ++i) {
    if (name_of(static_cast<DataType>(i)) == name) return static_cast<DataType>(i);
  }
  return std::nullopt;
}

namespace detail {

template <class T>
consteval std::optional<DataType> find_data_type() {
  using enum DataType;
  if constexpr (std::same_as<T, bool>) {
    return boolean;
  } else if constexpr (std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                       std::same_as<T, char16_t> || std::same_as<T, char32_t>) {
    return std::nullopt;
  } else if constexpr (std::integral<T>) {
    constexpr bool is_signed = std::signed_integral<T>;
    if constexpr (sizeof(T) == 1) return is_signed ? int8 : uint8;
    if constexpr (sizeof(T) == 2) return is_signed ? int16 : uint16;
    if constexpr (sizeof(T) == 4) return is_signed ? int32 : uint32;
    if constexpr (sizeof(T) == 8) return is_signed ? int64 : uint64;
  } else if constexpr (std::same_as<T, Half>) {
    return float16;
  } else if constexpr (std::same_as<T, float>) {
    return float32;
  } else if constexpr (std::same_as<T, double>) {
    return float64;
  } else if constexpr (std::same_as<T, std::complex<float>>) {
    return complex64;
  } else if constexpr (std::same_as<T, std::complex<double>>) {
    return complex128;
  }
  return std::nullopt;
}

}  // namespace detail

/// A C++ type that elements of an array can have: bool, an integer of 8 to 64 bits, Half, float, double,
/// std::complex<float> or std::complex<double>.
template <class T>
concept Element = detail::find_data_type<std::remove_cv_t<T>>().has_value();

template <Element T>
inline constexpr DataType data_type_of = *detail::find_data_type<std::remove_cv_t<T>>();

/// What the codecs must know of a chunk of this type.
inline codec::ChunkLayout layout_of(DataType type, std::vector<std::uint64_t> chunk_shape, ByteView fill_value = {}) {
  codec::ChunkLayout layout;
  layout.shape = std::move(chunk_shape);
  layout.item_size = size_of(type);
  layout.swap_size = type == DataType::complex64 || type == DataType::complex128 ? layout.item_size / 2 : layout.item_size;
  layout.is_bool = type == DataType::boolean;
  layout.fill_value.assign(fill_value.begin(), fill_value.end());
  return layout;
}

/// Reads a fill value in any form that Zarr v3 gives it: a number, true or false, "NaN", "Infinity", "-Infinity",
/// the bits as "0x7fc00000" (most significant digit first), two of these for a complex number.
/// Returns one element in native order. Errors: `errc::bad_metadata`.
VARVE_DECL Result<std::vector<std::byte>> parse_fill_value(const Json& value, DataType type);

/// The JSON text of one element, which reads back to the same bits.
VARVE_DECL std::string fill_value_text(ByteView element, DataType type);

}  // namespace varve::inline v0::zarr

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/zarr/impl/data_type.ipp>
#endif
