// SPDX-License-Identifier: Apache-2.0
// Options of a new array, meant for designated initialisers. Only the shape is needed; what is left out is what a plain
// array would be: one chunk, no compression, a fill value of zero, dimensions without names.
#pragma once

#include <varve/array/box.hpp>
#include <varve/codec/sharding.hpp>
#include <varve/codec/spec.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>
#include <varve/zarr/data_type.hpp>
#include <varve/zarr/json.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

template <zarr::Element T, std::size_t Rank>
struct ArrayOptions {
  std::array<std::uint64_t, Rank> shape{};   ///< in elements
  std::array<std::uint64_t, Rank> chunks{};  ///< shape of a chunk; all zero means the whole array in one
  std::array<std::uint64_t, Rank> shards{};  ///< shape of a stored object, multiples of `chunks`; all zero: no shards
  /// The lengths of the chunks along each dimension, where they differ: together at least as long as the array. A
  /// dimension without any has those of `chunks`, or one if that is zero. With sharding in `codecs`, chunks are shards.
  std::array<std::vector<std::uint64_t>, Rank> chunk_edges{};
  std::vector<codec::Spec> codecs{};         ///< such as {codec::zstd(3)}; none stores the elements as they are
  T fill_value{};                            ///< what elements are that nobody has written
  zarr::DimensionNames dimension_names{};    ///< one a dimension, or none at all
  std::string attributes = "{}";             ///< the text of a JSON object
};

/// The same for an array whose element type and rank are known at run time only.
struct AnyArrayOptions {
  std::string data_type{};  ///< as zarr.json spells it: "bool", "int8" … "uint64", "float16" … "complex128"
  std::vector<std::uint64_t> shape{};
  std::vector<std::uint64_t> chunks{};
  std::vector<std::uint64_t> shards{};
  std::vector<std::vector<std::uint64_t>> chunk_edges{};
  std::vector<codec::Spec> codecs{};
  Json fill_value{};  ///< as zarr.json spells it, such as -1, "NaN" or "0x7fc00000"; null is zero
  zarr::DimensionNames dimension_names{};
  std::string attributes = "{}";
};

