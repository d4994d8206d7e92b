// SPDX-License-Identifier: Apache-2.0
// Bodies of any.hpp: what each URL means.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/storage/any.hpp>
#include <varve/storage/auth/token.hpp>
#include <varve/storage/azure.hpp>
#include <varve/storage/gcs.hpp>
#include <varve/storage/http.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/s3.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <vector>

namespace varve::inline v0::storage {

namespace any {

inline Error bad_url(std::string_view url, std::string hint) {
  // The query of a web address may hold a secret.
  return Error(errc::invalid_argument, "open store", std::string(url.substr(0, url.find('?'))), std::move(hint));
}

/// The parts of "scheme:rest?query". `rest` and the options are unescaped.
struct Address {
  std::string text;
  std::string scheme;
  std::string rest;
  std::vector<std::pair<std::string, std::string>> query;

  /// What stands before the first slash of `rest`, and what stands behind it.
  std::pair<std::string, std::string> split() const {
    const std::size_t slash = rest.find('/');
    if (slash == rest.npos) return {rest, {}};
    return {rest.substr(0, slash), rest.substr(slash + 1)};
  }
};

inline Result<Address> parse_address(std::string_view url) {
  Address address;
  address.text = url;
  const std::size_t colon = url.find(':');
  if (colon == url.npos || colon == 0 || url.substr(0, colon).find('/') != url.npos) {
    return bad_url(url, "a URL begins with its scheme: s3, gs, az, http, https, file or memory, and a colon");
  }
  for (const char c : url.substr(0, colon)) {
    address.scheme += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  std::string_view rest = url.substr(colon + 1);
  const std::size_t question = rest.find('?');
  if (question != rest.npos) address.query = http::parse_query(rest.substr(question + 1));
  rest = rest.substr(0, question);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
  } else if (address.scheme != "memory" && address.scheme != "file") {
    return bad_url(url, "two slashes follow the scheme");
  }
  address.rest = http::unescape(rest);
  if (std::ranges::any_of(address.rest, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return bad_url(url, "it has control characters");
  }
  return address;
}

/// Takes options by name; what nobody took was mistyped.
class Options {
 public:
  explicit Options(const Address& address) : address_(address), taken_(address.query.size()) {}

  /// Calls `use` with the value of the option, if it is given; it returns false for a value that makes no sense.
  template <class Use>
  Options& take(std::string_view name, Use use) {
    names_ += (names_.empty() ? "" : ", ") + std::string(name);
    for (std::size_t i = 0; i != taken_.size(); ++i) {
      const auto& [given, value] = address_.query[i];
      if (given != name) continue;
      if (!use(value) && !wrong_)
        wrong_ = bad_url(address_.text, "the option " + given + " cannot have the value " + value);
      taken_[i] = true;
    }
    return *this;
  }
  Options& text(std::string_view name, std::string& into) {
    return take(name, [&into](const std::string& value) { return into = value, true; });
  }
  Options& flag(std::string_view name, bool& into) {
    return take(name, [&into](const std::string& value) {
      into = value == "true" || value == "1";
      return into || value == "false" || value == "0";
    });
  }
  Options& count(std::string_view name, std::size_t& into) {
    return take(name, [&into](const std::string& value) {
      const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), into);
      return code == std::errc() && end == value.data() + value.size() && into != 0;
    });
  }
  Options& network(http::ClientOptions& http) {
    count("connections", http.connections);
    count("tries", http.limits.tries);
    text("ca_file", http.tls.ca_file);
    return take("proxy", [&http](const std::string& value) { return http.proxy = value, true; });
  }

  Result<void> done() const {
    if (wrong_) return *wrong_;
    for (std::size_t i = 0; i != taken_.size(); ++i) {
      if (taken_[i]) continue;
      return bad_url(address_.text, "there is no option " + address_.query[i].first.substr(0, 100) + "; " +
                                        (names_.empty() ? "such a URL takes none" : "there are: " + names_));
    }
    return {};
  }

