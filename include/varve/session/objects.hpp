// SPDX-License-Identifier: Apache-2.0
// The immutable objects of a repository as a session sees them: fetched once for all who ask, decompressed, kept in
// the cache, and opened as views that hold the bytes alive.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/blocking.hpp>
#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/format/file.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/context.hpp>
#include <varve/session/metadata.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace varve::inline v0 {

namespace detail {

VARVE_DECL Awaitable<Result<CacheEntry>> fetch_metadata(Context& context, CacheKind kind, std::array<std::uint8_t, 12> id,
                                                        std::string name, format::FileType type);

}  // namespace detail

/// Errors: `errc::missing_object`, `errc::corrupt` and what the store reports.
VARVE_DECL Awaitable<Result<std::shared_ptr<const Snapshot>>> fetch_snapshot(Context& context, SnapshotId id);

namespace detail {

VARVE_DECL Result<Manifest> open_manifest(CacheEntry entry, ManifestId id);

}  // namespace detail

/// The manifest, if the cache has it.
VARVE_DECL std::optional<Result<Manifest>> cached_manifest(Context& context, ManifestId id);

VARVE_DECL Awaitable<Result<Manifest>> fetch_manifest(Context& context, ManifestId id);

VARVE_DECL Awaitable<Result<TransactionLog>> fetch_transaction_log(Context& context, SnapshotId id);

/// An immutable object on its way into the store.
struct NewObject {
  std::string name;
  std::shared_ptr<const void> keep;  ///< owns `stored`
  ByteView stored;                   ///< the bytes of the object
  CacheKey key;                      ///< of a metadata file
  CacheEntry entry;                  ///< and its body: who wrote it will soon read it; empty for a chunk
};

/// The metadata file with that body, compressed on the threads of the runtime.
VARVE_DECL Awaitable<Result<NewObject>> seal_metadata(Context& context, CacheKey key, std::string name,
                                                      std::shared_ptr<const Bytes> body, format::FileType type);

VARVE_DECL Awaitable<Result<NewObject>> seal_snapshot(Context& context, SnapshotId id, std::shared_ptr<const Bytes> body);

VARVE_DECL Awaitable<Result<NewObject>> seal_transaction_log(Context& context, format::TransactionLogData log);

/// How far the clocks of a writer and of its store, or of two writers, may be apart: the reference refuses to commit on top
/// of a snapshot whose time is further from the store's.
inline constexpr std::chrono::seconds most_clock_skew{600};

/// Errors: those of the store; `errc::clock_skew` for a snapshot, if this machine's clock is not the store's.
VARVE_DECL Awaitable<Result<void>> put_object(Context& context, const NewObject& object);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/objects.ipp>
#endif
