// SPDX-License-Identifier: Apache-2.0
// One snapshot, checked by itself and against what `repo` says of it; and what its arrays expect of their manifests.
#pragma once

#include <varve/repository/impl/verify_evidence.ipp>
#include <varve/repository/impl/verify_findings.ipp>

#include <varve/core/path.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// What an array expects of a manifest.
struct ArrayUse {
  NodeId node;
  std::string path;
  std::vector<std::uint32_t> grid;          ///< the smallest of all snapshots
  std::vector<format::ChunkRange> extents;  ///< none: everything
  std::string zarr_json;                    ///< of one of the snapshots
  bool at_tip = false;                      ///< the newest snapshot of a branch is among them
};

/// What snapshots expect of a manifest.
struct ManifestUse {
  std::vector<ArrayUse> arrays;
  std::map<std::uint32_t, bool> counts;  ///< of chunk refs, and whether the newest snapshot of a branch says so
  SnapshotId snapshot;             ///< one that refers to it
  bool at_tip = false;             ///< the newest snapshot of a branch does
};

/// Everything that snapshots say of manifests. Thread-safe.
class ManifestUses {
 public:
  void add(ManifestId id, SnapshotId snapshot, bool at_tip, ArrayUse use) {
    const std::scoped_lock lock(mutex_);
    ManifestUse& known = note(id, snapshot, at_tip);
    for (ArrayUse& same : known.arrays) {
      if (same.node != use.node || same.grid.size() != use.grid.size() || same.extents != use.extents) continue;
      for (std::size_t i = 0; i != same.grid.size(); ++i) same.grid[i] = std::min(same.grid[i], use.grid[i]);
      same.at_tip = same.at_tip || at_tip;
      return;
    }
    use.at_tip = at_tip;
    known.arrays.push_back(std::move(use));
  }
  void add_count(ManifestId id, SnapshotId snapshot, bool at_tip, std::uint32_t count) {
    const std::scoped_lock lock(mutex_);
    bool& tip = note(id, snapshot, at_tip).counts[count];
    tip = tip || at_tip;
  }
  /// Once all has been added.
  const std::unordered_map<ManifestId, ManifestUse>& all() const { return uses_; }

 private:
  ManifestUse& note(ManifestId id, SnapshotId snapshot, bool at_tip) {
    const auto [at, added] = uses_.try_emplace(id);
    if (added) at->second.snapshot = snapshot;
    at->second.at_tip = at->second.at_tip || at_tip;
    return at->second;
  }
  std::mutex mutex_;
  std::unordered_map<ManifestId, ManifestUse> uses_;
};

/// What the zarr.json of a node is worth.
enum class ZarrJson : std::uint8_t {
  sound,
  unknown,     ///< of an array that cannot be checked here
  other_kind,  ///< of a group for an array, or the other way round
  bad,
};
inline ZarrJson judge(format::NodeKind kind, std::string_view zarr_json, std::string_view path) {
  if (kind == format::NodeKind::group) {
    const auto parsed = zarr::parse_group(zarr_json, path);
    return parsed ? ZarrJson::sound : parsed.error().code() == errc::not_a_group ? ZarrJson::other_kind : ZarrJson::bad;
  }
  const auto outline = zarr::outline(zarr_json, path);
  if (outline && !outline->is_array) return ZarrJson::other_kind;
  const auto parsed = zarr::parse_array(zarr_json, path);
  if (outline && parsed) return ZarrJson::sound;
  return (outline ? parsed.error() : outline.error()).code() == errc::bad_metadata ? ZarrJson::bad : ZarrJson::unknown;
}

/// The boxes of one array's manifests that overlap, as pairs of places.
inline std::optional<std::pair<std::size_t, std::size_t>> find_overlap(const format::NodeView& node) {
  std::vector<std::size_t> order(node.manifest_ref_count());
  for (std::size_t i = 0; i != order.size(); ++i) order[i] = i;
  if (order.size() < 2) return std::nullopt;
  std::vector<std::vector<format::ChunkRange>> boxes;
  for (const std::size_t i : order) {
    const format::ManifestRefView ref = node.manifest_ref(i);
    auto& box = boxes.emplace_back();
    for (std::size_t k = 0; k != ref.rank(); ++k) box.push_back(ref.extent(k));
    if (ref.rank() != node.rank() || ref.rank() == 0) box.assign(node.rank(), format::ChunkRange{0, UINT32_MAX});
  }
  // Swept along the axis on which they differ most.
  std::size_t axis = 0, most = 0;
  for (std::size_t k = 0; k != node.rank(); ++k) {
    std::set<std::uint32_t> starts;
    for (const auto& box : boxes) starts.insert(box[k].first);
    if (starts.size() > most) axis = k, most = starts.size();
  }
  if (node.rank() == 0) return std::pair(order[0], order[1]);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return boxes[a][axis].first < boxes[b][axis].first; });
  const auto meet = [](const format::ChunkRange& a, const format::ChunkRange& b) { return a.first < b.last && b.first < a.last; };
  for (std::size_t i = 0; i != order.size(); ++i) {
    for (std::size_t j = i + 1; j != order.size() && boxes[order[j]][axis].first < boxes[order[i]][axis].last; ++j) {
      if (std::equal(boxes[order[i]].begin(), boxes[order[i]].end(), boxes[order[j]].begin(), meet)) return std::pair(order[i], order[j]);
    }
  }
  return std::nullopt;
}

