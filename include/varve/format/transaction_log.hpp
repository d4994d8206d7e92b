// SPDX-License-Identifier: Apache-2.0
// The transaction log of a commit: what it created, deleted, updated and moved. Conflicts are found by asking another
// writer's log about our own changes, so its lists are sorted and searched in place. A log is read rarely and whole:
// it is checked when it is opened, its order included, and no accessor can fail after that.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/damage.hpp>
#include <varve/format/flat.hpp>
#include <varve/format/snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::format {

/// A node that a commit moved from one path to another.
struct Move {
  std::string from;
  std::string to;
  NodeId id;
  NodeKind kind = NodeKind::group;
  friend bool operator==(const Move&, const Move&) = default;
};

/// The chunks of one array that a commit wrote or deleted: `count` indices of `rank` coordinates, one after the other.
struct ArrayUpdatedChunks {
  NodeId id;
  std::size_t rank = 0;
  std::size_t count = 0;
  std::vector<std::uint32_t> coordinates;
  friend bool operator==(const ArrayUpdatedChunks&, const ArrayUpdatedChunks&) = default;
};

/// The contents of a transaction log, each list in any order. After an amend one id may stand in several lists.
struct TransactionLogData {
  SnapshotId id;
  std::vector<NodeId> new_groups;
  std::vector<NodeId> new_arrays;
  std::vector<NodeId> deleted_groups;
  std::vector<NodeId> deleted_arrays;
  std::vector<NodeId> updated_arrays;
  std::vector<NodeId> updated_groups;
  std::vector<ArrayUpdatedChunks> updated_chunks;
  std::vector<Move> moves;
  friend bool operator==(const TransactionLogData&, const TransactionLogData&) = default;
};

/// Adds what an earlier commit changed: the log of a commit that takes its place is the union of both, list by list. Of a
/// node that both moved, it says from where to where; nothing, if that is one path.
VARVE_DECL void add_earlier(TransactionLogData& log, TransactionLogData earlier);

/// The body of a transaction log of format 2, every list sorted as the format wants it and without repetitions.
/// Errors: `errc::invalid_argument` beyond 2 GiB, or for coordinates that are not `count` times `rank`.
VARVE_DECL Result<Bytes> encode_transaction_log(TransactionLogData data);

/// The order of moves: by path, segment after segment, so that "/n/b/c" comes before "/n/b-x". Nodes of a snapshot are
/// in another order, that of raw bytes.
VARVE_DECL bool segments_less(std::string_view a, std::string_view b);

/// A sorted list of node ids. A view.
class NodeIdsView {
 public:
  std::size_t size() const noexcept { return ids_.count; }
  NodeId operator[](std::size_t i) const noexcept;
  bool contains(NodeId id) const noexcept;

 private:
  friend class TransactionLogView;
  ByteView body_;
  detail::FlatVector ids_;
};

/// The updated chunks of one array, in ascending order of their indices. A view.
class UpdatedChunksView {
 public:
  NodeId id() const noexcept { return id_; }
  std::size_t size() const noexcept { return chunks_.count; }
  void index(std::size_t i, std::vector<std::uint32_t>& out) const;
  bool contains(std::span<const std::uint32_t> index) const noexcept;

 private:
  friend class TransactionLogView;
  ByteView body_;
  NodeId id_;
  detail::FlatVector chunks_;
};

/// A transaction log. A view: whoever makes it keeps `body` alive.
class TransactionLogView {
 public:
  /// Errors: `errc::corrupt`, naming `key`. With `flaws`, lists out of order are put there instead; then what searches may
  /// miss some.
  static Result<TransactionLogView> open(ByteView body, std::string_view key, Flaws* flaws = nullptr);

  /// As the file says; readers go by the object's key.
  SnapshotId id() const noexcept { return id_; }
  NodeIdsView new_groups() const noexcept { return list(1); }
  NodeIdsView new_arrays() const noexcept { return list(2); }
  NodeIdsView deleted_groups() const noexcept { return list(3); }
  NodeIdsView deleted_arrays() const noexcept { return list(4); }
  NodeIdsView updated_arrays() const noexcept { return list(5); }
  NodeIdsView updated_groups() const noexcept { return list(6); }

  /// The arrays with updated chunks, in ascending order of their ids. An array may have an empty list.
  std::size_t updated_array_count() const noexcept { return chunks_.count; }
  UpdatedChunksView updated_chunks(std::size_t i) const noexcept;
  std::optional<UpdatedChunksView> find_updated_chunks(NodeId id) const noexcept;
  bool contains_chunk(NodeId id, std::span<const std::uint32_t> index) const noexcept;

  std::size_t move_count() const noexcept { return moves_.count; }
  Move move(std::size_t i) const;

  /// A copy of everything. Errors: `errc::corrupt` if the indices of one array differ in rank.
  Result<TransactionLogData> copy() const;

 private:
  NodeIdsView list(unsigned slot) const noexcept;

  ByteView body_;
  SnapshotId id_;
  detail::FlatTable root_;
  detail::FlatVector chunks_;
  detail::FlatVector moves_;
};

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/transaction_log.ipp>
#endif
