// SPDX-License-Identifier: Apache-2.0
// What a pipeline does with shards: templates of the codecs of a set, like all of pipeline.hpp.
#pragma once

#include <varve/codec/pipeline.hpp>

#include <algorithm>
#include <array>

namespace varve::inline v0::codec {

template <class... Codecs>
auto Pipeline<Codecs...>::make_shard(const Spec& spec, const detail::Plan& plan, int depth)
    -> Result<std::shared_ptr<const Shard>> {
  if (depth == 8) return detail::bad_codecs(spec.name, "shards nest too deeply");
  auto codec = Sharding::from_configuration(spec.configuration);
  if (!codec) return std::move(codec).error();
  auto grid = detail::ShardGrid::make(plan.stored_shape, codec->chunk_shape);
  if (!grid) return std::move(grid).error();
  ChunkLayout inner = plan.layout;
  inner.shape = grid->chunk_shape;
  ChunkLayout index;
  index.shape = grid->counts;
  index.shape.push_back(2);
  index.item_size = index.swap_size = sizeof(std::uint64_t);
  auto shard = std::make_shared<Shard>();
  shard->grid = *std::move(grid);
  auto inner_codecs = compile(codec->codecs, inner, depth + 1);
  if (!inner_codecs) return std::move(inner_codecs).error();
  shard->inner = *std::move(inner_codecs);
  auto index_codecs = compile(codec->index_codecs, index, depth + 1);
  if (!index_codecs) return std::move(index_codecs).error();
  shard->index = *std::move(index_codecs);
  if (!shard->index.encoded_size()) return detail::bad_codecs(spec.name, "`index_codecs` must not compress");
  shard->index_size = *shard->index.encoded_size();
  shard->index_at_start = codec->index_location == Sharding::IndexLocation::start;
  return std::shared_ptr<const Shard>(std::move(shard));
}

template <class... Codecs>
Result<void> Pipeline<Codecs...>::encode_shard(ByteView stored, varve::Bytes& encoded, Scratch& scratch) const {
  const detail::ShardGrid& grid = shard_->grid;
  const std::size_t item_size = plan_.layout.item_size;
  const StrideArray strides = plan_.stored_order_strides;
  const StrideArray inner_strides = c_strides(grid.chunk_shape, item_size);
  const Scratch::Loan ranges = scratch.borrow();
  const Scratch::Loan gathered = scratch.borrow();
  const Scratch::Loan inner = scratch.borrow();
  const MutableByteView index = ranges.sized(grid.chunk_count * 16);
  const bool runs = is_contiguous(grid.chunk_shape, strides, item_size);
  encoded.clear();
  if (shard_->index_at_start) encoded.resize(shard_->index_size);
  std::array<std::uint64_t, max_rank> at{};
  for (std::size_t chunk = 0; chunk != grid.chunk_count; ++chunk) {
    std::ptrdiff_t first = 0;
    std::size_t rest = chunk;
    for (std::size_t i = grid.counts.size(); i-- != 0; rest /= grid.counts[i]) {
      at[i] = rest % grid.counts[i];
      first += static_cast<std::ptrdiff_t>(at[i] * grid.chunk_shape[i]) * strides[i];
    }
    ByteView plain(stored.data() + first, shard_->inner.plain_size());
    if (!runs) {
      const MutableByteView copy = gathered.sized(shard_->inner.plain_size());
      copy_strided(stored.data() + first, strides, copy.data(), inner_strides, grid.chunk_shape, item_size);
      plain = copy;
    }
    if (is_all(plain, plan_.layout.fill_value)) {
      detail::store_inner_range(index, chunk, detail::no_inner_chunk, detail::no_inner_chunk);
      continue;
    }
    if (auto done = shard_->inner.encode(plain, *inner, scratch); !done) return done;
    detail::store_inner_range(index, chunk, encoded.size(), inner->size());
    detail::append(encoded, *inner);
  }
  if (auto done = shard_->index.encode(index, *inner, scratch); !done) return done;
  VARVE_ASSERT(inner->size() == shard_->index_size);
  if (shard_->index_at_start) {
    std::copy(inner->begin(), inner->end(), encoded.begin());
  } else {
    detail::append(encoded, *inner);
  }
  return {};
}

template <class... Codecs>
Result<void> Pipeline<Codecs...>::decode_shard(ByteView shard, std::span<const std::uint64_t> offset,
                                               std::span<const std::uint64_t> shape, std::byte* out, Strides strides,
                                               Scratch& scratch) const {
  const detail::ShardGrid& grid = shard_->grid;
  const std::size_t rank = shape.size();
  if (shard.size() < shard_->index_size) return detail::corrupt_chunk(Sharding::name, "there is no index");
  const Scratch::Loan ranges = scratch.borrow();
  const MutableByteView index = ranges.sized(grid.chunk_count * 16);
  const ByteView index_bytes =
      shard_->index_at_start ? shard.first(shard_->index_size) : shard.last(shard_->index_size);
  if (auto done = shard_->index.decode(index_bytes, index, scratch); !done) return done;
  if (std::find(shape.begin(), shape.end(), 0U) != shape.end()) return {};

  std::array<std::uint64_t, max_rank> at{};  // the inner chunk, from the first to the last that the box meets
  for (std::size_t i = 0; i != rank; ++i) at[i] = offset[i] / grid.chunk_shape[i];
  for (;;) {
    std::array<std::uint64_t, max_rank> inner_offset{};
    std::array<std::uint64_t, max_rank> inner_shape{};
    std::ptrdiff_t skipped = 0;
    std::size_t chunk = 0;
    for (std::size_t i = 0; i != rank; ++i) {
      const std::uint64_t origin = at[i] * grid.chunk_shape[i];
      const std::uint64_t first = std::max(offset[i], origin);
      const std::uint64_t last = std::min(offset[i] + shape[i], origin + grid.chunk_shape[i]);
      inner_offset[i] = first - origin;
      inner_shape[i] = last - first;
      skipped += static_cast<std::ptrdiff_t>(first - offset[i]) * strides[i];
      chunk = chunk * grid.counts[i] + at[i];
    }
    const auto box_offset = std::span<const std::uint64_t>(inner_offset).first(rank);
    const auto box_shape = std::span<const std::uint64_t>(inner_shape).first(rank);
    const auto bytes = detail::inner_bytes(shard, index, chunk);
    if (!bytes) return bytes.error();
    if (*bytes) {
      auto done = shard_->inner.decode_strided(**bytes, box_offset, box_shape, out + skipped, strides, scratch);
      if (!done) return done;
    } else {
      fill_strided(out + skipped, strides, box_shape, plan_.layout.fill_value, plan_.layout.item_size);
    }
    std::size_t i = rank;
    while (i != 0) {
      --i;
      if (++at[i] * grid.chunk_shape[i] < offset[i] + shape[i]) break;
      at[i] = offset[i] / grid.chunk_shape[i];
      if (i == 0) return {};
    }
    if (rank == 0) return {};
  }
}

}  // namespace varve::inline v0::codec
