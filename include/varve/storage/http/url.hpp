// SPDX-License-Identifier: Apache-2.0
// Url: the address of a request, and the escaping that signatures and object keys need (RFC 3986).
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::http {

/// `scheme://host:port/path?query`. The path and the query are kept as they are sent: escaped.
struct Url {
  std::string scheme;  ///< "http" or "https"; other schemes where the caller knows what they mean
  std::string host;    ///< an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string path = "/";  ///< begins with a slash
  std::string query;       ///< without its question mark

  bool tls() const { return scheme == "https"; }
  /// What the Host field says: the port only where it is not the scheme's own.
  std::string authority() const;
  /// "/path?query", as the first line of a request has it.
  std::string target() const { return query.empty() ? path : path + '?' + query; }
  std::string text() const { return scheme + "://" + authority() + target(); }
  /// Adds one parameter to the query, escaped.
  Url& add(std::string_view name, std::string_view value);

  friend bool operator==(const Url&, const Url&) = default;
};

/// Errors: `errc::invalid_argument` for what is no absolute URL, names user and password, or has control characters.
VARVE_DECL Result<Url> parse_url(std::string_view text);

/// Everything but letters, digits and `-._~` becomes %XX; a slash stays with `keep_slashes`.
VARVE_DECL std::string escape(std::string_view text, bool keep_slashes = false);
/// The reverse; a percent sign without two hexadecimal digits stays. `plus_is_space` as HTML forms have it.
VARVE_DECL std::string unescape(std::string_view text, bool plus_is_space = false);
/// The unescaped parameters of a query, in order.
VARVE_DECL std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace varve::inline v0::storage::http

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/http/impl/url.ipp>
#endif
