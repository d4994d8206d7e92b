// SPDX-License-Identifier: Apache-2.0
// ChunkListWalk: the chunks that an array has, one after the other, with where the bytes of each are. There may be
// millions: one manifest is in memory at a time.
#pragma once

#include <varve/change/chunk_edits.hpp>
#include <varve/change/chunk_payload.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/format/chunk_ref.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/context.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// A chunk of an array.
struct ListedChunk {
  std::vector<std::uint32_t> index;  ///< its coordinates in the chunk grid
  ChunkPayload payload;              ///< inlined, native or a virtual location, which it keeps alive; what the session holds
                                     ///< until its commit is inlined until then
};

namespace detail {

/// What a ref of the manifest `id` says. Errors: `errc::corrupt` for a compressed location that cannot be read.
inline Result<ChunkPayload> payload_of(const format::ChunkRef& ref, std::shared_ptr<const Bytes> body, ManifestId id) {
  switch (ref.kind) {
    case format::ChunkRefKind::inlined: return ChunkPayload::inlined(ref.inline_bytes).kept_by(std::move(body));
    case format::ChunkRefKind::native: return ChunkPayload::native(ref.chunk_id, ref.offset, ref.length);
    case format::ChunkRefKind::virtual_location: break;
  }
  struct Texts {
    std::shared_ptr<const Bytes> body;
    std::string url;
  };
  auto url = format::full_location(ref, format::manifest_key(id));
  if (!url) return std::move(url).error();
  auto texts = std::make_shared<const Texts>(Texts{std::move(body), *std::move(url)});
  const std::string_view location = texts->url;
  return ChunkPayload::virtual_location(location, ref.offset, ref.length, ref.checksum_etag, ref.checksum_last_modified)
      .kept_by(std::move(texts));
}

}  // namespace detail

/// The chunks of an array as they were when the walk began: those of the base snapshot manifest by manifest, in ascending
/// order within each, then those that the session wrote, in ascending order.
template <class Storage, class CacheType>
class ChunkListWalk {
 public:
  using value_type = ListedChunk;
  using Step = Result<std::optional<ListedChunk>>;

  /// `edits` of the array `node` lie over the snapshot `base`, null if there are none. Chunks beyond the grid do not count.
  ChunkListWalk(std::shared_ptr<Context<Storage, CacheType>> context, std::shared_ptr<const Snapshot> base, NodeId node,
                std::vector<std::uint32_t> num_chunks, std::shared_ptr<const ChunkEdits> edits)
      : context_(std::move(context)), base_(std::move(base)), manifests_(base_->manifests(node)), node_(node),
        num_chunks_(std::move(num_chunks)), edits_(std::move(edits)), index_(manifests_ == nullptr ? 0 : manifests_->rank()) {}

  const std::shared_ptr<const Snapshot>& base() const noexcept { return base_; }
  const std::shared_ptr<const ChunkEdits>& edits() const noexcept { return edits_; }

  /// The next chunk; none at the end. Errors: those of reading manifests.
  Awaitable<Step> step() {
    for (;;) {
      if (auto known = at_hand()) co_return *std::move(known);
      auto manifest = co_await fetch_manifest(*context_, manifests_->refs()[next_manifest_].id());
      if (!manifest) co_return std::move(manifest).error();
      auto refs = manifest->view.find(node_);
      if (!refs) co_return std::move(refs).error();
      open_ = ArrayRefs{std::move(manifest->body), *refs};
      next_ref_ = 0;
    }
  }
  /// The same, where it can be told without fetching a manifest.
  std::optional<Step> at_hand() {
    while (manifests_ != nullptr && next_manifest_ != manifests_->refs().size()) {
      if (!open_) return std::nullopt;
      if (auto chunk = next_in_manifest(); !chunk || *chunk) return chunk;
      open_.reset();
      ++next_manifest_;
    }
    if (edits_ && !sorted_) sorted_.emplace(*edits_);
    while (sorted_ && next_edit_ != sorted_->size()) {
      const std::size_t i = next_edit_++;
      const auto index = sorted_->index(i);
      const ChunkPayload payload = sorted_->payload(i);
      if (payload.is_erased() || !in_grid(num_chunks_, index)) continue;
      return Step(ListedChunk{{index.begin(), index.end()}, payload.kept_by(edits_)});
    }
    return Step(std::nullopt);
  }

 private:
  Step next_in_manifest() {
    const format::ManifestRefView& manifest = manifests_->refs()[next_manifest_];
    while (open_->view && next_ref_ != open_->view->size()) {
      const std::size_t i = next_ref_++;
      if (auto read = open_->view->index(i, std::span<std::uint32_t>(index_)); !read) return std::move(read).error();
      if (!in_grid(num_chunks_, index_) || (edits_ && edits_->contains(index_))) continue;
      const auto found = manifests_->find(index_);
      if (!found || &found->ref != &manifest) continue;  // of manifests that hold it, the first counts
      auto ref = open_->view->ref(i);
      if (!ref) return std::move(ref).error();
      auto payload = detail::payload_of(*ref, open_->body, manifest.id());
      if (!payload) return std::move(payload).error();
      return Step(ListedChunk{index_, *std::move(payload)});
    }
    return Step(std::nullopt);
  }

  std::shared_ptr<Context<Storage, CacheType>> context_;
  std::shared_ptr<const Snapshot> base_;
  const ManifestIndex* manifests_;  // null for an array that is new
  NodeId node_;
  std::vector<std::uint32_t> num_chunks_;
  std::shared_ptr<const ChunkEdits> edits_;
  std::vector<std::uint32_t> index_;
  std::size_t next_manifest_ = 0;
  std::optional<ArrayRefs> open_;  // of that manifest
  std::size_t next_ref_ = 0;
  std::optional<ChunkEdits::Sorted> sorted_;
  std::size_t next_edit_ = 0;
};

/// Calls `visit` for each chunk of a walk, until that fails.
template <class Walk>
Awaitable<Result<void>> for_each_chunk(Walk& walk, FunctionRef<Result<void>(ListedChunk&)> visit) {
  for (;;) {
    auto chunk = walk.at_hand();
    if (!chunk) chunk = co_await walk.step();
    if (!*chunk) co_return std::move(*chunk).error();
    if (!**chunk) co_return Result<void>();
    if (auto visited = visit(***chunk); !visited) co_return visited;
  }
}

}  // namespace varve::inline v0
