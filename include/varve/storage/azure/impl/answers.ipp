// SPDX-License-Identifier: Apache-2.0
// Bodies of answers.hpp.
#pragma once

#include <varve/storage/auth/date.hpp>
#include <varve/storage/azure/answers.hpp>
#include <varve/storage/http/url.hpp>

#include <pugixml.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace varve::inline v0::storage::azure {

namespace detail {

inline Error bad_list(std::string hint) {
  return Error(errc::corrupt, "list objects", {}, "the answer to List Blobs is not understood: " + std::move(hint));
}

inline std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace detail

VARVE_DECL Result<ListPage> parse_list(std::string_view xml, std::string_view root) {
  pugi::xml_document document;
  // Names keep their spaces; entities beyond XML's own five are not expanded by this parser.
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  if (!parsed) return detail::bad_list(parsed.description());
  const pugi::xml_node answer = document.child("EnumerationResults");
  if (!answer) return detail::bad_list("there is no EnumerationResults");
  ListPage page;
  for (const pugi::xml_node blob : answer.child("Blobs").children("Blob")) {
    const pugi::xml_node properties = blob.child("Properties");
    const pugi::xml_node name_node = blob.child("Name");
    std::string name = name_node.text().get();
    if (name_node.attribute("Encoded").as_bool()) name = http::unescape(name);  // has characters that XML cannot hold
    const auto size = detail::whole_number(properties.child("Content-Length").text().get());
    if (!size) return detail::bad_list("the size of a blob is no number");
    if (!name.starts_with(root)) return detail::bad_list("a name outside of the prefix that was asked for");
    ObjectInfo object;
    object.key = name.substr(root.size());
    object.size = *size;
    object.modified = auth::parse_http_date(properties.child("Last-Modified").text().get()).value_or(Timestamp());
    page.objects.push_back(std::move(object));
  }
  const std::string marker = answer.child("NextMarker").text().get();
  if (!marker.empty()) page.next = marker;
  return page;
}

VARVE_DECL std::string error_code(const http::Response& response) {
  const std::string_view field = response.field("x-ms-error-code");
  if (!field.empty()) return std::string(field);
  pugi::xml_document document;
  if (!document.load_buffer(response.body.data(), response.body.size())) return {};
  return document.child("Error").child("Code").text().get();
}

VARVE_DECL std::string block_list(std::span<const std::string> ids) {
  std::string xml = R"(<?xml version="1.0" encoding="utf-8"?><BlockList>)";
  for (const std::string& id : ids) xml += "<Latest>" + id + "</Latest>";  // base64 needs no escaping
  return xml + "</BlockList>";
}

}  // namespace varve::inline v0::storage::azure
