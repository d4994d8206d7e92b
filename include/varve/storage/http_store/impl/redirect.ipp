// SPDX-License-Identifier: Apache-2.0
// Bodies of redirect.hpp.
#pragma once

#include <varve/storage/auth/refusal.hpp>
#include <varve/storage/http_store/redirect.hpp>

#include <algorithm>
#include <utility>

namespace varve::inline v0::storage::http_store {

namespace detail {

inline Error bad_redirect(std::string_view location, std::string hint) {
  return Error(errc::invalid_argument, "follow redirect", std::string(location.substr(0, 500)), std::move(hint));
}

inline std::string_view scheme_of(std::string_view location) {
  const std::size_t end = location.find(':');
  if (end == location.npos || end == 0) return {};
  const std::string_view scheme = location.substr(0, end);
  const bool plain = std::ranges::all_of(scheme, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' ||
           (c >= 'A' && c <= 'Z');
  });
  return plain ? scheme : std::string_view();
}

/// The value of a parameter of the query; empty if there is none.
inline std::string parameter(std::string_view query, std::string_view name) {
  for (auto& [found, value] : http::parse_query(query)) {
    if (found == name) return std::move(value);
  }
  return {};
}

}  // namespace detail

VARVE_DECL Result<http::Url> follow(const http::Url& asked, std::string_view location) {
  location = location.substr(0, location.find('#'));
  Result<http::Url> next = asked;
  if (!detail::scheme_of(location).empty()) {
    next = http::parse_url(location);
  } else if (location.starts_with("//")) {
    next = http::parse_url(asked.scheme + ':' + std::string(location));
  } else if (location.starts_with('/')) {
    next = http::parse_url(asked.scheme + "://" + asked.authority() + std::string(location));
  } else if (location.starts_with('?') || location.empty()) {
    if (location.empty()) return detail::bad_redirect(location, "it has no Location");
    next->query = location.substr(1);
  } else {
    const std::string folder = asked.path.substr(0, asked.path.rfind('/') + 1);
    next = http::parse_url(asked.scheme + "://" + asked.authority() + folder + std::string(location));
  }
  if (!next) return next;
  if (next->scheme != "http" && next->scheme != "https")
    return detail::bad_redirect(location, "it leads out of the web");
  return next;
}

VARVE_DECL Result<std::optional<std::string>> store_of(std::string_view location) {
  using detail::parameter;
  const std::string_view scheme = detail::scheme_of(location);
  const auto is = [scheme](std::string_view name) { return http::same_name(scheme, name); };
  const bool known = is("s3") || is("gs") || is("gcs") || is("r2") || is("tigris");
  for (const std::string_view web : {"http", "https"}) {
    if (is(std::string(web) + "+icechunk") || is(std::string(web) + "+ic")) {
      return std::optional<std::string>(std::string(web) + std::string(location.substr(scheme.size())));
    }
  }
  if (!known) return std::optional<std::string>();
  std::string_view rest = location.substr(scheme.size());
  if (!rest.starts_with("://")) return detail::bad_redirect(location, "a store is scheme://bucket/prefix");
  rest.remove_prefix(3);
  rest = rest.substr(0, rest.find('#'));
  const std::string_view place = rest.substr(0, rest.find('?'));
  const std::string_view query = rest.size() > place.size() ? rest.substr(place.size() + 1) : std::string_view();
  if (place.empty() || place.starts_with('/'))
    return detail::bad_redirect(location, "a store is scheme://bucket/prefix");
  const std::string region = parameter(query, "region");
  if (is("gs") || is("gcs")) return std::optional<std::string>("gs://" + std::string(place) + "?anonymous=true");
  std::string url = "s3://" + std::string(place) + "?anonymous=true";
  if (is("s3")) {
    if (region.empty()) return detail::bad_redirect(location, "the redirect to an S3 bucket lacks ?region=");
    url += "&region=" + http::escape(region);
    const std::string endpoint = parameter(query, "endpoint_url");
    if (!endpoint.empty()) url += "&endpoint=" + http::escape(endpoint);
  } else if (is("r2")) {
    const std::string account = parameter(query, "account_id");
    const bool plain = !account.empty() && std::ranges::all_of(account, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '-';
    });
    if (!plain) return detail::bad_redirect(location, "the redirect to an R2 bucket lacks ?account_id=");
    url += "&region=auto&endpoint=" + http::escape("https://" + account + ".r2.cloudflarestorage.com");
  } else {
    url += "&region=" + http::escape(region.empty() ? "auto" : region);
    url += "&endpoint=" + http::escape("https://t3.storage.dev");
  }
  return std::optional<std::string>(std::move(url));
}

}  // namespace varve::inline v0::storage::http_store
