// SPDX-License-Identifier: Apache-2.0
// Bodies of data_type.hpp.
#pragma once

#include <varve/zarr/data_type.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace varve::inline v0::zarr {

namespace detail {

template <class T>
void append_element(std::vector<std::byte>& out, const T& value) {
  const auto bytes = std::as_bytes(std::span<const T, 1>(&value, 1));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <class T>
T load_element(ByteView bytes) {
  std::array<std::byte, sizeof(T)> raw;
  std::memcpy(raw.data(), bytes.data(), sizeof(T));
  return std::bit_cast<T>(raw);
}

/// The number that a JSON integer, or a JSON float without fraction, is as a T.
template <std::integral T>
bool read_integer(const Json& json, T& out) {
  if (const std::int64_t* value = json.as_int()) {
    if (!std::in_range<T>(*value)) return false;
    out = static_cast<T>(*value);
    return true;
  }
  if (const std::uint64_t* value = json.as_large_uint()) {
    if (!std::in_range<T>(*value)) return false;
    out = static_cast<T>(*value);
    return true;
  }
  // Beyond 2^53 a float may stand for several integers.
  if (const double* value = json.as_double(); value && std::abs(*value) <= 0x1p53 && std::trunc(*value) == *value) {
    const auto whole = static_cast<std::int64_t>(*value);
    if (!std::in_range<T>(whole)) return false;
    out = static_cast<T>(whole);
    return true;
  }
  return false;
}

template <class Bits>
bool read_hex(std::string_view text, Bits& out) {
  if (text.size() != 2 + sizeof(Bits) * 2 || (!text.starts_with("0x") && !text.starts_with("0X"))) return false;
  std::uint64_t bits = 0;
  for (const char digit : text.substr(2)) {
    const bool decimal = digit >= '0' && digit <= '9';
    const char lower = static_cast<char>(digit | 0x20);
    if (!decimal && (lower < 'a' || lower > 'f')) return false;
    bits = bits << 4 | static_cast<std::uint64_t>(decimal ? digit - '0' : lower - 'a' + 10);
  }
  out = static_cast<Bits>(bits);
  return true;
}

/// T is Half, float or double; Bits the unsigned integer of its size.
template <class T, class Bits>
bool read_float(const Json& json, T& out) {
  if (const std::int64_t* value = json.as_int()) {
    out = static_cast<T>(static_cast<double>(*value));
  } else if (const std::uint64_t* large = json.as_large_uint()) {
    out = static_cast<T>(static_cast<double>(*large));
  } else if (const double* number = json.as_double()) {
    out = static_cast<T>(*number);
  } else if (const std::string* text = json.as_string()) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (*text == "NaN") {
      out = static_cast<T>(std::numeric_limits<double>::quiet_NaN());
    } else if (*text == "Infinity") {
      out = static_cast<T>(infinity);
    } else if (*text == "-Infinity") {
      out = static_cast<T>(-infinity);
    } else {
      Bits bits{};
      if (!read_hex(*text, bits)) return false;
      out = std::bit_cast<T>(bits);
    }
  } else {
    return false;
  }
  return true;
}

template <class T, class Bits>
bool read_complex(const Json& json, std::vector<std::byte>& out) {
  const Json::Array* parts = json.as_array();
  if (!parts || parts->size() != 2) return false;
  for (const Json& part : *parts) {
    T value{};
    if (!read_float<T, Bits>(part, value)) return false;
    append_element(out, value);
  }
  return true;
}

template <class T>
bool read_one(const Json& json, std::vector<std::byte>& out) {
  T value{};
  bool read = false;
  if constexpr (std::same_as<T, Half>) {
    read = read_float<Half, std::uint16_t>(json, value);
  } else if constexpr (std::same_as<T, float>) {
    read = read_float<float, std::uint32_t>(json, value);
  } else if constexpr (std::same_as<T, double>) {
    read = read_float<double, std::uint64_t>(json, value);
  } else {
    read = read_integer(json, value);
  }
  if (read) append_element(out, value);
  return read;
}

/// A float as JSON: the shortest number that reads back equal, a name, or the bits of an unusual NaN.
template <class T, class Bits>
std::string float_text(ByteView bytes) {
  const T value = load_element<T>(bytes);
  const auto bits = load_element<Bits>(bytes);
  const auto number = static_cast<double>(value);
  const T plain_nan = static_cast<T>(std::numeric_limits<double>::quiet_NaN());
  if (!std::isnan(number) || std::memcmp(&bits, &plain_nan, sizeof(bits)) == 0) return Json(number).text();
  std::string hex = "\"0x";
  for (std::size_t i = sizeof(Bits) * 2; i-- != 0;) hex += "0123456789abcdef"[bits >> (4 * i) & 15];
  return hex + '"';
}

template <class T, class Bits>
std::string complex_text(ByteView bytes) {
  return "[" + float_text<T, Bits>(bytes.first(sizeof(T))) + ", " + float_text<T, Bits>(bytes.subspan(sizeof(T))) + "]";
}

}  // namespace detail

