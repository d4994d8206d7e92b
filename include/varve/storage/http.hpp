// SPDX-License-Identifier: Apache-2.0
// Http: a repository behind a plain web server or a CDN, to read. There is no listing and no writing; a repository only
// needs them to be changed. Also here: redirects, by which a web address says in which bucket a repository is today.
#pragma once

#include <varve/storage/auth/token.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/http/client.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage {

namespace http_store {
struct Store;  // what the handles of one store share
}

struct HttpOptions {
  /// "https://host/folder": the repository's root. A query ("?token=...") is sent with each request.
  std::string url;
  std::vector<http::Field> fields;  ///< of each request, such as Authorization
  auth::TokenFunction bearer;       ///< fetches "Authorization: Bearer" tokens, if given
  http::ClientOptions http{};             ///< used unless `client` is given
  std::optional<http::Client> client{};   ///< shared with other stores: one pool of connections
  Environment environment{};              ///< clock of tokens
};

/// A version is the ETag that the server sends, or without one the time of the last change and the length. Where that
/// does not change with the content, a reader may see a repository that was changed as unchanged: nginx takes the time
/// in seconds and the length, so that two changes in one second may look like one.
/// Up to 5 redirects of a request are followed, though not from https to http; `fields` and tokens go to the first host
/// only. Thread-safe; a copy is the same store. Errors: besides those of every Backend, `errc::unsupported_operation`
/// for `put`, `list` and `remove`.
class Http {
 public:
  using Options = HttpOptions;

  /// Throws what `open` returns.
  explicit Http(HttpOptions options);
  explicit Http(std::string url);
  /// Sends nothing. Errors: `errc::invalid_argument` for what is no http(s) URL.
  static Result<Http> open(HttpOptions options);

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options);
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer);
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition);
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version);
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next);
  Awaitable<Result<void>> remove(std::span<const std::string> keys);
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key);

  /// What the client has sent and received.
  const http::Client& client() const;
  std::string url() const;

 private:
  explicit Http(std::shared_ptr<http_store::Store> store) : store_(std::move(store)) {}
  std::shared_ptr<http_store::Store> store_;
};
static_assert(Backend<Http>);

/// Asks `url` (http or https) where the repository is: follows up to 10 redirects until one names a store, and returns
/// the URL of that store as storage::Any takes it, anonymous, since a stranger's redirect must not be sent credentials.
/// The schemes of stores are s3, gs, gcs, r2, tigris, http+icechunk and https+icechunk (or +ic). s3 needs `?region=`,
/// r2 `?account_id=`.
/// Errors: `errc::repository_not_found` where the redirects end without a store; those of a read.
VARVE_DECL Awaitable<Result<std::string>> async_resolve_redirect(std::string url, http::Client client);
/// The same; blocks and throws.
VARVE_DECL std::string resolve_redirect(std::string url);

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/http_store/impl/http_store.ipp>
#endif
