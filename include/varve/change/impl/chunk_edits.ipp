// SPDX-License-Identifier: Apache-2.0
// Bodies of chunk_edits.hpp.
#pragma once

#include <varve/change/chunk_edits.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace varve::inline v0 {

VARVE_DECL void ChunkEdits::set(std::span<const std::uint32_t> index, const ChunkPayload& payload) {
  VARVE_ASSERT(index.size() == rank_);
  ++revision_;
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

VARVE_DECL bool ChunkEdits::forget(std::span<const std::uint32_t> index) {
  const std::size_t row = row_of(index);
  if (row == none || records_[row][0].kind == forgotten) return false;
  ++revision_;
  drop_bytes(records_[row][0]);
  records_[row][0].kind = forgotten;
  --live_;
  return true;
}

VARVE_DECL bool ChunkEdits::can_move(std::size_t axis, std::uint32_t from, std::uint32_t by) const {
  for (std::size_t row = 0; row != records_.size(); ++row) {
    const std::uint32_t at = indices_[row][axis];
    if (at >= from && at > UINT32_MAX - by && records_[row][0].kind != forgotten) return false;
  }
  return true;
}

VARVE_DECL void ChunkEdits::move(std::size_t axis, std::uint32_t from, std::uint32_t by) {
  ChunkEdits moved(rank_);
  std::vector<std::uint32_t> to;
  for_each([&](std::span<const std::uint32_t> index, const ChunkPayload& payload) {
    to.assign(index.begin(), index.end());
    if (to[axis] >= from) to[axis] += by;
    moved.set(to, payload);
  });
  *this = std::move(moved);
}

VARVE_DECL std::size_t ChunkEdits::row_of(std::span<const std::uint32_t> index) const {
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

VARVE_DECL void ChunkEdits::insert_slot(std::size_t row) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash(indices_[row]) & mask;
  while (slots_[slot] != 0) slot = (slot + 1) & mask;
  slots_[slot] = static_cast<std::uint32_t>(row + 1);
}

VARVE_DECL void ChunkEdits::make_slots(std::size_t count) {
  std::size_t size = 16;
  while (size * 4 < count * 5) size *= 2;
  slots_.assign(size, 0);
  slots_.shrink_to_fit();
  for (std::size_t row = 0; row != records_.size(); ++row) insert_slot(row);
}

/// The rows that count, in ascending order of their indices. Where the smallest grid that holds them has fewer than 2^64 chunks,
/// the place of a chunk in that grid is sorted instead of its coordinates.
VARVE_DECL std::vector<std::uint32_t> ChunkEdits::order() const {
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

VARVE_DECL ChunkEdits::Record ChunkEdits::pack(const ChunkPayload& payload) {
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

VARVE_DECL ChunkPayload ChunkEdits::unpack(const Record& record, bool keep) const {
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
VARVE_DECL std::size_t ChunkEdits::arena_bytes(const Record& record) const {
  const auto kind = static_cast<ChunkPayload::Kind>(record.kind);
  if (kind == ChunkPayload::Kind::inlined) return static_cast<std::size_t>(record.length);
  if (kind != ChunkPayload::Kind::virtual_location) return 0;
  const ChunkPayload payload = unpack(record, false);
  return sizeof(VirtualHead) + payload.url().size() + payload.etag().size();
}

/// Counts the bytes of a record that is about to be replaced, and moves the rest to a new arena once most are lost.
VARVE_DECL void ChunkEdits::drop_bytes(const Record& record) {
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
