// SPDX-License-Identifier: Apache-2.0
// Bodies of config_yaml.hpp.
#pragma once

#include <varve/format/config_yaml.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <yaml-cpp/yaml.h>

namespace varve::inline v0::format {

namespace detail {

/// Turns YAML nodes into values. An alias stands for the node it names, so a short text can mean an endless tree.
class YamlReader {
 public:
  std::optional<Json> read(const YAML::Node& node) {
    Json out = value(node, 0);
    if (failed_) return std::nullopt;
    return out;
  }

 private:
  Json value(const YAML::Node& node, unsigned depth) {
    if (depth > 64 || ++count_ > 100'000) failed_ = true;
    if (failed_) return Json();
    const std::string& tag = node.Tag();
    if (tag.size() > 1 && tag.front() == '!' && tag[1] != '!') {
      const std::string variant = tag.substr(1);
      Json payload = untagged(node, false, depth);
      if (payload.is_null()) return Json(variant);
      return Json(Json::Object{{variant, std::move(payload)}});
    }
    return untagged(node, tag == "!" || tag == "tag:yaml.org,2002:str", depth);
  }

  Json untagged(const YAML::Node& node, bool quoted, unsigned depth) {
    switch (node.Type()) {
      case YAML::NodeType::Scalar: return quoted ? Json(node.Scalar()) : scalar(node.Scalar());
      case YAML::NodeType::Sequence: {
        Json::Array items;
        for (const YAML::Node& item : node) {
          items.push_back(value(item, depth + 1));
          if (failed_) break;
        }
        return Json(std::move(items));
      }
      case YAML::NodeType::Map: {
        Json::Object members;
        for (const auto& member : node) {
          if (!member.first.IsScalar()) failed_ = true;
          if (failed_) break;
          members.emplace_back(member.first.Scalar(), value(member.second, depth + 1));
        }
        return Json(std::move(members));
      }
      default: return Json();
    }
  }

  /// The value of a plain scalar by the core schema of YAML 1.2.
  static Json scalar(const std::string& text) {
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return Json();
    if (text == "true" || text == "True" || text == "TRUE") return Json(true);
    if (text == "false" || text == "False" || text == "FALSE") return Json(false);
    if (text == ".nan" || text == ".NaN" || text == ".NAN") return Json(std::numeric_limits<double>::quiet_NaN());
    if (text == ".inf" || text == ".Inf" || text == ".INF") return Json(std::numeric_limits<double>::infinity());
    if (text == "-.inf" || text == "-.Inf" || text == "-.INF") return Json(-std::numeric_limits<double>::infinity());
    const char* first = text.data();
    const char* const last = first + text.size();
    if (*first == '+') ++first;
    if (const auto number = whole<std::int64_t>(first, last)) return Json(*number);
    if (const auto number = whole<std::uint64_t>(first, last)) return Json(*number);
    // Letters other than an exponent would be words that from_chars takes for numbers, such as "inf".
    if (text.find_first_not_of("+-.0123456789eE") == text.npos) {
      if (const auto number = whole<double>(first, last)) return Json(*number);
    }
    return Json(text);
  }
  template <class Number>
  static std::optional<Number> whole(const char* first, const char* last) {
    Number number{};
    const auto [end, error] = std::from_chars(first, last, number);
    if (error != std::errc() || end != last) return std::nullopt;
    return number;
  }

  std::size_t count_ = 0;
  bool failed_ = false;
};

}  // namespace detail

VARVE_DECL Result<Json> parse_config_yaml(std::string_view text, std::string_view key) {
  const auto bad = [&](std::string why) {
    return Error(errc::corrupt, "read configuration", std::string(key), std::move(why));
  };
  try {
    auto value = detail::YamlReader().read(YAML::Load(std::string(text)));
    if (!value) return bad("it nests too deep, repeats itself without end or has a key that is not text");
    return *std::move(value);
  } catch (const YAML::Exception& error) {
    return bad(error.what());
  }
}

}  // namespace varve::inline v0::format
