// SPDX-License-Identifier: Apache-2.0
// Bodies of chunks.hpp.
#pragma once

#include <varve/session/chunks.hpp>

#include <varve/cache/cache.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/objects.hpp>

#include <string>
#include <utility>

namespace varve::inline v0 {

VARVE_DECL ChunkLocation location_of(const ChunkPayload& edit) {
  ChunkLocation location;
  location.offset = edit.offset();
  location.length = edit.length();
  switch (edit.kind()) {
    case ChunkPayload::Kind::erased: break;
    case ChunkPayload::Kind::inlined:
      location.kind = ChunkLocation::Kind::inlined;
      location.keep = edit.shared_bytes();
      location.inline_bytes = edit.bytes();
      location.length = location.inline_bytes.size();
      break;
    case ChunkPayload::Kind::native:
      location.kind = ChunkLocation::Kind::native;
      location.id = edit.chunk_id();
      break;
    case ChunkPayload::Kind::virtual_location: location.kind = ChunkLocation::Kind::virtual_location; break;
  }
  return location;
}

VARVE_DECL ChunkLocation location_of(const format::ChunkRef& ref, std::shared_ptr<const Bytes> body) {
  ChunkLocation location;
  location.offset = ref.offset;
  location.length = ref.length;
  switch (ref.kind) {
    case format::ChunkRefKind::inlined:
      location.kind = ChunkLocation::Kind::inlined;
      location.inline_bytes = ref.inline_bytes;
      location.length = ref.inline_bytes.size();
      location.keep = std::move(body);
      break;
    case format::ChunkRefKind::native:
      location.kind = ChunkLocation::Kind::native;
      location.id = ref.chunk_id;
      break;
    case format::ChunkRefKind::virtual_location: location.kind = ChunkLocation::Kind::virtual_location; break;
  }
  return location;
}

namespace detail {

/// The refs of an array in a manifest; remembered, so that the next who looks need not open it.
inline Result<ArrayRefs> refs_of(Manifest manifest, NodeId node, OpenedRefs& opened) {
  auto view = manifest.view.find(node);
  if (!view) return std::move(view).error();
  ArrayRefs refs{std::move(manifest.body), *view};
  opened.keep(refs);
  return refs;
}

/// Where `refs`, of the manifest that `ref` refers to, say that the chunk is.
inline Result<ChunkLocation> locate_in(ArrayRefs refs, const format::ManifestRefView& ref, std::span<const std::uint32_t> index) {
  if (!refs.view) return ChunkLocation();
  auto chunk = refs.view->find(index, ref.place(index));
  if (!chunk) return std::move(chunk).error();
  if (!*chunk) return ChunkLocation();
  return location_of(**chunk, std::move(refs.body));
}

}  // namespace detail

VARVE_DECL std::optional<Result<ChunkLocation>> locate_cached_chunk(Context& context, const Snapshot& snapshot,
                                                                    NodeId node, std::span<const std::uint32_t> index) {
  const ManifestIndex* const manifests = snapshot.manifests(node);
  if (manifests == nullptr) return Result<ChunkLocation>(ChunkLocation());
  const auto found = manifests->find(index);
  if (!found) return Result<ChunkLocation>(ChunkLocation());
  if (auto opened = found->opened.find()) return detail::locate_in(*std::move(opened), found->ref, index);
  auto manifest = cached_manifest(context, found->ref.id());
  if (!manifest) return std::nullopt;
  if (!*manifest) return Result<ChunkLocation>(std::move(*manifest).error());
  auto refs = detail::refs_of(**std::move(manifest), node, found->opened);
  if (!refs) return Result<ChunkLocation>(std::move(refs).error());
  return detail::locate_in(*std::move(refs), found->ref, index);
}

VARVE_DECL Awaitable<Result<ChunkLocation>> locate_chunk(Context& context, const Snapshot& snapshot, NodeId node,
                                                         std::span<const std::uint32_t> index) {
  if (auto known = locate_cached_chunk(context, snapshot, node, index)) co_return *std::move(known);
  const auto found = snapshot.manifests(node)->find(index);
  auto manifest = co_await fetch_manifest(context, found->ref.id());
  if (!manifest) co_return std::move(manifest).error();
  auto refs = detail::refs_of(*std::move(manifest), node, found->opened);
  if (!refs) co_return std::move(refs).error();
  co_return detail::locate_in(*std::move(refs), found->ref, index);
}

namespace detail {

inline Error short_object(const ChunkLocation& location, std::uint64_t size) {
  return Error(errc::corrupt, "read chunk", format::chunk_key(location.id),
               "it has " + std::to_string(size) + " bytes where the manifest says " + std::to_string(location.length) +
                   " from " + std::to_string(location.offset) + " on");
}

/// A length from a manifest is not believed where believing it would cost much memory.
inline Awaitable<Result<void>> check_length(Context& context, const ChunkLocation& location) {
  constexpr std::uint64_t harmless = 64 << 20;
  if (location.kind != ChunkLocation::Kind::native || location.length <= harmless) co_return Result<void>();
  const std::string key = format::chunk_key(location.id);
  auto object = co_await context.storage.size(key);
  if (!object) co_return std::move(object).error();
  if (!*object) co_return Error(errc::missing_object, "read chunk", key, "the manifest refers to it");
  const std::uint64_t size = (*object)->size;
  if (location.offset > size || location.length > size - location.offset) co_return short_object(location, size);
  co_return Result<void>();
}

}  // namespace detail

VARVE_DECL Awaitable<Result<void>> fetch_chunk_into(Context& context, const ChunkLocation& location, MutableByteView buffer) {
  VARVE_ASSERT(buffer.size() == location.length);
  switch (location.kind) {
    case ChunkLocation::Kind::missing: co_return Error(errc::chunk_not_found, "read chunk");
    case ChunkLocation::Kind::virtual_location:
      co_return Error(errc::unsupported_virtual, "read chunk", {},
                      "its bytes lie in another file; this version reads native and inline chunks only");
    case ChunkLocation::Kind::inlined:
      std::copy(location.inline_bytes.begin(), location.inline_bytes.end(), buffer.begin());
      co_return Result<void>();
    case ChunkLocation::Kind::native: break;
  }
  const std::string key = format::chunk_key(location.id);
  auto read = co_await context.storage.read_into(key, location.offset, buffer);
  if (!read) co_return std::move(read).error();
  if (!*read) co_return Error(errc::missing_object, "read chunk", key, "the manifest refers to it");
  if (**read != buffer.size()) co_return detail::short_object(location, **read);
  co_return Result<void>();
}

VARVE_DECL std::optional<Result<ByteView>> cached_chunk(Context& context, ChunkLocation& location) {
  if (!context.cache.admits(CacheKind::chunk, location.length)) return std::nullopt;
  auto entry = context.cache.find(CacheKey{CacheKind::chunk, location.id.bytes, location.offset});
  if (!entry) return std::nullopt;
  const ByteView bytes = *entry->bytes;
  if (bytes.size() != location.length) return Result<ByteView>(detail::short_object(location, bytes.size()));
  location.keep = std::move(entry->bytes);
  return Result<ByteView>(bytes);
}

VARVE_DECL Awaitable<Result<ByteView>> fetch_chunk(Context& context, ChunkLocation& location, Bytes& scratch) {
  if (location.kind == ChunkLocation::Kind::inlined) co_return location.inline_bytes;
  if (location.kind != ChunkLocation::Kind::native) {
    auto refused = co_await fetch_chunk_into(context, location, MutableByteView(scratch).first(0));
    co_return std::move(refused).error();
  }
  if (auto cached = cached_chunk(context, location)) co_return *std::move(cached);
  auto plausible = co_await detail::check_length(context, location);
  if (!plausible) co_return std::move(plausible).error();
  std::shared_ptr<Bytes> kept;
  if (context.cache.admits(CacheKind::chunk, location.length)) kept = std::make_shared<Bytes>();
  Bytes& buffer = kept ? *kept : scratch;
  buffer.resize(location.length);
  auto read = co_await fetch_chunk_into(context, location, buffer);
  if (!read) co_return std::move(read).error();
  if (kept) {
    context.cache.insert(CacheKey{CacheKind::chunk, location.id.bytes, location.offset}, CacheEntry{kept});
    location.keep = std::move(kept);
  }
  co_return ByteView(buffer);
}

VARVE_DECL Awaitable<Result<ChunkPayload>> store_chunk(Context& context, ByteView encoded) {
  if (encoded.empty()) {
    co_return Error(errc::invalid_argument, "write chunk", {}, "an encoded chunk has at least one byte");
  }
  if (encoded.size() <= context.settings()->inline_chunk_bytes) co_return ChunkPayload::inlined(encoded);
  const auto id = context.options.environment.new_id<ChunkId>();
  const std::string key = format::chunk_key(id);
  auto put = co_await context.storage.put(key, encoded, PutCondition::always());
  if (!put) co_return std::move(put).error();
  co_return ChunkPayload::native(id, 0, encoded.size());
}

}  // namespace varve::inline v0
