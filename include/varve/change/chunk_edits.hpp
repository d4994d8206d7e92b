// SPDX-License-Identifier: Apache-2.0
// ChunkEdits: the edited chunks of one array. A simulation writes millions of chunks in a session, nearly always in
// ascending order, so an edit is a row of two flat tables (its index, 32 bytes of payload) without an allocation of its
// own. While rows arrive in order they are found by binary search; the first one out of order makes a hash table.
#pragma once

#include <varve/change/chunk_payload.hpp>
#include <varve/change/payload_arena.hpp>
#include <varve/change/rows.hpp>
#include <varve/core/lower_bound.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

class ChunkEdits {
 public:
  explicit ChunkEdits(std::size_t rank) : indices_(rank), rank_(rank) {}

  std::size_t rank() const noexcept { return rank_; }
  /// Edits that count: those that were forgotten do not.
  std::size_t size() const noexcept { return live_; }
  /// Grows with every change: as long as it is the same, so are the edits.
  std::uint64_t revision() const noexcept { return revision_; }

  /// Sets the chunk at `index`, of `rank()` coordinates, and replaces an earlier edit of it.
  void set(std::span<const std::uint32_t> index, const ChunkPayload& payload);
  /// The edit of that chunk, which keeps its bytes alive; `nullopt` if the session did not touch it.
  std::optional<ChunkPayload> find(std::span<const std::uint32_t> index) const {
    const std::size_t row = row_of(index);
    if (row == none || records_[row][0].kind == forgotten) return std::nullopt;
    return unpack(records_[row][0], true);
  }
  bool contains(std::span<const std::uint32_t> index) const {
    const std::size_t row = row_of(index);
    return row != none && records_[row][0].kind != forgotten;
  }
  /// Takes an edit back, as if the chunk had never been touched. Returns whether there was one.
  bool forget(std::span<const std::uint32_t> index);

  /// Whether every edit whose coordinate along `axis` is at least `from` has a place `by` further on.
  bool can_move(std::size_t axis, std::uint32_t from, std::uint32_t by) const;
  /// Moves them there.
  void move(std::size_t axis, std::uint32_t from, std::uint32_t by);

  /// The edits in ascending order of their indices. A view, with payloads that point into the edits, which must outlive
  /// it unchanged.
  class Sorted {
   public:
    explicit Sorted(const ChunkEdits& edits) : edits_(&edits) {
      if (!edits.ascending_ || edits.live_ != edits.records_.size()) rows_ = edits.order();
    }
    std::size_t size() const noexcept { return edits_->live_; }
    std::span<const std::uint32_t> index(std::size_t i) const { return edits_->indices_[row(i)]; }
    ChunkPayload payload(std::size_t i) const { return edits_->unpack(edits_->records_[row(i)][0], false); }
    /// The position of the first edit whose index is not less than `index`.
    std::size_t lower_bound(std::span<const std::uint32_t> index) const {
      return detail::lower_bound(size(), [&](std::size_t i) { return less(this->index(i), index); });
    }

   private:
    std::size_t row(std::size_t i) const { return rows_.empty() ? i : rows_[i]; }
    const ChunkEdits* edits_;
    std::vector<std::uint32_t> rows_;  // none if they are in order as they are
  };

  /// Calls `visit(std::span<const std::uint32_t> index, const ChunkPayload&)` in ascending order of the indices.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const Sorted sorted(*this);
    for (std::size_t i = 0; i != sorted.size(); ++i) visit(sorted.index(i), static_cast<const ChunkPayload&>(sorted.payload(i)));
  }

  /// What this costs, allocated room included.
  std::size_t memory_bytes() const noexcept {
    return sizeof(*this) + indices_.memory_bytes() + records_.memory_bytes() + arena_.memory_bytes() +
           slots_.capacity() * sizeof(std::uint32_t);
  }

 private:
  // `kind` is a ChunkPayload::Kind or `forgotten`. `name` holds a chunk id, or where the arena has the bytes.
  struct Record {
    std::array<std::byte, 12> name;
    std::uint8_t kind;
    std::uint64_t offset;
    std::uint64_t length;
  };
  static_assert(sizeof(Record) == 32);
  // Before the text of a virtual location in the arena.
  struct VirtualHead {
    std::uint32_t url_size;
    std::uint32_t etag_size;
    std::uint32_t last_modified;
  };
  static constexpr std::uint8_t forgotten = 0xff;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  static bool less(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  }
  static std::size_t hash(std::span<const std::uint32_t> index) {
    std::uint64_t value = 0x9e3779b97f4a7c15U;
    for (const std::uint32_t coordinate : index) {
      value = (value ^ coordinate) * 0xd6e8feb86659fd93U;
      value ^= value >> 32;
    }
    return static_cast<std::size_t>(value);
  }
  std::size_t row_of(std::span<const std::uint32_t> index) const;
  void insert_slot(std::size_t row);
  void make_slots(std::size_t count);
  std::vector<std::uint32_t> order() const;
  Record pack(const ChunkPayload& payload);
  ChunkPayload unpack(const Record& record, bool keep) const;
  std::size_t arena_bytes(const Record& record) const;
  void drop_bytes(const Record& record);

  detail::Rows<std::uint32_t> indices_;
  detail::Rows<Record> records_{1};
  detail::PayloadArena arena_;
  std::vector<std::uint32_t> slots_;  // open addressing: row + 1, or 0; empty while the rows ascend
  std::size_t rank_;
  std::size_t live_ = 0;
  std::uint64_t revision_ = 0;
  std::size_t lost_bytes_ = 0;  // of the arena, that no record refers to any more
  bool ascending_ = true;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/change/impl/chunk_edits.ipp>
#endif
