// SPDX-License-Identifier: Apache-2.0
// The manifests of a commit: each is a piece of a plan, the old chunk refs of one box under the session's edits there.
#pragma once

#include <varve/async/blocking.hpp>
#include <varve/async/for_each.hpp>
#include <varve/change/chunk_edits.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/format/location_dictionary.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/held_chunks.hpp>
#include <varve/session/manifest_plan.hpp>
#include <varve/session/objects.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
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
  ManifestPlan::Cut cut{};
  std::optional<ChunkEdits::Sorted> edits{};
  std::vector<OldManifest> olds{};
  std::optional<ManifestPlan> plan{};
  std::vector<std::optional<NewManifest>> made{};  ///< one a piece of the plan; none where no ref is left
};

/// Opens the refs of `node` in a manifest of the base.
inline Awaitable<Result<void>> read_old(Context& context, NodeId node, OldManifest& old) {
  auto manifest = co_await fetch_manifest(context, old.ref.id);
  if (!manifest) co_return std::move(manifest).error();
  auto refs = manifest->view.find(node);
  if (!refs) co_return std::move(refs).error();
  if (*refs) old.refs = **refs;
  old.manifest = *std::move(manifest);
  co_return Result<void>();
}

/// Merges the old refs of a piece and the edits into what a new manifest holds.
class PieceMerge {
 public:
  using Take = FunctionRef<Result<void>(std::span<const std::uint32_t> index, const format::ChunkRef& ref)>;

  PieceMerge(const TouchedArray& array, const ManifestPlan::Piece& piece, const HeldChunks& held)
      : array_(array), piece_(piece), held_(held) {}

  /// Calls `take` for each ref, in order. Errors: `errc::corrupt`, naming an old manifest; those of `take`.
  Result<void> run(Take take) {
    cursors_.clear();
    extents_.clear();
    for (const ManifestPlan::Part& part : piece_.parts) {
      Cursor& cursor = cursors_.emplace_back(array_.olds[part.old].refs, part.runs, array_.num_chunks.size());
      if (auto loaded = cursor.load(); !loaded) return loaded;
    }
    for (const ManifestPlan::Run& run : piece_.edits) {
      for (std::size_t i = run.first; i != run.last; ++i) {
        if (auto merged = merge_edit(i, take); !merged) return merged;
      }
    }
    return drain(std::nullopt, take);
  }

  /// Whether there may be a virtual chunk among them; if all that can be seen at a glance are others, it says no.
  bool may_be_virtual() const {
    for (const ManifestPlan::Part& part : piece_.parts) {
      const auto ref = array_.olds[part.old].refs.ref(part.runs.front().first);
      if (ref && ref->kind == format::ChunkRefKind::virtual_location) return true;
    }
    return !piece_.edits.empty() &&
           array_.edits->payload(piece_.edits.front().first).kind() == ChunkPayload::Kind::virtual_location;
  }

  /// The smallest box around the indices of the last run.
  std::vector<format::ChunkRange> take_extents() { return std::move(extents_); }

 private:
  /// Old refs, read from front to back.
  struct Cursor {
    Cursor(const format::ArrayRefsView& of, std::span<const ManifestPlan::Run> all, std::size_t rank)
        : refs(of), runs(all), next(all.front().first), index(rank) {}

    format::ArrayRefsView refs;
    std::span<const ManifestPlan::Run> runs;
    std::size_t next;
    std::vector<std::uint32_t> index;

    bool more() const { return !runs.empty(); }
    Result<void> load() {
      while (more() && next >= std::min(runs.front().last, refs.size())) {
        runs = runs.subspan(1);
        if (more()) next = runs.front().first;
      }
      return more() ? refs.index(next, std::span<std::uint32_t>(index)) : Result<void>();
    }
    Result<void> advance() {
      ++next;
      return load();
    }
  };

  Result<void> merge_edit(std::size_t i, Take take) {
    const auto index = array_.edits->index(i);
    if (auto drained = drain(index, take); !drained) return drained;
    for (Cursor& cursor : cursors_) {  // the edit replaces what was there
      if (cursor.more() && std::ranges::equal(cursor.index, index)) {
        if (auto moved = cursor.advance(); !moved) return moved;
      }
    }
    const ChunkPayload payload = array_.edits->payload(i);
    return payload.is_erased() ? Result<void>() : add(index, held_.stored(payload).ref(), take);
  }

  Result<void> add(std::span<const std::uint32_t> index, const format::ChunkRef& ref, Take take) {
    if (!in_grid(array_.num_chunks, index)) return {};  // beyond the grid after a shrink
    if (extents_.empty()) {
      for (const std::uint32_t at : index) extents_.push_back(format::ChunkRange{at, at + 1});
    }
    for (std::size_t i = 0; i != index.size(); ++i) {
      extents_[i].first = std::min(extents_[i].first, index[i]);
      extents_[i].last = std::max(extents_[i].last, index[i] + 1);
    }
    return take(index, ref);
  }

  /// Adds every old ref before `end`; all of them without one.
  Result<void> drain(std::optional<std::span<const std::uint32_t>> end, Take take) {
    for (;;) {
      Cursor* least = nullptr;
      for (Cursor& cursor : cursors_) {
        if (cursor.more() && (least == nullptr || cursor.index < least->index)) least = &cursor;
      }
      if (least == nullptr) return {};
      if (end && !std::ranges::lexicographical_compare(least->index, *end)) return {};
      auto ref = least->refs.ref(least->next);
      if (!ref) return std::move(ref).error();
      if (auto added = add(least->index, *ref, take); !added) return added;
      if (auto moved = least->advance(); !moved) return moved;
    }
  }

