// SPDX-License-Identifier: Apache-2.0
// The language of varve_interop: one JSON object a line each way, bytes in hexadecimal.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/error.hpp>
#include <varve/core/json.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace interop {

using varve::Json;

inline std::string hex(varve::ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    text += digits[value >> 4];
    text += digits[value & 15];
  }
  return text;
}

inline varve::Bytes bytes_of_hex(std::string_view text) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  varve::Bytes bytes(text.size() / 2);
  for (std::size_t i = 0; i != bytes.size(); ++i) {
    bytes[i] = static_cast<std::byte>(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
  }
  return bytes;
}

/// One line of the input. A member that is missing and has no default is an `errc::invalid_argument`.
class Request {
 public:
  explicit Request(Json json) : json_(std::move(json)) {}

  const Json* find(std::string_view name) const { return json_.find(name); }
  const Json& at(std::string_view name) const {
    if (const Json* value = find(name)) return *value;
    varve::Error(varve::errc::invalid_argument, "read request", std::string(name), "the request needs this member").raise();
  }
  std::string text(std::string_view name) const {
    if (const std::string* text = at(name).as_string()) return *text;
    varve::Error(varve::errc::invalid_argument, "read request", std::string(name), "it must be text").raise();
  }
  std::string text(std::string_view name, std::string otherwise) const {
    return find(name) != nullptr ? text(name) : std::move(otherwise);
  }
  template <std::integral Number = std::int64_t>
  Number number(std::string_view name) const {
    return number_of<Number>(at(name));
  }
  template <std::integral Number>
  Number number(std::string_view name, Number otherwise) const {
    return find(name) != nullptr ? number<Number>(name) : otherwise;
  }
  bool flag(std::string_view name) const {
    const Json* value = find(name);
    return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
  }
  template <std::integral Number = std::uint64_t>
  std::vector<Number> numbers(std::string_view name) const {
    std::vector<Number> out;
    for (const Json& value : *at(name).as_array()) out.push_back(number_of<Number>(value));
    return out;
  }

 private:
  template <std::integral Number>
  static Number number_of(const Json& value) {
    if (const auto* number = value.as_int()) return static_cast<Number>(*number);
    varve::Error(varve::errc::invalid_argument, "read request", value.text(), "it must be a number").raise();
  }
  Json json_;
};

template <std::integral Number>
Json list(const std::vector<Number>& numbers) {
  return Json(Json::Array(numbers.begin(), numbers.end()));
}
template <class Strings>
Json texts(const Strings& strings) {
  Json::Array out;
  for (const std::string& text : strings) out.emplace_back(text);
  return Json(std::move(out));
}

}  // namespace interop
