// SPDX-License-Identifier: Apache-2.0
// What the stores that are reached by HTTP share around their requests: keys below a prefix, ranges as a header can say
// them, and the Error for a response that says no.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/http/message.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage::auth {

/// `prefix` without slashes around it, and with one behind it unless it is empty: what each key is appended to.
inline std::string root_of(std::string_view prefix) {
  while (prefix.starts_with('/')) prefix.remove_prefix(1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return prefix.empty() ? std::string() : std::string(prefix) + '/';
}

/// Refuses keys that no store takes, and segments `.` and `..`, which anything between here and the store may resolve
/// to an object elsewhere.
inline Result<void> check_key(std::string_view key, std::string_view doing) {
  if (key.empty()) return Error(errc::invalid_key, std::string(doing), {}, "a key is not empty");
  if (key.size() > 1024) return Error(errc::invalid_key, std::string(doing), std::string(key.substr(0, 1024)),
                                      "object stores take keys of up to 1024 bytes");
  for (std::string_view rest = key; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    if (segment == "." || segment == "..") {
      return Error(errc::invalid_key, std::string(doing), std::string(key), "no part of a key is . or ..");
    }
    rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
  }
  return {};
}

/// `[first, first + size)` within what servers parse, which is signed 64-bit numbers.
inline ByteRange sendable(ByteRange range) {
  constexpr auto most = static_cast<std::uint64_t>(INT64_MAX);
  return {std::min(range.first, most - 1), std::min(range.last, most)};
}
inline ByteRange range_from(std::uint64_t first, std::size_t size) {
  return {first, size > UINT64_MAX - first ? UINT64_MAX : first + size};
}

/// Whether a version may go into a field as it is: one that a hostile store made up could end the field.
inline bool fits_a_field(std::string_view text) {
  return !text.empty() && text.size() <= 1024 &&
         std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

/// The error for a response that says no. `code` is the service's own word for it, cut and cleaned for a message.
inline Error refusal(const http::Response& response, std::string_view code, std::string_view doing,
                     std::string_view key, std::string hint = {}) {
  std::string own = std::to_string(response.status);
  if (!code.empty()) own += ' ';
  for (const char c : code.substr(0, 200)) own += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  errc kind = errc::io_error;
  bool retryable = false;
  switch (response.status) {
    case 401: case 403: case 407: kind = errc::denied; break;
    case 404: case 410: kind = errc::missing_object; break;
    case 405: case 501: kind = errc::unsupported_operation; break;
    case 429: case 503: kind = errc::throttled, retryable = true; break;
    case 507: kind = errc::no_space; break;
    case 0: case 408: case 500: case 502: case 504: kind = errc::unreachable, retryable = true; break;
    default: break;
  }
  if (response.status == 0) own = response.trouble;
  return Error(kind, std::string(doing), std::string(key), std::move(hint)).from_backend(std::move(own), retryable);
}

}  // namespace varve::inline v0::storage::auth
