// SPDX-License-Identifier: Apache-2.0
// Reading a box: each chunk that it meets is located, fetched and decoded straight into the user's memory. Only a chunk
// that lies there in pieces goes through a scratch buffer.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/array/chunk_walk.hpp>
#include <varve/array/view.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace varve::inline v0::detail {

/// One of the workers of a read: takes the next chunk until none is left.
template <class Codecs, class State>
struct ChunkReader {
  const ArrayCore<Codecs, State>& core;
  const ArrayModel<Codecs>& model;
  const ChunkWalk& walk;
  std::byte* out;
  const Workers& workers;
  std::atomic<std::uint64_t>& next;

  Awaitable<Result<void>> operator()() const {
    ChunkPart part;
    for (std::uint64_t i = next++; i < walk.count(); i = next++) {
      walk.part(i, part);
      auto located = core.state().locate_cached(model.node.id, part.index());
      if (!located) located.emplace(co_await core.state().locate(model.node.id, part.index()));
      if (!*located) co_return std::move(*located).error();
      ChunkLocation& location = **located;
      const auto pipeline = model.pipeline_of(part.index());
      if (!pipeline) co_return pipeline.error();
      auto done = co_await read(location, part, **pipeline);
      if (!done) co_return chunk_error(done.error(), core.path(), part.index(), location);
    }
    co_return Result<void>();
  }

  using Pipeline = typename Codecs::Pipeline;

  Awaitable<Result<void>> read(ChunkLocation& location, const ChunkPart& part, const Pipeline& pipeline) const {
    const bool direct = pipeline.is_identity() && location.kind == ChunkLocation::Kind::native && part.is_whole &&
                        location.length == pipeline.plain_size() &&
                        codec::is_contiguous(part.shape, walk.strides(), pipeline.layout().item_size) &&
                        !core.is_cached(location.length);
    if (!direct) return decode(location, part, pipeline);
    return core.state().fetch_into(location, MutableByteView(out + part.at, pipeline.plain_size()));
  }

  Awaitable<Result<void>> decode(ChunkLocation& location, const ChunkPart& part, const Pipeline& pipeline) const {
    using Kind = ChunkLocation::Kind;
    const std::size_t item_size = pipeline.layout().item_size;
    std::byte* const to = out + part.at;
    if (location.kind == Kind::missing) {
      codec::fill_strided(to, walk.strides(), part.shape, model.metadata.fill_value, item_size);
      co_return Result<void>();
    }
    if (location.kind == Kind::virtual_location) {
      co_return Error(errc::unsupported_virtual, "read chunk", {},
                      "its bytes lie in another file; this version reads native and inline chunks only");
    }
    Semaphore::Permit room;
    if (workers.takes_from_budget()) room = co_await core.state().take_bytes(workers.bytes_each);
    const Pool<Bytes>::Loan fetched(core.buffers());
    auto encoded = co_await core.state().fetch(location, *fetched);
    if (!encoded) co_return std::move(encoded).error();
    auto work = [&]() -> Result<void> {
      const Pool<codec::Scratch>::Loan scratch(core.scratches());
      return pipeline.decode_strided(*encoded, part.inner, part.shape, to, walk.strides(), *scratch);
    };
    co_return co_await workers.compute(core.state().runtime(), pipeline.plain_size(), work);
  }
};

/// Reads a region of the array that `model` describes.
/// Errors: `errc::out_of_bounds`, `errc::shape_mismatch`. Cancellation: total; some of the view may have been filled.
template <class Codecs, class State>
Awaitable<Result<void>> read_region(const ArrayCore<Codecs, State>& core, const ArrayModel<Codecs>& model,
                                    const Region& region, RawView<std::byte> view) {
  const std::string& path = core.path().text();
  if (auto inside = check_region(region, model.metadata.shape, "read array", path); !inside) co_return inside;
  auto fitted = view.fit(region.shape, model.item_size(), "read array", path);
  if (!fitted) co_return fitted;
  if (region.shape.any_zero()) co_return Result<void>();
  const ChunkWalk walk(region, model.metadata, view.strides);
  const Runtime& runtime = core.state().runtime();
  const std::size_t item_size = model.item_size();
  const std::uint64_t elements = element_count(region.shape, item_size).value_or(0U);
  const Workers workers = Workers::plan(runtime, walk.count(), model.chunk_bytes(), elements * item_size,
                                        core.state().read_concurrency(), core.state().bytes_in_flight());
  std::atomic<std::uint64_t> next = 0;
  ChunkReader<Codecs, State> reader{core, model, walk, view.data, workers, next};
  co_return co_await workers.run(runtime, reader);
}

}  // namespace varve::inline v0::detail
