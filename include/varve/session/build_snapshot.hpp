// SPDX-License-Identifier: Apache-2.0
// build_snapshot: turns a base snapshot and a change set into the objects of a commit. There are new manifests for the
// arrays whose chunks changed and for no others; every other node keeps what it refers to.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/change/change_set.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/session/objects.hpp>
#include <varve/session/session_state.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// A manifest of a commit.
struct NewManifest {
  format::ManifestFile file;
  std::optional<NewObject> object;  ///< unless it is in the store already
};

/// What the manifests of a commit may weigh, in bytes as stored, to wait for the snapshot: all of them then go out in
/// one round of requests. Further ones are stored at once, so that they need not be held.
inline constexpr std::uint64_t waiting_manifest_bytes = 16 << 20;

/// Makes the manifest of one array whose chunks changed: the chunk refs of its old manifests that are still in the
/// grid, under the session's edits, in ascending order of their index.
template <class Storage, class CacheType>
struct ManifestWriter {
  Context<Storage, CacheType>& context;
  const ChangeSet& changes;
  format::NodeData& node;
  std::span<const std::uint32_t> num_chunks;
  std::atomic<std::uint64_t>& waiting;
  std::optional<NewManifest>& made;

  /// The chunk refs of one old manifest, read from front to back.
  struct Cursor {
    Manifest manifest;
    format::ArrayRefsView refs;
    std::size_t next = 0;
    std::vector<std::uint32_t> index;

    Result<void> load() { return next == refs.size() ? Result<void>() : refs.index(next, std::span<std::uint32_t>(index)); }
  };

  Awaitable<Result<void>> run() {
    std::vector<Cursor> cursors;
    for (const format::ManifestRefData& old : node.manifests) {
      auto manifest = co_await fetch_manifest(context, old.id);
      if (!manifest) co_return std::move(manifest).error();
      auto refs = manifest->view.find(node.id);
      if (!refs) co_return std::move(refs).error();
      if (!*refs) continue;
      cursors.push_back(Cursor{*std::move(manifest), **refs, 0, std::vector<std::uint32_t>(node.shape.size())});
      if (auto loaded = cursors.back().load(); !loaded) co_return loaded;
    }
    const auto id = context.options.environment.template new_id<ManifestId>();
    format::ManifestBuilder builder(id);
    builder.begin_array(node.id);
    std::vector<format::ChunkRange> extents;
    if (auto merged = merge(cursors, builder, extents); !merged) co_return merged;
    builder.end_array();
    node.manifests.clear();
    const std::uint32_t count = builder.ref_count();
    if (count == 0) co_return Result<void>();
    auto body = builder.finish();
    if (!body) co_return std::move(body).error();
    const CacheKey key{CacheKind::manifest, id.bytes, 0};
    auto object = co_await seal_metadata(context, key, format::manifest_key(id),
                                         std::make_shared<const Bytes>(*std::move(body)), format::FileType::manifest);
    if (!object) co_return std::move(object).error();
    const std::uint64_t size = object->stored.size();
    node.manifests.push_back(format::ManifestRefData{id, std::move(extents)});
    made.emplace();
    made->file = format::ManifestFile{id, size, count};
    if (waiting.fetch_add(size) + size > waiting_manifest_bytes) co_return co_await put_object(context, *object);
    made->object = *std::move(object);
    co_return Result<void>();
  }

