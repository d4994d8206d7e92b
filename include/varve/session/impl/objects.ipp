// SPDX-License-Identifier: Apache-2.0
// Bodies of objects.hpp.
#pragma once

#include <varve/session/objects.hpp>

#include <utility>

namespace varve::inline v0 {

namespace detail {

/// Fetches and decompresses one metadata file; the leader of a single flight.
struct FetchMetadata {
  Context& context;
  const CacheKey& key;
  const std::string& name;
  format::FileType type;

  Awaitable<Result<CacheEntry>> operator()() const {
    auto fetched = co_await context.storage.get(name, GetOptions());
    if (!fetched) co_return std::move(fetched).error();
    if (fetched->status != Fetched::Status::found) {
      co_return Error(errc::missing_object, "read metadata", name,
                      "the repository refers to it; it may have been deleted by a garbage collection");
    }
    const Bytes& stored = fetched->bytes;
    const auto permit = co_await context.decodes.take(1);
    auto open = [&] { return opened(stored); };
    auto file = co_await blocking(context.options.runtime, open);
    if (!file) co_return std::move(file).error();
    CacheEntry entry{std::make_shared<const Bytes>(std::move(file->body)), file->version};
    context.cache.insert(key, entry);
    co_return entry;
  }

 private:
  /// Views check bytes where they read them, and all but a manifest's see their whole file at once. Chunk refs out of
  /// order would be taken for missing chunks, so a manifest is read through when it arrives; decompressing it takes longer.
  Result<format::File> opened(ByteView stored) const {
    auto file = format::open_file(stored, type, name);
    if (!file || type != format::FileType::manifest) return file;
    const auto view = format::ManifestView::open(file->body, name);
    if (!view) return view.error();
    if (auto checked = view->check(); !checked) return std::move(checked).error();
    return file;
  }
};

VARVE_DECL Awaitable<Result<CacheEntry>> fetch_metadata(Context& context, CacheKind kind, std::array<std::uint8_t, 12> id,
                                                        std::string name, format::FileType type) {
  const CacheKey key{kind, id, 0};
  if (auto kept = context.cache.find(key)) co_return *std::move(kept);
  if (auto under_way = context.commits.find(key)) co_return *std::move(under_way);
  FetchMetadata fetch{context, key, name, type};
  co_return co_await context.flights.run(key, fetch);
}

}  // namespace detail

VARVE_DECL Awaitable<Result<std::shared_ptr<const Snapshot>>> fetch_snapshot(Context& context, SnapshotId id) {
  const std::string name = format::snapshot_key(id);
  auto entry = co_await detail::fetch_metadata(context, CacheKind::snapshot, id.bytes, name, format::FileType::snapshot);
  if (!entry) co_return std::move(entry).error();
  auto view = format::SnapshotView::open(*entry->bytes, entry->version, name);
  if (!view) co_return std::move(view).error();
  co_return std::make_shared<const Snapshot>(std::move(entry->bytes), *view);
}

namespace detail {

VARVE_DECL Result<Manifest> open_manifest(CacheEntry entry, ManifestId id) {
  auto view = format::ManifestView::open(*entry.bytes, format::manifest_key(id));
  if (!view) return std::move(view).error();
  return Manifest{std::move(entry.bytes), *std::move(view)};
}

}  // namespace detail

VARVE_DECL std::optional<Result<Manifest>> cached_manifest(Context& context, ManifestId id) {
  auto kept = context.cache.find(CacheKey{CacheKind::manifest, id.bytes, 0});
  if (!kept) return std::nullopt;
  return detail::open_manifest(*std::move(kept), id);
}

VARVE_DECL Awaitable<Result<Manifest>> fetch_manifest(Context& context, ManifestId id) {
  auto entry = co_await detail::fetch_metadata(context, CacheKind::manifest, id.bytes, format::manifest_key(id),
                                               format::FileType::manifest);
  if (!entry) co_return std::move(entry).error();
  co_return detail::open_manifest(*std::move(entry), id);
}

VARVE_DECL Awaitable<Result<TransactionLog>> fetch_transaction_log(Context& context, SnapshotId id) {
  const std::string name = format::transaction_log_key(id);
  auto entry = co_await detail::fetch_metadata(context, CacheKind::transaction_log, id.bytes, name,
                                               format::FileType::transaction_log);
  if (!entry) co_return std::move(entry).error();
  auto view = format::TransactionLogView::open(*entry->bytes, name);
  if (!view) co_return std::move(view).error();
  co_return TransactionLog{std::move(entry->bytes), *std::move(view)};
}

VARVE_DECL Awaitable<Result<NewObject>> seal_metadata(Context& context, CacheKey key, std::string name,
                                                      std::shared_ptr<const Bytes> body, format::FileType type) {
  const int level = context.settings()->compression_level;
  auto seal = [&] { return Result<Bytes>(format::seal_file(*body, type, level)); };
  auto sealed = co_await blocking(context.options.runtime, seal);
  if (!sealed) co_return std::move(sealed).error();
  auto stored = std::make_shared<const Bytes>(*std::move(sealed));
  NewObject object;
  object.name = std::move(name);
  object.stored = *stored;
  object.keep = std::move(stored);
  object.key = key;
  object.entry.bytes = std::move(body);
  object.entry.version = format::written_version;
  co_return object;
}

VARVE_DECL Awaitable<Result<NewObject>> seal_snapshot(Context& context, SnapshotId id, std::shared_ptr<const Bytes> body) {
  const CacheKey key{CacheKind::snapshot, id.bytes, 0};
  return seal_metadata(context, key, format::snapshot_key(id), std::move(body), format::FileType::snapshot);
}

VARVE_DECL Awaitable<Result<NewObject>> seal_transaction_log(Context& context, format::TransactionLogData log) {
  const SnapshotId id = log.id;
  auto body = format::encode_transaction_log(std::move(log));
  if (!body) co_return std::move(body).error();
  const CacheKey key{CacheKind::transaction_log, id.bytes, 0};
  co_return co_await seal_metadata(context, key, format::transaction_log_key(id),
                                   std::make_shared<const Bytes>(*std::move(body)), format::FileType::transaction_log);
}

VARVE_DECL Awaitable<Result<void>> put_object(Context& context, const NewObject& object) {
  auto put = co_await context.storage.put(object.name, object.stored, PutCondition::always());
  if (!put) co_return std::move(put).error();
  if (put->stored_at && object.key.kind == CacheKind::snapshot) {
    const Timestamp now = context.options.environment.now();
    if (now - *put->stored_at > most_clock_skew || *put->stored_at - now > most_clock_skew) {
      co_return Error(errc::clock_skew, "store snapshot", object.name,
                      "here it is " + rfc3339(now) + ", for the store " + rfc3339(*put->stored_at) + ": set this machine's clock");
    }
  }
  if (object.entry.bytes) context.cache.insert(object.key, object.entry);
  co_return Result<void>();
}

}  // namespace varve::inline v0
