// SPDX-License-Identifier: Apache-2.0
// Bodies of answers.hpp.
#pragma once

#include <varve/storage/auth/date.hpp>
#include <varve/storage/gcs/answers.hpp>
#include <varve/storage/http/conditional_write.hpp>

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

namespace varve::inline v0::storage::gcs {

namespace detail {

using JsonElement = simdjson::dom::element;

/// A text and its parser, which owns what elements refer to.
struct JsonDocument {
  explicit JsonDocument(std::string_view text) : padded(text), failed(parser.parse(padded).get(root)) {}

  simdjson::padded_string padded;
  simdjson::dom::parser parser;
  JsonElement root;
  simdjson::error_code failed;
};

inline std::optional<JsonElement> member(const JsonElement& of, std::string_view name) {
  JsonElement found;
  if (of.type() != simdjson::dom::element_type::OBJECT || of.at_key(name).get(found)) return std::nullopt;
  return found;
}

/// A member that is text; empty if there is none.
inline std::string text_member(const JsonElement& of, std::string_view name) {
  const auto found = member(of, name);
  std::string_view text;
  if (!found || found->get(text)) return {};
  return std::string(text);
}

/// A 64-bit number, which the API writes as text and some emulators as a number.
inline std::optional<std::uint64_t> number_member(const JsonElement& of, std::string_view name) {
  const auto found = member(of, name);
  if (!found) return std::nullopt;
  std::uint64_t number = 0;
  if (!found->get(number)) return number;
  std::string_view text;
  if (found->get(text)) return std::nullopt;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

inline Error bad_answer(std::string_view doing, std::string hint) {
  return Error(errc::corrupt, std::string(doing), {}, "the answer of the store is not understood: " + std::move(hint));
}

inline std::optional<ObjectResource> object_of(const JsonElement& element) {
  ObjectResource object;
  object.name = text_member(element, "name");
  const auto size = number_member(element, "size");
  object.size = size.value_or(0);
  if (const auto generation = number_member(element, "generation")) object.generation = std::to_string(*generation);
  object.modified = auth::parse_rfc3339(text_member(element, "updated")).value_or(Timestamp());
  if (const auto metadata = member(element, "metadata")) {
    object.write_id = text_member(*metadata, http::write_id_name);
    object.replaced = text_member(*metadata, http::replaced_name);
  }
  if (object.name.empty() || !size) return std::nullopt;
  return object;
}

}  // namespace detail

VARVE_DECL Result<ObjectResource> parse_object(std::string_view json, std::string_view doing) {
  const detail::JsonDocument document(json);
  if (document.failed) return detail::bad_answer(doing, simdjson::error_message(document.failed));
  auto object = detail::object_of(document.root);
  if (!object || object->generation.empty()) return detail::bad_answer(doing, "it has no name, size or generation");
  return *std::move(object);
}

VARVE_DECL Result<ListPage> parse_list(std::string_view json, std::string_view root) {
  const detail::JsonDocument document(json);
  if (document.failed) return detail::bad_answer("list objects", simdjson::error_message(document.failed));
  if (document.root.type() != simdjson::dom::element_type::OBJECT) {
    return detail::bad_answer("list objects", "it is no object");
  }
  ListPage page;
  simdjson::dom::array items;
  if (const auto found = detail::member(document.root, "items"); found && !found->get(items)) {
    for (const detail::JsonElement item : items) {
      auto object = detail::object_of(item);
      if (!object) return detail::bad_answer("list objects", "an item has no name or size");
      if (!object->name.starts_with(root)) {
        return detail::bad_answer("list objects", "a name outside of the prefix that was asked for");
      }
      ObjectInfo info;
      info.key = object->name.substr(root.size());
      info.size = object->size;
      info.modified = object->modified;
      page.objects.push_back(std::move(info));
    }
  }
  std::string next = detail::text_member(document.root, "nextPageToken");
  if (!next.empty()) page.next = std::move(next);
  return page;
}

VARVE_DECL Result<auth::AccessToken> parse_token(std::string_view json, Timestamp now) {
  const detail::JsonDocument document(json);
  auth::AccessToken token;
  if (!document.failed) token.text = detail::text_member(document.root, "access_token");
  if (token.text.empty()) {
    return Error(errc::denied, "fetch access token", {}, "the answer of the token endpoint holds no access_token");
  }
  constexpr std::uint64_t longest = 365ULL * 24 * 3600;
  if (const auto seconds = detail::number_member(document.root, "expires_in")) {
    token.expires = now + std::chrono::seconds(std::min(*seconds, longest));
  }
  return token;
}

VARVE_DECL Refusal parse_refusal(const http::Response& response) {
  Refusal refusal;
  const detail::JsonDocument document(as_text(response.body));
  if (document.failed) {
    refusal.message = as_text(ByteView(response.body).first(std::min<std::size_t>(response.body.size(), 200)));
    return refusal;
  }
  const auto error = detail::member(document.root, "error");
  if (!error) return refusal;
  refusal.message = detail::text_member(*error, "message");
  simdjson::dom::array errors;
  detail::JsonElement first;
  const auto found = detail::member(*error, "errors");
  if (found && !found->get(errors) && !errors.at(0).get(first)) refusal.reason = detail::text_member(first, "reason");
  if (refusal.reason.empty()) {
    std::string_view text;  // token endpoints: {"error": "invalid_grant", "error_description": ...}
    if (!error->get(text)) refusal.reason = text;
    if (refusal.message.empty()) refusal.message = detail::text_member(document.root, "error_description");
  }
  return refusal;
}

}  // namespace varve::inline v0::storage::gcs
