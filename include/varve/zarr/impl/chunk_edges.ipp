// SPDX-License-Identifier: Apache-2.0
// Bodies of chunk_edges.hpp.
#pragma once

#include <varve/zarr/chunk_edges.hpp>

#include <algorithm>
#include <iterator>
#include <limits>
#include <string>

namespace varve::inline v0::zarr {

VARVE_DECL Result<ChunkEdges> ChunkEdges::make(std::span<const ChunkRun> runs) {
  ChunkEdges edges;
  const auto refuse = [](errc code, std::string why) { return Error(code, "read chunk lengths", {}, std::move(why)); };
  for (const ChunkRun& run : runs) {
    if (run.length == 0) return refuse(errc::bad_metadata, "a chunk length is 0");
    if (run.count == 0) return refuse(errc::bad_metadata, "a chunk length is repeated 0 times");
    if (run.count > std::numeric_limits<std::uint32_t>::max() - edges.count_) {
      return refuse(errc::unsupported_chunk_grid, "a dimension has more than 2^32 - 1 chunks; use larger chunks");
    }
    if (run.length > (std::numeric_limits<std::uint64_t>::max() - edges.end_) / run.count) {
      return refuse(errc::bad_metadata, "the chunks along a dimension hold more than 2^64 - 1 elements");
    }
    if (edges.runs_.empty() || edges.runs_.back().length != run.length) {
      edges.runs_.push_back({run.length, edges.end_, edges.count_});
    }
    edges.count_ += static_cast<std::uint32_t>(run.count);
    edges.end_ += run.length * run.count;
    edges.longest_ = std::max(edges.longest_, run.length);
  }
  return edges;
}

VARVE_DECL std::vector<ChunkRun> ChunkEdges::runs() const {
  std::vector<ChunkRun> out;
  for (std::size_t i = 0; i != runs_.size(); ++i) {
    const std::uint32_t end = i + 1 == runs_.size() ? count_ : runs_[i + 1].first;
    out.push_back({runs_[i].length, end - runs_[i].first});
  }
  return out;
}

VARVE_DECL ChunkEdge ChunkEdges::chunk(std::uint32_t index) const {
  VARVE_ASSERT(index < count_);
  const auto later = [](std::uint32_t at, const Run& run) { return at < run.first; };
  const Run& run = *std::prev(std::upper_bound(runs_.begin(), runs_.end(), index, later));
  return {index, run.origin + std::uint64_t{index - run.first} * run.length, run.length};
}

VARVE_DECL ChunkEdge ChunkEdges::chunk_of(std::uint64_t element) const {
  VARVE_ASSERT(element < end_);
  const auto later = [](std::uint64_t at, const Run& run) { return at < run.origin; };
  const Run& run = *std::prev(std::upper_bound(runs_.begin(), runs_.end(), element, later));
  const std::uint64_t within = (element - run.origin) / run.length;
  return {run.first + static_cast<std::uint32_t>(within), run.origin + within * run.length, run.length};
}

VARVE_DECL bool ChunkEdges::extends(const ChunkEdges& shorter) const {
  const std::size_t runs = shorter.runs_.size();
  if (runs > runs_.size() || shorter.count_ > count_) return false;
  if (runs != runs_.size() && shorter.count_ > runs_[runs].first) return false;
  return std::equal(shorter.runs_.begin(), shorter.runs_.end(), runs_.begin());
}

VARVE_DECL Json ChunkEdges::json() const {
  Json::Array out;
  for (const ChunkRun& run : runs()) {
    out.push_back(run.count == 1 ? Json(run.length) : Json(Json::Array{Json(run.length), Json(run.count)}));
  }
  return Json(std::move(out));
}

namespace detail {

VARVE_DECL std::optional<std::vector<ChunkRun>> read_runs(const Json& dimension, std::uint64_t length) {
  const auto number = [](const Json& json) -> std::optional<std::uint64_t> {
    if (!json.as_int() || *json.as_int() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*json.as_int());
  };
  std::vector<ChunkRun> runs;
  if (const auto chunk = number(dimension)) {
    const std::uint64_t count = *chunk == 0 ? 0 : length / *chunk + (length % *chunk != 0 ? 1 : 0);
    if (count != 0) runs.push_back({*chunk, count});
    return runs;
  }
  if (!dimension.as_array()) return std::nullopt;
  for (const Json& item : *dimension.as_array()) {
    const Json::Array* pair = item.as_array();
    if (pair && pair->size() != 2) return std::nullopt;
    const auto size = number(pair ? (*pair)[0] : item);
    const auto count = pair ? number((*pair)[1]) : std::optional<std::uint64_t>(1);
    if (!size || !count) return std::nullopt;
    runs.push_back({*size, *count});
  }
  return runs;
}

}  // namespace detail

}  // namespace varve::inline v0::zarr
