// SPDX-License-Identifier: Apache-2.0
// Bodies of json.hpp.
#pragma once

#include <varve/core/json.hpp>

#include <charconv>
#include <cmath>

namespace varve::inline v0 {

VARVE_DECL const Json* Json::find(std::string_view name) const {
  if (const Object* object = as_object()) {
    for (const auto& [key, value] : *object) {
      if (key == name) return &value;
    }
  }
  return nullptr;
}

VARVE_DECL void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char letter : text) {
    switch (letter) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(letter) < 0x20) {
          constexpr std::string_view digits = "0123456789abcdef";
          out += "\\u00";
          out += digits[static_cast<unsigned char>(letter) >> 4];
          out += digits[static_cast<unsigned char>(letter) & 15];
        } else {
          out += letter;
        }
    }
  }
  out += '"';
}

namespace detail {

VARVE_DECL void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    const std::string_view text(digits, static_cast<std::size_t>(end - digits));
    out += text;
    if (text.find_first_of(".e") == text.npos) out += ".0";  // stays a floating-point number when read back
  }
}

struct JsonText {
  std::string& out;

  void operator()(std::monostate) const { out += "null"; }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(std::uint64_t value) const { out += std::to_string(value); }
  void operator()(double value) const { append_double(out, value); }
  void operator()(const std::string& value) const { append_json_string(out, value); }
  void operator()(const Json::Array& items) const {
    out += '[';
    for (std::size_t i = 0; i != items.size(); ++i) {
      if (i != 0) out += ',';
      out += items[i].text();
    }
    out += ']';
  }
  void operator()(const Json::Object& members) const {
    out += '{';
    for (std::size_t i = 0; i != members.size(); ++i) {
      if (i != 0) out += ',';
      append_json_string(out, members[i].first);
      out += ':';
      out += members[i].second.text();
    }
    out += '}';
  }
};

}  // namespace detail

VARVE_DECL std::string Json::text() const {
  std::string out;
  std::visit(detail::JsonText{out}, value_);
  return out;
}

}  // namespace varve::inline v0
