// SPDX-License-Identifier: Apache-2.0
// Json: a JSON value, as commit metadata, attributes and codec configurations hold it. Only the value and its text form
// are here; zarr/json.hpp parses text. Objects keep the order of their members, because attributes are shown to people.
#pragma once

#include <varve/core/config.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace varve::inline v0 {

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(std::same_as<bool> auto value) : value_(value) {}
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  Json(Integer value) {
    if constexpr (std::signed_integral<Integer>) {
      value_ = static_cast<std::int64_t>(value);
    } else if (value <= static_cast<std::uint64_t>(INT64_MAX)) {
      value_ = static_cast<std::int64_t>(value);
    } else {
      value_ = static_cast<std::uint64_t>(value);
    }
  }
  Json(std::floating_point auto value) : value_(static_cast<double>(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  /// Each of these is null if the value is of another type. Integers that fit are always `int64_t`.
  const bool* as_bool() const { return std::get_if<bool>(&value_); }
  const std::int64_t* as_int() const { return std::get_if<std::int64_t>(&value_); }
  const std::uint64_t* as_large_uint() const { return std::get_if<std::uint64_t>(&value_); }
  const double* as_double() const { return std::get_if<double>(&value_); }
  const std::string* as_string() const { return std::get_if<std::string>(&value_); }
  const Array* as_array() const { return std::get_if<Array>(&value_); }
  const Object* as_object() const { return std::get_if<Object>(&value_); }

  /// The member `name` of an object; null if there is none or this is not an object.
  const Json* find(std::string_view name) const;

  /// JSON text without white space. Doubles are the shortest text that reads back equal; a NaN or an infinity, which
  /// JSON cannot express, becomes the string "NaN", "Infinity" or "-Infinity" as Zarr spells them.
  std::string text() const;

  friend bool operator==(const Json& a, const Json& b) { return a.value_ == b.value_; }

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> value_;
};

/// Appends `text` as a JSON string, quotes included.
VARVE_DECL void append_json_string(std::string& out, std::string_view text);

/// The metadata of a commit or a repository: JSON values by name, in the order of the names' bytes.
using Metadata = std::map<std::string, Json, std::less<>>;

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/core/impl/json.ipp>
#endif
