// SPDX-License-Identifier: Apache-2.0
// Change sets in tests: what one says as text, and random ones.
#pragma once

#include <varve/change/change_set.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace support {

inline varve::NodeId node_id(unsigned number) {
  varve::NodeId id;
  for (std::size_t i = 0; i != 4; ++i) id.bytes[i] = static_cast<std::uint8_t>(number >> 8 * i & 255);
  return id;
}
inline varve::Path path(std::string_view text) { return varve::Path::parse(text).value(); }

inline std::string text_of(const varve::ChunkPayload& payload) {
  using Kind = varve::ChunkPayload::Kind;
  switch (payload.kind()) {
    case Kind::erased: return "erased";
    case Kind::inlined: return "inlined " + std::string(varve::as_text(payload.bytes()));
    case Kind::native:
      return "native " + payload.chunk_id().to_string() + " " + std::to_string(payload.offset()) + " " +
             std::to_string(payload.length());
    case Kind::virtual_location:
      return "virtual " + std::string(payload.url()) + " " + std::string(payload.etag()) + " " +
             std::to_string(payload.last_modified()) + " " + std::to_string(payload.offset()) + " " +
             std::to_string(payload.length());
  }
  return {};
}

/// All that a change set says, a line each.
inline std::string text_of(const varve::ChangeSet& changes) {
  std::string out;
  const auto kind = [](varve::format::NodeKind k) { return k == varve::format::NodeKind::array ? " array " : " group "; };
  for (const auto& [path, node] : changes.deleted_nodes()) {
    out += "deleted " + path.text() + kind(node.kind) + node.id.to_string() + "\n";
  }
  for (const auto& [path, node] : changes.new_nodes()) {
    out += "new " + path.text() + kind(node.kind) + node.id.to_string() + " " + node.zarr_json + "\n";
  }
  for (const auto& [id, node] : changes.updated_nodes()) {
    out += "updated " + node.path.text() + kind(node.kind) + id.to_string() + " " + node.zarr_json + "\n";
  }
  for (const auto& [id, edits] : changes.chunk_edits()) {
    out += "chunks of " + id.to_string() + "\n";
    edits.for_each([&](std::span<const std::uint32_t> index, const varve::ChunkPayload& payload) {
      for (const std::uint32_t at : index) out += std::to_string(at) + " ";
      out += text_of(payload) + "\n";
    });
  }
  return out;
}

/// A payload of any kind; its texts live as long as `text`.
inline varve::ChunkPayload random_payload(std::mt19937& random, std::string& text) {
  text.assign(random() % 40 + 1, static_cast<char>('a' + random() % 26));
  varve::ChunkId id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
  switch (random() % 4) {
    case 0: return varve::ChunkPayload::inlined(varve::as_bytes(text));
    case 1: return varve::ChunkPayload::native(id, random() % 3 == 0 ? random() : 0, random() % 100000 + 1);
    case 2: return varve::ChunkPayload::virtual_location(text, random(), random() % 100 + 1, random() % 2 ? "tag" : "",
                                                          static_cast<std::uint32_t>(random()));
    default: return varve::ChunkPayload::erased();
  }
}

}  // namespace support
