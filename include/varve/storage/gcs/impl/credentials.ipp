// SPDX-License-Identifier: Apache-2.0
// Bodies of credentials.hpp.
#pragma once

#include <varve/async/blocking.hpp>
#include <varve/core/json.hpp>
#include <varve/storage/auth/refusal.hpp>
#include <varve/storage/gcs/answers.hpp>
#include <varve/storage/gcs/credentials.hpp>
#include <varve/storage/gcs/impl/answers.ipp>
#include <varve/storage/http/digest.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

namespace varve::inline v0::storage::gcs {

namespace detail {

inline constexpr std::string_view storage_scope = "https://www.googleapis.com/auth/devstorage.read_write";

inline Error bad_key(std::string hint) {
  return Error(errc::invalid_argument, "read Google credentials", {}, std::move(hint));
}

/// An RSA key from its PEM text. A key with a pass phrase is refused instead of asking the terminal for it.
inline std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> load_key(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(
      BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 1 << 20))), &BIO_free);
  const auto no_phrase = [](char*, int, int, void*) { return -1; };
  EVP_PKEY* key = source ? PEM_read_bio_PrivateKey(source.get(), nullptr, no_phrase, nullptr) : nullptr;
  if (key != nullptr && EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
    EVP_PKEY_free(key);
    key = nullptr;
  }
  return {key, &EVP_PKEY_free};
}

inline Result<Bytes> sign_rs256(std::string_view pem, std::string_view text) {
  const auto key = load_key(pem);
  if (!key) return bad_key("private_key is no RSA key in PEM");
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* input = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, input, text.size()) != 1) {
    return bad_key("OpenSSL cannot sign with private_key");
  }
  Bytes signature(size);
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, input, text.size()) !=
      1) {
    return bad_key("OpenSSL cannot sign with private_key");
  }
  signature.resize(size);
  return signature;
}

inline Awaitable<Result<auth::AccessToken>> ask(http::Client client, const Environment& environment,
                                                http::Request request, std::string_view who) {
  const http::Service plain;
  const Timestamp now = environment.now();  // before the answer: a token never lives longer than we believe
  auto response = co_await client.send(std::move(request), plain);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) {
    const Refusal refusal = parse_refusal(*response);
    co_return Error(errc::denied, "fetch access token", std::string(who), refusal.message)
        .from_backend(std::to_string(response->status) + ' ' + refusal.reason, false);
  }
  co_return parse_token(as_text(response->body), now);
}

/// Exchanges a key for a token.
inline Awaitable<Result<auth::AccessToken>> fetch_with_key(const KeyContent& key, http::Client client,
                                                           const Environment& environment) {
  auto url = http::parse_url(key.token_uri);
  if (!url) co_return std::move(url).error();
  std::string form;
  if (key.service_account) {
    auto claim = signed_claim(key, storage_scope, environment.now());
    if (!claim) co_return std::move(claim).error();
    form = "grant_type=" + http::escape("urn:ietf:params:oauth:grant-type:jwt-bearer") + "&assertion=" + *claim;
  } else {
    form = "grant_type=refresh_token&client_id=" + http::escape(key.client_id) +
           "&client_secret=" + http::escape(key.client_secret) + "&refresh_token=" + http::escape(key.refresh_token);
  }
  http::Request request;
  request.method = "POST";
  request.url = *std::move(url);
  request.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = as_bytes(form);
  co_return co_await ask(client, environment, std::move(request), key.client_email);
}

inline Awaitable<Result<auth::AccessToken>> fetch_from_metadata(const MetadataServer& server, http::Client client,
                                                                const Environment& environment) {
  std::string host = server.host;
  if (host.empty()) host = auth::variable("GCE_METADATA_HOST");
  if (host.empty()) host = "metadata.google.internal";
  auto url = http::parse_url("http://" + host);
  if (!url) co_return std::move(url).error();
  http::Request request;
  request.url = *std::move(url);
  request.url.path = "/computeMetadata/v1/instance/service-accounts/" + http::escape(server.account) + "/token";
  request.set("Metadata-Flavor", "Google");
  co_return co_await ask(client, environment, std::move(request), host);
}

struct ReadKeyFile {
  const std::string& path;
  Result<KeyContent> operator()() const {
    auto text = auth::read_secret_file(path, "read Google credentials");
    if (!text) return std::move(text).error();
    return parse_key(*text);
  }
};

inline Awaitable<Result<auth::AccessToken>> fetch_with_file(const std::string& path, http::Client client,
                                                            const Environment& environment) {
  const ReadKeyFile read{path};
  auto key = co_await blocking(client.options().runtime, read);
  if (!key) co_return std::move(key).error();
  co_return co_await fetch_with_key(*key, client, environment);
}

