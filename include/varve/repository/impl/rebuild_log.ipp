// SPDX-License-Identifier: Apache-2.0
// The transaction log of a snapshot, made again from the snapshot and its parent: a commit changed what differs between
// them. What it changed and changed back is not known any more, and nobody misses it.
#pragma once

#include <varve/core/config.hpp>
#include <varve/format/chunk_ref.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/transaction_log.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// Whether two refs, of any manifests, are of the same bytes. Errors: those of reading a location.
inline Result<bool> is_same_chunk(const format::ChunkRef& a, const format::ChunkRef& b, const std::string& key) {
  if (a.kind != b.kind || a.offset != b.offset || a.length != b.length) return false;
  if (a.kind == format::ChunkRefKind::inlined) return as_text(a.inline_bytes) == as_text(b.inline_bytes);
  if (a.kind == format::ChunkRefKind::native) return a.chunk_id == b.chunk_id;
  if (a.checksum_etag != b.checksum_etag || a.checksum_last_modified != b.checksum_last_modified) return false;
  const auto here = format::full_location(a, key), there = format::full_location(b, key);
  if (!here) return here.error();
  if (!there) return there.error();
  return *here == *there;
}

/// The chunks of one array in one snapshot, of which a few manifests are in memory at a time.
class ArrayChunks {
 public:
  /// `snapshot` is null, or does not have the array, where there are none.
  ArrayChunks(Context& context, const Snapshot* snapshot, NodeId array) : context_(context), array_(array) {
    const auto node = snapshot == nullptr ? std::nullopt : snapshot->find(array);
    if (!node || node->kind() != format::NodeKind::array) return;
    manifests_ = snapshot->manifests(array);
    for (std::size_t i = 0; i != node->rank(); ++i) grid_.push_back(node->dimension(i).num_chunks);
    for (const format::ManifestRefView& ref : manifests_->refs()) listed_.emplace(ref.id(), &ref);
  }

  std::size_t rank() const { return grid_.size(); }

  /// Adds the indices of those chunks that `other` does not have, or has otherwise. Manifests that both have are not read.
  /// Errors: those of reading the others.
  Awaitable<Result<void>> add_changed(ArrayChunks& other, format::ArrayUpdatedChunks& changed) {
    if (manifests_ == nullptr) co_return Result<void>();
    std::vector<std::uint32_t> index(rank());
    for (const format::ManifestRefView& manifest : manifests_->refs()) {
      if (other.has(manifest)) continue;
      auto refs = co_await open(manifest.id());
      if (!refs) co_return std::move(refs).error();
      for (std::size_t k = 0; refs->view && k != refs->view->size(); ++k) {
        if (auto read = refs->view->index(k, std::span<std::uint32_t>(index)); !read) co_return read;
        const auto counts = manifests_->find(index);
        if (!in_grid(grid_, index) || !counts || &counts->ref != &manifest) continue;
        const auto here = refs->view->ref(k);
        if (!here) co_return here.error();
        auto there = co_await other.find(index);
        if (!there) co_return std::move(there).error();
        if (*there) {
          const auto same = is_same_chunk(*here, **there, format::manifest_key(manifest.id()));
          if (!same) co_return same.error();
          if (*same) continue;
        }
        ++changed.count;
        changed.coordinates.insert(changed.coordinates.end(), index.begin(), index.end());
      }
    }
    co_return Result<void>();
  }

 private:
  static constexpr std::size_t most_open = 8;

