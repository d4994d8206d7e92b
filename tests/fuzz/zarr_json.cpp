// SPDX-License-Identifier: Apache-2.0
// The zarr.json of a node: an array that could be read has chunks that can all be found, and can be written again.
#include <varve/zarr/metadata.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zarr = varve::zarr;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void walk_dimension(const zarr::ArrayMetadata& array, std::size_t i, std::uint32_t count) {
  for (const std::uint32_t index : {std::uint32_t{0}, count / 2, count - 1}) {
    const zarr::ChunkEdge chunk = array.chunk(i, index);
    require(chunk.length != 0 && chunk.length <= array.chunk_shape[i] && chunk.origin < array.shape[i]);
    if (!array.is_regular()) require(array.chunk_edges[i].chunk_of(chunk.origin + chunk.length - 1) == chunk);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto outline = zarr::outline(text, "/a");
  const auto array = zarr::parse_array(text, "/a");
  static_cast<void>(zarr::parse_group(text, "/a"));
  if (!outline || !outline->is_array) return 0;
  std::vector<std::uint64_t> longer = outline->shape;
  for (std::uint64_t& length : longer) length += length < UINT64_MAX / 2 ? length + 1 : 0;
  const auto resized = zarr::with_shape(text, longer);
  require(!resized || zarr::outline(*resized, "/a")->shape == longer);
  if (!array) return 0;
  require(outline->is_covered);
  const auto counts = array->chunk_counts();
  for (std::size_t i = 0; i != array->rank(); ++i) {
    require(counts[i] <= outline->num_chunks[i]);
    if (counts[i] != 0) walk_dimension(*array, i, counts[i]);
  }
  const auto again = zarr::parse_array(zarr::array_json(*array), "/a");
  require(again && again->chunk_edges == array->chunk_edges && again->chunk_shape == array->chunk_shape);
  return 0;
}
