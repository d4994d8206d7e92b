// SPDX-License-Identifier: Apache-2.0
// Bodies of manifest_builder.hpp.
#pragma once

#include <varve/format/manifest_builder.hpp>

#include <varve/codec/impl/zstd_contexts.ipp>
#include <varve/format/generated/icechunk.hpp>
#include <varve/format/impl/flat_builder.ipp>
#include <varve/format/location_dictionary.hpp>

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <zstd.h>

namespace varve::inline v0::format {

struct ManifestBuilder::State {
  State(ManifestId given, std::size_t refs_expected)
      : id(given), flat(std::min<std::size_t>(256 + refs_expected * 56, detail::largest_built)) {}

  void fail(Error error) {
    if (!failure) failure = std::move(error);
  }
  void fail(const char* hint) { fail(Error(errc::invalid_argument, "build manifest", manifest_name(), hint)); }
  std::string manifest_name() const { return "manifests/" + id.to_string(); }

  ManifestId id;
  flatbuffers::FlatBufferBuilder flat;
  std::vector<flatbuffers::Offset<fb::ArrayManifest>> arrays;
  std::vector<flatbuffers::Offset<fb::ChunkRef>> refs;
  std::vector<std::uint32_t> last_index;
  std::optional<NodeId> array;
  std::optional<NodeId> last_array;
  std::uint32_t count = 0;
  std::optional<Error> failure;
  Bytes dictionary;
  struct Free {
    void operator()(ZSTD_CDict* prepared) const { ZSTD_freeCDict(prepared); }
  };
  std::unique_ptr<ZSTD_CDict, Free> prepared;

