// SPDX-License-Identifier: Apache-2.0
// What the answers of S3 mean: its error documents, and what a user can do about each.
#pragma once

#include <varve/core/error.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/http/message.hpp>
#include <varve/storage/s3/impl/xml.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage::s3::detail {

/// The content of an error document; empty where there is none, as after HEAD.
struct Failure {
  std::string code;
  std::string message;
  std::string region;
};

inline Failure parse_failure(ByteView body) {
  Failure failure;
  pugi::xml_document document;
  constexpr std::size_t most = 1 << 20;  // real ones have some hundred bytes
  if (body.empty() || body.size() > most || !parse_xml(document, body)) return failure;
  pugi::xml_node error = document.child("Error");
  if (!error) error = document.child("ErrorResponse").child("Error");
  failure.code = text_of(error, "Code");
  failure.message = text_of(error, "Message");
  failure.region = text_of(error, "Region");
  return failure;
}

inline bool one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// A region's name goes into a host's name, so nothing else may stand in it.
inline bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= 40 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

/// The region that an answer sends the request to; empty if none.
inline std::string region_of(const http::Response& response) {
  if (response.status != 301 && response.status != 307 && response.status != 400) return {};
  std::string region(response.field("x-amz-bucket-region"));
  if (region.empty()) {
    const Failure failure = parse_failure(response.body);
    if (one_of(failure.code, {"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect"})) {
      region = failure.region;
    }
  }
  return is_region(region) ? region : std::string();
}

/// Whether the credentials, and not what was asked for, are refused for their age.
/// Whether a response says that there is no such object. A 404 also stands for a bucket that is not there, and with
/// versitygw for a key that nobody has.
inline bool says_missing(const http::Response& response) {
  if (response.status != 404) return false;
  const Failure failure = parse_failure(response.body);
  return failure.code.empty() || one_of(failure.code, {"NoSuchKey", "NoSuchVersion", "NotFound"});
}

inline bool expired(const Failure& failure) {
  return one_of(failure.code,
                {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "RequestExpired"});
}

inline std::string hint_for(int status, const Failure& failure, const std::string& region) {
  const std::string& code = failure.code;
  if (code == "SignatureDoesNotMatch") return "the secret key is wrong, or something on the way changes requests";
  if (one_of(code, {"InvalidAccessKeyId", "XAdminUserNotFound"})) return "the store does not know the access key";
  if (expired(failure)) return "the session token has expired; fetch new credentials";
  if (code == "RequestTimeTooSkewed")
    return "the clocks of the store and of this machine differ by more than 15 minutes";
  if (code == "NoSuchBucket") return "there is no such bucket at this endpoint; create it or check the names";
  if (code == "InvalidBucketName") return "the bucket's name is not one that S3 allows";
  if (code == "AllAccessDisabled" || code == "AccountProblem") return failure.message;
  if (!region.empty()) return "the bucket is in the region " + region + "; name that region";
  if (status == 301 || status == 307) return "the bucket is at another endpoint; check the endpoint and the region";
  if (status == 401 || status == 403) {
    return "the credentials do not allow this; without the permission to list the bucket, what is not there is "
           "answered so, too";
  }
  return failure.message;
}

inline errc code_for(int status, const Failure& failure) {
  const bool unknown = one_of(failure.code, {"InvalidAccessKeyId", "XAdminUserNotFound"});  // versitygw's is a 404
  if (status == 401 || status == 403 || unknown || expired(failure)) return errc::denied;
  if (status == 507 || one_of(failure.code, {"XMinioStorageFull", "QuotaExceeded", "EntityTooLarge"}))
    return errc::no_space;
  if (status == 501 || status == 405 || failure.code == "NotImplemented") return errc::unsupported_operation;
  if (status == 429 || status == 503 || one_of(failure.code, {"SlowDown", "ServiceUnavailable"}))
    return errc::throttled;
  if (status >= 500 || status == 408 || one_of(failure.code, {"InternalError", "RequestTimeout"}))
    return errc::unreachable;
  return errc::io_error;
}

/// An answer that is neither what was asked for nor one that the caller plans for.
inline Error error_of(const http::Response& response, std::string doing, std::string_view key) {
  if (response.unclear()) {
    return Error(errc::unreachable, std::move(doing), std::string(key), "it is not known whether it was done")
        .from_backend(response.trouble, true);
  }
  const Failure failure = parse_failure(response.body);
  const errc code = code_for(response.status, failure);
  std::string text = std::to_string(response.status);
  if (!failure.code.empty()) text += ' ' + failure.code;
  const bool passing = code == errc::throttled || code == errc::unreachable || response.status == 409;
  return Error(code, std::move(doing), std::string(key), hint_for(response.status, failure, region_of(response)))
      .from_backend(std::move(text), passing);
}

/// The ETag without quotes; empty if there is none.
inline VersionTag version_of(std::string_view etag) {
  VersionTag version;
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
  version.text = etag;
  return version;
}

}  // namespace varve::inline v0::storage::s3::detail
