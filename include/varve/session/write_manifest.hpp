// SPDX-License-Identifier: Apache-2.0
// The manifests of a commit: each is a piece of a plan, the old chunk refs of one box under the session's edits there.
#pragma once

#include <varve/async/blocking.hpp>
#include <varve/async/for_each.hpp>
#include <varve/change/chunk_edits.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/held_chunks.hpp>
#include <varve/session/manifest_plan.hpp>
#include <varve/session/objects.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// A manifest of a commit.
struct NewManifest {
  format::ManifestRefData ref;
  format::ManifestFile file;
  std::optional<NewObject> object;  ///< unless it is in the store already
};

/// An array whose manifests a commit rewrites.
struct TouchedArray {
  format::NodeData* node;
  std::vector<std::uint32_t> num_chunks{};
  std::optional<ChunkEdits::Sorted> edits{};
  std::vector<OldManifest> olds{};
  std::optional<ManifestPlan> plan{};
  std::vector<std::optional<NewManifest>> made{};  ///< one a piece of the plan; none where no ref is left
};

/// Opens the refs of `node` in a manifest of the base.
template <class Storage, class CacheType>
Awaitable<Result<void>> read_old(Context<Storage, CacheType>& context, NodeId node, OldManifest& old) {
  if (old.manifest) co_return Result<void>();
  auto manifest = co_await fetch_manifest(context, old.ref.id);
  if (!manifest) co_return std::move(manifest).error();
  auto refs = manifest->view.find(node);
  if (!refs) co_return std::move(refs).error();
  if (*refs) old.refs = **refs;
  old.manifest = *std::move(manifest);
  co_return Result<void>();
}

/// Merges the old refs of a piece and the edits into a new manifest.
class PieceMerge {
 public:
  PieceMerge(const TouchedArray& array, const ManifestPlan::Piece& piece, const HeldChunks& held,
             format::ManifestBuilder& builder)
      : array_(array), piece_(piece), held_(held), builder_(builder) {}

  /// Errors: `errc::corrupt`, naming an old manifest.
  Result<void> run() {
    for (const ManifestPlan::Part& part : piece_.parts) {
      const format::ArrayRefsView& refs = array_.olds[part.old].refs;
      cursors_.push_back(Cursor{refs, part.first, std::min(part.last, refs.size()), std::vector<std::uint32_t>(array_.num_chunks.size())});
      if (auto loaded = cursors_.back().load(); !loaded) return loaded;
    }
    for (std::size_t i = piece_.first_edit; i != piece_.last_edit; ++i) {
      const auto index = array_.edits->index(i);
      if (auto drained = drain(index); !drained) return drained;
      for (Cursor& cursor : cursors_) {  // the edit replaces what was there
        if (cursor.more() && std::ranges::equal(cursor.index, index)) {
          if (auto moved = cursor.advance(); !moved) return moved;
        }
      }
      const ChunkPayload payload = array_.edits->payload(i);
      if (!payload.is_erased()) add(index, held_.stored(payload).ref());
    }
    return drain(std::nullopt);
  }

  /// The smallest box around the indices that were added.
  std::vector<format::ChunkRange> take_extents() { return std::move(extents_); }

 private:
  /// Old refs, read from front to back.
  struct Cursor {
    format::ArrayRefsView refs;
    std::size_t next;
    std::size_t last;
    std::vector<std::uint32_t> index;

    bool more() const { return next < last; }
    Result<void> load() { return more() ? refs.index(next, std::span<std::uint32_t>(index)) : Result<void>(); }
    Result<void> advance() {
      ++next;
      return load();
    }
  };

  void add(std::span<const std::uint32_t> index, const format::ChunkRef& ref) {
    if (!in_grid(array_.num_chunks, index)) return;  // beyond the grid after a shrink
    if (extents_.empty()) {
      for (const std::uint32_t at : index) extents_.push_back(format::ChunkRange{at, at + 1});
    }
    for (std::size_t i = 0; i != index.size(); ++i) {
      extents_[i].first = std::min(extents_[i].first, index[i]);
      extents_[i].last = std::max(extents_[i].last, index[i] + 1);
    }
    builder_.add(index, ref);
  }

  /// Adds every old ref before `end`; all of them without one.
  Result<void> drain(std::optional<std::span<const std::uint32_t>> end) {
    for (;;) {
      Cursor* least = nullptr;
      for (Cursor& cursor : cursors_) {
        if (cursor.more() && (least == nullptr || cursor.index < least->index)) least = &cursor;
      }
      if (least == nullptr) return {};
      if (end && !std::ranges::lexicographical_compare(least->index, *end)) return {};
      auto ref = least->refs.ref(least->next);
      if (!ref) return std::move(ref).error();
      add(least->index, *ref);
      if (auto moved = least->advance(); !moved) return moved;
    }
  }