class SnapshotCheck {
 public:
  SnapshotCheck(const format::SnapshotView& view, SnapshotId id, bool at_tip, const ObjectTable& manifests, ManifestUses& uses,
                ObjectFindings& findings)
      : view_(view), id_(id), at_tip_(at_tip), manifests_(manifests), uses_(uses), findings_(findings) {}

  /// `listed` is what `repo` says of it, if anything.
  void run(const format::SnapshotInfo* listed) {
    findings_.set_repair(at_tip_ ? Repair::mend_branch : Repair::none);
    if (view_.id() != id_) {
      findings_.error(Damage::wrong_id, "it says that its id is " + view_.id().to_string() + ", and so a commit on it fails");
    }
    findings_.set_repair(Repair::none);
    const auto metadata = view_.metadata();
    if (!metadata) findings_.warning(Damage::bad_metadata, "the metadata of its commit cannot be decoded: " + metadata.error().hint());
    if (listed != nullptr && (view_.flushed_at() != listed->flushed_at || view_.message() != listed->message ||
                              (metadata && *metadata != listed->metadata))) {
      findings_.warning(Damage::snapshot_info_differs, "its time, message or metadata are not those that `repo` has for it");
    }
    check_manifests();
    for (std::size_t i = 0; i != view_.node_count(); ++i) {
      const format::NodeView node = view_.node(i);
      check_place(node);
      if (node.kind() == format::NodeKind::array) check_array(node);
      else check_group(node);
    }
    for (const auto& [id, used] : listed_) {
      if (!used) findings_.warning(Damage::manifest_not_used, "it lists manifest " + id.to_string() + ", which no array refers to");
    }
  }

 private:
  void check_manifests() {
    findings_.set_repair(at_tip_ ? Repair::mend_branch : Repair::none);
    for (std::size_t i = 0; i != view_.manifest_count(); ++i) {
      const format::ManifestFile file = view_.manifest(i);
      const std::string name = "manifest " + file.id.to_string();
      if (!listed_.emplace(file.id, false).second) findings_.warning(Damage::duplicate_manifest, "it lists " + name + " twice");
      uses_.add_count(file.id, id_, at_tip_, file.num_chunk_refs);
      const auto size = manifests_.size_of(file.id.bytes);
      if (!size || file.size_bytes == 0 || file.size_bytes == *size) continue;
      std::string what = "it says that " + name + " has " + std::to_string(file.size_bytes) + " bytes, and it has " + std::to_string(*size);
      // The reference asks for that many bytes and no more.
      if (file.size_bytes < *size) findings_.error(Damage::manifest_size_differs, std::move(what));
      else findings_.warning(Damage::manifest_size_differs, std::move(what));
    }
  }

  void check_place(const format::NodeView& node) {
    const Repair repair = at_tip_ ? Repair::mend_branch : Repair::none;
    findings_.set_repair(Repair::none);
    const std::string path(node.path());
    const auto parsed = Path::parse(path);
    if (path.starts_with('/') && (!parsed || parsed->text() != path)) {  // SnapshotView has told of the others
      findings_.warning(Damage::bad_path, "`" + path + "` is not the canonical path of a node, and so not everybody finds it", path);
    }
    findings_.set_repair(repair);
    if (paths_.emplace(path, node.kind()).second == false) {
      findings_.error(Damage::duplicate_path, "two nodes have the path `" + path + "`: readers see one of them, and nobody can commit", path);
    }
    if (!ids_.insert(node.id()).second) {
      findings_.error(Damage::duplicate_node_id, "two nodes have the id of `" + path + "`: chunks of one may be read as the other's", path);
    }
    findings_.set_repair(Repair::none);
    if (!parsed || parsed->is_root()) return;
    for (Path above = parsed->parent();; above = above.parent()) {
      const auto found = find(above.text());
      if (found && *found == format::NodeKind::array) {
        findings_.error(Damage::node_below_array, "`" + path + "` lies below the array `" + above.text() + "`, and so nobody can commit", path);
      }
      if (!found && above == parsed->parent() && !above.is_root()) {
        findings_.warning(Damage::missing_parent_group, "there is no group `" + above.text() + "` above `" + path + "`", path);
      }
      if (above.is_root()) break;
    }
  }
  /// The kind of the node at `path`, by the order of nodes if that holds.
  std::optional<format::NodeKind> find(std::string_view path) const {
    if (const auto found = paths_.find(path); found != paths_.end()) return found->second;
    const auto node = view_.find(path);  // parents come first, unless nodes are out of order
    return node ? std::optional(node->kind()) : std::nullopt;
  }

