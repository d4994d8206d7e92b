// SPDX-License-Identifier: Apache-2.0
// The immutable metadata of a repository in memory: views that hold the bytes under them alive.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/object_id.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/format/transaction_log.hpp>
#include <varve/session/manifest_index.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace varve::inline v0 {

/// A snapshot and the bytes under it.
class Snapshot {
 public:
  Snapshot(std::shared_ptr<const Bytes> body, format::SnapshotView view) : body_(std::move(body)), view_(view) {}

  const format::SnapshotView& view() const noexcept { return view_; }
  /// The node `id`, wherever it has been moved; `nullopt` if the snapshot has none.
  std::optional<format::NodeView> find(NodeId id) const {
    const Entry* const entry = find_entry(id);
    if (entry == nullptr) return std::nullopt;
    return view_.node(entry->position);
  }
  /// The manifests of the array `id`; null if the snapshot has no such node.
  const ManifestIndex* manifests(NodeId id) const {
    Entry* const entry = find_entry(id);
    if (entry == nullptr) return nullptr;
    std::call_once(entry->indexed, [&] { entry->manifests.emplace(view_.node(entry->position)); });
    return &*entry->manifests;
  }

 private:
  struct Entry {
    explicit Entry(std::size_t at) : position(at) {}
    std::size_t position;
    std::once_flag indexed{};
    std::optional<ManifestIndex> manifests{};
  };
  Entry* find_entry(NodeId id) const {
    std::call_once(indexed_, [this] {
      by_id_.reserve(view_.node_count());
      for (std::size_t i = 0; i != view_.node_count(); ++i) by_id_.try_emplace(view_.node(i).id(), i);
    });
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
  }

  std::shared_ptr<const Bytes> body_;
  format::SnapshotView view_;
  mutable std::once_flag indexed_;
  mutable std::unordered_map<NodeId, Entry> by_id_;
};

/// A manifest and the bytes under it.
struct Manifest {
  std::shared_ptr<const Bytes> body;
  format::ManifestView view;
};

/// A transaction log and the bytes under it.
struct TransactionLog {
  std::shared_ptr<const Bytes> body;
  format::TransactionLogView view;
};

}  // namespace varve::inline v0
