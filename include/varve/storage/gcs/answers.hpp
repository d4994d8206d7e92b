// SPDX-License-Identifier: Apache-2.0
// Reading what Google's JSON API answers. Answers are bytes from outside: whatever they hold, reading them ends with a
// value or an Error.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/auth/token.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/http/message.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::gcs {

/// The resource of an object, as far as it is used.
struct ObjectResource {
  std::string name;  ///< in its bucket
  std::uint64_t size = 0;
  std::string generation;
  Timestamp modified{};
  std::string write_id;  ///< from its metadata, as is `replaced`; see conditional_write.hpp
  std::string replaced;
};

/// Errors of each: `errc::corrupt`, with `doing` as what was being done.
VARVE_DECL Result<ObjectResource> parse_object(std::string_view json, std::string_view doing);
/// A page of objects.list; `root` is taken off the names.
VARVE_DECL Result<ListPage> parse_list(std::string_view json, std::string_view root);
/// The answer of a token endpoint at `now`. Errors: `errc::denied`, without the answer's text: it may hold secrets.
VARVE_DECL Result<auth::AccessToken> parse_token(std::string_view json, Timestamp now);

/// The API's word for what went wrong ("conditionNotMet", "notFound") and its sentence about it; empty if it said none.
struct Refusal {
  std::string reason;
  std::string message;
};
VARVE_DECL Refusal parse_refusal(const http::Response& response);

}  // namespace varve::inline v0::storage::gcs

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/gcs/impl/answers.ipp>
#endif
