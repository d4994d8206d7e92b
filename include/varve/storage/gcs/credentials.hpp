// SPDX-License-Identifier: Apache-2.0
// Credentials of Google Cloud: each way ends in an access token of about an hour.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/auth/token.hpp>
#include <varve/storage/http/client.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace varve::inline v0::storage::gcs {

/// Buckets that everybody may read, and emulators.
struct Anonymous {};
/// A token that the program itself keeps fresh.
struct Bearer {
  std::string token;
};
/// The JSON key of a service account, or of a user as `gcloud auth application-default login` writes it.
struct Key {
  std::string json;
};
/// The same in a file, read again for each token.
struct KeyFile {
  std::string path;
};
/// The service account of the machine: Compute Engine, GKE, Cloud Run.
struct MetadataServer {
  std::string host;                 ///< "host[:port]"; $GCE_METADATA_HOST or metadata.google.internal if empty
  std::string account = "default";  ///< its address, or "default"
};
/// The file $GOOGLE_APPLICATION_CREDENTIALS; else gcloud's file below $CLOUDSDK_CONFIG or ~/.config/gcloud; else the
/// metadata server.
struct ApplicationDefault {};

/// The last alternative is a program's own way.
using Credentials =
    std::variant<ApplicationDefault, Anonymous, Bearer, Key, KeyFile, MetadataServer, auth::TokenFunction>;

/// What a key says.
struct KeyContent {
  bool service_account = false;  ///< else a user
  std::string token_uri;
  std::string client_email, private_key, private_key_id;    // of a service account
  std::string client_id, client_secret, refresh_token;      // of a user
};

/// Errors: `errc::invalid_argument` for what is no key, or one of another kind. No error quotes the key.
VARVE_DECL Result<KeyContent> parse_key(std::string_view json);

/// The signed claim that a service account's key is exchanged for a token with (RFC 7523, RS256). It holds for an hour.
VARVE_DECL Result<std::string> signed_claim(const KeyContent& key, std::string_view scope, Timestamp now);

/// A function that fetches tokens; empty for those who need none (Anonymous) and for a fixed one (Bearer).
/// Errors: `errc::invalid_argument` for a key that is none.
VARVE_DECL Result<auth::TokenFunction> token_function(const Credentials& credentials, const http::Client& client,
                                                           const Environment& environment = Environment());

}  // namespace varve::inline v0::storage::gcs

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/gcs/impl/credentials.ipp>
#endif
