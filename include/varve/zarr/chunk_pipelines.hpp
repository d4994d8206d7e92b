// SPDX-License-Identifier: Apache-2.0
// ChunkPipelines: the codecs of one array, compiled for the chunks of its grid. In a regular grid one pipeline does for
// all chunks; in a rectilinear one each shape of a chunk needs its own, made when the first chunk of that shape is met.
#pragma once

#include <varve/codec/codec.hpp>
#include <varve/codec/spec.hpp>
#include <varve/core/result.hpp>
#include <varve/zarr/metadata.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace varve::inline v0::zarr {

/// Thread-safe.
template <class Pipeline>
class ChunkPipelines {
 public:
  /// `compile` of a set of codecs.
  using Compile = Result<Pipeline> (*)(std::span<const codec::Spec>, const codec::ChunkLayout&);

  /// Errors: those of the set of codecs.
  static Result<ChunkPipelines> make(const ArrayMetadata& metadata, Compile compile) {
    auto pipeline = compile(metadata.codecs, metadata.layout());
    if (!pipeline) return std::move(pipeline).error();
    return ChunkPipelines(*std::move(pipeline), compile, !metadata.is_regular());
  }

  /// That of every chunk of a regular grid, and of the largest of a rectilinear one.
  const Pipeline& largest() const { return largest_; }

  /// That of the chunk `index`, which is in the grid of the same array that this was compiled for. It lives as long as
  /// this or, in a rectilinear grid, as the pointer. Errors: those of the set of codecs.
  Result<std::shared_ptr<const Pipeline>> of(const ArrayMetadata& metadata, std::span<const std::uint32_t> index) const {
    if (!others_) return shared_largest();
    return of_shape(metadata, metadata.shape_of_chunk(index));
  }

 private:
  struct Others {
    std::mutex mutex;
    std::map<std::vector<std::uint64_t>, std::shared_ptr<const Pipeline>> by_shape;
  };

  ChunkPipelines(Pipeline largest, Compile compile, bool vary)
      : largest_(std::move(largest)), compile_(compile), others_(vary ? std::make_unique<Others>() : nullptr) {}

  /// Owns nothing, so that it costs nothing.
  std::shared_ptr<const Pipeline> shared_largest() const { return {std::shared_ptr<const void>(), &largest_}; }

  Result<std::shared_ptr<const Pipeline>> of_shape(const ArrayMetadata& metadata, std::vector<std::uint64_t> shape) const {
    if (shape == metadata.chunk_shape) return shared_largest();
    const std::scoped_lock lock(others_->mutex);
    if (const auto found = others_->by_shape.find(shape); found != others_->by_shape.end()) return found->second;
    auto made = compile_(metadata.codecs, metadata.layout(shape));
    if (!made) return std::move(made).error();
    // A grid may have as many shapes as chunks.
    constexpr std::size_t most = 1024;
    if (others_->by_shape.size() == most) others_->by_shape.clear();
    auto pipeline = std::make_shared<const Pipeline>(*std::move(made));
    others_->by_shape.emplace(std::move(shape), pipeline);
    return pipeline;
  }

  Pipeline largest_;
  Compile compile_;
  std::unique_ptr<Others> others_;  // none for a regular grid
};

}  // namespace varve::inline v0::zarr
