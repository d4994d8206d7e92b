// SPDX-License-Identifier: Apache-2.0
// Bodies of azure.hpp: opening, reading, listing and deleting. Writing is in write.ipp.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/storage/azure/impl/store.ipp>
#include <varve/storage/azure/impl/write.ipp>

#include <algorithm>
#include <atomic>

namespace varve::inline v0::storage {

namespace azure::detail {

inline Error bad_option(std::string what, std::string hint) {
  return Error(errc::invalid_argument, "open Azure container", std::move(what), std::move(hint));
}

/// The parts of "Name=value;Name=value"; a value may hold further equal signs.
inline std::string connection_part(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const std::size_t equal = part.find('=');
    if (equal != part.npos && http::same_name(part.substr(0, equal), name)) return std::string(part.substr(equal + 1));
  }
  return {};
}

inline bool is_name(std::string_view text, std::size_t least, std::size_t most, bool dashes) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (dashes && c == '-');
         });
}

/// A worker that deletes objects.
struct Remover {
  Store& store;
  std::span<const std::string> keys;
  std::atomic<std::size_t>& next;
  Awaitable<Result<void>> operator()() const {
    for (std::size_t i = next++; i < keys.size(); i = next++) {
      http::Request request = store.request("DELETE", keys[i]);
      request.set("x-ms-delete-snapshots", "include");
      auto response = co_await store.client.send(std::move(request), store.service);
      if (!response) co_return std::move(response).error();
      if (response->succeeded() || Store::no_blob(*response)) continue;
      co_return store.error(*response, "delete object", keys[i]);
    }
    co_return Result<void>();
  }
};

}  // namespace azure::detail

VARVE_DECL Result<void> AzureOptions::fill_from_environment() {
  const auto first_of = [](std::initializer_list<const char*> names) {
    for (const char* name : names) {
      if (std::string value = auth::variable(name); !value.empty()) return value;
    }
    return std::string();
  };
  const auto fill = [](std::string& option, std::string value) {
    if (option.empty()) option = std::move(value);
  };
  const bool no_credentials = std::holds_alternative<azure::Anonymous>(credentials);
  std::string key;
  std::string sas;
  if (const std::string text = auth::variable("AZURE_STORAGE_CONNECTION_STRING"); !text.empty()) {
    using azure::detail::connection_part;
    if (text.find('=') == text.npos) {
      return azure::detail::bad_option("AZURE_STORAGE_CONNECTION_STRING", "it is Name=value;Name=value");
    }
    const std::string in_string = connection_part(text, "AccountName");
    const bool ours =
        account.empty() || in_string.empty() || account == in_string;  // else it speaks of another account
    if (ours) {
      fill(account, in_string);
      key = connection_part(text, "AccountKey");
      sas = connection_part(text, "SharedAccessSignature");
      std::string address = connection_part(text, "BlobEndpoint");
      const std::string suffix = connection_part(text, "EndpointSuffix");
      const std::string scheme = connection_part(text, "DefaultEndpointsProtocol");
      if (address.empty() && !suffix.empty()) {
        address = (scheme.empty() ? "https" : scheme) + "://" + account + ".blob." + suffix;
      }
      fill(endpoint, address);
    }
  }
  fill(account, first_of({"AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"}));
  fill(endpoint, auth::variable("AZURE_STORAGE_ENDPOINT"));
  fill(key, first_of({"AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY"}));
  fill(sas, auth::variable("AZURE_STORAGE_SAS_TOKEN"));
  if (no_credentials && !key.empty()) {
    credentials = azure::SharedKey{key};
  } else if (no_credentials && !sas.empty()) {
    credentials = azure::Sas{sas};
  }
  return {};
}

VARVE_DECL Azure::Azure(AzureOptions options) : Azure(open(std::move(options)).value()) {}

VARVE_DECL Result<Azure> Azure::open(AzureOptions options) {
  using azure::detail::bad_option;
  if (!azure::detail::is_name(options.account, 3, 24, false)) {
    return bad_option(options.account, "an account's name is 3 to 24 lower-case letters and digits");
  }
  const bool special = options.container == "$root" || options.container == "$web";
  if (!special && !azure::detail::is_name(options.container, 3, 63, true)) {
    return bad_option(options.container, "a container's name is 3 to 63 lower-case letters, digits and dashes");
  }
  if (options.block_bytes == 0 || options.parts_at_once == 0) return bad_option("block_bytes", "at least 1");
  std::string endpoint = options.endpoint;
  if (endpoint.empty()) endpoint = "https://" + options.account + ".blob.core.windows.net";
  auto url = http::parse_url(endpoint);
  if (!url) return std::move(url).error();
  if ((url->scheme != "http" && url->scheme != "https") || !url->query.empty()) {
    return bad_option(endpoint, "an endpoint is http(s)://host[:port][/account]");
  }
  if (auto* sas = std::get_if<azure::Sas>(&options.credentials)) {
    if (sas->token.starts_with('?')) sas->token.erase(0, 1);
    if (!auth::is_token(sas->token)) return bad_option("Sas", "a signature is the text behind a question mark");
  }
  if (const auto* bearer = std::get_if<azure::Bearer>(&options.credentials)) {
    if (!auth::is_token(bearer->token)) return bad_option("Bearer", "not a token");
  }
  auto store = std::make_shared<azure::Store>(std::move(options));
  store->root = auth::root_of(store->options.prefix);
  store->container = *std::move(url);
  while (store->container.path.ends_with('/')) store->container.path.pop_back();
  store->container.path += '/' + store->options.container;
  if (const auto* key = std::get_if<azure::SharedKey>(&store->options.credentials)) {
    auto decoded = http::decode_base64(key->key);
    if (!decoded || decoded->empty()) return bad_option("SharedKey", "an account's key is text in base64");
    store->shared_key = as_text(*decoded);
  }
  if (const auto* fetch = std::get_if<auth::TokenFunction>(&store->options.credentials)) {
    if (!*fetch) return bad_option("TokenFunction", "it is empty");
    store->tokens.emplace(*fetch, store->options.environment);
  }
  return Azure(std::move(store));
}