 private:
  const Address& address_;
  std::vector<bool> taken_;
  std::string names_;
  std::optional<Error> wrong_;
};

inline Result<Any> open_s3(const Address& address, AnyOptions options) {
  S3Options s3;
  s3.http = std::move(options.http);
  bool anonymous = false;
  std::string profile;
  const auto path_style = [&s3](const std::string& value) {
    s3.path_style = value == "true" || value == "1";
    return *s3.path_style || value == "false" || value == "0";
  };
  Options given(address);
  given.text("region", s3.region).text("endpoint", s3.endpoint).flag("anonymous", anonymous).text("profile", profile);
  given.take("path_style", path_style).flag("requester_pays", s3.requester_pays);
  bool probing = !s3.endpoint.empty();
  given.flag("probe", probing);
  s3.probe = probing;
  given.text("storage_class", s3.storage_class).text("chunk_storage_class", s3.chunk_storage_class).network(s3.http);
  if (auto good = given.done(); !good) return std::move(good).error();
  std::tie(s3.bucket, s3.prefix) = address.split();
  if (s3.bucket.empty()) return bad_url(address.text, "it is s3://bucket/prefix");
  if (anonymous) {
    s3.credentials = s3::CredentialsProvider::anonymous();
  } else if (!profile.empty()) {
    s3::CredentialsOptions which;
    which.profile = profile;
    which.environment = options.environment;
    if (s3.region.empty()) s3.region = s3::find_region(which).value_or(std::string());
    s3.credentials = s3::CredentialsProvider::profile(std::move(which));
  }
  s3.client = std::move(options.client);
  s3.environment = std::move(options.environment);
  return Any(S3(std::move(s3)));
}

inline Result<Any> open_gcs(const Address& address, AnyOptions options) {
  GcsOptions gcs;
  gcs.http = std::move(options.http);
  bool anonymous = false;
  std::string file;
  Options given(address);
  given.text("endpoint", gcs.endpoint).flag("anonymous", anonymous).text("credentials_file", file);
  given.text("billing_project", gcs.billing_project).network(gcs.http);
  if (auto good = given.done(); !good) return std::move(good).error();
  if (anonymous) {
    gcs.credentials = gcs::Anonymous();
  } else if (!file.empty()) {
    gcs.credentials = gcs::KeyFile{file};
  }
  std::tie(gcs.bucket, gcs.prefix) = address.split();
  gcs.client = std::move(options.client);
  gcs.environment = std::move(options.environment);
  auto store = Gcs::open(std::move(gcs));
  if (!store) return std::move(store).error();
  return Any(*std::move(store));
}

inline Result<Any> open_azure(const Address& address, AnyOptions options) {
  AzureOptions azure;
  azure.http = std::move(options.http);
  bool anonymous = false;
  Options given(address);
  given.text("endpoint", azure.endpoint).flag("anonymous", anonymous).network(azure.http);
  if (auto good = given.done(); !good) return std::move(good).error();
  Address inner = address;
  std::tie(azure.account, inner.rest) = address.split();
  std::tie(azure.container, azure.prefix) = inner.split();
  if (azure.account.empty() || azure.container.empty()) {
    return bad_url(address.text, "it is az://account/container/prefix");
  }
  if (auto good = azure.fill_from_environment(); !good) return std::move(good).error();
  if (anonymous) azure.credentials = azure::Anonymous();
  azure.client = std::move(options.client);
  azure.environment = std::move(options.environment);
  auto store = Azure::open(std::move(azure));
  if (!store) return std::move(store).error();
  return Any(*std::move(store));
}

inline Result<Any> open_http(const Address& address, AnyOptions options) {
  HttpOptions web;
  web.url = address.text;
  web.http = std::move(options.http);
  web.client = std::move(options.client);
  web.environment = std::move(options.environment);
  auto store = Http::open(std::move(web));
  if (!store) return std::move(store).error();
  return Any(*std::move(store));
}

inline Result<Any> open_file(const Address& address, AnyOptions options) {
  LocalOptions local;
  local.environment = std::move(options.environment);
  Options given(address);
  given.take("durability", [&local](const std::string& value) {
    local.durability = value == "none" ? Durability::none : Durability::commit;
    return value == "none" || value == "commit";
  });
  if (auto good = given.done(); !good) return std::move(good).error();
  std::string path = address.rest;
  if (path.starts_with("localhost/")) path.erase(0, 9);
  if (!path.starts_with('/'))
    return bad_url(address.text, "it is file:///folder: an absolute path behind three slashes");
  return Any(Local(path, std::move(local)));
}

inline Result<Any> open_memory(const Address& address) {
  static std::mutex mutex;
  static std::map<std::string, Memory, std::less<>> stores;
  const Options given(address);
  if (auto good = given.done(); !good) return std::move(good).error();
  if (address.rest.empty()) return Any(Memory());
  const std::scoped_lock lock(mutex);
  return Any(stores[address.rest]);
}

inline Result<Any> open_address(const Address& address, AnyOptions options) {
  const std::string& scheme = address.scheme;
  if (scheme == "s3") return open_s3(address, std::move(options));
  if (scheme == "gs" || scheme == "gcs") return open_gcs(address, std::move(options));
  if (scheme == "az" || scheme == "azure") return open_azure(address, std::move(options));
  if (scheme == "http" || scheme == "https") return open_http(address, std::move(options));
  if (scheme == "file") return open_file(address, std::move(options));
  if (scheme == "memory") return open_memory(address);
  return bad_url(address.text,
                 "there is no store " + scheme.substr(0, 40) +
                     ":; there are s3, gs, az, http, https, file, memory, redirect+http and redirect+https");
}

}  // namespace any

VARVE_DECL Awaitable<Result<Any>> Any::async_open(std::string url, AnyOptions options) {
  constexpr std::string_view redirect = "redirect+";
  std::string target = url;
  if (url.starts_with(redirect)) {
    const http::Client client = options.client ? *options.client : http::Client(options.http);
    auto resolved = co_await async_resolve_redirect(url.substr(redirect.size()), client);
    if (!resolved) co_return std::move(resolved).error();
    target = *std::move(resolved);
  }
  auto address = any::parse_address(target);
  if (!address) co_return std::move(address).error();
  auto opened = any::open_address(*address, std::move(options));
  if (opened) opened->url_ = std::move(url);
  co_return opened;
}

VARVE_DECL Result<Any> Any::open(std::string_view url, AnyOptions options) {
  return block_on(async_open(std::string(url), std::move(options)));
}

VARVE_DECL Any::Any(std::string_view url, AnyOptions options) : Any(open(url, std::move(options)).value()) {}

}  // namespace varve::inline v0::storage
