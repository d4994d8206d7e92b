// SPDX-License-Identifier: Apache-2.0
// Bodies of json.hpp.
#pragma once

#include <varve/zarr/json.hpp>

#include <simdjson.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace varve::inline v0::zarr {

namespace detail {

inline Error bad_json(std::string_view what, std::string hint) {
  return Error(errc::bad_metadata, "read JSON", std::string(what), std::move(hint));
}

/// Converts a parsed element; simdjson has bounded its depth.
inline bool convert(simdjson::dom::element element, Json& out) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::NULL_VALUE: out = Json(); return true;
    case element_type::BOOL: out = Json(bool(element)); return true;
    case element_type::INT64: out = Json(std::int64_t(element)); return true;
    case element_type::UINT64: out = Json(std::uint64_t(element)); return true;
    case element_type::DOUBLE: out = Json(double(element)); return true;
    case element_type::STRING: out = Json(std::string_view(element)); return true;
    case element_type::ARRAY: {
      Json::Array items;
      for (const auto item : simdjson::dom::array(element)) {
        if (!convert(item, items.emplace_back())) return false;
      }
      out = Json(std::move(items));
      return true;
    }
    case element_type::OBJECT: {
      Json::Object members;
      for (const auto member : simdjson::dom::object(element)) {
        members.emplace_back(std::string(member.key), Json());
        if (!convert(member.value, members.back().second)) return false;
      }
      out = Json(std::move(members));
      return true;
    }
    default: return false;
  }
}

/// Walks over JSON text by its grammar (RFC 8259) and converts nothing.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }

  void space() {
    while (at_ != text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool take(char letter) {
    if (at_ == text_.size() || text_[at_] != letter) return false;
    ++at_;
    return true;
  }
  bool string() {
    if (!take('"')) return false;
    while (at_ != text_.size()) {
      const char letter = text_[at_++];
      if (letter == '"') return true;
      if (static_cast<unsigned char>(letter) < 0x20) return false;
      if (letter != '\\') continue;
      if (at_ == text_.size()) return false;
      const char escaped = text_[at_++];
      if (escaped == 'u') {
        for (int i = 0; i != 4; ++i, ++at_) {
          if (at_ == text_.size() || std::string_view("0123456789abcdefABCDEF").find(text_[at_]) == text_.npos) return false;
        }
      } else if (std::string_view("\"\\/bfnrt").find(escaped) == text_.npos) {
        return false;
      }
    }
    return false;
  }
  bool value(std::size_t depth = 0) {
    if (at_ == text_.size() || depth > max_json_depth) return false;
    switch (text_[at_]) {
      case '"': return string();
      case '{': return members([](std::string_view, std::string_view) { return true; }, depth);
      case '[': return items(depth);
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }
  /// Reads an object and hands on the text of each name and value.
  template <class Visit>
  bool members(Visit&& visit, std::size_t depth = 0) {
    if (!take('{')) return false;
    space();
    if (take('}')) return true;
    do {
      space();
      const std::size_t name = at_;
      if (!string()) return false;
      const std::string_view name_text = text_.substr(name, at_ - name);
      space();
      if (!take(':')) return false;
      space();
      const std::size_t value_at = at_;
      if (!value(depth + 1) || !visit(name_text, text_.substr(value_at, at_ - value_at))) return false;
      space();
    } while (take(','));
    return take('}');
  }

 private:
  bool items(std::size_t depth) {
    take('[');
    space();
    if (take(']')) return true;
    do {
      space();
      if (!value(depth + 1)) return false;
      space();
    } while (take(','));
    return take(']');
  }
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  bool digits() {
    const std::size_t first = at_;
    while (at_ != text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ != first;
  }
  bool number() {
    take('-');
    const std::size_t first = at_;
    if (!digits() || (text_[first] == '0' && at_ != first + 1)) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace detail

VARVE_DECL Result<Json> parse_json(std::string_view text, std::string_view what) {
  if (text.size() > max_json_bytes) return detail::bad_json(what, "the text is longer than 64 MiB");
  simdjson::dom::parser parser;
  if (const auto error = parser.allocate(std::max<std::size_t>(text.size(), 64), max_json_depth)) {
    return detail::bad_json(what, simdjson::error_message(error));
  }
  simdjson::dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root)) {
    return detail::bad_json(what, simdjson::error_message(error));
  }
  Json value;
  if (!detail::convert(root, value)) return detail::bad_json(what, "a number is out of range");
  return value;
}

VARVE_DECL Result<std::vector<RawMember>> parse_members(std::string_view text, std::string_view what) {
  if (text.size() > max_json_bytes) return detail::bad_json(what, "the text is longer than 64 MiB");
  if (!simdjson::validate_utf8(text.data(), text.size())) return detail::bad_json(what, "the text is not UTF-8");
  detail::JsonScanner scanner(text);
  std::vector<RawMember> members;
  std::string twice;
  scanner.space();
  const bool read = scanner.members([&](std::string_view name_text, std::string_view value) {
    RawMember member{std::string(name_text.substr(1, name_text.size() - 2)), value};
    if (member.name.find('\\') != std::string::npos) {
      const auto plain = parse_json(name_text, what);
      if (!plain || !plain->as_string()) return false;
      member.name = *plain->as_string();
    }
    if (std::any_of(members.begin(), members.end(), [&](const RawMember& other) { return other.name == member.name; })) {
      twice = member.name;
      return false;
    }
    members.push_back(std::move(member));
    return true;
  });
  if (!twice.empty()) return detail::bad_json(what, "`" + twice + "` occurs twice");
  if (read) scanner.space();
  if (!read || !scanner.at_end()) {
    return detail::bad_json(what, "this is not a JSON object; see byte " + std::to_string(scanner.at()));
  }
  return members;
}

VARVE_DECL Result<std::string> with_member(std::string_view text, std::string_view name, std::string_view value,
                                           std::string_view what) {
  const auto members = parse_members(text, what);
  if (!members) return members.error();
  const auto at = std::find_if(members->begin(), members->end(), [&](const RawMember& m) { return m.name == name; });
  std::string out;
  out.reserve(text.size() + name.size() + value.size() + 8);
  if (at != members->end()) {
    const auto first = static_cast<std::size_t>(at->value.data() - text.data());
    ((out += text.substr(0, first)) += value) += text.substr(first + at->value.size());
    return out;
  }
  std::string added = members->empty() ? "\n  " : ",\n  ";
  append_json_string(added, name);
  (added += ": ") += value;
  if (members->empty()) added += '\n';
  const std::size_t brace = text.rfind('}');
  const std::size_t end = members->empty() ? brace
                                           : static_cast<std::size_t>(members->back().value.data() - text.data()) +
                                                 members->back().value.size();
  ((out += text.substr(0, end)) += added) += text.substr(end);
  return out;
}

}  // namespace varve::inline v0::zarr
