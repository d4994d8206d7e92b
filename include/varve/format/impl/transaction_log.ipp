// SPDX-License-Identifier: Apache-2.0
// Bodies of transaction_log.hpp.
#pragma once

#include <varve/format/transaction_log.hpp>

#include <varve/core/lower_bound.hpp>
#include <varve/format/generated/icechunk.hpp>
#include <varve/format/impl/chunk_index.ipp>
#include <varve/format/impl/flat_builder.ipp>
#include <varve/format/keys.hpp>

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace varve::inline v0::format {

namespace detail {

// Slots of the tables, in the order of the specification. Of the updated nodes, arrays come first.
struct LogSlot {
  enum : unsigned {
    id, new_groups, new_arrays, deleted_groups, deleted_arrays, updated_arrays, updated_groups, updated_chunks,
    moved_nodes
  };
};
struct UpdatedChunksSlot {
  enum : unsigned { node_id, chunks };
};
struct MoveSlot {
  enum : unsigned { from, to, node_id, node_type };
};

inline FlatVector coordinates_of(FlatReader& reader, const FlatVector& chunks, std::size_t i) {
  return reader.required(reader.element(chunks, i), 0, 4);
}

/// Puts `ids` in order, each once.
inline void sort_ids(std::vector<NodeId>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

inline flatbuffers::Offset<fb::ArrayUpdatedChunks> create_updated_chunks(
    flatbuffers::FlatBufferBuilder& flat, const ArrayUpdatedChunks& updated) {
  const auto index = [&](std::size_t i) {
    return std::span<const std::uint32_t>(updated.coordinates).subspan(i * updated.rank, updated.rank);
  };
  const auto less = [&](std::size_t a, std::size_t b) {
    const auto x = index(a), y = index(b);
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
  };
  std::vector<flatbuffers::Offset<fb::ChunkIndices>> chunks;
  chunks.reserve(updated.count);
  const auto add = [&](std::size_t i) {
    const auto coordinates = index(i);
    chunks.push_back(fb::CreateChunkIndices(flat, flat.CreateVector(coordinates.data(), coordinates.size())));
  };
  bool ascending = true;  // as from a session
  for (std::size_t i = 1; i < updated.count && ascending; ++i) ascending = less(i - 1, i);
  if (ascending) {
    for (std::size_t i = 0; i != updated.count; ++i) add(i);
  } else {
    std::vector<std::size_t> order(updated.count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), less);
    for (std::size_t i = 0; i != order.size(); ++i) {
      if (i == 0 || less(order[i - 1], order[i])) add(order[i]);
    }
  }
  const auto chunks_at = flat.CreateVector(chunks);
  const fb::ObjectId8 id = flat_id(updated.id);
  return fb::CreateArrayUpdatedChunks(flat, &id, chunks_at);
}

}  // namespace detail

VARVE_DECL bool segments_less(std::string_view a, std::string_view b) {
  // Comparing bytes with the separator below every other byte compares segment by segment.
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto rank = [](char letter) { return letter == '/' ? 0 : static_cast<unsigned char>(letter) + 1; };
    return rank(x) < rank(y);
  });
}

VARVE_DECL void add_earlier(TransactionLogData& log, TransactionLogData earlier) {
  for (const auto list : {&TransactionLogData::new_groups, &TransactionLogData::new_arrays, &TransactionLogData::deleted_groups,
                          &TransactionLogData::deleted_arrays, &TransactionLogData::updated_arrays,
                          &TransactionLogData::updated_groups}) {
    (log.*list).insert((log.*list).end(), (earlier.*list).begin(), (earlier.*list).end());
  }
  std::unordered_map<NodeId, std::size_t> moved;
  for (std::size_t i = 0; i != log.moves.size(); ++i) moved.emplace(log.moves[i].id, i);
  for (Move& before : earlier.moves) {
    const auto again = moved.find(before.id);
    if (again == moved.end()) {
      log.moves.push_back(std::move(before));
    } else {
      log.moves[again->second].from = std::move(before.from);
    }
  }
  std::erase_if(log.moves, [](const Move& move) { return move.from == move.to; });
  for (ArrayUpdatedChunks& before : earlier.updated_chunks) {
    const auto now = std::find_if(log.updated_chunks.begin(), log.updated_chunks.end(),
                                  [&](const ArrayUpdatedChunks& updated) { return updated.id == before.id; });
    if (now == log.updated_chunks.end()) {
      log.updated_chunks.push_back(std::move(before));
    } else if (now->count == 0) {
      *now = std::move(before);
    } else if (now->rank == before.rank) {  // indices of another rank are of a grid that is gone
      now->count += before.count;
      now->coordinates.insert(now->coordinates.end(), before.coordinates.begin(), before.coordinates.end());
    }
  }
}