 private:
  Result<void> merge(std::vector<Cursor>& cursors, format::ManifestBuilder& builder,
                     std::vector<format::ChunkRange>& extents) {
    Result<void> outcome;
    const auto add = [&](std::span<const std::uint32_t> index, const format::ChunkRef& ref) {
      if (!in_grid(num_chunks, index)) return;  // beyond the grid after a shrink
      if (extents.empty()) {
        for (const std::uint32_t at : index) extents.push_back(format::ChunkRange{at, at + 1});
      }
      for (std::size_t i = 0; i != index.size(); ++i) {
        extents[i].first = std::min(extents[i].first, index[i]);
        extents[i].last = std::max(extents[i].last, index[i] + 1);
      }
      builder.add(index, ref);
    };
    // Moves every old ref before `end` (all of them without one) into the new manifest.
    const auto drain = [&](std::optional<std::span<const std::uint32_t>> end) {
      for (;;) {
        Cursor* least = nullptr;
        for (Cursor& cursor : cursors) {
          if (cursor.next != cursor.refs.size() && (least == nullptr || cursor.index < least->index)) least = &cursor;
        }
        if (least == nullptr) return;
        if (end && !std::lexicographical_compare(least->index.begin(), least->index.end(), end->begin(), end->end())) {
          return;
        }
        auto ref = least->refs.ref(least->next);
        if (!ref) {
          outcome = std::move(ref).error();
          return;
        }
        add(least->index, *ref);
        if (!advance(*least, outcome)) return;
      }
    };
    changes.for_each_chunk(node.id, [&](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
      if (!outcome) return;
      drain(index);
      for (Cursor& cursor : cursors) {  // the edit replaces what was there
        if (outcome && cursor.next != cursor.refs.size() && std::ranges::equal(cursor.index, index)) {
          advance(cursor, outcome);
        }
      }
      if (outcome && !payload.is_erased()) add(index, payload.ref());
    });
    if (outcome) drain(std::nullopt);
    return outcome;
  }

  static bool advance(Cursor& cursor, Result<void>& outcome) {
    ++cursor.next;
    outcome = cursor.load();
    return outcome.has_value();
  }
};

/// Sets what a snapshot repeats of zarr.json: shape, number of chunks, names of dimensions.
inline Result<void> describe(format::NodeData& node, std::string zarr_json) {
  node.zarr_json = std::move(zarr_json);
  if (node.kind != NodeKind::array) return {};
  auto outline = zarr::outline(node.zarr_json, node.path);
  if (!outline) return std::move(outline).error();
  node.shape.clear();
  for (std::size_t i = 0; i != outline->shape.size(); ++i) {
    node.shape.push_back(format::DimensionShape{outline->shape[i], outline->num_chunks[i]});
  }
  node.dimension_names = std::move(outline->dimension_names);
  return {};
}

}  // namespace detail

/// What a commit will consist of.
struct NewSnapshot {
  SnapshotId id;
  Timestamp flushed_at;
  std::string message;
  Metadata metadata;
  std::shared_ptr<const Bytes> body;
  std::vector<NewObject> objects;  ///< to be stored: the snapshot, its transaction log, manifests
};

namespace detail {

/// The arrays whose manifests a commit rewrites, each with the grid its chunks must lie in, taken by several workers.
template <class Storage, class CacheType>
struct ManifestWork {
  struct Item {
    format::NodeData* node;
    std::vector<std::uint32_t> num_chunks;
    std::optional<NewManifest> made;
  };
  Context<Storage, CacheType>& context;
  const ChangeSet& changes;
  std::vector<Item>& items;
  std::atomic<std::size_t>& next;
  std::atomic<std::uint64_t>& waiting;

  Awaitable<Result<void>> operator()() const {
    for (std::size_t i = next++; i < items.size(); i = next++) {
      Item& item = items[i];
      ManifestWriter<Storage, CacheType> writer{context, changes, *item.node, item.num_chunks, waiting, item.made};
      auto done = co_await writer.run();
      if (!done) co_return done;
    }
    co_return Result<void>();
  }
};

}  // namespace detail

