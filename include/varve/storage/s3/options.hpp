// SPDX-License-Identifier: Apache-2.0
// What S3 is told when it is opened.
#pragma once

#include <varve/core/environment.hpp>
#include <varve/storage/http/client.hpp>
#include <varve/storage/http/message.hpp>
#include <varve/storage/s3/credentials.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace varve::inline v0::storage::s3 {

/// What protects the bytes of a write on their way, besides TCP's own sum.
enum class Checksum : std::uint8_t {
  transport,  ///< over TLS that is TLS; over plain http the signature covers a SHA-256 of the body
  sha256,     ///< the signature covers a SHA-256 of the body over TLS too, so the server compares it
  md5,        ///< a Content-MD5 besides what `transport` does
};

}  // namespace varve::inline v0::storage::s3

namespace varve::inline v0::storage {

/// Every field has a good default but the bucket; name the ones that differ.
struct S3Options {
  std::string bucket;
  std::string
      prefix;  ///< before every key, with a slash between; slashes at its ends are dropped; empty: the bucket's root
  /// Empty: $AWS_REGION, $AWS_DEFAULT_REGION, the profile's, or "us-east-1". A wrong one is put right by AWS's answer.
  std::string region;
  /// "http://127.0.0.1:9000". Empty: $AWS_ENDPOINT_URL_S3, $AWS_ENDPOINT_URL, or AWS's own for the region.
  std::string endpoint;
  /// Whether the bucket stands in the path or before the host's name. Without it: in the path if an endpoint is given
  /// or the bucket's name has dots, which no certificate covers.
  std::optional<bool> path_style;
  s3::CredentialsProvider
      credentials{};  ///< AWS's default chain; `s3::CredentialsProvider::anonymous()` for public data
  bool requester_pays = false;
  std::string storage_class;        ///< of what is written, such as "INTELLIGENT_TIERING"; empty: the bucket's own
  std::string chunk_storage_class;  ///< of objects below `chunks/`; empty: as `storage_class`
  std::vector<http::Field> fields;  ///< of each request, signed, such as X-Amz-Expected-Bucket-Owner
  std::vector<http::Field> write_fields;  ///< of requests that make objects, such as X-Amz-Server-Side-Encryption
  s3::Checksum checksum = s3::Checksum::transport;
  /// Unconditional writes larger than this go in parts, several at once. Conditional ones never do, since some servers
  /// forget the condition when the parts are joined.
  std::uint64_t multipart_above = 100 << 20;
  std::uint64_t part_bytes = 16 << 20;   ///< at least 5 MiB; more where an object would have more than 10,000 parts
  std::size_t parts_in_flight = 8;       ///< of one object
  std::size_t expect_above = 256 << 10;  ///< larger conditional writes ask before they send their bytes
  /// Whether a repository is created only after the store was seen to keep its conditions; see storage::probe. It costs
  /// some hundred requests, once. Without it: if an endpoint is given, since Amazon's own is known to.
  std::optional<bool> probe{};
  http::ClientOptions http{};            ///< used unless `client` is given
  std::optional<http::Client> client{};  ///< shared with other stores: one pool of connections
  Environment environment{};             ///< clock of signatures, random write ids
};

}  // namespace varve::inline v0::storage
