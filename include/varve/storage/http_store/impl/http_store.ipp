// SPDX-License-Identifier: Apache-2.0
// Bodies of http.hpp (the store).
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/storage/auth/date.hpp>
#include <varve/storage/auth/refusal.hpp>
#include <varve/storage/http.hpp>
#include <varve/storage/http_store/redirect.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace varve::inline v0::storage {

struct http_store::Store {
  explicit Store(HttpOptions given)
      : options(std::move(given)), client(options.client ? *options.client : http::Client(options.http)) {
    service.authorize = [this](http::Request& request) { return authorize(request); };
    service.judge = [this](const http::Response& response) { return judge(response); };
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  HttpOptions options;
  http::Url base;
  std::optional<auth::TokenCache> tokens;
  http::Client client;
  http::Service service;

  http::Request request(std::string method, std::string_view key) const {
    http::Request out;
    out.method = std::move(method);
    out.url = base;
    out.url.path += '/' + http::escape(key, /*keep_slashes=*/true);
    return out;
  }

  /// What the owner of the first host is told is none of another host's business.
  bool at_home(const http::Url& url) const {
    return url.scheme == base.scheme && url.host == base.host && url.port == base.port;
  }

  Awaitable<Result<void>> authorize(http::Request& request) {
    if (!at_home(request.url)) co_return Result<void>();
    for (const http::Field& field : options.fields) request.set(field.name, field.value);
    if (tokens) {
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

  /// Sends a GET (`reading`) or a HEAD, and follows redirects.
  Awaitable<Result<http::Response>> ask(http::Request request, const http::ReadOptions* reading) {
    constexpr std::size_t most = 5;
    for (std::size_t followed = 0;; ++followed) {
      Result<http::Response> response;
      if (reading != nullptr) {
        response = co_await client.read(request, service, *reading);
      } else {
        response = co_await client.send(request, service);
      }
      if (!response) co_return response;
      const int status = response->status;
      const bool redirect = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
      if (!redirect || followed == most) co_return response;
      auto next = follow(request.url, response->field("Location"));
      if (!next) co_return std::move(next).error();
      if (request.url.tls() && !next->tls()) co_return response;
      request.url = *std::move(next);
    }
  }

  /// How long the whole object is, if the response says it.
  static std::string length_of(const http::Response& response) {
    if (response.status != 206) return std::string(response.field("Content-Length"));
    const std::string_view range = response.field("Content-Range");
    const std::size_t slash = range.rfind('/');
    return slash == range.npos ? std::string() : std::string(range.substr(slash + 1));
  }

  static VersionTag version_of(const http::Response& response) {
    const std::string_view etag = response.field("ETag");
    if (!etag.empty()) return {std::string(etag)};
    const std::string_view changed = response.field("Last-Modified");
    if (changed.empty()) return {};
    return {std::string(changed) + "; " + length_of(response)};
  }

  /// Asks for an answer without bytes if the object still has this version. The answer is compared all the same: not
  /// every server looks at the field.
  static void ask_if_changed(http::Request& request, const VersionTag& known) {
    const std::string_view text = known.text;
    const bool etag = text.size() >= 2 && (text.starts_with('"') || text.starts_with("W/\"")) && text.ends_with('"');
    const std::string_view changed = text.substr(0, text.find(';'));
    if (etag) {
      request.set("If-None-Match", known.text);
    } else if (auth::parse_http_date(changed)) {
      request.set("If-Modified-Since", std::string(changed));
    }
  }

  static bool missing(const http::Response& response) { return response.status == 404 || response.status == 410; }

  Error error(const http::Response& response, std::string_view doing, std::string_view key) const {
    std::string hint;
    if (response.status == 401 || response.status == 403) {
      hint = "the server does not let everybody read this; some say so for what is not there";
    } else if (response.status >= 300 && response.status < 400) {
      hint = "redirected too often or from https to http: " + std::string(response.field("Location").substr(0, 200));
    }
    return auth::refusal(response, {}, doing, key, std::move(hint));
  }

  static Error read_only(std::string_view doing, std::string_view key) {
    return Error(errc::unsupported_operation, std::string(doing), std::string(key),
                 "a repository behind HTTP can only be read; open it where it is stored to do this");
  }
};

VARVE_DECL Http::Http(HttpOptions options) : Http(open(std::move(options)).value()) {}

VARVE_DECL Http::Http(std::string url) : Http([&url] {
  HttpOptions options;
  options.url = std::move(url);
  return options;
}()) {}

VARVE_DECL Result<Http> Http::open(HttpOptions options) {
  auto base = http::parse_url(options.url);
  if (!base) return std::move(base).error();
  if (base->scheme != "http" && base->scheme != "https") {
    return Error(errc::invalid_argument, "open HTTP store", options.url, "its scheme is http or https");
  }
  auto store = std::make_shared<http_store::Store>(std::move(options));
  store->base = *std::move(base);
  while (store->base.path.ends_with('/')) store->base.path.pop_back();
  if (store->options.bearer) store->tokens.emplace(store->options.bearer, store->options.environment);
  return Http(std::move(store));
}

VARVE_DECL const http::Client& Http::client() const { return store_->client; }

VARVE_DECL std::string Http::url() const {
  return store_->base.scheme + "://" + store_->base.authority() + store_->base.path;  // its query may hold a secret
}

VARVE_DECL Awaitable<Result<Fetched>> Http::get(std::string_view key, GetOptions options) {
  if (auto good = auth::check_key(key, "read object"); !good) co_return std::move(good).error();
  http_store::Store& store = *store_;
  const bool nothing_wanted = options.range && options.range->first >= options.range->last;
  Fetched fetched;
  Result<http::Response> response;
  if (!nothing_wanted) {
    http::Request request = store.request("GET", key);
    if (options.known) http_store::Store::ask_if_changed(request, *options.known);
    http::ReadOptions reading;
    if (options.range) reading.range = auth::sendable(*options.range);
    response = co_await store.ask(std::move(request), &reading);
  }
  if (nothing_wanted || (response && response->status == 416)) {
    http::Request request = store.request("HEAD", key);  // for the version, which is all that is left to ask for
    response = co_await store.ask(std::move(request), nullptr);
  }
  if (!response) co_return std::move(response).error();
  if (http_store::Store::missing(*response)) co_return fetched;
  if (response->status == 304 && options.known) {
    fetched.status = Fetched::Status::unchanged;
    fetched.version = *options.known;
    co_return fetched;
  }
  if (!response->succeeded()) co_return store.error(*response, "read object", key);
  fetched.version = http_store::Store::version_of(*response);
  if (!fetched.version.text.empty() && options.known == fetched.version) {
    fetched.status = Fetched::Status::unchanged;
    co_return fetched;
  }
  fetched.status = Fetched::Status::found;
  fetched.bytes = std::move(response->body);
  co_return fetched;
}

VARVE_DECL Awaitable<Result<std::optional<std::size_t>>> Http::read_into(std::string_view key, std::uint64_t first,
                                                                         MutableByteView buffer) {
  if (auto good = auth::check_key(key, "read object"); !good) co_return std::move(good).error();
  http_store::Store& store = *store_;
  http::Request request = store.request(buffer.empty() ? "HEAD" : "GET", key);
  http::ReadOptions reading;
  if (!buffer.empty()) {
    reading.range = auth::sendable(auth::range_from(first, buffer.size()));
    reading.into = buffer;
  }
  auto response = co_await store.ask(std::move(request), buffer.empty() ? nullptr : &reading);
  if (!response) co_return std::move(response).error();
  if (http_store::Store::missing(*response)) co_return std::optional<std::size_t>();
  if (response->status == 416) co_return std::optional<std::size_t>(0);
  if (!response->succeeded()) co_return store.error(*response, "read object", key);
  co_return std::optional<std::size_t>(response->filled);
}

VARVE_DECL Awaitable<Result<std::optional<ObjectInfo>>> Http::size(std::string_view key) {
  if (auto good = auth::check_key(key, "read size of object"); !good) co_return std::move(good).error();
  http_store::Store& store = *store_;
  http::Request request = store.request("HEAD", key);
  auto response = co_await store.ask(std::move(request), nullptr);
  if (!response) co_return std::move(response).error();
  if (http_store::Store::missing(*response)) co_return std::optional<ObjectInfo>();
  if (!response->succeeded()) co_return store.error(*response, "read size of object", key);
  const std::string length = http_store::Store::length_of(*response);
  ObjectInfo object;
  object.key = key;
  const auto [end, code] = std::from_chars(length.data(), length.data() + length.size(), object.size);
  if (code != std::errc() || end != length.data() + length.size()) {
    co_return Error(errc::unsupported_operation, "read size of object", std::string(key),
                    "the server does not tell the lengths of files");
  }
  object.modified = auth::parse_http_date(response->field("Last-Modified")).value_or(Timestamp());
  co_return std::optional<ObjectInfo>(std::move(object));
}

VARVE_DECL Awaitable<Result<PutOutcome>> Http::put(std::string_view key, ByteView, PutCondition) {
  if (auto good = auth::check_key(key, "write object"); !good) co_return std::move(good).error();
  co_return http_store::Store::read_only("write object", key);
}

VARVE_DECL Awaitable<Result<CopyOutcome>> Http::copy(std::string_view from, std::string_view, VersionTag) {
  co_return http_store::Store::read_only("copy object", from);
}

VARVE_DECL Awaitable<Result<ListPage>> Http::list(std::string_view prefix, std::optional<std::string>) {
  co_return http_store::Store::read_only("list objects", prefix);
}

VARVE_DECL Awaitable<Result<void>> Http::remove(std::span<const std::string> keys) {
  co_return http_store::Store::read_only("delete objects", keys.empty() ? std::string() : keys.front());
}

VARVE_DECL Awaitable<Result<std::string>> async_resolve_redirect(std::string url, http::Client client) {
  constexpr std::size_t most = 10;
  auto asked = http::parse_url(url);
  if (!asked) co_return std::move(asked).error();
  if (asked->scheme != "http" && asked->scheme != "https") {
    co_return Error(errc::invalid_argument, "resolve redirect", url, "its scheme is http or https");
  }
  const http::Service plain;
  for (std::size_t followed = 0; followed != most; ++followed) {
    http::Request request;
    request.url = *asked;
    auto response = co_await client.send(std::move(request), plain);
    if (!response) co_return std::move(response).error();
    const std::string location(response->field("Location"));
    if (response->status < 300 || response->status >= 400 || location.empty()) {
      co_return Error(errc::repository_not_found, "resolve redirect", url,
                      "the redirects end at " + asked->text() + ", which names no store")
          .from_backend(std::to_string(response->status), false);
    }
    auto store = http_store::store_of(location);
    if (!store) co_return std::move(store).error();
    if (*store) co_return **std::move(store);
    auto next = http_store::follow(*asked, location);
    if (!next) co_return std::move(next).error();
    asked = std::move(next);
  }
  co_return Error(errc::repository_not_found, "resolve redirect", url, "10 redirects have not led to a store");
}

VARVE_DECL std::string resolve_redirect(std::string url) {
  const http::Client client;
  return block_on(async_resolve_redirect(std::move(url), client)).value();
}

}  // namespace varve::inline v0::storage
