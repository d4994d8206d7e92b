// SPDX-License-Identifier: Apache-2.0
// Resizing an array. As zarr-python does it, shrinking deletes the chunks that lie outside the new shape as a whole;
// what a chunk at the edge holds beyond it stays, and shows again when the array grows. A rectilinear grid keeps its
// chunks; where they do not cover the new shape, it gets one more that holds all that is new.
#pragma once

#include <varve/array/array_core.hpp>
#include <varve/array/view.hpp>
#include <varve/array/write_chunks.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// An array with another shape.
struct Resized {
  std::string zarr_json;
  std::vector<std::uint32_t> counts;  ///< of the chunks that hold elements, along each dimension
};

/// Errors: `errc::shape_mismatch` for another rank, `errc::unsupported_chunk_grid` for more chunks than the format can
/// count; those of the codecs for a chunk that would be added to a rectilinear grid.
template <class Codecs>
Result<Resized> resized(const ArrayModel<Codecs>& model, const std::vector<std::uint64_t>& shape) {
  const std::string& path = model.node.path.text();
  if (shape.size() != model.metadata.rank()) {
    return Error(errc::shape_mismatch, "resize array", path,
                 "the shape " + text_of(shape) + " has " + std::to_string(shape.size()) + " dimensions, the array " +
                     std::to_string(model.metadata.rank()));
  }
  auto text = zarr::with_shape(*model.node.zarr_json, shape);
  if (!text) return Error(text.error().code(), "resize array", path, text.error().hint());
  Resized after{*std::move(text), {}};
  if (model.metadata.is_regular()) {
    for (std::size_t i = 0; i != shape.size(); ++i) {
      after.counts.push_back(zarr::chunk_count(shape[i], model.metadata.chunk_shape[i]).value_or(0U));
    }
    return after;
  }
  NodeInfo draft{model.node.id, model.node.path, NodeKind::array, std::make_shared<const std::string>(after.zarr_json)};
  const auto compiled = compile_array<Codecs>(std::move(draft));
  if (!compiled) return compiled.error();
  after.counts = (*compiled)->metadata.chunk_counts();
  std::vector<std::uint32_t> last = after.counts;
  if (std::find(last.begin(), last.end(), 0U) != last.end()) return after;
  for (std::uint32_t& index : last) --index;
  if (const auto usable = (*compiled)->pipeline_of(last); !usable) return usable.error();
  return after;
}

/// Gives the array another shape of the same rank. The caller has the turn of the session's metadata.
template <class Codecs, class State>
Awaitable<Result<void>> resize_in_turn(const ArrayCore<Codecs, State>& core, std::vector<std::uint64_t> shape) {
  auto model = core.current();
  if (!model) co_return std::move(model).error();
  const zarr::ArrayMetadata& metadata = (*model)->metadata;
  auto changed = resized(**model, shape);
  if (!changed) co_return std::move(changed).error();
  const auto before = metadata.chunk_counts();
  const auto& after = changed->counts;
  std::vector<std::vector<std::uint32_t>> outside;
  const bool grows = std::equal(after.begin(), after.end(), before.begin(), std::greater_equal<>());
  if (!grows) {
    auto chunks = core.state().list_chunks((*model)->node.id);
    if (!chunks) co_return std::move(chunks).error();
    auto keep = [&](ListedChunk& chunk) -> Result<void> {
      if (!in_grid(after, chunk.index)) outside.push_back(std::move(chunk.index));
      return {};
    };
    auto listed = co_await for_each_chunk(*chunks, keep);
    if (!listed) co_return listed;
  }
  // From here on nothing suspends: a cancellation finds all of it done or none.
  for (const auto& index : outside) {
    if (auto erased = core.state().erase_chunk((*model)->node.id, index); !erased) co_return erased;
  }
  auto updated = core.state().update_node((*model)->node, std::move(changed->zarr_json));
  if (!updated) co_return std::move(updated).error();
  co_return Result<void>();
}

