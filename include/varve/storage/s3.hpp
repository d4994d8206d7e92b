// SPDX-License-Identifier: Apache-2.0
// S3: a repository in a bucket of Amazon S3 or of a server that speaks its protocol (MinIO, Ceph, R2, Tigris, ...).
// `repo` is replaced under If-Match, objects are created under If-None-Match, and a response that gets lost on the way
// makes neither a false conflict nor a lost update: see http/conditional_write.hpp.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/runtime.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/http/client.hpp>
#include <varve/storage/s3/credentials.hpp>
#include <varve/storage/s3/options.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace varve::inline v0::storage {

/// A prefix of a bucket. Copies are the same store and share its connections and credentials. Thread-safe.
///
/// A version is the object's ETag, without its quotes: some servers compare it so. It is the MD5 of the content, so
/// equal bytes have equal versions, also when they were written twice with others between. A commit is safe from that,
/// since each `repo` holds a random name that no other has. Round trips: one for each call; `put` under a condition two
/// or more after an unclear end; `get` two where a range begins at or behind the end of the object. Errors:
/// `errc::denied` with what to do about it; `errc::io_error` for a bucket that is not there, or that is elsewhere;
/// `errc::unreachable` and `throttled` after the tries that the options allow, `invalid_key` for an empty key or one of
/// more than 1,024 bytes with its prefix; `unsupported_operation` for a conditional write beyond 5 GiB. Cancellation:
/// as Backend says. A cancelled write in parts takes its parts away, which takes one more request.
class S3 {
 public:
  using Options = S3Options;

  /// Reads the profile's files if no region is named; connects to nothing. A mistake in the options is the error of
  /// every call, so that opening a repository reports it.
  explicit S3(Options options);

  /// Where large writes in parts are signed and sent from.
  void use_runtime(const Runtime& runtime) { runtime_ = runtime; }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options);
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer);
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition);
  /// Within the store, without its bytes coming here; up to 5 GiB.
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version);
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next);
  /// 1,000 objects a request, or one by one where the server cannot do that.
  Awaitable<Result<void>> remove(std::span<const std::string> keys);
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key);
  /// Before a repository is created: see S3Options::probe.
  Awaitable<Result<void>> check();

  /// The connections and what they have done.
  const http::Client& client() const;
  /// "s3://bucket/prefix".
  std::string url() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  Runtime runtime_;
};
static_assert(Backend<S3>);

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/s3/impl/s3.ipp>
#endif