VARVE_DECL Result<Bytes> encode_transaction_log(TransactionLogData data) {
  const auto refuse = [&](const char* hint) {
    return Error(errc::invalid_argument, "build transaction log", transaction_log_key(data.id), hint);
  };
  for (std::vector<NodeId>* ids : {&data.new_groups, &data.new_arrays, &data.deleted_groups, &data.deleted_arrays,
                                   &data.updated_arrays, &data.updated_groups}) {
    detail::sort_ids(*ids);
  }
  std::sort(data.updated_chunks.begin(), data.updated_chunks.end(),
            [](const ArrayUpdatedChunks& a, const ArrayUpdatedChunks& b) { return a.id < b.id; });
  std::sort(data.moves.begin(), data.moves.end(),
            [](const Move& a, const Move& b) { return segments_less(a.to, b.to); });

  std::size_t needed = 1024;
  for (const auto* ids : {&data.new_groups, &data.new_arrays, &data.deleted_groups, &data.deleted_arrays,
                          &data.updated_arrays, &data.updated_groups}) {
    needed += ids->size() * NodeId::size;
  }
  for (const Move& move : data.moves) needed += 64 + move.from.size() + move.to.size();
  for (const ArrayUpdatedChunks& updated : data.updated_chunks) {
    if (updated.coordinates.size() != updated.count * updated.rank) return refuse("a list of coordinates has another size");
    needed += 64 + updated.count * (20 + updated.rank * 4);
  }
  for (std::size_t i = 1; i < data.updated_chunks.size(); ++i) {
    if (data.updated_chunks[i].id == data.updated_chunks[i - 1].id) return refuse("an array has two lists of chunks");
  }
  if (needed >= detail::largest_built) return refuse("it would have more than 2 GiB: commit in parts");

  flatbuffers::FlatBufferBuilder flat(needed);
  using detail::create_ids;
  const auto new_groups = create_ids<fb::ObjectId8>(flat, data.new_groups);
  const auto new_arrays = create_ids<fb::ObjectId8>(flat, data.new_arrays);
  const auto deleted_groups = create_ids<fb::ObjectId8>(flat, data.deleted_groups);
  const auto deleted_arrays = create_ids<fb::ObjectId8>(flat, data.deleted_arrays);
  const auto updated_groups = create_ids<fb::ObjectId8>(flat, data.updated_groups);
  const auto updated_arrays = create_ids<fb::ObjectId8>(flat, data.updated_arrays);
  std::vector<flatbuffers::Offset<fb::ArrayUpdatedChunks>> chunks;
  for (const ArrayUpdatedChunks& updated : data.updated_chunks) {
    chunks.push_back(detail::create_updated_chunks(flat, updated));
  }
  const auto chunks_at = flat.CreateVector(chunks);
  std::vector<flatbuffers::Offset<fb::MoveOperation>> moves;
  for (const Move& move : data.moves) {
    const auto from = detail::create_text(flat, move.from);
    const auto to = detail::create_text(flat, move.to);
    const fb::ObjectId8 id = detail::flat_id(move.id);
    const auto type = move.kind == NodeKind::array ? fb::NodeType::Array : fb::NodeType::Group;
    moves.push_back(fb::CreateMoveOperation(flat, from, to, &id, type));
  }
  const auto moves_at = flat.CreateVector(moves);
  const fb::ObjectId12 id = detail::flat_id(data.id);
  flat.Finish(fb::CreateTransactionLog(flat, &id, new_groups, new_arrays, deleted_groups, deleted_arrays, updated_arrays,
                                       updated_groups, chunks_at, moves_at),
              detail::file_identifier);
  return detail::take_bytes(flat);
}

