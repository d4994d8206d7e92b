// SPDX-License-Identifier: Apache-2.0
// Bodies of list_chunks.hpp.
#pragma once

#include <varve/session/list_chunks.hpp>

#include <varve/format/chunk_ref.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/objects.hpp>

#include <span>
#include <string>

namespace varve::inline v0 {

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

VARVE_DECL Awaitable<ChunkListWalk::Step> ChunkListWalk::step() {
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

VARVE_DECL std::optional<ChunkListWalk::Step> ChunkListWalk::at_hand() {
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

VARVE_DECL ChunkListWalk::Step ChunkListWalk::next_in_manifest() {
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

}  // namespace varve::inline v0
