// SPDX-License-Identifier: Apache-2.0
// What the encoders share: ids, strings and bytes as FlatBuffers, and the bound on the size of a body.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/json.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/generated/icechunk.hpp>
#include <varve/format/metadata.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::format::detail {

/// Stands at bytes 4 to 8 of every body.
inline constexpr char file_identifier[] = "Ichk";
/// Builders stop below the reach of FlatBuffers' offsets, where the library would only assert.
inline constexpr std::size_t largest_built = 0x7ff00000;

inline bool fits(const flatbuffers::FlatBufferBuilder& flat, std::size_t more) {
  return more < largest_built && flat.GetSize() < largest_built - more;
}

template <class Role>
fb::ObjectId12 flat_id(const ObjectId<12, Role>& id) {
  return fb::ObjectId12(flatbuffers::make_span(id.bytes));
}
template <class Role>
fb::ObjectId8 flat_id(const ObjectId<8, Role>& id) {
  return fb::ObjectId8(flatbuffers::make_span(id.bytes));
}

template <class Flat, class Id>
flatbuffers::Offset<flatbuffers::Vector<const Flat*>> create_ids(flatbuffers::FlatBufferBuilder& flat,
                                                                 const std::vector<Id>& ids) {
  static_assert(sizeof(Flat) == Id::size && alignof(Flat) == 1);
  static_assert(sizeof(Id) == Id::size);
  return flat.CreateVectorOfStructs(reinterpret_cast<const Flat*>(ids.data()), ids.size());  // copied as bytes
}

inline flatbuffers::Offset<flatbuffers::String> create_text(flatbuffers::FlatBufferBuilder& flat, std::string_view text) {
  return flat.CreateString(text.data(), text.size());
}

inline flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> create_bytes(flatbuffers::FlatBufferBuilder& flat,
                                                                           ByteView bytes) {
  return flat.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

/// Metadata with its values encoded, in the order of the names' bytes.
using EncodedMetadata = std::vector<std::pair<std::string_view, Bytes>>;

inline Result<EncodedMetadata> encode_metadata(const Metadata& metadata) {
  EncodedMetadata out;
  out.reserve(metadata.size());
  for (const auto& [name, value] : metadata) {
    auto encoded = encode_flexbuffer(value);
    if (!encoded) return std::move(encoded).error();
    out.emplace_back(name, *std::move(encoded));
  }
  return out;
}

/// An upper bound of what `create_metadata` adds to a body.
inline std::size_t size_of(const EncodedMetadata& metadata) {
  std::size_t size = 64;
  for (const auto& [name, value] : metadata) size += 64 + name.size() + value.size();
  return size;
}

inline flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::MetadataItem>>> create_metadata(
    flatbuffers::FlatBufferBuilder& flat, const EncodedMetadata& metadata) {
  std::vector<flatbuffers::Offset<fb::MetadataItem>> items;
  items.reserve(metadata.size());
  for (const auto& [name, value] : metadata) {
    const auto name_at = create_text(flat, name);
    items.push_back(fb::CreateMetadataItem(flat, name_at, create_bytes(flat, value)));
  }
  return flat.CreateVector(items);
}

inline Bytes take_bytes(const flatbuffers::FlatBufferBuilder& flat) {
  return copy_bytes(std::as_bytes(std::span<const std::uint8_t>(flat.GetBufferPointer(), flat.GetSize())));
}

}  // namespace varve::inline v0::format::detail