  /// Whether it has that manifest, with the same extents.
  bool has(const format::ManifestRefView& manifest) const {
    const auto found = listed_.find(manifest.id());
    bool same = found != listed_.end() && found->second->rank() == manifest.rank();
    for (std::size_t i = 0; same && i != manifest.rank(); ++i) same = found->second->extent(i) == manifest.extent(i);
    return same;
  }
  Awaitable<Result<ArrayRefs>> open(ManifestId id) {
    if (const auto kept = open_.find(id); kept != open_.end()) co_return kept->second;
    auto manifest = co_await fetch_manifest(context_, id);
    if (!manifest) co_return std::move(manifest).error();
    auto refs = manifest->view.find(array_);
    if (!refs) co_return std::move(refs).error();
    if (open_.size() == most_open) open_.clear();
    co_return open_.emplace(id, ArrayRefs{std::move(manifest->body), *refs}).first->second;
  }
  /// The ref of a chunk, if there is one. It lives until the next call.
  Awaitable<Result<std::optional<format::ChunkRef>>> find(const std::vector<std::uint32_t>& index) {
    std::optional<format::ChunkRef> none;
    if (manifests_ == nullptr || !in_grid(grid_, index)) co_return none;
    const auto found = manifests_->find(index);
    if (!found) co_return none;
    const auto refs = co_await open(found->ref.id());
    if (!refs) co_return refs.error();
    if (!refs->view) co_return none;
    co_return refs->view->find(index);
  }

  Context& context_;
  const NodeId array_;
  const ManifestIndex* manifests_ = nullptr;
  std::vector<std::uint32_t> grid_;
  std::unordered_map<ManifestId, const format::ManifestRefView*> listed_;
  std::map<ManifestId, ArrayRefs> open_;
};

/// Adds which chunks of an array differ between a snapshot and its parent, null if that has none.
inline Awaitable<Result<void>> compare_chunks(Context& context, const Snapshot& snapshot, const Snapshot* parent, NodeId array,
                                              format::TransactionLogData& log) {
  ArrayChunks now(context, &snapshot, array), before(context, parent, array);
  format::ArrayUpdatedChunks changed;
  changed.id = array;
  changed.rank = now.rank();
  auto done = co_await now.add_changed(before, changed);
  if (done && before.rank() == now.rank()) done = co_await before.add_changed(now, changed);
  if (done && changed.count != 0) log.updated_chunks.push_back(std::move(changed));
  co_return done;
}

/// The log of a snapshot; one without a parent created everything that it has.
/// Errors: those of reading the two snapshots, and manifests that only one of them has.
inline Awaitable<Result<format::TransactionLogData>> rebuild_log(Context& context, SnapshotId id, std::optional<SnapshotId> parent_id) {
  auto fetched = co_await fetch_snapshot(context, id);
  if (!fetched) co_return std::move(fetched).error();
  const Snapshot& snapshot = **fetched;
  std::shared_ptr<const Snapshot> parent;
  if (parent_id) {
    auto read = co_await fetch_snapshot(context, *parent_id);
    if (!read) co_return std::move(read).error();
    parent = *std::move(read);
  }
  format::TransactionLogData log;
  log.id = id;
  for (std::size_t i = 0; i != snapshot.view().node_count(); ++i) {
    const format::NodeView node = snapshot.view().node(i);
    const bool is_array = node.kind() == format::NodeKind::array;
    const auto was = parent == nullptr ? std::nullopt : parent->find(node.id());
    if (!was) {
      (is_array ? log.new_arrays : log.new_groups).push_back(node.id());
    } else {
      if (was->zarr_json() != node.zarr_json()) (is_array ? log.updated_arrays : log.updated_groups).push_back(node.id());
      if (was->path() != node.path()) {
        log.moves.push_back(format::Move{std::string(was->path()), std::string(node.path()), node.id(), node.kind()});
      }
    }
    if (!is_array) continue;
    auto done = co_await compare_chunks(context, snapshot, parent.get(), node.id(), log);
    if (!done) co_return std::move(done).error();
  }
  for (std::size_t i = 0; parent != nullptr && i != parent->view().node_count(); ++i) {
    const format::NodeView was = parent->view().node(i);
    if (snapshot.find(was.id())) continue;
    (was.kind() == format::NodeKind::array ? log.deleted_arrays : log.deleted_groups).push_back(was.id());
  }
  co_return log;
}

}  // namespace varve::inline v0::detail
