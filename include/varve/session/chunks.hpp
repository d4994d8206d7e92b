// SPDX-License-Identifier: Apache-2.0
// Chunks as a repository stores them: where the encoded bytes of one are, how they are fetched, how new ones are put.
#pragma once

#include <varve/change/chunk_payload.hpp>
#include <varve/core/config.hpp>
#include <varve/format/manifest.hpp>
#include <varve/session/context.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace varve::inline v0 {

/// Where the encoded bytes of a chunk are.
struct ChunkLocation {
  enum class Kind : std::uint8_t { missing, inlined, native, virtual_location };
  Kind kind = Kind::missing;
  ByteView inline_bytes;             ///< alive as long as `keep`
  std::shared_ptr<const void> keep;
  ChunkId id;                        ///< of a native chunk's object
  std::uint64_t offset = 0;          ///< bytes from the object's start
  std::uint64_t length = 0;          ///< bytes, of any kind but missing
};

/// Whether `index` names a chunk of a grid with that many chunks along each dimension; a scalar's is empty.
inline bool in_grid(std::span<const std::uint32_t> num_chunks, std::span<const std::uint32_t> index) {
  return std::equal(index.begin(), index.end(), num_chunks.begin(), num_chunks.end(), std::less<>());
}

/// Where an edit of a session says that the chunk is.
VARVE_DECL ChunkLocation location_of(const ChunkPayload& edit);

/// Where a ref of the manifest with that body says that the chunk is.
VARVE_DECL ChunkLocation location_of(const format::ChunkRef& ref, std::shared_ptr<const Bytes> body);

/// Where the chunk is in a snapshot; `nullopt` if a manifest must be fetched to know. Errors: those of reading manifests.
VARVE_DECL std::optional<Result<ChunkLocation>> locate_cached_chunk(Context& context, const Snapshot& snapshot,
                                                                    NodeId node, std::span<const std::uint32_t> index);

/// The same, fetching the manifest where needed.
VARVE_DECL Awaitable<Result<ChunkLocation>> locate_chunk(Context& context, const Snapshot& snapshot, NodeId node,
                                                         std::span<const std::uint32_t> index);

/// Reads exactly `location.length` encoded bytes into `buffer`, which has that size.
/// Errors: `errc::missing_object`; `errc::corrupt` if the object is shorter; `errc::unsupported_virtual`.
VARVE_DECL Awaitable<Result<void>> fetch_chunk_into(Context& context, const ChunkLocation& location, MutableByteView buffer);

/// The encoded bytes of a native chunk, if the cache has them: a view that `location` then keeps alive.
/// Errors: `errc::corrupt` if they are not as many as `location` says.
VARVE_DECL std::optional<Result<ByteView>> cached_chunk(Context& context, ChunkLocation& location);

/// The encoded bytes: a view into the cache, the manifest or `scratch`, valid while `location` and `scratch` live.
/// Errors: as above, and `errc::chunk_not_found` for a missing one.
VARVE_DECL Awaitable<Result<ByteView>> fetch_chunk(Context& context, ChunkLocation& location, Bytes& scratch);

/// Puts the encoded bytes of a chunk into an object of their own, or leaves them to the manifest if they are few: the
/// payload then points at `encoded`. Errors: `errc::invalid_argument` for no bytes; those of the store.
VARVE_DECL Awaitable<Result<ChunkPayload>> store_chunk(Context& context, ByteView encoded);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/chunks.ipp>
#endif
