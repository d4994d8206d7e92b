// SPDX-License-Identifier: Apache-2.0
// The addresses that redirects give: relative ones, and those of stores.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/http/url.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::http_store {

/// The address that a Location field gives, seen from the URL that was asked.
/// Errors: `errc::invalid_argument` for what is no http(s) URL in the end.
VARVE_DECL Result<http::Url> follow(const http::Url& asked, std::string_view location);

/// The URL for storage::Any of a store that a Location field names; `nullopt` if it names none.
/// Errors: `errc::invalid_argument` if what a store of that scheme needs is missing.
VARVE_DECL Result<std::optional<std::string>> store_of(std::string_view location);

}  // namespace varve::inline v0::storage::http_store

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/http_store/impl/redirect.ipp>
#endif