VARVE_DECL NodeId NodeIdsView::operator[](std::size_t i) const noexcept {
  detail::FlatReader reader(body_);
  return i < ids_.count ? reader.id<NodeId>(ids_.first + i * NodeId::size) : NodeId{};
}

VARVE_DECL bool NodeIdsView::contains(NodeId id) const noexcept {
  const std::size_t first = varve::detail::lower_bound(ids_.count, [&](std::size_t i) { return (*this)[i] < id; });
  return first != ids_.count && (*this)[first] == id;
}

VARVE_DECL void UpdatedChunksView::index(std::size_t i, std::vector<std::uint32_t>& out) const {
  out.clear();
  if (i >= chunks_.count) return;
  detail::FlatReader reader(body_);
  const detail::FlatVector stored = detail::coordinates_of(reader, chunks_, i);
  for (std::size_t k = 0; k != stored.count; ++k) out.push_back(reader.load<std::uint32_t>(stored.first + 4 * k));
}

VARVE_DECL bool UpdatedChunksView::contains(std::span<const std::uint32_t> index) const noexcept {
  detail::FlatReader reader(body_);
  const auto compare = [&](std::size_t i) {
    return detail::compare_index(reader, detail::coordinates_of(reader, chunks_, i), index);
  };
  const std::size_t at = varve::detail::lower_bound(chunks_.count, [&](std::size_t i) { return compare(i) < 0; });
  return at != chunks_.count && compare(at) == 0;
}

VARVE_DECL Result<TransactionLogView> TransactionLogView::open(ByteView body, std::string_view key, Flaws* flaws) {
  using Slot = detail::LogSlot;
  const auto bad = [&](const char* why) { return detail::corrupt("read transaction log", key, why); };
  const auto in_order = [&](bool holds, const char* otherwise) {
    return holds ? Result<void>() : detail::flawed(flaws, Damage::log_out_of_order, "read transaction log", key, otherwise);
  };
  detail::FlatReader reader(body);
  TransactionLogView view;
  view.body_ = body;
  view.root_ = reader.root();
  view.id_ = reader.required_id<SnapshotId>(view.root_, Slot::id);
  view.chunks_ = reader.required(view.root_, Slot::updated_chunks, 4);
  view.moves_ = reader.vector(view.root_, Slot::moved_nodes, 4);
  for (unsigned slot = Slot::new_groups; slot <= Slot::updated_groups; ++slot) {
    const detail::FlatVector ids = reader.required(view.root_, slot, NodeId::size);
    for (std::size_t i = 1; i < ids.count && !reader.failed(); ++i) {
      const std::size_t at = ids.first + i * NodeId::size;
      auto checked = in_order(!(reader.id<NodeId>(at) < reader.id<NodeId>(at - NodeId::size)), "a list of its nodes is out of order");
      if (!checked) return std::move(checked).error();
    }
  }
  if (reader.failed()) return bad("its root table is damaged");

  std::size_t allowance = body.size();  // honest files hold each list once
  std::optional<NodeId> previous;
  std::vector<std::uint32_t> before, index;
  for (std::size_t i = 0; i != view.chunks_.count; ++i) {
    const detail::FlatTable table = reader.element(view.chunks_, i);
    const auto id = reader.required_id<NodeId>(table, detail::UpdatedChunksSlot::node_id);
    const detail::FlatVector chunks = reader.required(table, detail::UpdatedChunksSlot::chunks, 4);
    if (reader.failed()) return bad("its updated chunks are damaged");
    auto checked = in_order(!previous || *previous < id, "its arrays with updated chunks are out of order");
    if (!checked) return std::move(checked).error();
    previous = id;
    for (std::size_t k = 0; k != chunks.count; ++k) {
      const detail::FlatVector stored = detail::coordinates_of(reader, chunks, k);
      if (reader.failed() || stored.count + std::size_t{1} > allowance) return bad("its updated chunks are damaged");
      allowance -= stored.count + std::size_t{1};
      index.resize(stored.count);
      for (std::size_t c = 0; c != index.size(); ++c) index[c] = reader.load<std::uint32_t>(stored.first + 4 * c);
      checked = in_order(k == 0 || !(index < before), "its updated chunks are out of order");
      if (!checked) return std::move(checked).error();
      before.swap(index);
    }
  }
  for (std::size_t i = 0; i != view.moves_.count; ++i) {
    const detail::FlatTable table = reader.element(view.moves_, i);
    reader.required(table, detail::MoveSlot::from, 1);
    reader.required(table, detail::MoveSlot::to, 1);
    reader.required_id<NodeId>(table, detail::MoveSlot::node_id);
    reader.require(reader.scalar<std::uint8_t>(table, detail::MoveSlot::node_type, 0) <= 1);
    if (reader.failed()) return bad("a move is damaged");
  }
  return view;
}