/// The file of application default credentials; empty if there is none.
inline std::string default_key_file() {
  if (std::string path = auth::variable("GOOGLE_APPLICATION_CREDENTIALS"); !path.empty()) return path;
  std::string folder = auth::variable("CLOUDSDK_CONFIG");
  if (folder.empty()) {
    const std::string home = auth::variable("HOME");
    if (home.empty()) return {};
    folder = home + "/.config/gcloud";
  }
  std::string path = folder + "/application_default_credentials.json";
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? path : std::string();
}

/// A client that soon gives up where there is no metadata server, and reaches it directly.
inline http::Client metadata_client(const http::Client& client) {
  http::ClientOptions options = client.options();
  options.limits.connect = std::chrono::milliseconds(1'000);
  options.limits.attempt = std::chrono::milliseconds(5'000);
  options.limits.operation = std::chrono::milliseconds(15'000);
  options.limits.tries = 3;
  options.proxy = std::string();
  options.hedge.reset();
  options.progress = nullptr;
  return http::Client(std::move(options));
}

inline Awaitable<Result<auth::AccessToken>> fetch_by_default(http::Client client, http::Client metadata,
                                                             const Environment& environment) {
  const std::string path = default_key_file();
  if (!path.empty()) co_return co_await fetch_with_file(path, client, environment);
  const MetadataServer server;
  auto token = co_await fetch_from_metadata(server, metadata, environment);
  if (token) co_return token;
  co_return Error(errc::denied, "find Google credentials", {},
                  "no GOOGLE_APPLICATION_CREDENTIALS, no file of gcloud's, and the metadata server gave none (" +
                      std::string(token.error().what()) + "); for public buckets use gcs::Anonymous");
}

}  // namespace detail

VARVE_DECL Result<KeyContent> parse_key(std::string_view json) {
  const detail::JsonDocument document(json);
  if (document.failed) return detail::bad_key("it is no JSON");
  const auto text = [&document](std::string_view name) { return detail::text_member(document.root, name); };
  const std::string type = text("type");
  KeyContent key;
  key.service_account = type == "service_account";
  if (!key.service_account && type != "authorized_user") {
    return detail::bad_key("keys of the type \"" + type.substr(0, 40) +
                           "\" are not read; service_account and authorized_user are, or pass a TokenFunction");
  }
  key.token_uri = text("token_uri");
  if (key.token_uri.empty()) key.token_uri = "https://oauth2.googleapis.com/token";
  key.client_email = text("client_email");
  key.private_key = text("private_key");
  key.private_key_id = text("private_key_id");
  key.client_id = text("client_id");
  key.client_secret = text("client_secret");
  key.refresh_token = text("refresh_token");
  if (key.service_account && (key.client_email.empty() || key.private_key.empty())) {
    return detail::bad_key("a service account's key has a client_email and a private_key");
  }
  if (!key.service_account && (key.client_id.empty() || key.client_secret.empty() || key.refresh_token.empty())) {
    return detail::bad_key("a user's key has a client_id, a client_secret and a refresh_token");
  }
  return key;
}

VARVE_DECL Result<std::string> signed_claim(const KeyContent& key, std::string_view scope, Timestamp now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  Json::Object header{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!key.private_key_id.empty()) header.emplace_back("kid", key.private_key_id);
  Json::Object claims{{"iss", key.client_email}, {"scope", scope},           {"aud", key.token_uri},
                      {"iat", seconds},          {"exp", seconds + 60 * 60}};
  std::string text = http::base64url(as_bytes(Json(std::move(header)).text())) + '.' +
                     http::base64url(as_bytes(Json(std::move(claims)).text()));
  auto signature = detail::sign_rs256(key.private_key, text);
  if (!signature) return std::move(signature).error();
  text += '.';
  text += http::base64url(*signature);
  return text;
}

VARVE_DECL Result<auth::TokenFunction> token_function(const Credentials& credentials, const http::Client& client,
                                                           const Environment& environment) {
  // A coroutine refers to what the function object holds, and that lives as long as the store.
  auth::TokenFunction function;
  if (const auto* key = std::get_if<Key>(&credentials)) {
    auto content = parse_key(key->json);
    if (!content) return std::move(content).error();
    function = [content = *std::move(content), client, environment] {
      return detail::fetch_with_key(content, client, environment);
    };
  } else if (const auto* file = std::get_if<KeyFile>(&credentials)) {
    function = [path = file->path, client, environment] { return detail::fetch_with_file(path, client, environment); };
  } else if (const auto* server = std::get_if<MetadataServer>(&credentials)) {
    function = [server = *server, direct = detail::metadata_client(client), environment] {
      return detail::fetch_from_metadata(server, direct, environment);
    };
  } else if (std::holds_alternative<ApplicationDefault>(credentials)) {
    function = [client, direct = detail::metadata_client(client), environment] {
      return detail::fetch_by_default(client, direct, environment);
    };
  } else if (const auto* own = std::get_if<auth::TokenFunction>(&credentials)) {
    if (!*own) return Error(errc::invalid_argument, "open Google bucket", "TokenFunction", "it is empty");
    function = *own;
  }
  return function;
}

}  // namespace varve::inline v0::storage::gcs
