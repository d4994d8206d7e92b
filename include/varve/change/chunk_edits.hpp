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
  std::size_t lost_bytes_ = 0;  // of the arena, that no record refers to any more
  bool ascending_ = true;
};

inline void ChunkEdits::set(std::span<const std::uint32_t> index, const ChunkPayload& payload) {
  VARVE_ASSERT(index.size() == rank_);
  const std::size_t count = records_.size();
  const bool appends = ascending_ && (count == 0 || less(indices_[count - 1], index));
  const std::size_t row = appends ? none : row_of(index);
  if (row != none) {
    live_ += records_[row][0].kind == forgotten ? 1U : 0U;
    drop_bytes(records_[row][0]);
    const Record record = pack(payload);
    records_[row][0] = record;
    return;
  }
  VARVE_ASSERT(count < UINT32_MAX - 1);
  const Record record = pack(payload);
  indices_.push_back(index);
  records_.push_back(std::span(&record, 1));
  ++live_;
  if (appends) return;
  ascending_ = false;
  if ((count + 1) * 5 > slots_.size() * 4) {
    make_slots(count + 1);
  } else {
    insert_slot(count);
  }
}

inline bool ChunkEdits::forget(std::span<const std::uint32_t> index) {
  const std::size_t row = row_of(index);
  if (row == none || records_[row][0].kind == forgotten) return false;
  drop_bytes(records_[row][0]);
  records_[row][0].kind = forgotten;
  --live_;
  return true;
}

inline std::size_t ChunkEdits::row_of(std::span<const std::uint32_t> index) const {
  if (index.size() != rank_) return none;
  if (ascending_) {
    const std::size_t first = detail::lower_bound(records_.size(), [&](std::size_t row) { return less(indices_[row], index); });
    return first != records_.size() && std::ranges::equal(indices_[first], index) ? first : none;
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash(index) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::size_t row = slots_[slot] - 1;
    if (std::ranges::equal(indices_[row], index)) return row;
  }
  return none;
}

inline void ChunkEdits::insert_slot(std::size_t row) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash(indices_[row]) & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = static_cast<std::uint32_t>(row + 1);
}

inline void ChunkEdits::make_slots(std::size_t count) {
  std::size_t size = 16;
  while (size * 4 < count * 5) size *= 2;
  slots_.assign(size, 0);
  slots_.shrink_to_fit();
  for (std::size_t row = 0; row != records_.size(); ++row) insert_slot(row);
}

/// The rows that count, in ascending order of their indices. Where the smallest grid that holds them has fewer than 2^64 chunks,
/// the place of a chunk in that grid is sorted instead of its coordinates.
inline std::vector<std::uint32_t> ChunkEdits::order() const {
  std::vector<std::uint32_t> rows;
  rows.reserve(live_);
  std::vector<std::uint64_t> grid(rank_, 1);
  for (std::size_t row = 0; row != records_.size(); ++row) {
    if (records_[row][0].kind == forgotten) continue;
    rows.push_back(static_cast<std::uint32_t>(row));
    const auto index = indices_[row];
    for (std::size_t i = 0; i != rank_; ++i) grid[i] = std::max(grid[i], std::uint64_t{index[i]} + 1);
  }
  std::uint64_t cells = 1;
  bool fits = true;
  for (const std::uint64_t count : grid) {
    fits = fits && cells <= UINT64_MAX / count;
    cells *= count;
  }
  if (!fits) {
    std::ranges::sort(rows, [&](std::uint32_t a, std::uint32_t b) { return less(indices_[a], indices_[b]); });
    return rows;
  }
  std::vector<std::pair<std::uint64_t, std::uint32_t>> places;
  places.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    std::uint64_t place = 0;
    const auto index = indices_[row];
    for (std::size_t i = 0; i != rank_; ++i) place = place * grid[i] + index[i];
    places.emplace_back(place, row);
  }
  std::sort(places.begin(), places.end());
  std::ranges::transform(places, rows.begin(), [](const auto& place) { return place.second; });
  return rows;
}

