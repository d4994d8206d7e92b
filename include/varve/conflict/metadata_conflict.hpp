// SPDX-License-Identifier: Apache-2.0
// MetadataConflict: a node whose zarr.json they changed while we changed it too or wrote chunks of it, shown to a conflict
// policy. A policy looks at the members of the three texts and says what the merged one has; several policies may each see
// to the members that they know. What nobody has merged in the end is a conflict.
#pragma once

#include <varve/conflict/decision.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/zarr/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::conflict {

/// The zarr.json of a node as one side has it.
class MetadataVersion {
 public:
  std::string_view text() const noexcept { return text_; }
  /// The text of a member's value; none if there is no such member.
  std::optional<std::string_view> member(std::string_view name) const;
  /// In elements; empty for a group, and for what is none of an array.
  std::vector<std::uint64_t> shape() const;

 private:
  friend class MetadataConflict;
  std::string_view text_;
  std::vector<zarr::RawMember> members_;
};

/// Chunks of ours that take other places: those whose coordinate along `axis` is at least `from` go up by `by`.
struct ChunkMove {
  std::size_t axis = 0;
  std::uint32_t from = 0;
  std::uint32_t by = 0;

  friend bool operator==(const ChunkMove&, const ChunkMove&) = default;
};

class MetadataConflict {
 public:
  /// The texts are the caller's and outlive it. Errors: `errc::bad_metadata`.
  static Result<MetadataConflict> make(std::string_view path, std::string_view base, std::string_view ours,
                                       std::string_view theirs, bool we_wrote_chunks);

  std::string_view path() const noexcept { return path_; }
  /// As both sides found it.
  const MetadataVersion& base() const noexcept { return base_; }
  /// As this session has it; the same as `base` if it wrote only chunks.
  const MetadataVersion& ours() const noexcept { return ours_; }
  /// As the commit that came first has it.
  const MetadataVersion& theirs() const noexcept { return theirs_; }
  /// Whether this session wrote or erased chunks. They stay as they are encoded: the merged zarr.json must describe them.
  bool we_wrote_chunks() const noexcept { return we_wrote_chunks_; }

  /// Whether they changed the member `name`, not to what we have, and it has not been merged yet.
  bool is_open(std::string_view name) const;
  /// Whether it has been merged.
  bool is_set(std::string_view name) const;
  /// The names of all that are open.
  std::vector<std::string> open() const;

  /// The merged zarr.json has this member; `value` is JSON text. Other members are ours if we changed any, else theirs.
  void set(std::string name, std::string value);
  /// The merged zarr.json is this, whatever is set besides.
  void set_all(std::string zarr_json) { whole_ = std::move(zarr_json); }
  /// Moves chunks of ours, such as those that were appended where theirs are now.
  void move_our_chunks(ChunkMove move) { move_ = move; }

  /// Answers `Decision::fail` and lets the error of the rebase say why.
  Decision refuse(std::string reason) {
    reason_ = std::move(reason);
    return Decision::fail;
  }
  const std::string& reason() const noexcept { return reason_; }

  /// The merged zarr.json. Errors: one whose hint says why there is none: a member is open, or the text would be that of
  /// another kind of node, or not describe their chunks or those that we wrote.
  Result<std::string> merged() const;
  const std::optional<ChunkMove>& move() const noexcept { return move_; }

 private:
  std::string_view path_;
  MetadataVersion base_;
  MetadataVersion ours_;
  MetadataVersion theirs_;
  bool we_wrote_chunks_ = false;
  std::vector<std::pair<std::string, std::string>> set_;
  std::optional<std::string> whole_;
  std::optional<ChunkMove> move_;
  std::string reason_;
};

namespace detail {
/// Whether two values of a member, either of which may be missing, mean the same.
VARVE_DECL bool same_json(std::optional<std::string_view> a, std::optional<std::string_view> b);
/// Whether the array of one zarr.json has every chunk of the other at the same place: its chunk grid is the same, or it is
/// a rectilinear one with more chunks.
VARVE_DECL bool keeps_chunks(std::string_view zarr_json, std::string_view other);
}  // namespace detail

}  // namespace varve::inline v0::conflict

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/conflict/impl/metadata_conflict.ipp>
#endif
