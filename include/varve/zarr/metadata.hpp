// SPDX-License-Identifier: Apache-2.0
// The metadata of nodes: zarr.json as Zarr v3 defines it. `outline` takes from it what Icechunk stores about a node and
// succeeds for arrays whose codecs or data type nobody here knows; `parse_array` takes all that reading chunks needs.
#pragma once

#include <varve/codec/spec.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>
#include <varve/zarr/chunk_edges.hpp>
#include <varve/zarr/data_type.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::zarr {

/// The name of each dimension, if it has one.
using DimensionNames = std::vector<std::optional<std::string>>;

/// Where another store than Icechunk would keep the chunks. Icechunk knows chunks by coordinates and ignores it.
struct ChunkKeyEncoding {
  std::string name = "default";
  char separator = '/';

  friend bool operator==(const ChunkKeyEncoding&, const ChunkKeyEncoding&) = default;
};

struct ArrayMetadata {
  std::vector<std::uint64_t> shape;        ///< in elements
  DataType data_type{};
  std::vector<std::uint64_t> chunk_shape;  ///< in elements, none zero; of a rectilinear grid that of its largest chunk
  std::vector<ChunkEdges> chunk_edges;     ///< of a rectilinear grid, one a dimension; none of a regular one
  std::vector<std::byte> fill_value;       ///< one element in native order; empty is written as zero
  std::vector<codec::Spec> codecs;
  std::optional<DimensionNames> dimension_names;
  std::string attributes = "{}";           ///< JSON text, as it was written
  ChunkKeyEncoding chunk_key_encoding;

  std::size_t rank() const { return shape.size(); }
  /// Whether all chunks have the same shape, also those at the upper edges of the array.
  bool is_regular() const { return chunk_edges.empty(); }
  /// One chunk along a dimension; `index` is in the grid.
  ChunkEdge chunk(std::size_t dimension, std::uint32_t index) const {
    if (!is_regular()) return chunk_edges[dimension].chunk(index);
    return {index, index * chunk_shape[dimension], chunk_shape[dimension]};
  }
  /// The shape of the chunk `index`, which is in the grid.
  VARVE_DECL std::vector<std::uint64_t> shape_of_chunk(std::span<const std::uint32_t> index) const;
  /// Whether the chunk `index` is in the grid and holds elements of the array.
  VARVE_DECL bool meets_chunk(std::span<const std::uint32_t> index) const;
  /// Whether the chunk `index` is in both grids, at the same place and of the same shape.
  VARVE_DECL bool shares_chunk(const ArrayMetadata& other, std::span<const std::uint32_t> index) const;
  /// Whether every chunk of `other` is here at the same place and of the same shape, whatever the lengths of the arrays.
  VARVE_DECL bool keeps_chunks(const ArrayMetadata& other) const;
  /// How many chunks there are along each dimension that hold elements of the array.
  VARVE_DECL std::vector<std::uint32_t> chunk_counts() const;
  /// What a pipeline of the codecs is compiled for: the largest chunk, or one of a given shape.
  codec::ChunkLayout layout() const { return layout(chunk_shape); }
  codec::ChunkLayout layout(std::vector<std::uint64_t> of) const { return layout_of(data_type, std::move(of), fill_value); }
};

/// What a group has beside its children.
struct GroupMetadata {
  std::string attributes = "{}";  ///< JSON text, as it was written
};

/// What a snapshot stores about a node beside its zarr.json.
struct NodeOutline {
  bool is_array = false;
  std::vector<std::uint64_t> shape;       ///< in elements
  std::vector<std::uint32_t> num_chunks;  ///< along each dimension
  std::optional<DimensionNames> dimension_names;
  bool is_covered = true;  ///< unless the chunks of a rectilinear grid end before the array does

  friend bool operator==(const NodeOutline&, const NodeOutline&) = default;
};

/// The chunks along one dimension of a regular grid: ⌈length / chunk⌉, and none where `chunk` is 0.
/// Errors: `errc::unsupported_chunk_grid` where the count does not fit 32 bits, as the format stores it.
VARVE_DECL Result<std::uint32_t> chunk_count(std::uint64_t length, std::uint64_t chunk);

/// In all of the following, `path` names the node in errors.

/// Reads what a snapshot stores; needs no codec and no data type.
/// Errors: `errc::bad_metadata`, `errc::unsupported_chunk_grid`.
VARVE_DECL Result<NodeOutline> outline(std::string_view zarr_json, std::string_view path);

/// Reads the zarr.json of an array. Whether its codecs are at hand shows when they are compiled.
/// Errors: `errc::bad_metadata`, also for a field that is not known and does not say `must_understand: false`;
/// `errc::unsupported_data_type`, `errc::unsupported_chunk_grid`, `errc::not_an_array`.
VARVE_DECL Result<ArrayMetadata> parse_array(std::string_view zarr_json, std::string_view path);

/// Reads the zarr.json of a group. Errors: `errc::bad_metadata`, `errc::not_a_group`.
VARVE_DECL Result<GroupMetadata> parse_group(std::string_view zarr_json, std::string_view path);

/// The attributes of a node of either kind, as they were written; "{}" if there are none.
VARVE_DECL Result<std::string> attributes_of(std::string_view zarr_json, std::string_view path);

/// The chunk lengths as the zarr.json of the array lists them: a shape, or the edges of each dimension.
VARVE_DECL std::string chunks_text(const ArrayMetadata& metadata);

/// The zarr.json of an array or a group. Codecs are written as they stand: see codec::complete.
VARVE_DECL std::string array_json(const ArrayMetadata& metadata);
VARVE_DECL std::string group_json(std::string_view attributes = "{}");

/// The same zarr.json with other attributes, which must be a JSON object, or with another shape of the same rank.
/// Every other byte stays, fields that varve does not know included; but where a dimension of a rectilinear grid would not
/// be covered by its chunks any more, one is added to it that holds the rest.
/// Errors: `errc::bad_metadata` for the old text, `errc::invalid_argument` for the new value.
VARVE_DECL Result<std::string> with_attributes(std::string_view zarr_json, std::string_view attributes);
VARVE_DECL Result<std::string> with_shape(std::string_view zarr_json, std::span<const std::uint64_t> shape);

}  // namespace varve::inline v0::zarr

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/zarr/impl/metadata.ipp>
#endif
