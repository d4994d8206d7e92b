// SPDX-License-Identifier: Apache-2.0
// One manifest, checked by itself, against the arrays that refer to it, and against the chunk objects that there are.
#pragma once

#include <varve/repository/impl/verify_snapshot.ipp>

#include <varve/format/keys.hpp>
#include <varve/format/manifest.hpp>
#include <varve/session/chunks.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

class ManifestCheck {
 public:
  /// `body_bytes` is the size of what `view` shows.
  ManifestCheck(const format::ManifestView& view, std::size_t body_bytes, ManifestId id, const ManifestUse& use,
                ObjectTable& chunks, Findings& all, ObjectFindings& findings)
      : view_(view), most_(body_bytes), id_(id), use_(use), chunks_(chunks), all_(all), findings_(findings) {}

  void run() {
    findings_.set_repair(repair_if(use_.at_tip));
    if (view_.id() != id_) findings_.warning(Damage::wrong_id, "it says that its id is " + view_.id().to_string());
    std::optional<NodeId> previous;
    std::unordered_set<NodeId> held;
    bool ordered = true;
    for (std::size_t i = 0; i != view_.array_count(); ++i) {
      const auto id = view_.array_id(i);
      const auto refs = view_.array(i);
      if (!id || !refs) {
        findings_.error(Damage::damaged_contents, (id ? refs.error() : id.error()).hint());
        continue;
      }
      ordered = ordered && (!previous || *previous < *id);
      previous = *id;
      held.insert(*id);
      // Honest files hold each ref once; a hostile one could name one long list a million times.
      if (refs->size() > most_ - ref_count_) return findings_.error(Damage::damaged_contents, "its arrays share their chunk refs");
      ref_count_ += refs->size();
      if (!check_array(*id, *refs)) return;
    }
    if (!ordered) findings_.error(Damage::arrays_out_of_order, "its arrays are out of order, and so their chunks are not found");
    for (const ArrayUse& array : use_.arrays) {
      if (!held.insert(array.node).second) continue;
      findings_.set_repair(repair_if(array.at_tip));
      findings_.error(Damage::array_not_in_manifest, "it has no chunks of `" + array.path + "`, which refers to it", array.path);
    }
    for (const auto& [count, at_tip] : use_.counts) {
      if (count == ref_count_) continue;
      findings_.set_repair(repair_if(at_tip));
      findings_.warning(Damage::manifest_count_differs, "a snapshot says that it has " + std::to_string(count) +
                                                            " chunk refs, and it has " + std::to_string(ref_count_));
    }
  }
  std::uint64_t ref_count() const { return ref_count_; }
  std::uint64_t virtual_ref_count() const { return virtual_count_; }

 private:
  static Repair repair_if(bool at_tip) { return at_tip ? Repair::mend_branch : Repair::none; }

  /// False if the rest of the manifest is not worth a look.
  bool check_array(NodeId id, const format::ArrayRefsView& refs) {
    std::vector<const ArrayUse*> uses;
    for (const ArrayUse& array : use_.arrays) {
      if (array.node == id) uses.push_back(&array);
    }
    const std::string path = uses.empty() ? "" : uses.front()->path;
    const std::string of_array = path.empty() ? "a deleted array" : "`" + path + "`";
    bool ordered = true;
    std::vector<std::uint32_t> index, before;
    for (std::size_t k = 0; k != refs.size(); ++k) {
      if (auto read = refs.index(k, index); !read) {
        findings_.error(Damage::damaged_chunk_ref, "chunk ref " + std::to_string(k) + " of " + of_array + ": " + read.error().hint(), path);
        continue;
      }
      if (index.size() > most_ - coordinate_count_) {
        findings_.error(Damage::damaged_contents, "its chunk refs share their indices", path);
        return false;
      }
      coordinate_count_ += index.size();
      if (k != 0 && index == before) findings_.error(Damage::duplicate_chunk_ref, "a chunk of " + of_array + " has two refs", path, index);
      else if (k != 0 && index < before && std::exchange(ordered, false)) {
        findings_.error(Damage::chunk_refs_out_of_order, "the chunk refs of " + of_array + " are out of order, and so not all are found",
                        path, index);
      }
      check_index(index, uses);
      check_payload(refs.ref(k), path, index, uses.empty());
      before.swap(index);
    }
    return true;
  }

  void check_index(const std::vector<std::uint32_t>& index, const std::vector<const ArrayUse*>& uses) {
    for (const ArrayUse* const use : uses) {
      findings_.set_repair(repair_if(use->at_tip));
      if (index.size() != use->grid.size()) {
        findings_.error(Damage::wrong_index_rank, "the index of a chunk of `" + use->path + "` has another rank than the array", use->path, index);
        continue;
      }
      if (!in_grid(use->grid, index)) {
        findings_.warning(Damage::chunk_outside_grid, "a chunk of `" + use->path + "` lies beyond the chunk grid", use->path, index);
      }
      bool inside = true;
      for (std::size_t i = 0; i != use->extents.size(); ++i) {
        inside = inside && index[i] >= use->extents[i].first && index[i] < use->extents[i].last;
      }
      if (!inside) {
        findings_.error(Damage::chunk_outside_extents, "a chunk of `" + use->path + "` lies outside the manifest's extents: it reads as fill values",
                        use->path, index);
      }
    }
    findings_.set_repair(repair_if(use_.at_tip));
  }

  void check_payload(const Result<format::ChunkRef>& ref, const std::string& path, const std::vector<std::uint32_t>& index, bool unused) {
    if (!ref) return findings_.error(Damage::damaged_chunk_ref, "the ref of a chunk cannot be used: " + ref.error().hint(), path, index);
    if (ref->length == 0) findings_.error(Damage::empty_chunk, "a chunk has no bytes, and cannot be decoded", path, index);
    if (ref->kind == format::ChunkRefKind::virtual_location) {
      ++virtual_count_;
      const auto location = format::full_location(*ref, findings_.object());
      if (!location) {
        findings_.error(Damage::bad_location, location.error().hint(), path, index);
      } else if (location->find("://") == location->npos) {
        findings_.error(Damage::bad_location, "the location of a chunk, `" + location->substr(0, 200) + "`, is no URL", path, index);
      } else if (!ref->compressed_location.empty() && location->size() > 1024) {
        findings_.warning(Damage::long_location, "the location of a chunk is compressed and longer than 1024 bytes: the reference cannot read it",
                          path, index);
      }
    }
    if (ref->kind != format::ChunkRefKind::native) return;
    const auto size = chunks_.reach(ref->chunk_id.bytes);
    if (unused || (size && ref->offset <= *size && ref->length <= *size - ref->offset)) return;
    ObjectFindings chunk(all_, format::chunk_key(ref->chunk_id));
    chunk.set_repair(repair_if(use_.at_tip));
    if (!size) return chunk.error(Damage::missing_object, "a chunk of `" + path + "` is missing", path, index);
    chunk.error(Damage::chunk_beyond_object,
                "a chunk of `" + path + "` has " + std::to_string(ref->length) + " bytes from " + std::to_string(ref->offset) +
                    " on, and the object has " + std::to_string(*size), path, index);
  }

  const format::ManifestView& view_;
  const std::uint64_t most_;  // elements that an honest body of its size can hold
  const ManifestId id_;
  const ManifestUse& use_;
  ObjectTable& chunks_;
  Findings& all_;
  ObjectFindings& findings_;
  std::uint64_t ref_count_ = 0, coordinate_count_ = 0, virtual_count_ = 0;
};

}  // namespace varve::inline v0::detail