namespace detail {

inline bool all_zero(std::span<const std::uint64_t> lengths) {
  return std::all_of(lengths.begin(), lengths.end(), [](std::uint64_t length) { return length == 0; });
}

/// Makes the grid of the metadata a rectilinear one. Dimensions without lengths of their own keep their chunks.
inline Result<void> set_chunk_edges(zarr::ArrayMetadata& metadata, std::span<const std::vector<std::uint64_t>> edges) {
  const auto bad = [](std::string hint) { return Error(errc::invalid_argument, "create array", {}, std::move(hint)); };
  if (edges.size() != metadata.shape.size()) return bad("`chunk_edges` and `shape` differ in rank");
  for (std::size_t i = 0; i != edges.size(); ++i) {
    const std::uint64_t length = metadata.shape[i], chunk = metadata.chunk_shape[i];
    std::vector<zarr::ChunkRun> runs;
    for (const std::uint64_t edge : edges[i]) runs.push_back({edge, 1});
    if (runs.empty()) runs.push_back({chunk, length == 0 ? 1 : (length - 1) / chunk + 1});
    auto known = zarr::ChunkEdges::make(runs);
    if (!known) return bad("`chunk_edges`: " + known.error().hint());
    if (known->end() < length) {
      return bad("the `chunk_edges` of dimension " + std::to_string(i) + " end at " + std::to_string(known->end()) +
                 ", before the array does");
    }
    metadata.chunk_shape[i] = known->longest();
    metadata.chunk_edges.push_back(*std::move(known));
  }
  return {};
}

/// Puts the chunk shape and the codecs of the options into the metadata.
inline Result<void> set_chunks(zarr::ArrayMetadata& metadata, std::vector<std::uint64_t> chunks,
                               std::vector<std::uint64_t> shards, std::span<const std::vector<std::uint64_t>> edges,
                               std::vector<codec::Spec> codecs) {
  const auto bad = [](std::string hint) { return Error(errc::invalid_argument, "create array", {}, std::move(hint)); };
  const std::size_t rank = metadata.shape.size();
  if (rank > codec::max_rank) return bad("an array has at most " + std::to_string(codec::max_rank) + " dimensions");
  const bool uneven = !std::all_of(edges.begin(), edges.end(), [](const auto& lengths) { return lengths.empty(); });
  if (all_zero(chunks)) chunks.assign(rank, 0);
  if (chunks.size() != rank) return bad("`chunks` and `shape` differ in rank");
  if (uneven || all_zero(chunks)) {
    for (std::size_t i = 0; i != rank; ++i) {
      if (chunks[i] == 0) chunks[i] = std::max<std::uint64_t>(metadata.shape[i], 1);
    }
  }
  if (std::find(chunks.begin(), chunks.end(), 0U) != chunks.end()) return bad("a chunk length is 0");
  const std::size_t item_size = zarr::size_of(metadata.data_type);
  metadata.codecs = codec::complete(std::move(codecs), item_size);
  metadata.chunk_shape = std::move(chunks);
  if (uneven) {
    if (!all_zero(shards)) return bad("of `shards` and `chunk_edges` only one can be: put sharding into `codecs`");
    return set_chunk_edges(metadata, edges);
  }
  if (rank != 0 && !all_zero(shards)) {
    if (shards.size() != rank) return bad("`shards` and `shape` differ in rank");
    codec::Sharding sharding;
    sharding.chunk_shape = std::move(metadata.chunk_shape);
    sharding.codecs = std::move(metadata.codecs);
    metadata.codecs = {codec::sharding(sharding)};
    metadata.chunk_shape = std::move(shards);
    for (std::size_t i = 0; i != rank; ++i) {
      if (metadata.chunk_shape[i] == 0 || metadata.chunk_shape[i] % sharding.chunk_shape[i] != 0) {
        return bad("each length of `shards` must be a multiple of that of `chunks`");
      }
    }
  }
  for (std::size_t i = 0; i != rank; ++i) {
    auto count = zarr::chunk_count(metadata.shape[i], metadata.chunk_shape[i]);
    if (!count) return bad(count.error().hint());
  }
  return {};
}

/// Checks what is alike for typed and untyped options, and completes the metadata.
inline Result<void> set_labels(zarr::ArrayMetadata& metadata, const zarr::DimensionNames& names,
                               const std::string& attributes) {
  const auto bad = [](std::string hint) { return Error(errc::invalid_argument, "create array", {}, std::move(hint)); };
  if (!names.empty()) {
    if (names.size() != metadata.shape.size()) return bad("`dimension_names` and `shape` differ in rank");
    metadata.dimension_names = names;
  }
  if (!zarr::parse_members(attributes, "attributes")) return bad("`attributes` must be the text of a JSON object");
  metadata.attributes = attributes;
  return {};
}

/// The metadata of the array that the options describe. Errors: `errc::invalid_argument`.
template <class T, std::size_t Rank>
Result<zarr::ArrayMetadata> metadata_of(const ArrayOptions<T, Rank>& options) {
  const auto list = [](const auto& lengths) { return std::vector<std::uint64_t>(lengths.begin(), lengths.end()); };
  zarr::ArrayMetadata metadata;
  metadata.shape = list(options.shape);
  metadata.data_type = zarr::data_type_of<T>;
  metadata.fill_value.resize(sizeof(T));
  std::memcpy(metadata.fill_value.data(), &options.fill_value, sizeof(T));
  if (auto set = set_chunks(metadata, list(options.chunks), list(options.shards), options.chunk_edges, options.codecs);
      !set) {
    return std::move(set).error();
  }
  if (auto set = set_labels(metadata, options.dimension_names, options.attributes); !set) return std::move(set).error();
  return metadata;
}

inline Result<zarr::ArrayMetadata> metadata_of(const AnyArrayOptions& options) {
  zarr::ArrayMetadata metadata;
  metadata.shape = options.shape;
  const auto type = zarr::data_type_named(options.data_type);
  if (!type) {
    return Error(errc::unsupported_data_type, "create array", options.data_type,
                 "the data types are bool, int8 to uint64, float16 to float64, complex64 and complex128");
  }
  metadata.data_type = *type;
  metadata.fill_value.resize(zarr::size_of(*type));
  if (!options.fill_value.is_null()) {
    auto fill = zarr::parse_fill_value(options.fill_value, *type);
    if (!fill) return Error(errc::invalid_argument, "create array", {}, "`fill_value`: " + fill.error().hint());
    metadata.fill_value = *std::move(fill);
  }
  if (auto set = set_chunks(metadata, options.chunks, options.shards, options.chunk_edges, options.codecs); !set) {
    return std::move(set).error();
  }
  if (auto set = set_labels(metadata, options.dimension_names, options.attributes); !set) return std::move(set).error();
  return metadata;
}

}  // namespace detail

}  // namespace varve::inline v0
