// SPDX-License-Identifier: Apache-2.0
// Bodies of sign.hpp.
#pragma once

#include <varve/storage/azure/sign.hpp>
#include <varve/storage/http/digest.hpp>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::azure {

namespace detail {

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

inline std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace detail

VARVE_DECL std::string string_to_sign(const http::Request& request, std::string_view account) {
  std::string text = request.method + '\n';
  const auto add = [&text](std::string_view value) {
    text += value;
    text += '\n';
  };
  add(http::find_field(request.fields, "Content-Encoding"));
  add(http::find_field(request.fields, "Content-Language"));
  add(request.body.empty() ? std::string() : std::to_string(request.body.size()));
  add(http::find_field(request.fields, "Content-MD5"));
  add(http::find_field(request.fields, "Content-Type"));
  add({});  // Date: x-ms-date stands for it
  for (const std::string_view name :
       {"If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"}) {
    add(http::find_field(request.fields, name));
  }
  std::map<std::string, std::string> own_fields;
  for (const http::Field& field : request.fields) {
    std::string name = detail::lower(field.name);
    if (name.starts_with("x-ms-")) own_fields[std::move(name)] = detail::trimmed(field.value);
  }
  for (const auto& [name, value] : own_fields) add(name + ':' + value);

  text += '/';
  text += account;
  text += request.url.path;
  std::map<std::string, std::vector<std::string>> parameters;
  for (auto& [name, value] : http::parse_query(request.url.query)) {
    parameters[detail::lower(name)].push_back(std::move(value));
  }
  for (auto& [name, values] : parameters) {
    std::sort(values.begin(), values.end());
    text += '\n' + name + ':';
    for (std::size_t i = 0; i != values.size(); ++i) text += (i == 0 ? "" : ",") + values[i];
  }
  return text;
}

VARVE_DECL void sign(http::Request& request, std::string_view account, std::string_view key) {
  const auto digest = http::hmac_sha256(as_bytes(key), as_bytes(string_to_sign(request, account)));
  request.set("Authorization", "SharedKey " + std::string(account) + ':' + http::base64(digest));
}

}  // namespace varve::inline v0::storage::azure