  const TouchedArray& array_;
  const ManifestPlan::Piece& piece_;
  const HeldChunks& held_;
  format::ManifestBuilder& builder_;
  std::vector<Cursor> cursors_;
  std::vector<format::ChunkRange> extents_;
};

/// Makes the manifests of a commit, many at a time.
template <class Storage, class CacheType>
struct ManifestWriter {
  /// What they may weigh, in bytes as stored, to wait for the snapshot: all of them then go out in one round of requests.
  /// Further ones are stored at once, so that they need not be held.
  static constexpr std::uint64_t waiting_bytes = 16 << 20;

  Context<Storage, CacheType>& context;
  const HeldChunks& held;
  std::vector<TouchedArray>& arrays;
  std::vector<std::pair<TouchedArray*, std::size_t>> pieces{};
  std::atomic<std::uint64_t> waiting = 0;

  /// Errors: those of reading old manifests and of storing new ones.
  Awaitable<Result<void>> run() {
    auto plan = [this](std::size_t i) { return this->plan(arrays[i]); };
    auto planned = co_await for_each(arrays.size(), context.options.concurrency, plan);
    if (!planned) co_return planned;
    for (TouchedArray& array : arrays) {
      array.made.resize(array.plan->pieces.size());
      for (std::size_t i = 0; i != array.plan->pieces.size(); ++i) pieces.emplace_back(&array, i);
    }
    auto write = [this](std::size_t i) { return this->write(*pieces[i].first, pieces[i].second); };
    co_return co_await for_each(context.options.runtime, pieces.size(), context.options.concurrency, write);
  }

 private:
  Awaitable<Result<void>> plan(TouchedArray& array) {
    for (;;) {
      array.plan.emplace(array.num_chunks, array.olds, *array.edits, context.options.chunk_refs_per_manifest);
      if (array.plan->unread.empty()) co_return Result<void>();
      const std::vector<std::size_t>& unread = array.plan->unread;
      auto read = [&](std::size_t i) { return read_old(context, array.node->id, array.olds[unread[i]]); };
      auto done = co_await for_each(unread.size(), context.options.concurrency, read);
      if (!done) co_return done;
    }
  }

  Awaitable<Result<void>> write(TouchedArray& array, std::size_t i) {
    const ManifestPlan::Piece& piece = array.plan->pieces[i];
    const NodeId node = array.node->id;
    for (const ManifestPlan::Part& part : piece.parts) {
      OldManifest& old = array.olds[part.old];
      // One that is shared out among pieces was read for the plan: nobody else touches this one.
      auto read = co_await read_old(context, node, old);
      if (!read) co_return read;
    }
    const auto id = context.options.environment.template new_id<ManifestId>();
    auto merge = [&]() -> Result<std::shared_ptr<const Bytes>> {
      format::ManifestBuilder builder(id, piece.last_edit - piece.first_edit);
      builder.begin_array(node);
      PieceMerge merged(array, piece, held, builder);
      if (auto done = merged.run(); !done) return std::move(done).error();
      builder.end_array();
      array.made[i].emplace();
      array.made[i]->ref = format::ManifestRefData{id, merged.take_extents()};
      array.made[i]->file = format::ManifestFile{id, 0, builder.ref_count()};
      for (const ManifestPlan::Part& part : piece.parts) {
        if (!part.cut) array.olds[part.old].manifest.reset();  // it is not needed again
      }
      auto body = builder.finish();
      if (!body) return std::move(body).error();
      return std::make_shared<const Bytes>(*std::move(body));
    };
    auto body = co_await blocking(context.options.runtime, merge);
    if (!body) co_return std::move(body).error();
    NewManifest& made = *array.made[i];
    if (made.file.num_chunk_refs == 0) {
      array.made[i].reset();
      co_return Result<void>();
    }
    const CacheKey key{CacheKind::manifest, id.bytes, 0};
    auto object = co_await seal_metadata(context, key, format::manifest_key(id), *std::move(body), format::FileType::manifest);
    if (!object) co_return std::move(object).error();
    made.file.size_bytes = object->stored.size();
    if (waiting.fetch_add(made.file.size_bytes) + made.file.size_bytes > waiting_bytes) co_return co_await put_object(context, *object);
    made.object = *std::move(object);
    co_return Result<void>();
  }
};

}  // namespace varve::inline v0::detail