template <class Codecs, class State>
Awaitable<Result<void>> resize_array(ArrayCore<Codecs, State> core, std::vector<std::uint64_t> shape) {
  const Semaphore::Permit turn = co_await core.turns().metadata();
  co_return co_await resize_in_turn(core, std::move(shape));
}

/// Takes an append back that does not come to its end.
template <class Codecs, class State>
struct AppendRollback {
  const ArrayCore<Codecs, State>& core;
  const ArrayModel<Codecs>& before;
  const NodeInfo& grown;
  const std::vector<std::uint32_t>& counts;  // of the chunks after the append
  std::size_t axis;
  bool armed = true;

  ~AppendRollback() {
    if (!armed) return;
    // What fails here fails for the reason that the append failed for, and that one is reported.
    std::vector<std::uint32_t> first(counts.size(), 0);
    first[axis] = before.metadata.chunk_counts()[axis];
    if (std::equal(first.begin(), first.end(), counts.begin(), std::less<>())) erase_from(first);
    static_cast<void>(core.state().update_node(grown, *before.node.zarr_json));
  }

  void erase_from(const std::vector<std::uint32_t>& first) const {
    auto index = first;
    for (;;) {
      static_cast<void>(core.state().erase_chunk(before.node.id, index));
      std::size_t i = index.size();
      while (i != 0) {
        --i;
        if (++index[i] != counts[i]) break;
        index[i] = first[i];
        if (i == 0) return;
      }
    }
  }
};

/// Grows the array along an axis by what the view holds, and writes it there.
template <class Codecs, class State>
Awaitable<Result<void>> append_to_array(ArrayCore<Codecs, State> core, std::size_t axis, RawView<const std::byte> view,
                                        bool keeps_empty) {
  // Two appends at once must not choose the same place: the second one waits for the first.
  const Semaphore::Permit turn = co_await core.turns().metadata();
  auto model = core.current();
  if (!model) co_return std::move(model).error();
  const zarr::ArrayMetadata& metadata = (*model)->metadata;
  const std::string& path = core.path().text();
  if (axis >= metadata.rank()) {
    co_return Error(errc::invalid_argument, "append to array", path,
                    "axis " + std::to_string(axis) + " of an array of " + std::to_string(metadata.rank()) +
                        " dimensions");
  }
  Region region = Region::whole(metadata.shape);
  region.offset[axis] = metadata.shape[axis];
  region.shape[axis] = view.shape.rank() > axis ? view.shape[axis] : 0;
  if (view.is_flat) {
    region.shape[axis] = 1;
    const std::uint64_t slice = element_count(region.shape, 1).value_or(0U);
    if (slice == 0 ? view.count != 0 : view.count % slice != 0) {
      co_return Error(errc::shape_mismatch, "append to array", path,
                      "the view has " + std::to_string(view.count) + " elements, one step along axis " +
                          std::to_string(axis) + " " + std::to_string(slice));
    }
    region.shape[axis] = slice == 0 ? 0 : view.count / slice;
  }
  auto fitted = view.fit(region.shape, model.value()->item_size(), "append to array", path);
  if (!fitted) co_return fitted;
  std::vector<std::uint64_t> shape = metadata.shape;
  if (region.shape[axis] > UINT64_MAX - shape[axis]) {
    co_return Error(errc::invalid_argument, "append to array", path, "the array would be longer than 2^64 - 1");
  }
  shape[axis] += region.shape[axis];
  auto changed = resized(**model, shape);
  if (!changed) co_return std::move(changed).error();
  auto grown = core.state().update_node((*model)->node, std::move(changed->zarr_json));
  if (!grown) co_return std::move(grown).error();
  AppendRollback<Codecs, State> rollback{core, **model, *grown, changed->counts, axis};
  auto longer = core.current();
  if (!longer) co_return std::move(longer).error();
  auto written = co_await write_region(core, **longer, region, view, keeps_empty);
  rollback.armed = !written;
  co_return written;
}

}  // namespace varve::inline v0::detail
