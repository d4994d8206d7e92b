// SPDX-License-Identifier: Apache-2.0
// Writing a box: a chunk that it covers is encoded straight from the user's memory where it is contiguous there; a
// chunk that it meets in part is read, changed and stored whole.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/array/chunk_walk.hpp>
#include <varve/array/view.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// One of the workers of a write: takes the next chunk until none is left.
template <class Codecs, class State>
struct ChunkWriter {
  const ArrayCore<Codecs, State>& core;
  const ArrayModel<Codecs>& model;
  const ChunkWalk& walk;
  const std::byte* from;
  bool keeps_empty;  // chunks that hold only the fill value are stored too
  const Workers& workers;
  std::atomic<std::uint64_t>& next;

  Awaitable<Result<void>> operator()() const {
    ChunkPart part;
    for (std::uint64_t i = next++; i < walk.count(); i = next++) {
      walk.part(i, part);
      const Semaphore::Permit turn = co_await core.turns().chunk(model.node.id, part.index());
      Semaphore::Permit room;
      if (workers.takes_from_budget()) room = co_await core.state().take_bytes(workers.bytes_each);
      const Pool<Bytes>::Loan fetched(core.buffers());
      const Pool<Bytes>::Loan encoded(core.buffers());
      const auto pipeline = model.pipeline_of(part.index());
      if (!pipeline) co_return pipeline.error();
      auto done = co_await write(part, **pipeline, *fetched, *encoded);
      if (!done) co_return std::move(done).error();
    }
    co_return Result<void>();
  }

  using Pipeline = typename Codecs::Pipeline;

  Awaitable<Result<void>> write(const ChunkPart& part, const Pipeline& pipeline, Bytes& fetched, Bytes& encoded) const {
    ChunkLocation location;
    ByteView old;
    if (!part.covers_array) {
      auto read = co_await fetch_old(part, location, fetched);
      if (!read) co_return chunk_error(read.error(), core.path(), part.index(), location);
      old = *read;
    }
    ByteView stored;
    auto encode = [&]() -> Result<void> {
      auto made = make(part, pipeline, location.kind == ChunkLocation::Kind::missing ? nullptr : &old, encoded);
      if (!made) return std::move(made).error();
      stored = *made;
      return {};
    };
    auto done = co_await workers.compute(core.state().runtime(), pipeline.plain_size(), encode);
    if (!done) co_return chunk_error(done.error(), core.path(), part.index(), location);
    if (stored.empty()) co_return core.state().erase_chunk(model.node.id, part.index());
    co_return co_await core.state().write_chunk(model.node.id, part.index(), stored);
  }

  /// The encoded bytes of the chunk as it is; none if it is missing.
  Awaitable<Result<ByteView>> fetch_old(const ChunkPart& part, ChunkLocation& location, Bytes& fetched) const {
    auto located = co_await core.state().locate(model.node.id, part.index());
    if (!located) co_return std::move(located).error();
    location = *std::move(located);
    if (location.kind == ChunkLocation::Kind::missing) co_return ByteView();
    if (location.kind == ChunkLocation::Kind::virtual_location) {
      co_return Error(errc::unsupported_virtual, "change part of a chunk", {},
                      "its bytes lie in another file; this version reads native and inline chunks only");
    }
    co_return co_await core.state().fetch(location, fetched);
  }

  /// The bytes to store, in `encoded` or in the user's memory; none for a chunk that is to be erased. `old` is null
  /// where what the chunk held before does not matter or is not there.
  Result<ByteView> make(const ChunkPart& part, const Pipeline& pipeline, const ByteView* old, Bytes& encoded) const {
    const std::size_t item_size = pipeline.layout().item_size;
    const Pool<codec::Scratch>::Loan scratch(core.scratches());
    const codec::Scratch::Loan gathered = scratch->borrow();
    const std::byte* const source = from + part.at;
    ByteView plain(source, pipeline.plain_size());
    const bool in_place = part.is_whole && codec::is_contiguous(part.shape, walk.strides(), item_size);
    if (!in_place) {
      // Without codecs the buffer of the encoded chunk takes the elements at once.
      const bool identity = pipeline.is_identity();
      if (identity) {
        encoded.clear();
        encoded.resize(pipeline.plain_size());
      }
      const MutableByteView whole = identity ? MutableByteView(encoded) : gathered.sized(pipeline.plain_size());
      const std::vector<std::uint64_t>& shape = pipeline.layout().shape;
      const codec::StrideArray strides = codec::c_strides(shape, item_size);
      if (old != nullptr) {
        if (auto decoded = pipeline.decode(*old, whole, *scratch); !decoded) return std::move(decoded).error();
      } else if (!part.is_whole) {
        codec::fill_strided(whole.data(), strides, shape, model.metadata.fill_value, item_size);
      }
      std::ptrdiff_t inner = 0;
      for (std::size_t i = 0; i != part.rank; ++i) inner += static_cast<std::ptrdiff_t>(part.inner[i]) * strides[i];
      codec::copy_strided(source, walk.strides(), whole.data() + inner, strides, part.shape, item_size);
      plain = whole;
    }
    if (!keeps_empty && codec::is_all(plain, model.metadata.fill_value)) return ByteView();
    if (pipeline.is_identity()) return plain;
    if (auto done = pipeline.encode(plain, encoded, *scratch); !done) return std::move(done).error();
    return ByteView(encoded);
  }
};

/// Writes a region of the array that `model` describes. The view has been fitted to the region.
/// Cancellation: terminal: each chunk has been written whole or not at all.
template <class Codecs, class State>
Awaitable<Result<void>> write_region(const ArrayCore<Codecs, State>& core, const ArrayModel<Codecs>& model,
                                     const Region& region, const RawView<const std::byte>& view, bool keeps_empty) {
  if (region.shape.any_zero()) co_return Result<void>();
  const ChunkWalk walk(region, model.metadata, view.strides);
  const Runtime& runtime = core.state().runtime();
  const std::size_t item_size = model.item_size();
  const std::uint64_t elements = element_count(region.shape, item_size).value_or(0U);
  const Workers workers = Workers::plan(runtime, walk.count(), model.chunk_bytes(), elements * item_size,
                                        core.state().write_concurrency(), core.state().bytes_in_flight());
  std::atomic<std::uint64_t> next = 0;
  ChunkWriter<Codecs, State> writer{core, model, walk, view.data, keeps_empty, workers, next};
  co_return co_await workers.run(runtime, writer);
}

}  // namespace varve::inline v0::detail