  /// `location` as a frame of its own; empty if it is to stay plain.
  std::string packed(const std::string& location) {
    if (!prepared || location.size() > longest_compressed_location) return {};
    std::string frame(ZSTD_compressBound(location.size()), '\0');
    const std::size_t size =
        ZSTD_compress_usingCDict(&codec::detail::ZstdContexts::compressor(), frame.data(), frame.size(), location.data(),
                                 location.size(), prepared.get());
    frame.resize(ZSTD_isError(size) ? 0 : size);
    return frame;
  }
};

VARVE_DECL ManifestBuilder::ManifestBuilder(ManifestId id, std::size_t refs_expected)
    : state_(std::make_unique<State>(id, refs_expected)) {}
VARVE_DECL ManifestBuilder::~ManifestBuilder() = default;
VARVE_DECL ManifestBuilder::ManifestBuilder(ManifestBuilder&&) noexcept = default;
VARVE_DECL ManifestBuilder& ManifestBuilder::operator=(ManifestBuilder&&) noexcept = default;

VARVE_DECL void ManifestBuilder::compress_locations(Bytes dictionary, int level) {
  State& state = *state_;
  VARVE_ASSERT(state.count == 0);
  state.prepared.reset(ZSTD_createCDict(dictionary.data(), dictionary.size(), level));
  if (!state.prepared) throw std::bad_alloc();
  state.dictionary = std::move(dictionary);
}

VARVE_DECL void ManifestBuilder::begin_array(NodeId id) {
  State& state = *state_;
  VARVE_ASSERT(!state.array);
  if (state.last_array && !(*state.last_array < id)) state.fail("arrays come in ascending order of their ids");
  state.array = id;
  state.refs.clear();
  state.last_index.clear();
}

VARVE_DECL void ManifestBuilder::add(std::span<const std::uint32_t> index, const ChunkRef& ref) {
  State& state = *state_;
  VARVE_ASSERT(state.array);
  if (state.failure) return;
  if (!state.refs.empty() &&
      !std::lexicographical_compare(state.last_index.begin(), state.last_index.end(), index.begin(), index.end())) {
    return state.fail("chunk refs come in strictly ascending order of their indices");
  }
  std::string location;
  if (ref.kind == ChunkRefKind::virtual_location) {
    auto full = full_location(ref, state.manifest_name());
    if (!full) return state.fail(std::move(full).error());
    location = *std::move(full);
  }
  const std::size_t payload = ref.kind == ChunkRefKind::inlined            ? ref.inline_bytes.size()
                              : ref.kind == ChunkRefKind::virtual_location ? location.size()
                                                                           : 1;
  if (payload == 0) return state.fail("a chunk ref without bytes: a missing chunk has no ref");
  const std::size_t needed = 128 + index.size() * 4 + payload + ref.checksum_etag.size() + state.refs.size() * 4;
  if (!detail::fits(state.flat, needed)) return state.fail("the manifest would have more than 2 GiB: split it");

  flatbuffers::FlatBufferBuilder& flat = state.flat;
  const auto index_at = flat.CreateVector(index.data(), index.size());
  flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> inlined, packed_at;
  flatbuffers::Offset<flatbuffers::String> location_at, etag;
  switch (ref.kind) {
    case ChunkRefKind::inlined: inlined = detail::create_bytes(flat, ref.inline_bytes); break;
    case ChunkRefKind::native: break;
    case ChunkRefKind::virtual_location:
      if (const std::string packed = state.packed(location); !packed.empty()) {
        packed_at = detail::create_bytes(flat, as_bytes(packed));
      } else {
        location_at = detail::create_text(flat, location);
      }
      if (!ref.checksum_etag.empty()) etag = detail::create_text(flat, ref.checksum_etag);
      break;
  }
  fb::ChunkRefBuilder table(flat);
  if (ref.kind != ChunkRefKind::inlined) {
    table.add_length(ref.length);
    table.add_offset(ref.offset);
  }
  if (ref.kind == ChunkRefKind::virtual_location) {
    table.add_checksum_last_modified(ref.checksum_last_modified);
    if (!etag.IsNull()) table.add_checksum_etag(etag);
    if (!packed_at.IsNull()) table.add_compressed_location(packed_at);
    if (!location_at.IsNull()) table.add_location(location_at);
  }
  const fb::ObjectId12 chunk_id = detail::flat_id(ref.chunk_id);
  if (ref.kind == ChunkRefKind::native) table.add_chunk_id(&chunk_id);
  if (ref.kind == ChunkRefKind::inlined) table.add_inline_(inlined);
  table.add_index(index_at);
  state.refs.push_back(table.Finish());
  state.last_index.assign(index.begin(), index.end());
  ++state.count;
}

VARVE_DECL void ManifestBuilder::end_array() {
  State& state = *state_;
  VARVE_ASSERT(state.array);
  if (!state.failure && !detail::fits(state.flat, state.refs.size() * 4 + 256)) {
    state.fail("the manifest would have more than 2 GiB: split it");
  }
  if (!state.failure && !state.refs.empty()) {  // an array without chunks is in no manifest
    const auto refs = state.flat.CreateVector(state.refs);
    const fb::ObjectId8 id = detail::flat_id(*state.array);
    state.arrays.push_back(fb::CreateArrayManifest(state.flat, &id, refs));
  }
  state.last_array = state.array;
  state.array.reset();
}

VARVE_DECL std::uint32_t ManifestBuilder::ref_count() const noexcept { return state_->count; }

VARVE_DECL Result<Bytes> ManifestBuilder::finish() {
  State& state = *state_;
  VARVE_ASSERT(!state.array);
  if (!state.failure && !detail::fits(state.flat, state.arrays.size() * 4 + state.dictionary.size() + 256)) {
    state.fail("the manifest would have more than 2 GiB: split it");
  }
  if (state.failure) return *state.failure;
  const auto arrays = state.flat.CreateVector(state.arrays);
  const fb::ObjectId12 id = detail::flat_id(state.id);
  // The algorithm defaults to 1: without a dictionary a 0 must stand there.
  const auto dictionary = state.prepared ? detail::create_bytes(state.flat, state.dictionary) : 0;
  const std::uint8_t algorithm = state.prepared ? 1 : 0;
  state.flat.Finish(fb::CreateManifest(state.flat, &id, arrays, dictionary, algorithm), detail::file_identifier);
  return detail::take_bytes(state.flat);
}

}  // namespace varve::inline v0::format