inline ChunkEdits::Record ChunkEdits::pack(const ChunkPayload& payload) {
  Record record{};
  record.kind = static_cast<std::uint8_t>(payload.kind());
  record.offset = payload.offset();
  record.length = payload.length();
  detail::PayloadArena::At at;
  switch (payload.kind()) {
    case ChunkPayload::Kind::erased: break;
    case ChunkPayload::Kind::native:
      std::memcpy(record.name.data(), payload.chunk_id().bytes.data(), ChunkId::size);
      break;
    case ChunkPayload::Kind::inlined: {
      std::byte* const to = arena_.add(payload.bytes().size(), at);
      std::copy(payload.bytes().begin(), payload.bytes().end(), to);
      std::memcpy(record.name.data(), &at, sizeof at);
      break;
    }
    case ChunkPayload::Kind::virtual_location: {
      const ByteView url = as_bytes(payload.url());
      const ByteView etag = as_bytes(payload.etag());
      const VirtualHead head{static_cast<std::uint32_t>(url.size()), static_cast<std::uint32_t>(etag.size()),
                             payload.last_modified()};
      std::byte* to = arena_.add(sizeof head + url.size() + etag.size(), at);
      std::memcpy(to, &head, sizeof head);
      to = std::copy(url.begin(), url.end(), to + sizeof head);
      std::copy(etag.begin(), etag.end(), to);
      std::memcpy(record.name.data(), &at, sizeof at);
      break;
    }
  }
  return record;
}

inline ChunkPayload ChunkEdits::unpack(const Record& record, bool keep) const {
  const auto kind = static_cast<ChunkPayload::Kind>(record.kind);
  if (kind == ChunkPayload::Kind::erased) return {};
  if (kind == ChunkPayload::Kind::native) {
    ChunkId id;
    std::memcpy(id.bytes.data(), record.name.data(), ChunkId::size);
    return ChunkPayload::native(id, record.offset, record.length);
  }
  if (kind == ChunkPayload::Kind::inlined && record.length == 0) return ChunkPayload::inlined({});
  detail::PayloadArena::At at;
  std::memcpy(&at, record.name.data(), sizeof at);
  const std::byte* const bytes = arena_.get(at);
  ChunkPayload payload;
  if (kind == ChunkPayload::Kind::inlined) {
    payload = ChunkPayload::inlined({bytes, static_cast<std::size_t>(record.length)});
  } else {
    VirtualHead head;
    std::memcpy(&head, bytes, sizeof head);
    const std::string_view text = as_text({bytes + sizeof head, std::size_t{head.url_size} + head.etag_size});
    payload = ChunkPayload::virtual_location(text.substr(0, head.url_size), record.offset, record.length,
                                             text.substr(head.url_size), head.last_modified);
  }
  return keep ? payload.kept_by(arena_.owner(at)) : payload;
}

/// How much of the arena belongs to a record.
inline std::size_t ChunkEdits::arena_bytes(const Record& record) const {
  const auto kind = static_cast<ChunkPayload::Kind>(record.kind);
  if (kind == ChunkPayload::Kind::inlined) return static_cast<std::size_t>(record.length);
  if (kind != ChunkPayload::Kind::virtual_location) return 0;
  const ChunkPayload payload = unpack(record, false);
  return sizeof(VirtualHead) + payload.url().size() + payload.etag().size();
}

/// Counts the bytes of a record that is about to be replaced, and moves the rest to a new arena once most are lost.
inline void ChunkEdits::drop_bytes(const Record& record) {
  lost_bytes_ += arena_bytes(record);
  if (lost_bytes_ < 64 << 10 || lost_bytes_ * 2 < arena_.memory_bytes()) return;
  detail::PayloadArena compact;
  for (std::size_t row = 0; row != records_.size(); ++row) {
    Record& moved = records_[row][0];
    const std::size_t size = &moved == &record ? 0 : arena_bytes(moved);
    if (size == 0) continue;
    detail::PayloadArena::At at;
    std::memcpy(&at, moved.name.data(), sizeof at);
    const std::byte* const from = arena_.get(at);
    std::copy(from, from + size, compact.add(size, at));
    std::memcpy(moved.name.data(), &at, sizeof at);
  }
  arena_ = std::move(compact);
  lost_bytes_ = 0;
}

}  // namespace varve::inline v0
