// SPDX-License-Identifier: Apache-2.0
// Reading what the Blob service answers. Answers are bytes from outside: whatever they hold, reading them ends with a
// value or an Error.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/http/message.hpp>

#include <span>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::azure {

/// A page of List Blobs; `root` is taken off the names. Errors: `errc::corrupt`.
VARVE_DECL Result<ListPage> parse_list(std::string_view xml, std::string_view root);

/// The service's word for what went wrong: "BlobAlreadyExists". Empty if it said none.
VARVE_DECL std::string error_code(const http::Response& response);

/// The body of Put Block List.
VARVE_DECL std::string block_list(std::span<const std::string> ids);

}  // namespace varve::inline v0::storage::azure

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/azure/impl/answers.ipp>
#endif