VARVE_DECL const http::Client& Azure::client() const { return store_->client; }

VARVE_DECL std::string Azure::url() const {
  return "az://" + store_->options.account + '/' + store_->options.container + '/' + store_->root;
}

VARVE_DECL Awaitable<Result<Fetched>> Azure::get(std::string_view key, GetOptions options) {
  if (auto good = azure::Store::check_key(key, "read object"); !good) co_return std::move(good).error();
  azure::Store& store = *store_;
  Fetched fetched;
  bool nothing_wanted = options.range && options.range->first >= options.range->last;
  if (!nothing_wanted) {
    http::Request request = store.request("GET", key);
    if (options.known && azure::Store::is_etag(*options.known)) request.set("If-None-Match", options.known->text);
    http::ReadOptions reading;
    if (options.range) reading.range = auth::sendable(*options.range);
    auto response = co_await store.client.read(std::move(request), store.service, reading);
    if (!response) co_return std::move(response).error();
    if (response->status == 304) {
      fetched.status = Fetched::Status::unchanged;
      fetched.version = *options.known;
      co_return fetched;
    }
    if (azure::Store::no_blob(*response)) co_return fetched;
    if (response->succeeded()) {
      fetched.status = Fetched::Status::found;
      fetched.version = azure::Store::version_of(*response);
      fetched.bytes = std::move(response->body);
      if (!options.range) {
        store.lineages.remember(key, fetched.version, azure::Store::noted(*response, http::write_id_name),
                                azure::Store::noted(*response, http::replaced_name));
      }
      co_return fetched;
    }
    if (response->status != 416) co_return store.error(*response, "read object", key);
    nothing_wanted = true;  // past the end: only the version is of interest
  }
  auto head = co_await store.head(key);
  if (!head) co_return std::move(head).error();
  if (azure::Store::no_blob(*head)) co_return fetched;
  if (!head->succeeded()) co_return store.error(*head, "read object", key);
  fetched.version = azure::Store::version_of(*head);
  fetched.status = options.known == fetched.version ? Fetched::Status::unchanged : Fetched::Status::found;
  co_return fetched;
}

VARVE_DECL Awaitable<Result<std::optional<std::size_t>>> Azure::read_into(std::string_view key, std::uint64_t first,
                                                                          MutableByteView buffer) {
  if (auto good = azure::Store::check_key(key, "read object"); !good) co_return std::move(good).error();
  azure::Store& store = *store_;
  if (!buffer.empty()) {
    http::Request request = store.request("GET", key);
    http::ReadOptions reading;
    reading.range = auth::sendable(auth::range_from(first, buffer.size()));
    reading.into = buffer;
    auto response = co_await store.client.read(std::move(request), store.service, reading);
    if (!response) co_return std::move(response).error();
    if (azure::Store::no_blob(*response)) co_return std::optional<std::size_t>();
    if (response->status == 416) co_return std::optional<std::size_t>(0);
    if (!response->succeeded()) co_return store.error(*response, "read object", key);
    co_return std::optional<std::size_t>(response->filled);
  }
  auto head = co_await store.head(key);
  if (!head) co_return std::move(head).error();
  if (azure::Store::no_blob(*head)) co_return std::optional<std::size_t>();
  if (!head->succeeded()) co_return store.error(*head, "read object", key);
  co_return std::optional<std::size_t>(0);
}

VARVE_DECL Awaitable<Result<ListPage>> Azure::list(std::string_view prefix, std::optional<std::string> next) {
  azure::Store& store = *store_;
  http::Request request;
  request.url = store.container;
  request.url.add("restype", "container").add("comp", "list").add("prefix", store.root + std::string(prefix));
  if (next) request.url.add("marker", *next);
  auto response = co_await store.client.send(std::move(request), store.service);
  if (!response) co_return std::move(response).error();
  if (!response->succeeded()) co_return store.error(*response, "list objects", prefix);
  co_return azure::parse_list(as_text(response->body), store.root);
}

VARVE_DECL Awaitable<Result<std::optional<ObjectInfo>>> Azure::size(std::string_view key) {
  if (auto good = azure::Store::check_key(key, "read size of object"); !good) co_return std::move(good).error();
  azure::Store& store = *store_;
  auto head = co_await store.head(key);
  if (!head) co_return std::move(head).error();
  if (azure::Store::no_blob(*head)) co_return std::optional<ObjectInfo>();
  if (!head->succeeded()) co_return store.error(*head, "read size of object", key);
  const auto size = azure::detail::whole_number(head->field("Content-Length"));
  if (!size)
    co_return Error(errc::corrupt, "read size of object", std::string(key), "the answer has no Content-Length");
  ObjectInfo object;
  object.key = key;
  object.size = *size;
  object.modified = auth::parse_http_date(head->field("Last-Modified")).value_or(Timestamp());
  co_return std::optional<ObjectInfo>(std::move(object));
}

// One request for each object. The service's own batches hold 256 deletions and are refused to some kinds of
// signatures; requests on connections that are kept are as fast.
VARVE_DECL Awaitable<Result<void>> Azure::remove(std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    if (auto good = azure::Store::check_key(key, "delete object"); !good) co_return std::move(good).error();
  }
  std::atomic<std::size_t> next = 0;
  azure::detail::Remover remover{*store_, keys, next};
  co_return co_await gather(std::min(store_->options.parts_at_once, keys.size()), remover);
}

}  // namespace varve::inline v0::storage