  void check_group(const format::NodeView& node) {
    findings_.set_repair(at_tip_ ? Repair::mend_branch : Repair::none);
    const auto parsed = zarr::parse_group(node.zarr_json(), node.path());
    if (parsed) return;
    const bool differs = parsed.error().code() == errc::not_a_group;
    findings_.error(differs ? Damage::zarr_json_differs : Damage::bad_zarr_json,
                    "the zarr.json of `" + std::string(node.path()) + "` cannot be used: " + parsed.error().hint(), node.path());
  }

  void check_array(const format::NodeView& node) {
    const std::string path(node.path());
    std::vector<std::uint32_t> grid;
    for (std::size_t i = 0; i != node.rank(); ++i) grid.push_back(node.dimension(i).num_chunks);
    check_zarr_json(node, path);

    findings_.set_repair(at_tip_ ? Repair::mend_branch : Repair::none);
    for (std::size_t i = 0; i != node.manifest_ref_count(); ++i) {
      const format::ManifestRefView ref = node.manifest_ref(i);
      const std::string name = "manifest " + ref.id().to_string() + " of `" + path + "`";
      const auto listed = listed_.find(ref.id());
      if (listed == listed_.end()) findings_.error(Damage::manifest_not_listed, name + " is not in the list of manifests", path);
      else listed->second = true;
      ArrayUse use{node.id(), path, grid, {}, std::string(node.zarr_json()), at_tip_};
      if (ref.rank() != 0 && ref.rank() != grid.size()) {
        findings_.error(Damage::wrong_extents_rank, "the extents of " + name + " have another rank than the array", path);
      } else {
        bool empty = false, outside = false;
        for (std::size_t k = 0; k != ref.rank(); ++k) {
          use.extents.push_back(ref.extent(k));
          empty = empty || use.extents[k].first >= use.extents[k].last;
          outside = outside || use.extents[k].last > std::max<std::uint32_t>(grid[k], use.extents[k].first);
        }
        if (empty) findings_.warning(Damage::empty_extents, "the extents of " + name + " hold no chunk", path);
        else if (outside) findings_.warning(Damage::extents_outside_grid, "the extents of " + name + " go beyond the chunk grid", path);
      }
      uses_.add(ref.id(), id_, at_tip_, std::move(use));
    }
    if (const auto overlap = find_overlap(node)) {
      findings_.error(Damage::extents_overlap,
                      "manifests " + node.manifest_ref(overlap->first).id().to_string() + " and " +
                          node.manifest_ref(overlap->second).id().to_string() + " of `" + path + "` claim the same chunks", path);
    }
  }

  void check_zarr_json(const format::NodeView& node, const std::string& path) {
    const std::string subject = "the zarr.json of `" + path + "`";
    const auto outline = zarr::outline(node.zarr_json(), path);
    findings_.set_repair(at_tip_ ? Repair::mend_branch : Repair::none);
    if (!outline) {
      const bool unknown = outline.error().code() != errc::bad_metadata;
      if (unknown) findings_.note(Damage::unchecked_array, subject + " has a chunk grid that is not known here", path);
      else findings_.error(Damage::bad_zarr_json, subject + " cannot be used: " + outline.error().hint(), path);
      return;
    }
    if (!outline->is_array) return findings_.error(Damage::zarr_json_differs, subject + " is that of a group", path);
    if (const auto parsed = zarr::parse_array(node.zarr_json(), path); !parsed) {
      const bool unknown = parsed.error().code() != errc::bad_metadata;
      if (unknown) findings_.note(Damage::unchecked_array, subject + " cannot be checked: " + parsed.error().hint(), path);
      else findings_.error(Damage::bad_zarr_json, subject + " cannot be used: " + parsed.error().hint(), path);
    }
    bool same = outline->shape.size() == node.rank();
    for (std::size_t i = 0; same && i != node.rank(); ++i) {
      same = node.dimension(i) == format::DimensionShape{outline->shape[i], outline->num_chunks[i]};
    }
    if (!same) findings_.error(Damage::zarr_json_differs, subject + " has another shape, or other chunks, than the node", path);
    if (!same_names(node, outline->dimension_names)) {
      findings_.warning(Damage::zarr_json_differs, subject + " has other names of dimensions than the node", path);
    }
  }
  static bool same_names(const format::NodeView& node, const std::optional<zarr::DimensionNames>& names) {
    if (!names) return !node.has_dimension_names();
    if (!node.has_dimension_names() || node.dimension_name_count() != names->size()) return false;
    for (std::size_t i = 0; i != names->size(); ++i) {
      if (node.dimension_name(i).value_or("") != (*names)[i].value_or("")) return false;
    }
    return true;
  }

  const format::SnapshotView& view_;
  const SnapshotId id_;
  const bool at_tip_;
  const ObjectTable& manifests_;
  ManifestUses& uses_;
  ObjectFindings& findings_;
  std::map<ManifestId, bool> listed_;  // whether an array refers to it
  std::map<std::string, format::NodeKind, std::less<>> paths_;
  std::unordered_set<NodeId> ids_;
};

}  // namespace varve::inline v0::detail
