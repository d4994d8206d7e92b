// SPDX-License-Identifier: Apache-2.0
// What a repair puts in the place of a broken snapshot: what is left of it.
#pragma once

#include <varve/repository/impl/mend_nodes.ipp>
#include <varve/repository/impl/right_repo_info.ipp>
#include <varve/repository/impl/verify_evidence.ipp>
#include <varve/repository/impl/verify_snapshot.ipp>

#include <varve/format/manifest.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/build_snapshot.hpp>
#include <varve/session/chunks.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// What is left of a snapshot, as a new one.
struct MendedSnapshot {
  format::SnapshotData data;
  format::TransactionLogData log;
  std::vector<std::pair<ManifestId, Bytes>> manifests;  ///< new ones, as they are to be stored
  std::uint64_t chunks_dropped = 0;
  bool changed = false;
  std::vector<std::string> what;  ///< has become of nodes
  std::vector<std::string> left;  ///< is still wrong with them
};

/// Makes of one snapshot what can be read of it.
class Mender {
 public:
  Mender(Context& context, const Evidence& evidence)
      : context_(context), store_(context.storage), environment_(context.options.environment), evidence_(evidence) {}

  /// The newest of its `ancestors` comes first.
  Awaitable<Result<MendedSnapshot>> run(SnapshotId id, const std::vector<SnapshotId>& ancestors) {
    const std::string key = format::snapshot_key(id);
    auto fetched = co_await store_.get(key, GetOptions());
    if (!fetched) co_return std::move(fetched).error();
    const auto file = format::open_file(fetched->bytes, format::FileType::snapshot, key);
    if (!file) co_return file.error();
    const auto view = format::SnapshotView::open(file->body, file->version, key);
    if (!view) co_return view.error();
    mended_.changed = view->id() != id || is_uncompressed(fetched->bytes);  // nobody could commit on it
    for (std::size_t i = 0; i != view->manifest_count(); ++i) {
      if (!listed_.emplace(view->manifest(i).id, view->manifest(i)).second) mended_.changed = true;
    }
    NodeMender nodes(context_, ancestors);
    auto done = co_await nodes.run(*view, file->body.size());
    if (!done) co_return std::move(done).error();
    nodes.tell(*view, mended_.log);
    mended_.changed = mended_.changed || !nodes.what().empty();
    mended_.what = std::move(nodes.what());
    mended_.left = std::move(nodes.left());
    ids_ = nodes.ids();
    for (MendedNode& node : nodes.nodes()) {
      if (node.dropped) continue;
      if (node.data.kind == format::NodeKind::array) done = co_await mend_array(node);
      if (!done) co_return std::move(done).error();
      mended_.data.nodes.push_back(std::move(node.data));
    }
    for (const auto& [manifest, info] : listed_) mended_.changed = mended_.changed || !used_.contains(manifest);
    for (const auto& [manifest, info] : used_) mended_.data.manifests.push_back(info);
    mended_.data.id = environment_.new_id<SnapshotId>();
    mended_.data.flushed_at = std::max(environment_.now(), view->flushed_at() + std::chrono::microseconds(1));
    co_return std::move(mended_);
  }

 private:
  using Index = std::vector<std::uint32_t>;
  /// A manifest of an array, and what is good of it.
  struct Part {
    format::ManifestRefData ref;
    bool lost = false;
    bool rewritten = false;
    Bytes body;
    std::map<Index, format::ChunkRef> good{};  // into `body`
    std::uint64_t stored_bytes = 0;
    std::uint32_t count = 0;  // of all refs in it
    std::vector<format::ChunkRange> tight{};
  };

  Awaitable<Result<void>> mend_array(MendedNode& mended) {
    format::NodeData& node = mended.data;
    const auto shape = node.shape;
    const auto names = node.dimension_names;
    if (const auto outline = zarr::outline(node.zarr_json, node.path); outline && outline->is_array) {
      static_cast<void>(describe(node, std::string(node.zarr_json)));
    }
    mended_.changed = mended_.changed || node.dimension_names != names || node.shape != shape;
    Index grid;
    for (const format::DimensionShape& dimension : node.shape) grid.push_back(dimension.num_chunks);

    std::vector<format::ManifestRefData> refs = std::exchange(node.manifests, {});
    bool merges = overlap(refs, grid.size());
    std::vector<Part> parts;
    for (format::ManifestRefData& ref : refs) {
      Part part;
      part.ref = std::move(ref);
      auto read = co_await read_part(mended, grid, part);
      if (!read) co_return read;
      if (!part.lost && !part.rewritten && !merges) {
        keep(node, part);
        continue;
      }
      mended_.changed = true;
      if (part.lost) continue;
      if (merges) parts.push_back(std::move(part));
      else if (auto written = write(node, part.good); !written) co_return written;
    }
    std::map<Index, format::ChunkRef> all;  // into the bodies of `parts`
    for (Part& part : parts) all.merge(part.good);  // of two refs of one chunk the first counts, as it does for readers
    co_return write(node, all);
  }

