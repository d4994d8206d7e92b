// SPDX-License-Identifier: Apache-2.0
// Bodies of gcs.hpp.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/core/json.hpp>
#include <varve/storage/auth/date.hpp>
#include <varve/storage/gcs/impl/store.ipp>
#include <varve/storage/http/conditional_write.hpp>

#include <algorithm>
#include <atomic>

namespace varve::inline v0::storage {

namespace gcs {

/// A worker that deletes objects.
struct Remover {
  Store& store;
  std::span<const std::string> keys;
  std::atomic<std::size_t>& next;
  Awaitable<Result<void>> operator()() const {
    for (std::size_t i = next++; i < keys.size(); i = next++) {
      http::Request request = store.object_request("DELETE", keys[i]);
      auto response = co_await store.client.send(std::move(request), store.service);
      if (!response) co_return std::move(response).error();
      if (response->succeeded() || Store::no_object(*response)) continue;
      co_return store.error(*response, "delete object", keys[i]);
    }
    co_return Result<void>();
  }
};

/// Sends one object. An unconditional write is its bytes alone, sent from where they are. A conditional one carries its
/// id in the object's metadata, so that resource and bytes travel in one body, which is a copy of the bytes.
struct Writer {
  Store& store;
  std::string_view key;
  ByteView bytes;
  const PutCondition& condition;
  std::string write_id;
  std::string note;  // what it replaces, see http::Lineages
  Bytes body;

  http::Request request() const {
    http::Request out = store.bucket_request("POST", "upload/storage/v1");
    out.url.add("fields", "name,size,generation");
    return out;
  }

  Awaitable<Result<http::Response>> send_bytes() {
    http::Request out = request();
    out.url.add("uploadType", "media").add("name", store.root + std::string(key));
    out.set("Content-Type", "application/octet-stream");
    out.body = bytes;
    co_return co_await store.client.send(std::move(out), store.service);
  }

  void compose() {
    std::string head = "--" + write_id + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n";
    Json::Object metadata;
    metadata.emplace_back(http::write_id_name, write_id);
    metadata.emplace_back(http::replaced_name, note);
    Json::Object resource;
    resource.emplace_back("name", store.root + std::string(key));
    resource.emplace_back("metadata", std::move(metadata));
    head += Json(std::move(resource)).text();
    head += "\r\n--" + write_id + "\r\nContent-Type: application/octet-stream\r\n\r\n";
    const std::string tail = "\r\n--" + write_id + "--\r\n";
    body.reserve(head.size() + bytes.size() + tail.size());
    for (const ByteView part : {as_bytes(head), bytes, as_bytes(tail)})
      body.insert(body.end(), part.begin(), part.end());
  }

  Awaitable<Result<http::Response>> send_with_id() {
    http::Request out = request();
    const bool creating = condition.kind == PutCondition::Kind::absent;
    out.url.add("uploadType", "multipart").add("ifGenerationMatch", creating ? "0" : condition.version.text);
    out.set("Content-Type", "multipart/related; boundary=" + write_id);
    out.body = body;
    out.repeat = http::Repeat::if_not_applied;
    out.expect_continue = body.size() > (std::size_t{256} << 10);
    co_return co_await store.client.send(std::move(out), store.service);
  }

  Awaitable<Result<http::Look>> look() {
    http::Look seen;
    auto response = co_await store.stat(key);
    if (!response) co_return std::move(response).error();
    if (Store::no_object(*response)) co_return seen;
    if (!response->succeeded()) co_return store.error(*response, "read properties of object", key);
    auto object = parse_object(as_text(response->body), "read properties of object");
    if (!object) co_return std::move(object).error();
    seen.present = true;
    seen.version.text = object->generation;
    seen.write_id = object->write_id;
    if (!object->replaced.empty()) seen.replaced = VersionTag{object->replaced};
    co_return seen;
  }

  /// Empty if the answer does not say it.
  static VersionTag version_of(const http::Response& response) {
    auto object = parse_object(as_text(response.body), "write object");
    return object ? VersionTag{object->generation} : VersionTag();
  }

  static http::Answer answer_of(const http::Response& response, PutCondition::Kind kind) {
    if (response.status == 404 && !Store::no_object(response)) return http::Answer::failed;
    return http::answer_of(response, kind);
  }

