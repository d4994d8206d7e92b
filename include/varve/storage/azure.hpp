// SPDX-License-Identifier: Apache-2.0
// Azure: a repository in a container of Azure Blob Storage, or of Azurite. Objects are block blobs, their versions are
// ETags, and the service checks conditions atomically. What is its own: a creation that lost is 409 instead of 412, and
// ranges at or past the end of a blob are answered in two ways, which both mean "nothing there".
#pragma once

#include <varve/storage/auth/token.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/http/client.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace varve::inline v0::storage {

namespace azure {

/// Containers that everybody may read.
struct Anonymous {};
/// One of the two keys of the account, in base64 as the portal shows it.
struct SharedKey {
  std::string key;
};
/// A shared access signature: "sv=...&sig=...", with or without its question mark. It needs the rights r, c, w, d, l.
struct Sas {
  std::string token;
};
/// A token of Microsoft Entra for https://storage.azure.com/, which the program itself keeps fresh.
struct Bearer {
  std::string token;
};

/// The last alternative fetches a fresh token when one is needed; see TokenFunction.
using Credentials = std::variant<Anonymous, SharedKey, Sas, Bearer, auth::TokenFunction>;

struct Store;  // what the handles of one store share

}  // namespace azure

struct AzureOptions {
  std::string account;
  std::string container;  ///< exists already
  std::string prefix;     ///< of all keys; slashes around it do not count
  azure::Credentials credentials;
  /// "https://<account>.blob.core.windows.net" if empty. Azurite's has the account in its path:
  /// "http://127.0.0.1:10000/devstoreaccount1".
  std::string endpoint;
  std::uint64_t single_put_bytes = std::uint64_t{256} << 20;  ///< larger objects are sent in blocks
  std::size_t block_bytes = std::size_t{32} << 20;            ///< of a larger object; a blob has up to 50,000
  std::size_t parts_at_once = 8;                              ///< blocks of one object, and deletions of one call
  http::ClientOptions http{};             ///< used unless `client` is given
  std::optional<http::Client> client{};   ///< shared with other stores: one pool of connections
  Environment environment{};              ///< clock of signatures and tokens, random write ids

  /// Fills what is empty from AZURE_STORAGE_CONNECTION_STRING, or else from AZURE_STORAGE_ACCOUNT (or _ACCOUNT_NAME),
  /// AZURE_STORAGE_ENDPOINT, and for anonymous credentials AZURE_STORAGE_KEY (or _ACCOUNT_KEY) or
  /// AZURE_STORAGE_SAS_TOKEN. Errors: `errc::invalid_argument` for a connection string that is none.
  Result<void> fill_from_environment();
};

/// Thread-safe; a copy is the same store.
/// Errors: besides those of every Backend, `errc::denied` with the service's word ("403 AuthenticationFailed") and
/// `errc::missing_object` if there is no such container; `errc::invalid_key` also for a key with a backslash, which the
/// service would take for a slash.
class Azure {
 public:
  using Options = AzureOptions;

  /// Throws what `open` returns.
  explicit Azure(AzureOptions options);
  /// Sends nothing. Errors: `errc::invalid_argument` for names, keys and addresses that cannot be right.
  static Result<Azure> open(AzureOptions options);

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options);
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer);
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition);
  /// Within the service; the bytes do not pass through here.
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version);
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next);
  Awaitable<Result<void>> remove(std::span<const std::string> keys);
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key);

  /// What the client has sent and received.
  const http::Client& client() const;
  /// "az://account/container/prefix".
  std::string url() const;

 private:
  explicit Azure(std::shared_ptr<azure::Store> store) : store_(std::move(store)) {}
  std::shared_ptr<azure::Store> store_;
};
static_assert(Backend<Azure>);

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/azure/impl/azure.ipp>
#endif
