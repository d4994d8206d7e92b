// SPDX-License-Identifier: Apache-2.0
// The list of snapshots in a body of `repo`. It holds the whole history and is written anew with every commit, so it is
// laid out in one pass: a FlatBufferBuilder sets each table together field by field and looks its vtable up among all others.
#pragma once

#include <varve/format/repo_info.hpp>

#include <varve/format/generated/icechunk.hpp>
#include <varve/format/impl/flat_builder.ipp>
#include <varve/format/impl/metadata_items.ipp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::format::detail {

/// Finds snapshots by their ids. These are random, so their first bits say nearly where in the sorted list they stand.
class SnapshotIndex {
 public:
  explicit SnapshotIndex(const SharedVector<SnapshotInfo>& snapshots)
      : snapshots_(snapshots), bits_(std::clamp(static_cast<int>(std::bit_width(snapshots.size())), 1, 16)),
        first_((std::size_t{1} << bits_) + 1) {
    for (const SnapshotInfo& snapshot : snapshots) ++first_[bucket(snapshot.id) + 1];
    for (std::size_t i = 1; i != first_.size(); ++i) first_[i] += first_[i - 1];
  }
  /// The position of a snapshot; -1 if it is not in the list.
  std::int32_t position_of(SnapshotId id) const {
    const auto begin = snapshots_.begin() + first_[bucket(id)];
    const auto end = snapshots_.begin() + first_[bucket(id) + 1];
    const auto at = std::lower_bound(begin, end, id, [](const SnapshotInfo& a, const SnapshotId& b) { return a.id < b; });
    return at == end || at->id != id ? -1 : static_cast<std::int32_t>(at - snapshots_.begin());
  }

 private:
  std::size_t bucket(const SnapshotId& id) const {
    return (std::size_t{id.bytes[0]} << 8U | std::size_t{id.bytes[1]}) >> (16 - bits_);
  }

  const SharedVector<SnapshotInfo>& snapshots_;
  int bits_;
  std::vector<std::int32_t> first_;
};

/// Lays FlatBuffers out forwards, in memory of the right size. Numbers are little-endian, as this machine's are.
class FlatLayout {
 public:
  static_assert(std::endian::native == std::endian::little);

  explicit FlatLayout(std::span<std::byte> memory) : memory_(memory) {}
  std::size_t at() const { return at_; }
  void skip_to(std::size_t at) { at_ = at; }

