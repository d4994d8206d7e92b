// SPDX-License-Identifier: Apache-2.0
// The two spellings of a time that object stores use: HTTP's own ("Sun, 22 Nov 2026 18:30:00 GMT", in fields and in
// Azure's listings) and RFC 3339 ("2026-11-22T18:30:00.123Z", in Google's JSON).
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::auth {

/// `when` as HTTP writes it; fractions of a second are dropped.
VARVE_DECL std::string http_date(Timestamp when);
/// `nullopt` for anything but a valid date in the one form that servers send today.
VARVE_DECL std::optional<Timestamp> parse_http_date(std::string_view text);
/// Microseconds of an RFC 3339 time with `Z` or an offset; `nullopt` for anything else.
VARVE_DECL std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace varve::inline v0::storage::auth

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/auth/impl/date.ipp>
#endif
