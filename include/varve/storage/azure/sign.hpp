// SPDX-License-Identifier: Apache-2.0
// Azure's Shared Key: a request is proved by an HMAC over its method, some of its fields and its resource.
#pragma once

#include <varve/core/config.hpp>
#include <varve/storage/http/message.hpp>

#include <string>
#include <string_view>

namespace varve::inline v0::storage::azure {

/// The text that is signed ("Authorize with Shared Key", Blob service, versions since 2015-02-21). `request` has its
/// x-ms-date and x-ms-version.
VARVE_DECL std::string string_to_sign(const http::Request& request, std::string_view account);

/// Adds the Authorization field. `key` is the account's key, decoded.
VARVE_DECL void sign(http::Request& request, std::string_view account, std::string_view key);

}  // namespace varve::inline v0::storage::azure

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/azure/impl/sign.ipp>
#endif