  const TouchedArray& array_;
  const ManifestPlan::Piece& piece_;
  const HeldChunks& held_;
  std::vector<Cursor> cursors_;
  std::vector<format::ChunkRange> extents_;
};

/// A dictionary for the locations that `merge` will take, if there are so many that it is worth it; else empty.
/// Errors: those of PieceMerge::run.
inline Result<Bytes> location_dictionary(PieceMerge& merge, const format::LocationCompressionConfig& config, const std::string& manifest) {
  const std::uint64_t least = config.min_num_chunks.value_or(1000);
  if (!merge.may_be_virtual()) return Bytes();
  format::LocationSample sample(config.dictionary_max_training_samples.value_or(100));
  const auto draw = [&](std::span<const std::uint32_t>, const format::ChunkRef& ref) -> Result<void> {
    if (ref.kind != format::ChunkRefKind::virtual_location || !sample.draws()) return {};
    auto location = format::full_location(ref, manifest);
    if (!location) return std::move(location).error();
    sample.keep(*std::move(location));
    return {};
  };
  if (auto drawn = merge.run(draw); !drawn) return std::move(drawn).error();
  if (sample.seen() < least) return Bytes();
  return sample.train(config.dictionary_max_size_bytes.value_or(2048));
}

/// Makes the manifests of a commit, many at a time.
struct ManifestWriter {
  /// What they may weigh, in bytes as stored, to wait for the snapshot: all of them then go out in one round of requests.
  /// Further ones are stored at once, so that they need not be held.
  static constexpr std::uint64_t waiting_bytes = 16 << 20;
  /// Arrays are worked on together as long as their manifests have no more refs than that. What is read of them for the plan
  /// is held until then.
  static constexpr std::uint64_t refs_at_once = 4 << 20;

  Context& context;
  const HeldChunks& held;
  std::span<TouchedArray> arrays;
  std::function<void(std::size_t arrays, std::size_t of)> progress{};
  std::atomic<std::uint64_t> waiting = 0;
  Semaphore reading{context.settings()->manifest_fetches.value_or(context.concurrency())};  // manifests of all arrays

  /// Errors: those of reading old manifests and of storing new ones.
  Awaitable<Result<void>> run() {
    for (std::size_t done = 0; done != arrays.size();) {
      std::size_t count = 0;
      for (std::uint64_t refs = 0; done + count != arrays.size() && (count == 0 || refs <= refs_at_once); ++count) {
        for (const OldManifest& old : arrays[done + count].olds) refs += old.count;
      }
      auto written = co_await run(arrays.subspan(done, count));
      if (!written) co_return written;
      done += count;
      if (progress) progress(done, arrays.size());
    }
    co_return Result<void>();
  }

 private:
  Awaitable<Result<void>> run(std::span<TouchedArray> some) {
    auto plan = [&](std::size_t i) { return this->plan(some[i]); };
    auto planned = co_await for_each(some.size(), context.concurrency(), plan);
    if (!planned) co_return planned;
    std::vector<std::pair<TouchedArray*, std::size_t>> pieces;
    for (TouchedArray& array : some) {
      array.made.resize(array.plan->pieces.size());
      for (std::size_t i = 0; i != array.plan->pieces.size(); ++i) pieces.emplace_back(&array, i);
    }
    auto write = [&](std::size_t i) { return this->write(*pieces[i].first, pieces[i].second); };
    auto written = co_await for_each(context.options.runtime, pieces.size(), context.concurrency(), write);
    for (TouchedArray& array : some) {
      for (OldManifest& old : array.olds) old.manifest.reset();
    }
    co_return written;
  }

  Awaitable<Result<void>> plan(TouchedArray& array) {
    for (;;) {
      array.plan.emplace(array.num_chunks, array.olds, *array.edits, array.cut);
      if (array.plan->unread.empty()) co_return Result<void>();
      const std::vector<std::size_t>& unread = array.plan->unread;
      auto read = [&](std::size_t i) { return this->read(array.node->id, array.olds[unread[i]]); };
      auto done = co_await for_each(unread.size(), context.concurrency(), read);
      if (!done) co_return done;
    }
  }

  Awaitable<Result<void>> read(NodeId node, OldManifest& old) {
    if (old.manifest) co_return Result<void>();
    const auto permit = co_await reading.take(1);
    co_return co_await read_old(context, node, old);
  }

  Awaitable<Result<void>> write(TouchedArray& array, std::size_t i) {
    const ManifestPlan::Piece& piece = array.plan->pieces[i];
    const NodeId node = array.node->id;
    for (const ManifestPlan::Part& part : piece.parts) {
      OldManifest& old = array.olds[part.old];
      // One that is shared out among pieces was read for the plan: nobody else touches this one.
      auto done = co_await read(node, old);
      if (!done) co_return done;
    }
    const auto id = context.options.environment.new_id<ManifestId>();
    const auto settings = context.settings();
    auto merge = [&]() -> Result<std::shared_ptr<const Bytes>> {
      format::ManifestBuilder builder(id, piece.edit_count());
      PieceMerge merged(array, piece, held);
      const auto& compression = settings->config.manifest.virtual_chunk_location_compression;
      auto dictionary = location_dictionary(merged, compression, format::manifest_key(id));
      if (!dictionary) return std::move(dictionary).error();
      if (!dictionary->empty()) builder.compress_locations(*std::move(dictionary), compression.compression_level.value_or(3));
      builder.begin_array(node);
      const auto add = [&](std::span<const std::uint32_t> index, const format::ChunkRef& ref) {
        builder.add(index, ref);
        return Result<void>();
      };
      if (auto done = merged.run(add); !done) return std::move(done).error();
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