  Awaitable<Result<PutOutcome>> write() {
    if (condition.kind != PutCondition::Kind::always) {
      note = store.lineages.note(key, condition);
      compose();
      http::ConditionalWrite write;
      write.key = key;
      write.condition = condition;
      write.write_id = write_id;
      write.note = note;
      write.send = [this] { return send_with_id(); };
      write.look = [this] { return look(); };
      write.version_of = version_of;
      write.error_of = [this](const http::Response& response) { return store.error(response, "write object", key); };
      write.answer = answer_of;
      write.environment = store.options.environment;
      write.limit = store.client.options().limits.operation;
      auto outcome = co_await http::write_conditionally(write);
      if (outcome && outcome->written) store.lineages.remember(key, outcome->version, write_id, note);
      co_return outcome;
    }
    auto response = co_await send_bytes();
    if (!response) co_return std::move(response).error();
    if (!response->succeeded()) co_return store.error(*response, "write object", key);
    PutOutcome outcome;
    outcome.written = true;
    outcome.version = version_of(*response);
    outcome.stored_at = auth::parse_http_date(response->field("Date"));
    co_return outcome;
  }
};

}  // namespace gcs

VARVE_DECL Gcs::Gcs(GcsOptions options) : Gcs(open(std::move(options)).value()) {}

VARVE_DECL Result<Gcs> Gcs::open(GcsOptions options) {
  const auto bad_option = [](std::string what, std::string hint) {
    return Error(errc::invalid_argument, "open Google bucket", std::move(what), std::move(hint));
  };
  const bool plain = std::ranges::all_of(options.bucket, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  if (options.bucket.size() < 3 || options.bucket.size() > 222 || !plain) {
    return bad_option(options.bucket,
                      "a bucket's name is 3 to 222 lower-case letters, digits, dashes, dots, underscores");
  }
  if (options.parts_at_once == 0) return bad_option("parts_at_once", "at least 1");
  std::string endpoint = options.endpoint;
  if (endpoint.empty()) {
    endpoint = auth::variable("STORAGE_EMULATOR_HOST");
    if (!endpoint.empty() && endpoint.find("://") == endpoint.npos) endpoint = "http://" + endpoint;
    const bool by_default = std::holds_alternative<gcs::ApplicationDefault>(options.credentials);
    if (!endpoint.empty() && by_default) options.credentials = gcs::Anonymous();
  }
  if (endpoint.empty()) endpoint = "https://storage.googleapis.com";
  auto url = http::parse_url(endpoint);
  if (!url) return std::move(url).error();
  if ((url->scheme != "http" && url->scheme != "https") || !url->query.empty()) {
    return bad_option(endpoint, "an endpoint is http(s)://host[:port]");
  }
  if (const auto* bearer = std::get_if<gcs::Bearer>(&options.credentials)) {
    if (!auth::is_token(bearer->token)) return bad_option("Bearer", "not a token");
  }
  auto store = std::make_shared<gcs::Store>(std::move(options));
  store->root = auth::root_of(store->options.prefix);
  store->endpoint = *std::move(url);
  while (store->endpoint.path.ends_with('/')) store->endpoint.path.pop_back();
  auto fetch = gcs::token_function(store->options.credentials, store->client, store->options.environment);
  if (!fetch) return std::move(fetch).error();
  if (*fetch) store->tokens.emplace(*std::move(fetch), store->options.environment);
  return Gcs(std::move(store));
}

VARVE_DECL const http::Client& Gcs::client() const { return store_->client; }

VARVE_DECL std::string Gcs::url() const { return "gs://" + store_->options.bucket + '/' + store_->root; }

VARVE_DECL Awaitable<Result<Fetched>> Gcs::get(std::string_view key, GetOptions options) {
  if (auto good = auth::check_key(key, "read object"); !good) co_return std::move(good).error();
  gcs::Store& store = *store_;
  Fetched fetched;
  const bool nothing_wanted = options.range && options.range->first >= options.range->last;
  if (!nothing_wanted) {
    http::Request request = store.object_request("GET", key);
    request.url.add("alt", "media");
    if (options.known && gcs::Store::is_generation(*options.known)) {
      request.url.add("ifGenerationNotMatch", options.known->text);
    }
    http::ReadOptions reading;
    if (options.range) reading.range = auth::sendable(*options.range);
    auto response = co_await store.client.read(std::move(request), store.service, reading);
    if (!response) co_return std::move(response).error();
    if (gcs::Store::no_object(*response)) co_return fetched;
    if (response->status == 304) {
      fetched.status = Fetched::Status::unchanged;
      fetched.version = *options.known;
      co_return fetched;
    }
    if (response->succeeded()) {
      fetched.version.text = response->field("x-goog-generation");
      // Emulators ignore the condition and send the bytes.
      const bool unchanged = options.known == fetched.version;
      fetched.status = unchanged ? Fetched::Status::unchanged : Fetched::Status::found;
      if (!unchanged) fetched.bytes = std::move(response->body);
      if (!gcs::Store::is_generation(fetched.version)) {
        co_return Error(errc::corrupt, "read object", std::string(key), "the answer has no x-goog-generation");
      }
      co_return fetched;
    }
    if (response->status != 416) co_return store.error(*response, "read object", key);
  }
  // No byte is wanted, or there is none from there on: only the version is of interest.
  auto stat = co_await store.stat(key);
  if (!stat) co_return std::move(stat).error();
  if (gcs::Store::no_object(*stat)) co_return fetched;
  if (!stat->succeeded()) co_return store.error(*stat, "read object", key);
  auto object = gcs::parse_object(as_text(stat->body), "read object");
  if (!object) co_return std::move(object).error();
  fetched.version.text = object->generation;
  fetched.status = options.known == fetched.version ? Fetched::Status::unchanged : Fetched::Status::found;
  co_return fetched;
}

VARVE_DECL Awaitable<Result<std::optional<std::size_t>>> Gcs::read_into(std::string_view key, std::uint64_t first,
                                                                        MutableByteView buffer) {
  if (auto good = auth::check_key(key, "read object"); !good) co_return std::move(good).error();
  gcs::Store& store = *store_;
  if (buffer.empty()) {
    auto stat = co_await store.stat(key);
    if (!stat) co_return std::move(stat).error();
    if (gcs::Store::no_object(*stat)) co_return std::optional<std::size_t>();
    if (!stat->succeeded()) co_return store.error(*stat, "read object", key);
    co_return std::optional<std::size_t>(0);
  }
  http::Request request = store.object_request("GET", key);
  request.url.add("alt", "media");
  http::ReadOptions reading;
  reading.range = auth::sendable(auth::range_from(first, buffer.size()));
  reading.into = buffer;
  auto response = co_await store.client.read(std::move(request), store.service, reading);
  if (!response) co_return std::move(response).error();
  if (gcs::Store::no_object(*response)) co_return std::optional<std::size_t>();
  if (response->status == 416) co_return std::optional<std::size_t>(0);
  if (!response->succeeded()) co_return store.error(*response, "read object", key);
  co_return std::optional<std::size_t>(response->filled);
}

VARVE_DECL Awaitable<Result<PutOutcome>> Gcs::put(std::string_view key, ByteView bytes, PutCondition condition) {
  if (auto good = auth::check_key(key, "write object"); !good) co_return std::move(good).error();
  // What cannot be a generation is no object's version; and 0 is Google's word for "no object".
  const bool matches = condition.kind == PutCondition::Kind::matches;
  if (matches && (!gcs::Store::is_generation(condition.version) || condition.version.text.starts_with('0'))) {
    co_return PutOutcome();
  }
  gcs::Writer writer{*store_, key, bytes, condition, http::new_write_id(store_->options.environment), {}, {}};
  co_return co_await writer.write();
}

VARVE_DECL Awaitable<Result<ListPage>> Gcs::list(std::string_view prefix, std::optional<std::string> next) {
  gcs::Store& store = *store_;
  http::Request request = store.bucket_request("GET", "storage/v1");
  request.url.add("prefix", store.root + std::string(prefix)).add("maxResults", "1000");
  request.url.add("fields", "nextPageToken,items(name,size,updated)");
  if (next) request.url.add("pageToken", *next);
  auto response = co_await store.client.send(std::move(request), store.service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) co_return store.error(*response, "list objects", prefix);
  co_return gcs::parse_list(as_text(response->body), store.root);
}

VARVE_DECL Awaitable<Result<std::optional<ObjectInfo>>> Gcs::size(std::string_view key) {
  if (auto good = auth::check_key(key, "read size of object"); !good) co_return std::move(good).error();
  gcs::Store& store = *store_;
  auto stat = co_await store.stat(key);
  if (!stat) co_return std::move(stat).error();
  if (gcs::Store::no_object(*stat)) co_return std::optional<ObjectInfo>();
  if (!stat->succeeded()) co_return store.error(*stat, "read size of object", key);
  auto found = gcs::parse_object(as_text(stat->body), "read size of object");
  if (!found) co_return std::move(found).error();
  ObjectInfo object;
  object.key = key;
  object.size = found->size;
  object.modified = found->modified;
  co_return std::optional<ObjectInfo>(std::move(object));
}

// One request for each object: the service's batches are as many operations, and quotas count them alike.
VARVE_DECL Awaitable<Result<void>> Gcs::remove(std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    if (auto good = auth::check_key(key, "delete object"); !good) co_return std::move(good).error();
  }
  std::atomic<std::size_t> next = 0;
  gcs::Remover remover{*store_, keys, next};
  co_return co_await gather(std::min(store_->options.parts_at_once, keys.size()), remover);
}

}  // namespace varve::inline v0::storage
