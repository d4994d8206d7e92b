// SPDX-License-Identifier: Apache-2.0
// Signature version 4 of AWS, in the header of a request: what proves to S3, and to whatever speaks its protocol, that
// the sender knows a secret key.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/storage/http/digest.hpp>
#include <varve/storage/http/message.hpp>
#include <varve/storage/http/url.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace varve::inline v0::storage::s3 {

/// Who asks. Without an access key: nobody, and requests are not signed.
struct Credentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;           ///< of temporary ones
  std::optional<Timestamp> expires{};  ///< of temporary ones

  bool anonymous() const { return access_key.empty(); }
};

/// The body of a request as a signature has it.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
/// The hash of no bytes.
inline constexpr std::string_view empty_payload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// "20130524T000000Z".
VARVE_DECL std::string amz_date(Timestamp time);

/// Signs for one service; keeps the key that it derives for a day and a region. Thread-safe.
class Signer {
 public:
  explicit Signer(std::string service = "s3") : service_(std::move(service)) {}

  /// Adds X-Amz-Date, X-Amz-Security-Token and Authorization. All fields that the request has are signed, except those
  /// that stand for the connection. X-Amz-Content-Sha256 is taken for the hash of the body, `empty_payload` without it.
  /// The query must be escaped as `Url::add` does it.
  void sign(http::Request& request, const Credentials& who, std::string_view region, Timestamp now) const;

 private:
  struct Key {
    std::string secret, date, region;
    http::Sha256 bytes{};
  };
  std::shared_ptr<const Key> key(const Credentials& who, std::string_view date, std::string_view region) const;

  std::string service_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Key> key_;
};

}  // namespace varve::inline v0::storage::s3

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/s3/impl/signer.ipp>
#endif
