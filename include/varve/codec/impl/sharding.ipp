// SPDX-License-Identifier: Apache-2.0
// Bodies of sharding.hpp.
#pragma once

#include <varve/codec/sharding.hpp>

#include <varve/codec/codec.hpp>

#include <array>
#include <cstring>
#include <utility>

namespace varve::inline v0::codec {

VARVE_DECL Result<Sharding> Sharding::from_configuration(const Json& configuration) {
  const auto bad = [](std::string hint) {
    return Error(errc::bad_metadata, "read configuration of codec sharding_indexed", {}, std::move(hint));
  };
  constexpr std::array<std::string_view, 2> locations{"start", "end"};
  Sharding codec;
  int location = 1;
  const Json* shape = nullptr;
  const Json* codecs = nullptr;
  const Json* index_codecs = nullptr;
  auto read = detail::ConfigurationReader(name, configuration)
                  .json("chunk_shape", shape)
                  .json("codecs", codecs)
                  .json("index_codecs", index_codecs)
                  .choice("index_location", locations, location)
                  .finish();
  if (!read) return std::move(read).error();
  codec.index_location = static_cast<IndexLocation>(location);
  if (!shape || !shape->as_array()) return bad("`chunk_shape` must be a list of lengths");
  for (const Json& item : *shape->as_array()) {
    if (!item.as_int() || *item.as_int() <= 0) return bad("`chunk_shape` must be a list of lengths");
    codec.chunk_shape.push_back(static_cast<std::uint64_t>(*item.as_int()));
  }
  if (!codecs || !index_codecs) return bad("`codecs` and `index_codecs` must be lists");
  for (auto [list, out] : {std::pair(codecs, &codec.codecs), std::pair(index_codecs, &codec.index_codecs)}) {
    auto specs = parse_specs(*list);
    if (!specs) return std::move(specs).error();
    *out = *std::move(specs);
  }
  return codec;
}

VARVE_DECL Json Sharding::configuration() const {
  return Json::Object{{"chunk_shape", Json::Array(chunk_shape.begin(), chunk_shape.end())},
                      {"codecs", specs_json(codecs)},
                      {"index_codecs", specs_json(index_codecs)},
                      {"index_location", index_location == IndexLocation::start ? "start" : "end"}};
}

namespace detail {

VARVE_DECL Result<ShardGrid> ShardGrid::make(std::span<const std::uint64_t> shape,
                                             std::span<const std::uint64_t> chunk_shape) {
  const auto bad = [](std::string hint) {
    return Error(errc::bad_metadata, "compile codec sharding_indexed", {}, std::move(hint));
  };
  if (shape.size() != chunk_shape.size()) return bad("inner chunks and shard differ in rank");
  ShardGrid grid;
  grid.shape.assign(shape.begin(), shape.end());
  grid.chunk_shape.assign(chunk_shape.begin(), chunk_shape.end());
  for (std::size_t i = 0; i != shape.size(); ++i) {
    if (chunk_shape[i] == 0 || shape[i] % chunk_shape[i] != 0) return bad("inner chunks must divide the shard");
    grid.counts.push_back(shape[i] / chunk_shape[i]);
  }
  auto count = checked_size(grid.counts, 1);
  if (!count) return std::move(count).error();
  grid.chunk_count = *count;
  return grid;
}

VARVE_DECL void store_inner_range(MutableByteView index, std::size_t chunk, std::uint64_t offset, std::uint64_t length) {
  const std::array<std::uint64_t, 2> range{offset, length};
  std::memcpy(index.data() + chunk * sizeof(range), range.data(), sizeof(range));
}

VARVE_DECL Result<std::optional<ByteView>> inner_bytes(ByteView shard, ByteView index, std::size_t chunk) {
  std::array<std::uint64_t, 2> range{};
  std::memcpy(range.data(), index.data() + chunk * sizeof(range), sizeof(range));
  const auto [offset, length] = range;
  if (offset == no_inner_chunk && length == no_inner_chunk) return std::optional<ByteView>();
  if (offset > shard.size() || length > shard.size() - offset) {
    return corrupt_chunk(Sharding::name, "inner chunk " + std::to_string(chunk) + " lies outside the shard");
  }
  return std::optional<ByteView>(shard.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)));
}

}  // namespace detail

}  // namespace varve::inline v0::codec
