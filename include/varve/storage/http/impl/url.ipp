// SPDX-License-Identifier: Apache-2.0
// Bodies of url.hpp.
#pragma once

#include <varve/storage/http/url.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::http {

namespace detail {

VARVE_DECL void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

VARVE_DECL int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Escapes what may not stand in a request line at all, such as a space or a letter beyond ASCII; leaves the rest alone.
VARVE_DECL std::string tidy(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>') {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

}  // namespace detail

VARVE_DECL std::string Url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : '[' + host + ']';
  const bool usual = (scheme == "http" && port == 80) || (scheme == "https" && port == 443) || port == 0;
  if (!usual) out += ':' + std::to_string(port);
  return out;
}

VARVE_DECL Url& Url::add(std::string_view name, std::string_view value) {
  if (!query.empty()) query += '&';
  query += escape(name) + '=' + escape(value);
  return *this;
}

VARVE_DECL Result<Url> parse_url(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return Error(errc::invalid_argument, "read a URL", std::string(text), std::string(why));
  };
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return refuse("it holds a control character");
  }
  const std::size_t colon = text.find("://");
  if (colon == 0 || colon == std::string_view::npos) return refuse("write scheme://host/path");
  Url url;
  for (const char c : text.substr(0, colon)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.') return refuse("its scheme is no name");
    url.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  if (authority.find('@') != std::string_view::npos) {
    return refuse("pass credentials as options, not before the host, where logs would show them");
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return refuse("an IPv6 address ends in a bracket");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') return refuse("a port follows a colon");
    if (!port.empty()) port.remove_prefix(1);
  } else {
    const std::size_t mark = authority.rfind(':');
    if (mark != std::string_view::npos) port = authority.substr(mark + 1);
    url.host = authority.substr(0, mark);
  }
  for (const char c : url.host) {
    if (c == ' ' || c == '%' || c == '\\' || c == '<' || c == '>') return refuse("its host is no name");
  }
  if (!port.empty()) {
    const auto [stop, failed] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (failed != std::errc() || stop != port.data() + port.size() || url.port == 0) {
      return refuse("a port is a number from 1 to 65535");
    }
  } else if (url.scheme == "http") {
    url.port = 80;
  } else if (url.scheme == "https") {
    url.port = 443;
  }
  if ((url.scheme == "http" || url.scheme == "https") && url.host.empty()) return refuse("it names no host");
  const std::size_t question = rest.find('?');
  if (question != std::string_view::npos) url.query = detail::tidy(rest.substr(question + 1));
  const std::string_view path = rest.substr(0, question);
  if (!path.empty()) url.path = detail::tidy(path);
  return url;
}

VARVE_DECL std::string escape(std::string_view text, bool keep_slashes) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || (keep_slashes && c == '/');
    if (plain) {
      out += c;
    } else {
      detail::append_escaped(out, c);
    }
  }
  return out;
}

VARVE_DECL std::string unescape(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i != text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = detail::hexadecimal(text[i + 1]);
      const int low = detail::hexadecimal(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += plus_is_space && text[i] == '+' ? ' ' : text[i];
  }
  return out;
}

VARVE_DECL std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> all;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::string_view value = one.substr(std::min(equals + 1, one.size()));
    all.emplace_back(unescape(one.substr(0, equals), true), unescape(value, true));
  }
  return all;
}

}  // namespace varve::inline v0::storage::http
