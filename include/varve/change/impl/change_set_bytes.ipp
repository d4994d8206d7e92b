// SPDX-License-Identifier: Apache-2.0
// Bodies of change_set_bytes.hpp.
#pragma once

#include <varve/change/change_set_bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

VARVE_DECL void encode_edits(const ChunkEdits& edits, ByteWriter& writer) {
  writer.number(edits.size() == 0 ? 0 : edits.rank());
  writer.number(edits.size());
  std::vector<std::uint32_t> before(edits.rank(), 0);
  edits.for_each([&](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
    for (std::size_t i = 0; i != index.size(); ++i) writer.difference(std::int64_t{index[i]} - before[i]);
    before.assign(index.begin(), index.end());
    writer.byte(static_cast<std::uint8_t>(payload.kind()));
    switch (payload.kind()) {
      case ChunkPayload::Kind::erased: return;
      case ChunkPayload::Kind::inlined: writer.sized(payload.bytes()); return;
      case ChunkPayload::Kind::native: writer.id(payload.chunk_id()); break;
      case ChunkPayload::Kind::virtual_location:
        writer.text(payload.url());
        writer.text(payload.etag());
        writer.number(payload.last_modified());
        break;
    }
    writer.number(payload.offset());
    writer.number(payload.length());
  });
}

/// What of a payload can be true. A chunk has at least a byte, and its last one has a place that can be counted.
inline ChunkPayload decode_payload(ByteReader& reader) {
  ChunkPayload payload;
  switch (reader.byte()) {
    case static_cast<std::uint8_t>(ChunkPayload::Kind::erased): return payload;
    case static_cast<std::uint8_t>(ChunkPayload::Kind::inlined): payload = ChunkPayload::inlined(reader.sized()); break;
    case static_cast<std::uint8_t>(ChunkPayload::Kind::native): {
      const auto id = reader.id<ChunkId>();
      const std::uint64_t offset = reader.number();
      payload = ChunkPayload::native(id, offset, reader.number());
      break;
    }
    case static_cast<std::uint8_t>(ChunkPayload::Kind::virtual_location): {
      const std::string_view url = reader.text();
      const std::string_view etag = reader.text();
      const std::uint64_t modified = reader.number();
      const std::uint64_t offset = reader.number();
      if (modified > UINT32_MAX || url.size() > UINT32_MAX || etag.size() > UINT32_MAX) reader.fail();
      payload = ChunkPayload::virtual_location(url, offset, reader.number(), etag, static_cast<std::uint32_t>(modified));
      break;
    }
    default: reader.fail();
  }
  if (payload.length() == 0 || payload.offset() > UINT64_MAX - payload.length()) reader.fail();
  return payload;
}

inline void decode_edits(ByteReader& reader, ChangeSet& changes, NodeId node) {
  const std::size_t rank = reader.count(1);
  const std::size_t count = reader.count(rank + 1);
  ChunkEdits& edits = changes.edit_chunks(node, rank);
  std::vector<std::uint32_t> before(rank, 0);
  std::vector<std::uint32_t> index(rank, 0);
  for (std::size_t i = 0; i != count && !reader.failed(); ++i) {
    for (std::size_t k = 0; k != rank; ++k) {
      const std::int64_t difference = reader.difference();
      if (difference > INT64_C(0xffffffff) - before[k] || difference < -std::int64_t{before[k]}) return reader.fail();
      index[k] = static_cast<std::uint32_t>(before[k] + difference);
    }
    if (i != 0 && !std::ranges::lexicographical_compare(before, index)) reader.fail();
    const ChunkPayload payload = decode_payload(reader);
    if (reader.failed()) return;
    edits.set(index, payload);
    before = index;
  }
}

}  // namespace detail

VARVE_DECL void encode_changes(const ChangeSet& changes, Bytes& out) {
  detail::ByteWriter writer(out);
  const auto node = [&](const Path& path, NodeId id, format::NodeKind kind) {
    writer.text(path.text());
    writer.id(id);
    writer.byte(static_cast<std::uint8_t>(kind));
  };
  writer.number(changes.deleted_nodes().size());
  for (const auto& [path, deleted] : changes.deleted_nodes()) node(path, deleted.id, deleted.kind);
  writer.number(changes.new_nodes().size());
  for (const auto& [path, added] : changes.new_nodes()) {
    node(path, added.id, added.kind);
    writer.text(added.zarr_json);
  }
  writer.number(changes.updated_nodes().size());
  for (const auto& [id, updated] : changes.updated_nodes()) {
    node(updated.path, id, updated.kind);
    writer.text(updated.zarr_json);
  }
  writer.number(changes.chunk_edits().size());
  for (const auto& [id, edits] : changes.chunk_edits()) {
    writer.id(id);
    detail::encode_edits(edits, writer);
  }
}

VARVE_DECL Result<ChangeSet> decode_changes(detail::ByteReader& reader) {
  struct Node {
    Path path;
    NodeId id;
    format::NodeKind kind{};
  };
  constexpr std::size_t least_node_bytes = 1 + NodeId::size + 1;
  ChangeSet changes;
  std::set<NodeId> seen;  // a node is in one list, once
  const auto read_node = [&]() -> std::optional<Node> {
    const std::string_view text = reader.text();
    const auto id = reader.id<NodeId>();
    const std::uint8_t kind = reader.byte();
    auto path = Path::parse(text);
    if (!path || path->text() != text || kind > 1 || !seen.insert(id).second) reader.fail();
    if (reader.failed()) return std::nullopt;
    return Node{*std::move(path), id, static_cast<format::NodeKind>(kind)};
  };
  for (std::size_t i = reader.count(least_node_bytes); i != 0; --i) {
    const auto node = read_node();
    if (!node || changes.deleted_nodes().contains(node->path)) {
      reader.fail();
      break;
    }
    changes.delete_node(node->path, node->id, node->kind);
  }
  const std::set<NodeId> deleted = seen;
  for (std::size_t i = reader.count(least_node_bytes + 1); i != 0; --i) {
    const auto node = read_node();
    if (!node || !changes.add_node(node->path, node->id, node->kind, std::string(reader.text()))) {
      reader.fail();
      break;
    }
  }
  for (std::size_t i = reader.count(least_node_bytes + 1); i != 0; --i) {
    const auto node = read_node();
    if (!node) break;
    changes.update_node(node->id, node->path, node->kind, std::string(reader.text()));
  }
  for (std::size_t i = reader.count(NodeId::size + 2); i != 0 && !reader.failed(); --i) {
    const auto node = reader.id<NodeId>();
    if (changes.chunk_edits().contains(node) || deleted.contains(node)) reader.fail();
    detail::decode_edits(reader, changes, node);
  }
  if (reader.failed()) return Error(errc::corrupt, "read changes", "fork", "they are cut off or damaged");
  return changes;
}

}  // namespace varve::inline v0
