// SPDX-License-Identifier: Apache-2.0
// Gcs: a repository in a bucket of Google Cloud Storage, by its JSON API. An object's version is its generation, a
// number that no other content of the object ever had, so that a comparison never mistakes one state for another.
#pragma once

#include <varve/storage/backend.hpp>
#include <varve/storage/gcs/credentials.hpp>
#include <varve/storage/http/client.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

namespace gcs {
struct Store;  // what the handles of one store share
}

struct GcsOptions {
  std::string bucket;  ///< exists already
  std::string prefix;  ///< of all keys; slashes around it do not count
  gcs::Credentials credentials;
  /// "https://storage.googleapis.com" if empty; or $STORAGE_EMULATOR_HOST, an emulator that then gets no default
  /// credentials.
  std::string endpoint;
  std::string billing_project;  ///< pays for requests to buckets whose owner does not
  std::size_t parts_at_once = 16;  ///< deletions of one call
  http::ClientOptions http{};             ///< used unless `client` is given
  std::optional<http::Client> client{};   ///< shared with other stores: one pool of connections
  Environment environment{};              ///< clock of signatures and tokens, random write ids
};

/// Thread-safe; a copy is the same store. The service takes about one write a second to one object, and answers more
/// with 429, which the client waits for. Errors: besides those of every Backend, `errc::denied` with the service's word
/// ("403 forbidden") and `errc::missing_object` if there is no such bucket.
class Gcs {
 public:
  using Options = GcsOptions;

  /// Throws what `open` returns.
  explicit Gcs(GcsOptions options);
  /// Sends nothing. Errors: `errc::invalid_argument` for names, keys and addresses that cannot be right.
  static Result<Gcs> open(GcsOptions options);

  // There is no `copy`: a copy within the service would save the bytes of one small object, but emulators copy whatever
  // is there now, and a backup of the wrong version is worse than none. The general way compares what it has read.
  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options);
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer);
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition);
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next);
  Awaitable<Result<void>> remove(std::span<const std::string> keys);
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key);

  /// What the client has sent and received.
  const http::Client& client() const;
  /// "gs://bucket/prefix".
  std::string url() const;

 private:
  explicit Gcs(std::shared_ptr<gcs::Store> store) : store_(std::move(store)) {}
  std::shared_ptr<gcs::Store> store_;
};
static_assert(Backend<Gcs>);

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/gcs/impl/gcs.ipp>
#endif