/// Builds the snapshot that `changes` make of `base`. Nothing of it is in the store yet but manifests beyond
/// `waiting_manifest_bytes`. Errors: `errc::malformed_snapshot`; those of reading old manifests and of writing new ones.
template <class Storage, class CacheType>
Awaitable<Result<NewSnapshot>> build_snapshot(Context<Storage, CacheType>& context, const Snapshot& base,
                                              const ChangeSet& changes, std::string message, Metadata metadata) {
  using Work = detail::ManifestWork<Storage, CacheType>;
  format::SnapshotData data;
  const format::SnapshotView& view = base.view();
  data.nodes.reserve(view.node_count() + changes.new_nodes().size());  // items point into it
  std::vector<typename Work::Item> items;
  for (std::size_t i = 0; i != view.node_count(); ++i) {
    const format::NodeView old = view.node(i);
    const auto path = Path::parse(old.path());
    if (path) {
      const auto deleted = changes.deleted_nodes().find(*path);
      if (deleted != changes.deleted_nodes().end() && deleted->second.id == old.id()) continue;
    }
    format::NodeData& node = data.nodes.emplace_back(format::copy_node(old));
    bool touched = changes.has_chunks(node.id);
    if (const auto updated = changes.updated_nodes().find(node.id); updated != changes.updated_nodes().end()) {
      const auto before = node.shape;
      if (auto described = detail::describe(node, updated->second.zarr_json); !described) {
        co_return std::move(described).error();
      }
      touched = touched || !std::ranges::equal(before, node.shape, [](const auto& a, const auto& b) {
        return a.array_length == b.array_length && a.num_chunks == b.num_chunks;
      });
    }
    if (node.kind == NodeKind::array && touched) {
      items.push_back(typename Work::Item{&node, {}, std::nullopt});
    }
  }
  for (const auto& [path, added] : changes.new_nodes()) {
    format::NodeData& node = data.nodes.emplace_back();
    node.id = added.id;
    node.path = path.text();
    node.kind = added.kind;
    if (auto described = detail::describe(node, added.zarr_json); !described) co_return std::move(described).error();
    if (node.kind == NodeKind::array && changes.has_chunks(node.id)) {
      items.push_back(typename Work::Item{&node, {}, std::nullopt});
    }
  }
  for (auto& item : items) {
    for (const format::DimensionShape& dimension : item.node->shape) item.num_chunks.push_back(dimension.num_chunks);
  }

  std::atomic<std::size_t> next = 0;
  std::atomic<std::uint64_t> waiting = 0;
  Work work{context, changes, items, next, waiting};
  const std::size_t workers = std::min(items.size(), context.options.concurrency);
  auto done = co_await gather(context.options.runtime, workers, work);
  if (!done) co_return std::move(done).error();

  NewSnapshot made;
  std::map<ManifestId, format::ManifestFile> files;
  for (auto& item : items) {
    if (!item.made) continue;
    files.emplace(item.made->file.id, item.made->file);
    if (item.made->object) made.objects.push_back(*std::move(item.made->object));
  }
  for (const format::NodeData& node : data.nodes) {
    for (const format::ManifestRefData& ref : node.manifests) {
      if (files.contains(ref.id)) continue;
      const auto file = view.find_manifest(ref.id);
      if (!file) {
        co_return Error(errc::corrupt, "commit", node.path, "its manifest " + ref.id.to_string() + " is not listed in the snapshot");
      }
      files.emplace(ref.id, *file);
    }
  }
  for (const auto& [id, file] : files) data.manifests.push_back(file);

  made.id = context.options.environment.template new_id<SnapshotId>();
  made.flushed_at = std::max(context.options.environment.now(), view.flushed_at() + std::chrono::microseconds(1));
  made.message = message;
  made.metadata = metadata;
  data.id = made.id;
  data.flushed_at = made.flushed_at;
  data.message = std::move(message);
  data.metadata = std::move(metadata);
  auto body = format::encode_snapshot(std::move(data));
  if (!body) co_return std::move(body).error();
  made.body = std::make_shared<const Bytes>(*std::move(body));
  auto snapshot = co_await seal_snapshot(context, made.id, made.body);
  if (!snapshot) co_return std::move(snapshot).error();
  made.objects.push_back(*std::move(snapshot));
  auto log = co_await seal_transaction_log(context, changes.log(made.id));
  if (!log) co_return std::move(log).error();
  made.objects.push_back(*std::move(log));
  co_return made;
}

}  // namespace varve::inline v0
