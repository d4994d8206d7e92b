// SPDX-License-Identifier: Apache-2.0
// What a Gcs store keeps: its addresses, its credentials, its client, and how a request becomes one of its own.
#pragma once

#include <varve/storage/auth/refusal.hpp>
#include <varve/storage/gcs.hpp>
#include <varve/storage/gcs/answers.hpp>
#include <varve/storage/http/conditional_write.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace varve::inline v0::storage {

struct gcs::Store {
  explicit Store(GcsOptions given)
      : options(std::move(given)), client(options.client ? *options.client : http::Client(options.http)) {
    service.authorize = [this](http::Request& request) { return authorize(request); };
    service.judge = [this](const http::Response& response) { return judge(response); };
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  GcsOptions options;
  std::string root;  // the prefix with its slash
  http::Url endpoint;
  std::optional<auth::TokenCache> tokens;
  http::Client client;
  http::Service service;
  http::Lineages lineages;  // of what it wrote: a read through the JSON API tells nothing of an object's metadata

  /// A request to `/<area>/b/<bucket>/o`, where `area` is "storage/v1" or its upload counterpart.
  http::Request bucket_request(std::string method, std::string_view area) const {
    http::Request out;
    out.method = std::move(method);
    out.url = endpoint;
    out.url.path += '/' + std::string(area) + "/b/" + http::escape(options.bucket) + "/o";
    if (!options.billing_project.empty()) out.url.add("userProject", options.billing_project);
    return out;
  }
  /// A key is one segment of the path: its slashes are escaped.
  http::Request object_request(std::string method, std::string_view key) const {
    http::Request out = bucket_request(std::move(method), "storage/v1");
    out.url.path += '/' + http::escape(root + std::string(key));
    return out;
  }

  Awaitable<Result<void>> authorize(http::Request& request) {
    if (const auto* bearer = std::get_if<gcs::Bearer>(&options.credentials)) {
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
    return http::judge_status(response);
  }

  /// Whether a version can be one of this service, so that it may be asked for.
  static bool is_generation(const VersionTag& version) {
    const std::string_view text = version.text;
    return !text.empty() && text.size() <= 19 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  }

  /// No such object. No such bucket is an error: a name that was mistyped is no empty repository.
  static bool no_object(const http::Response& response) {
    return response.status == 404 && parse_refusal(response).message.find("bucket does not exist") == std::string::npos;
  }

  Error error(const http::Response& response, std::string_view doing, std::string_view key) const {
    const Refusal refusal = parse_refusal(response);
    std::string hint = refusal.message;
    if (response.status == 401 && !tokens) hint = "the bucket is not public; pass credentials";
    if (response.status == 404 && hint.empty()) hint = "there may be no bucket " + options.bucket;
    return auth::refusal(response, refusal.reason, doing, key, std::move(hint));
  }

  /// The object's resource.
  Awaitable<Result<http::Response>> stat(std::string_view key) {
    http::Request asked = object_request("GET", key);
    asked.url.add("fields", "name,size,generation,updated,metadata");
    co_return co_await client.send(std::move(asked), service);
  }
};

}  // namespace varve::inline v0::storage
