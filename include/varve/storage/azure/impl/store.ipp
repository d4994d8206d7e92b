// SPDX-License-Identifier: Apache-2.0
// What an Azure store keeps: its addresses, its credentials, its client, and how a request becomes one of its own.
#pragma once

#include <varve/storage/auth/date.hpp>
#include <varve/storage/auth/refusal.hpp>
#include <varve/storage/azure.hpp>
#include <varve/storage/azure/answers.hpp>
#include <varve/storage/azure/sign.hpp>
#include <varve/storage/http/conditional_write.hpp>
#include <varve/storage/http/digest.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace varve::inline v0::storage {

struct azure::Store {
  explicit Store(AzureOptions given)
      : options(std::move(given)), client(options.client ? *options.client : http::Client(options.http)) {
    service.authorize = [this](http::Request& request) { return authorize(request); };
    service.judge = [this](const http::Response& response) { return judge(response); };
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The newest version that Azurite 3.35 and all sovereign clouds speak.
  static constexpr std::string_view service_version = "2021-12-02";

  AzureOptions options;
  std::string root;         // the prefix with its slash
  http::Url container;      // where the container is
  std::string shared_key;   // decoded
  std::optional<auth::TokenCache> tokens;
  http::Client client;
  http::Service service;
  http::Lineages lineages;
  std::atomic<std::int64_t> ahead_seconds = 0;  // how far the service's clock is ahead of ours

  http::Request request(std::string method, std::string_view key) const {
    http::Request out;
    out.method = std::move(method);
    out.url = container;
    out.url.path += '/' + http::escape(root + std::string(key), /*keep_slashes=*/true);
    return out;
  }

  /// Each attempt is dated anew: the service refuses dates that are 15 minutes off.
  Awaitable<Result<void>> authorize(http::Request& request) {
    const Timestamp now = options.environment.now() + std::chrono::seconds(ahead_seconds.load());
    request.set("x-ms-date", auth::http_date(now));
    request.set("x-ms-version", std::string(service_version));
    if (!shared_key.empty()) {
      azure::sign(request, options.account, shared_key);
    } else if (const auto* sas = std::get_if<azure::Sas>(&options.credentials)) {
      request.url.query += (request.url.query.empty() ? "" : "&") + sas->token;
    } else if (const auto* bearer = std::get_if<azure::Bearer>(&options.credentials)) {
      request.set("Authorization", "Bearer " + bearer->token);
    } else if (tokens) {
      auto token = co_await tokens->get();
      if (!token) co_return std::move(token).error();
      request.set("Authorization", "Bearer " + *token);
    }
    co_return Result<void>();
  }

  http::Verdict judge(const http::Response& response) {
    if (response.status == 401 && tokens) {
      tokens->refused();
      return http::Verdict::new_credentials;
    }
    if (response.status == 403 && !shared_key.empty() && azure::error_code(response) == "AuthenticationFailed") {
      // The same code means a wrong key; a clock is to blame only if the two differ by more than the service allows.
      const auto theirs = auth::parse_http_date(response.field("Date"));
      if (!theirs) return http::Verdict::done;
      const Timestamp ours = options.environment.now();
      const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(*theirs - ours).count();
      const std::int64_t before = ahead_seconds.exchange(ahead);
      if (std::abs(ahead - before) > 300) return http::Verdict::new_date;
      return http::Verdict::done;
    }
    return http::judge_status(response);
  }

  static std::string metadata_field(std::string_view name) { return "x-ms-meta-" + std::string(name); }
  static std::string_view noted(const http::Response& response, std::string_view name) {
    return response.field(metadata_field(name));
  }
  static VersionTag version_of(const http::Response& response) { return {std::string(response.field("ETag"))}; }

  /// The service takes a backslash for a slash, so that such a key would name another object.
  static Result<void> check_key(std::string_view key, std::string_view doing) {
    if (key.find('\\') != key.npos) {
      return Error(errc::invalid_key, std::string(doing), std::string(key), "Azure takes a backslash for a slash");
    }
    return auth::check_key(key, doing);
  }

  /// Whether a version can be one of this service, so that it may be asked for.
  static bool is_etag(const VersionTag& version) {
    const std::string_view text = version.text;
    return text.size() > 2 && text.starts_with('"') && text.ends_with('"') && auth::fits_a_field(text);
  }

  /// No such blob. No such container is an error: a name that was mistyped is no empty repository.
  static bool no_blob(const http::Response& response) {
    return response.status == 404 && azure::error_code(response) != "ContainerNotFound";
  }

  Error error(const http::Response& response, std::string_view doing, std::string_view key) const {
    const std::string code = azure::error_code(response);
    std::string hint;
    if (code == "ContainerNotFound") hint = "there is no container " + options.container + "; make it first";
    if (code == "AuthenticationFailed") hint = "the key or signature is wrong, or has expired";
    if (response.status == 404 && hint.empty() && code.empty()) hint = "there may be no container " + options.container;
    return auth::refusal(response, code, doing, key, std::move(hint));
  }

  /// Properties of a blob. A HEAD has no body, so that a missing container is told by its field.
  Awaitable<Result<http::Response>> head(std::string_view key) {
    http::Request asked = request("HEAD", key);
    co_return co_await client.send(std::move(asked), service);
  }
};

}  // namespace varve::inline v0::storage
