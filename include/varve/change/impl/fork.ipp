// SPDX-License-Identifier: Apache-2.0
// Bodies of fork.hpp.
#pragma once

#include <varve/change/fork.hpp>

#include <varve/change/change_set_bytes.hpp>
#include <varve/core/content_hash.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace varve::inline v0 {

namespace detail {

inline constexpr std::string_view fork_magic = "varve fork 1\n";

inline Error bad_fork(std::string why) { return Error(errc::corrupt, "read fork", "fork", std::move(why)); }

inline void write_hash(ByteWriter& writer, std::uint64_t hash) {
  for (int i = 0; i != 8; ++i) writer.byte(static_cast<std::uint8_t>(hash >> 8 * i & 255));
}
inline std::uint64_t read_hash(ByteReader& reader) {
  std::uint64_t hash = 0;
  for (int i = 0; i != 8; ++i) hash |= std::uint64_t{reader.byte()} << 8 * i;
  return hash;
}

/// The zarr.json that a change set gives a node; none if it leaves it as it is.
inline const std::string* changed_json(const ChangeSet& changes, NodeId node) {
  if (const Path* const path = changes.new_path(node)) return &changes.new_nodes().find(*path)->second.zarr_json;
  const auto updated = changes.updated_nodes().find(node);
  return updated == changes.updated_nodes().end() ? nullptr : &updated->second.zarr_json;
}

}  // namespace detail

VARVE_DECL Bytes encode_fork(const Fork& fork) {
  Bytes out;
  detail::ByteWriter writer(out);
  writer.bytes(as_bytes(detail::fork_magic));
  writer.byte(static_cast<std::uint8_t>(fork.direction));
  writer.id(fork.snapshot);
  writer.text(fork.branch);
  encode_changes(fork.changes, out);
  if (fork.direction == Fork::Direction::back) {
    writer.number(fork.found.size());
    for (const auto& [node, hash] : fork.found) {
      writer.id(node);
      detail::write_hash(writer, hash);
    }
  }
  detail::write_hash(writer, content_hash(out));
  return out;
}

VARVE_DECL Result<Fork> decode_fork(ByteView bytes, Fork::Direction expected) {
  constexpr std::size_t hash_bytes = 8;
  const std::string_view magic = detail::fork_magic;
  if (!as_text(bytes).starts_with(magic)) return detail::bad_fork("these bytes are none of this version of varve");
  if (bytes.size() < magic.size() + hash_bytes) return detail::bad_fork("it is cut off");
  const ByteView content = bytes.first(bytes.size() - hash_bytes);
  detail::ByteReader tail(bytes.subspan(content.size()));
  if (detail::read_hash(tail) != content_hash(content)) return detail::bad_fork("it is cut off or damaged");

  detail::ByteReader reader(content.subspan(magic.size()));
  Fork fork;
  const std::uint8_t direction = reader.byte();
  if (direction != static_cast<std::uint8_t>(Fork::Direction::out) &&
      direction != static_cast<std::uint8_t>(Fork::Direction::back)) {
    return detail::bad_fork("it is damaged");
  }
  fork.direction = static_cast<Fork::Direction>(direction);
  if (fork.direction != expected) {
    return Error(errc::invalid_argument, "read fork", "fork",
                 expected == Fork::Direction::out ? "these are the changes of a forked session: merge them"
                                                  : "this is a fork to begin with: merge the changes of its session");
  }
  fork.snapshot = reader.id<SnapshotId>();
  fork.branch = reader.text();
  auto changes = decode_changes(reader);
  if (!changes) return std::move(changes).error();
  fork.changes = *std::move(changes);
  if (fork.direction == Fork::Direction::back) {
    for (std::size_t i = reader.count(NodeId::size + hash_bytes); i != 0; --i) {
      const auto node = reader.id<NodeId>();
      fork.found[node] = detail::read_hash(reader);
    }
  }
  if (reader.failed() || !reader.at_end()) return detail::bad_fork("it is damaged");
  return fork;
}

VARVE_DECL std::uint64_t fingerprint(const ChangeSet& changes, NodeId node, bool with_chunks) {
  Bytes said;
  detail::ByteWriter writer(said);
  if (const std::string* const text = detail::changed_json(changes, node)) writer.text(*text);
  const auto edits = changes.chunk_edits().find(node);
  if (with_chunks && edits != changes.chunk_edits().end()) detail::encode_edits(edits->second, writer);
  return said.empty() ? 0 : content_hash(said);
}

VARVE_DECL Fork changes_since(const ChangeSet& then, const ChangeSet& now) {
  Fork fork;
  fork.direction = Fork::Direction::back;
  const auto found = [&](NodeId node, bool with_chunks) {
    if (const std::uint64_t hash = fingerprint(then, node, with_chunks); hash != 0) fork.found.emplace(node, hash);
  };
  const auto remove = [&](const Path& path, NodeId node, format::NodeKind kind) {
    fork.changes.delete_node(path, node, kind);
    found(node, true);
  };
  for (const auto& [path, node] : now.deleted_nodes()) {
    const auto before = then.deleted_nodes().find(path);
    if (before == then.deleted_nodes().end() || before->second.id != node.id) remove(path, node.id, node.kind);
  }
  for (const auto& [path, node] : then.new_nodes()) {
    if (now.new_path(node.id) == nullptr) remove(path, node.id, node.kind);
  }
  const auto update = [&](const Path& path, NodeId node, format::NodeKind kind, const std::string& text) {
    const std::string* const before = detail::changed_json(then, node);
    if (before != nullptr && *before == text) return;
    fork.changes.update_node(node, path, kind, text);
    if (before != nullptr) found(node, false);
  };
  for (const auto& [path, node] : now.new_nodes()) {
    if (then.new_path(node.id) != nullptr) {
      update(path, node.id, node.kind, node.zarr_json);
    } else {
      static_cast<void>(fork.changes.add_node(path, node.id, node.kind, node.zarr_json));  // paths differ in `now`
    }
  }
  for (const auto& [id, node] : now.updated_nodes()) update(node.path, id, node.kind, node.zarr_json);
  for (const auto& [node, edits] : now.chunk_edits()) {
    const auto before = then.chunk_edits().find(node);
    const bool known = before != then.chunk_edits().end() && before->second.rank() == edits.rank();
    ChunkEdits* changed = known ? nullptr : &fork.changes.edit_chunks(node, edits.rank());
    edits.for_each([&](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
      if (known) {
        const auto old = before->second.find(index);
        if (old && *old == payload) return;
        if (changed == nullptr) changed = &fork.changes.edit_chunks(node, edits.rank());
      }
      changed->set(index, payload);
    });
  }
  return fork;
}

}  // namespace varve::inline v0