  /// Keeps a manifest as it is, with extents and a place in the list that are right.
  void keep(format::NodeData& node, Part& part) {
    bool fits = part.ref.extents.size() == part.tight.size() || part.ref.extents.empty();
    for (std::size_t i = 0; fits && i != part.ref.extents.size(); ++i) {
      fits = part.ref.extents[i].first <= part.tight[i].first && part.ref.extents[i].last >= part.tight[i].last &&
             part.ref.extents[i].last <= std::max(node.shape[i].num_chunks, part.tight[i].last);
    }
    if (!fits) part.ref.extents = part.tight;
    const auto known = listed_.find(part.ref.id);
    const format::ManifestFile file{part.ref.id, part.stored_bytes, part.count};
    const bool right = known != listed_.end() && known->second.num_chunk_refs == file.num_chunk_refs &&
                       (known->second.size_bytes == file.size_bytes || known->second.size_bytes == 0);
    mended_.changed = mended_.changed || !fits || !right;
    used_.insert_or_assign(part.ref.id, file);
    node.manifests.push_back(std::move(part.ref));
  }

  static bool overlap(const std::vector<format::ManifestRefData>& refs, std::size_t rank) {
    for (std::size_t i = 0; i != refs.size(); ++i) {
      for (std::size_t k = 0; k != i; ++k) {
        bool meet = true;
        for (std::size_t d = 0; meet && d != rank && refs[i].extents.size() == rank && refs[k].extents.size() == rank; ++d) {
          meet = refs[i].extents[d].first < refs[k].extents[d].last && refs[k].extents[d].first < refs[i].extents[d].last;
        }
        if (meet) return true;
      }
    }
    return false;
  }

  /// Reads a manifest as far as it can be read.
  Awaitable<Result<void>> read_part(const MendedNode& mended, const Index& grid, Part& part) {
    const format::NodeData& node = mended.data;
    const std::string key = format::manifest_key(part.ref.id);
    if (evidence_.lost_manifests.contains(part.ref.id)) co_return lose(node, grid, part);
    auto fetched = co_await store_.get(key, GetOptions());
    if (!fetched) co_return std::move(fetched).error();
    part.stored_bytes = fetched->bytes.size();
    auto file = format::open_file(fetched->bytes, format::FileType::manifest, key);
    if (!file) co_return lose(node, grid, part);
    part.body = std::move(file->body);
    const auto view = format::ManifestView::open(part.body, key);
    if (!view) co_return lose(node, grid, part);
    part.rewritten = !view->check().has_value() || is_uncompressed(fetched->bytes);
    const NodeId array = id_in(*view, mended);
    part.rewritten = part.rewritten || array != node.id;
    std::uint64_t total = 0;
    bool found = false;
    for (std::size_t i = 0; i != view->array_count(); ++i) {
      const auto id = view->array_id(i);
      const auto refs = view->array(i);
      if (!id || !refs || refs->size() > part.body.size()) continue;
      total += refs->size();
      if (*id != array || std::exchange(found, true)) continue;
      for (std::size_t k = 0; k != refs->size(); ++k) {
        Index index;
        const auto ref = refs->ref(k);
        const bool readable = refs->index(k, index) && in_grid(grid, index) && ref;
        if (readable && is_good(array, index, *ref, key)) {
          if (mended.shows_chunks) note(node, index);
          part.good.emplace(std::move(index), *ref);
          continue;
        }
        part.rewritten = true;
        drop(node, grid, index);
      }
    }
    part.rewritten = part.rewritten || !found || part.good.empty();
    part.count = static_cast<std::uint32_t>(total);
    for (const auto& [index, ref] : part.good) grow(part.tight, index);
    co_return Result<void>();
  }

  /// The id by which a manifest has the chunks of an array: its own, or what it was in the broken snapshot; or that of the
  /// one array in it which the snapshot does not know, where another one's had been put in its place.
  NodeId id_in(const format::ManifestView& view, const MendedNode& array) const {
    bool has_old = false;
    std::optional<NodeId> last;
    for (std::size_t i = 0; i != view.array_count(); ++i) {
      const auto id = view.array_id(i);
      if (!id) continue;
      if (*id == array.data.id) return *id;
      has_old = has_old || *id == array.held_as;
      last = *id;
    }
    const bool is_alone = array.data.id != array.held_as && view.array_count() == 1 && last && !ids_.contains(*last);
    return has_old || !is_alone ? array.held_as : *last;
  }