VARVE_DECL NodeIdsView TransactionLogView::list(unsigned slot) const noexcept {
  detail::FlatReader reader(body_);
  NodeIdsView out;
  out.body_ = body_;
  out.ids_ = reader.vector(root_, slot, NodeId::size);
  return out;
}

VARVE_DECL UpdatedChunksView TransactionLogView::updated_chunks(std::size_t i) const noexcept {
  UpdatedChunksView out;
  if (i >= chunks_.count) return out;
  detail::FlatReader reader(body_);
  const detail::FlatTable table = reader.element(chunks_, i);
  out.body_ = body_;
  out.id_ = reader.required_id<NodeId>(table, detail::UpdatedChunksSlot::node_id);
  out.chunks_ = reader.vector(table, detail::UpdatedChunksSlot::chunks, 4);
  return out;
}

VARVE_DECL std::optional<UpdatedChunksView> TransactionLogView::find_updated_chunks(NodeId id) const noexcept {
  const auto id_of = [&](std::size_t i) { return updated_chunks(i).id(); };
  const std::size_t at = varve::detail::lower_bound(chunks_.count, [&](std::size_t i) { return id_of(i) < id; });
  if (at == chunks_.count || id_of(at) != id) return std::nullopt;
  return updated_chunks(at);
}

VARVE_DECL bool TransactionLogView::contains_chunk(NodeId id, std::span<const std::uint32_t> index) const noexcept {
  const auto chunks = find_updated_chunks(id);
  return chunks && chunks->contains(index);
}

VARVE_DECL Move TransactionLogView::move(std::size_t i) const {
  Move out;
  if (i >= moves_.count) return out;
  detail::FlatReader reader(body_);
  const detail::FlatTable table = reader.element(moves_, i);
  out.from = std::string(reader.text(reader.vector(table, detail::MoveSlot::from, 1)));
  out.to = std::string(reader.text(reader.vector(table, detail::MoveSlot::to, 1)));
  out.id = reader.required_id<NodeId>(table, detail::MoveSlot::node_id);
  const auto type = reader.scalar<std::uint8_t>(table, detail::MoveSlot::node_type, 0);
  out.kind = type == 1 ? NodeKind::array : NodeKind::group;
  return out;
}

VARVE_DECL Result<TransactionLogData> TransactionLogView::copy() const {
  TransactionLogData out;
  out.id = id_;
  const auto copy_ids = [](const NodeIdsView& from, std::vector<NodeId>& to) {
    for (std::size_t i = 0; i != from.size(); ++i) to.push_back(from[i]);
  };
  copy_ids(new_groups(), out.new_groups);
  copy_ids(new_arrays(), out.new_arrays);
  copy_ids(deleted_groups(), out.deleted_groups);
  copy_ids(deleted_arrays(), out.deleted_arrays);
  copy_ids(updated_arrays(), out.updated_arrays);
  copy_ids(updated_groups(), out.updated_groups);
  std::vector<std::uint32_t> index;
  for (std::size_t i = 0; i != chunks_.count; ++i) {
    const UpdatedChunksView from = updated_chunks(i);
    ArrayUpdatedChunks& to = out.updated_chunks.emplace_back();
    to.id = from.id();
    to.count = from.size();
    for (std::size_t k = 0; k != from.size(); ++k) {
      from.index(k, index);
      if (k == 0) to.rank = index.size();
      if (index.size() != to.rank) {
        return detail::corrupt("read transaction log", transaction_log_key(id_), "chunk indices of an array differ in rank");
      }
      to.coordinates.insert(to.coordinates.end(), index.begin(), index.end());
    }
  }
  for (std::size_t i = 0; i != moves_.count; ++i) out.moves.push_back(move(i));
  return out;
}

}  // namespace varve::inline v0::format
