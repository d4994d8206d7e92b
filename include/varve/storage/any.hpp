// SPDX-License-Identifier: Apache-2.0
// Any: a store whose kind is chosen while the program runs, mostly by a URL. It costs one virtual call for each
// request, and a program that names its store by a type does without.
#pragma once

#include <varve/storage/erased.hpp>
#include <varve/storage/http/client.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

/// What a URL cannot say.
struct AnyOptions {
  http::ClientOptions http{};            ///< used unless `client` is given
  std::optional<http::Client> client{};  ///< shared with other stores: one pool of connections
  Environment environment{};
};

/// A handle; copies are the same store. Thread-safe as far as what it holds is.
///
/// The URLs, with the options that each takes in its query (`?name=value&...`); names and values are percent-escaped.
///   s3://bucket/prefix          region, endpoint, anonymous, profile, path_style, requester_pays, storage_class,
///                               chunk_storage_class, probe. Otherwise as storage::S3 finds it: $AWS_*, profiles, roles.
///   gs://bucket/prefix (gcs:)   endpoint, anonymous, credentials_file, billing_project. Otherwise application default
///                               credentials, $STORAGE_EMULATOR_HOST.
///   az://account/container/prefix  endpoint, anonymous. Keys and signatures stand in $AZURE_STORAGE_*, see
///                               AzureOptions::fill_from_environment.
///   http://..., https://...     read-only; the query is the server's.
///   redirect+http://..., redirect+https://...  where that address redirects to; see resolve_redirect.
///   file:///folder              durability: none or commit.
///   memory:name                 one store a name, shared within the process; "memory:" alone is a new one.
/// The network's also take: connections, tries, ca_file, proxy. Secrets are never taken from a URL, which ends in logs.
class Any : public erased::Handle {
 public:
  using Options = AnyOptions;
  /// Any store.
  using erased::Handle::Handle;
  explicit Any(erased::Handle handle) : erased::Handle(std::move(handle)) {}
  /// Lends `store`, which outlives the handle.
  template <Backend Storage>
  static Any borrow(Storage& store) {
    return Any(erased::Handle::borrow(store));
  }
  /// Blocks and throws what `async_open` returns. Only redirects use the network.
  explicit Any(std::string_view url, AnyOptions options = AnyOptions());

  /// Errors: `errc::invalid_argument` for a scheme or an option that there is not, with those that there are; those of
  /// resolve_redirect.
  static Awaitable<Result<Any>> async_open(std::string url, AnyOptions options = AnyOptions());
  /// The same; blocks.
  static Result<Any> open(std::string_view url, AnyOptions options = AnyOptions());

  /// What it was opened by; empty for one that was made from a store.
  const std::string& url() const { return url_; }

 private:
  std::string url_;
};
static_assert(Backend<Any>);

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/any/impl/any.ipp>
#endif