  Result<void> lose(const format::NodeData& node, const Index& grid, Part& part) {
    part.lost = true;
    const auto known = listed_.find(part.ref.id);
    mended_.chunks_dropped += known == listed_.end() ? 0 : known->second.num_chunk_refs;
    // Which chunks they were is not known any more: any that were in its extents.
    constexpr std::uint64_t most = 1 << 20;
    std::uint64_t cells = part.ref.extents.size() == grid.size() ? 1 : 0;
    for (std::size_t i = 0; i != part.ref.extents.size() && cells != 0; ++i) {
      auto& range = part.ref.extents[i];
      range.last = std::min(range.last, grid[i]);
      cells = range.first < range.last && cells <= most ? cells * (range.last - range.first) : 0;
    }
    if (cells == 0 || cells > most) {
      mended_.log.updated_arrays.push_back(node.id);
      return {};
    }
    Index index;
    for (const format::ChunkRange& range : part.ref.extents) index.push_back(range.first);
    for (std::uint64_t i = 0; i != cells; ++i) {
      note(node, index);
      for (std::size_t d = index.size(); d-- > 0 && ++index[d] == part.ref.extents[d].last;) index[d] = part.ref.extents[d].first;
    }
    return {};
  }

  bool is_good(NodeId node, const Index& index, const format::ChunkRef& ref, const std::string& key) const {
    if (ref.length == 0) return false;
    switch (ref.kind) {
      case format::ChunkRefKind::inlined: return !evidence_.undecodable_inline.contains({node, index});
      case format::ChunkRefKind::virtual_location: {
        const auto location = format::full_location(ref, key);
        return location && location->find("://") != location->npos;
      }
      case format::ChunkRefKind::native: break;
    }
    const auto size = evidence_.chunks.size_of(ref.chunk_id.bytes);
    return size && ref.offset <= *size && ref.length <= *size - ref.offset && !evidence_.undecodable_chunks.contains(ref.chunk_id);
  }

  void drop(const format::NodeData& node, const Index& grid, const Index& index) {
    ++mended_.chunks_dropped;
    if (in_grid(grid, index)) note(node, index);
  }
  /// Has the log say that the chunk was changed.
  void note(const format::NodeData& node, const Index& index) {
    auto& updates = mended_.log.updated_chunks;
    if (updates.empty() || updates.back().id != node.id) updates.push_back({node.id, index.size(), 0, {}});
    ++updates.back().count;
    updates.back().coordinates.insert(updates.back().coordinates.end(), index.begin(), index.end());
  }

  static void grow(std::vector<format::ChunkRange>& box, const Index& index) {
    if (box.empty()) {
      for (const std::uint32_t at : index) box.push_back({at, at + 1});
    }
    for (std::size_t i = 0; i != index.size(); ++i) {
      box[i].first = std::min(box[i].first, index[i]);
      box[i].last = std::max(box[i].last, index[i] + 1);
    }
  }

  /// Makes a manifest of refs, if there are any.
  Result<void> write(format::NodeData& node, const std::map<Index, format::ChunkRef>& refs) {
    if (refs.empty()) return {};
    format::ManifestRefData made{environment_.new_id<ManifestId>(), {}};
    format::ManifestBuilder builder(made.id, refs.size());
    builder.begin_array(node.id);
    for (const auto& [index, ref] : refs) {
      builder.add(index, ref);
      grow(made.extents, index);
    }
    builder.end_array();
    const std::uint32_t count = builder.ref_count();
    auto body = builder.finish();
    if (!body) return std::move(body).error();
    Bytes stored = format::seal_file(*body, format::FileType::manifest, context_.settings()->compression_level);
    used_.emplace(made.id, format::ManifestFile{made.id, stored.size(), count});
    mended_.manifests.emplace_back(made.id, std::move(stored));
    node.manifests.push_back(std::move(made));
    return {};
  }

  Context& context_;
  storage::erased::Store& store_;
  const Environment& environment_;
  const Evidence& evidence_;
  std::unordered_set<NodeId> ids_;  // of all nodes
  std::map<ManifestId, format::ManifestFile> listed_, used_;
  MendedSnapshot mended_;
};

inline Awaitable<Result<MendedSnapshot>> mend_snapshot(Context& context, SnapshotId id, const std::vector<SnapshotId>& ancestors,
                                                       const Evidence& evidence) {
  Mender mender(context, evidence);
  co_return co_await mender.run(id, ancestors);
}

}  // namespace varve::inline v0::detail