VARVE_DECL Result<std::vector<std::byte>> parse_fill_value(const Json& value, DataType type) {
  std::vector<std::byte> out;
  bool read = false;
  switch (type) {
    case DataType::boolean:
      if (const bool* flag = value.as_bool()) {
        out.push_back(std::byte{*flag});
        read = true;
      }
      break;
    case DataType::int8: read = detail::read_one<std::int8_t>(value, out); break;
    case DataType::int16: read = detail::read_one<std::int16_t>(value, out); break;
    case DataType::int32: read = detail::read_one<std::int32_t>(value, out); break;
    case DataType::int64: read = detail::read_one<std::int64_t>(value, out); break;
    case DataType::uint8: read = detail::read_one<std::uint8_t>(value, out); break;
    case DataType::uint16: read = detail::read_one<std::uint16_t>(value, out); break;
    case DataType::uint32: read = detail::read_one<std::uint32_t>(value, out); break;
    case DataType::uint64: read = detail::read_one<std::uint64_t>(value, out); break;
    case DataType::float16: read = detail::read_one<Half>(value, out); break;
    case DataType::float32: read = detail::read_one<float>(value, out); break;
    case DataType::float64: read = detail::read_one<double>(value, out); break;
    case DataType::complex64: read = detail::read_complex<float, std::uint32_t>(value, out); break;
    case DataType::complex128: read = detail::read_complex<double, std::uint64_t>(value, out); break;
  }
  if (read) return out;
  return Error(errc::bad_metadata, "read fill value", {}, value.text() + " is no " + std::string(name_of(type)));
}

VARVE_DECL std::string fill_value_text(ByteView element, DataType type) {
  VARVE_ASSERT(element.size() == size_of(type));
  using detail::load_element;
  switch (type) {
    case DataType::boolean: return element[0] != std::byte{0} ? "true" : "false";
    case DataType::int8: return std::to_string(load_element<std::int8_t>(element));
    case DataType::int16: return std::to_string(load_element<std::int16_t>(element));
    case DataType::int32: return std::to_string(load_element<std::int32_t>(element));
    case DataType::int64: return std::to_string(load_element<std::int64_t>(element));
    case DataType::uint8: return std::to_string(load_element<std::uint8_t>(element));
    case DataType::uint16: return std::to_string(load_element<std::uint16_t>(element));
    case DataType::uint32: return std::to_string(load_element<std::uint32_t>(element));
    case DataType::uint64: return std::to_string(load_element<std::uint64_t>(element));
    case DataType::float16: return detail::float_text<Half, std::uint16_t>(element);
    case DataType::float32: return detail::float_text<float, std::uint32_t>(element);
    case DataType::float64: return detail::float_text<double, std::uint64_t>(element);
    case DataType::complex64: return detail::complex_text<float, std::uint32_t>(element);
    case DataType::complex128: return detail::complex_text<double, std::uint64_t>(element);
  }
  return "null";
}

}  // namespace varve::inline v0::zarr