  template <class T>
  void put(T value) {
    std::memcpy(&memory_[at_], &value, sizeof value);
    at_ += sizeof value;
  }
  template <class Id>
  void put_id(const Id& id) {
    std::memcpy(&memory_[at_], id.bytes.data(), Id::size);
    at_ += Id::size;
  }
  void put_bytes(ByteView bytes) {
    if (!bytes.empty()) std::memcpy(&memory_[at_], bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  /// A length and that many bytes; what follows, such as the NUL of a text, is left as zeros.
  void put_vector(ByteView bytes) {
    put(static_cast<std::uint32_t>(bytes.size()));
    put_bytes(bytes);
  }
  /// Makes the offset at `slot` point here.
  void point(std::size_t slot) {
    const auto offset = static_cast<std::uint32_t>(at_ - slot);
    std::memcpy(&memory_[slot], &offset, sizeof offset);
  }

 private:
  std::span<std::byte> memory_;
  std::size_t at_ = 0;
};

inline std::size_t aligned(std::size_t size, std::size_t to) { return (size + to - 1) / to * to; }
inline std::size_t text_bytes(std::string_view text) { return aligned(4 + text.size() + 1, 4); }
inline std::size_t vector_bytes(std::size_t bytes) { return aligned(4 + bytes, 4); }

/// A vector of metadata items that refers to nothing outside of itself, so that copies of it can stand anywhere.
inline Result<Bytes> metadata_block(const Metadata& metadata) {
  constexpr std::size_t vtable_size = 8, table_size = 12;
  auto encoded = encode_metadata(metadata);
  if (!encoded) return std::move(encoded).error();
  std::size_t size = 4 + encoded->size() * (4 + table_size) + (encoded->empty() ? 0 : vtable_size);
  for (const auto& [name, value] : *encoded) size += text_bytes(name) + vector_bytes(value.size());
  if (size >= largest_built) return Error(errc::invalid_argument, "build repo info", {}, "metadata of more than 2 GiB");
  Bytes block(size, std::byte{0});
  FlatLayout out(block);
  out.put(static_cast<std::uint32_t>(encoded->size()));
  if (encoded->empty()) return block;
  const std::size_t vtable = 4 + encoded->size() * 4;
  out.skip_to(vtable);
  for (const std::size_t entry : {vtable_size, table_size, std::size_t{4}, std::size_t{8}}) out.put(static_cast<std::uint16_t>(entry));
  for (std::size_t i = 0; i != encoded->size(); ++i) {
    const auto& [name, value] = (*encoded)[i];
    const std::size_t table = out.at();
    out.point(4 + i * 4);
    out.put(static_cast<std::int32_t>(table - vtable));
    out.skip_to(table + table_size);
    out.point(table + 4);
    out.put_vector(as_bytes(name));
    out.skip_to(table + table_size + text_bytes(name));
    out.point(table + 8);
    out.put_vector(value);
    out.skip_to(table + table_size + text_bytes(name) + vector_bytes(value.size()));
  }
  return block;
}

/// The list of snapshots as one block that refers to nothing outside of itself: the vector, two vtables, then for each
/// snapshot its table, message and metadata. Most commits of a repository have the same metadata, which is encoded once;
/// in the body each has its own, since offsets to a shared one would take more once compressed.
class SnapshotList {
 public:
  /// Errors: `errc::invalid_argument` for metadata that cannot be encoded, and beyond 2 GiB.
  Result<Bytes> lay_out(const SharedVector<SnapshotInfo>& snapshots, const std::vector<std::int32_t>& parents) {
    std::size_t size = rows_at(snapshots.size());
    std::vector<std::size_t> metadata_of;
    metadata_of.reserve(snapshots.size());
    for (const SnapshotInfo& snapshot : snapshots) {
      auto block = find_block(snapshot.metadata);
      if (!block) return std::move(block).error();
      metadata_of.push_back(*block);
      size += row_bytes(snapshot, blocks_[*block].bytes.size());
      if (size >= largest_built) return Error(errc::invalid_argument, "build repo info", "repo", "it would have more than 2 GiB");
    }
    Bytes list(aligned(size, 8), std::byte{0});
    FlatLayout out(list);
    out.put(static_cast<std::uint32_t>(snapshots.size()));
    out.skip_to(4 + snapshots.size() * 4);
    const auto put_vtable = [&](std::initializer_list<std::uint16_t> entries) {
      const std::size_t at = out.at();
      for (const std::uint16_t entry : entries) out.put(entry);
      return at;
    };
    const std::size_t usual = put_vtable({14, 36, id_at, parent_at, flushed_at, message_at, metadata_at});
    const std::size_t with_pruned = put_vtable({16, 40, id_at, parent_at, flushed_at, message_at, metadata_at, pruned_at});
    std::size_t row = rows_at(snapshots.size());
    for (std::size_t i = 0; i != snapshots.size(); ++i) {
      const SnapshotInfo& snapshot = snapshots[i];
      const auto& pruned = snapshot.pruned_ancestor_tx_logs;
      out.skip_to(row);
      out.point(4 + i * 4);
      out.put(static_cast<std::int32_t>(row - (pruned.empty() ? usual : with_pruned)));
      out.put(stored_timestamp(snapshot.flushed_at));
      out.put_id(snapshot.id);
      out.put(parents[i]);
      std::size_t next = row + 36;
      if (!pruned.empty()) {
        next += 4;
        out.skip_to(next);
        out.point(row + pruned_at);
        out.put(static_cast<std::uint32_t>(pruned.size()));
        for (const SnapshotId& id : pruned) out.put_id(id);
        next = out.at();
      }
      out.skip_to(next);
      out.point(row + message_at);
      out.put_vector(as_bytes(snapshot.message));
      next += text_bytes(snapshot.message);
      out.skip_to(next);
      out.point(row + metadata_at);
      out.put_bytes(blocks_[metadata_of[i]].bytes);
      row += row_bytes(snapshot, blocks_[metadata_of[i]].bytes.size());
    }
    return list;
  }

 private:
  // A table begins four bytes before a multiple of eight, so that its time stands on one.
  static constexpr std::uint16_t flushed_at = 4, id_at = 12, parent_at = 24, message_at = 28, metadata_at = 32, pruned_at = 36;
  static constexpr std::size_t most_compared = 4;

  static std::size_t rows_at(std::size_t count) { return aligned(4 + count * 4 + 14 + 16 + 4, 8) - 4; }
  static std::size_t row_bytes(const SnapshotInfo& snapshot, std::size_t metadata_bytes) {
    const auto& pruned = snapshot.pruned_ancestor_tx_logs;
    return aligned(36 + text_bytes(snapshot.message) + metadata_bytes + (pruned.empty() ? 0 : 8 + pruned.size() * SnapshotId::size), 8);
  }

  Result<std::size_t> find_block(const Metadata& metadata) {
    const std::size_t compared = std::min(blocks_.size(), most_compared);
    for (std::size_t i = 0; i != compared; ++i) {
      if (*blocks_[i].of == metadata) return i;
    }
    auto bytes = metadata_block(metadata);
    if (!bytes) return std::move(bytes).error();
    blocks_.push_back({&metadata, *std::move(bytes)});
    return blocks_.size() - 1;
  }

  struct Block {
    const Metadata* of;
    Bytes bytes;
  };
  std::vector<Block> blocks_;
};

}  // namespace varve::inline v0::format::detail
