// SPDX-License-Identifier: Apache-2.0
// Bodies of metadata_conflict.hpp.
#pragma once

#include <varve/conflict/metadata_conflict.hpp>

#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <string_view>

namespace varve::inline v0::conflict {

namespace detail {

VARVE_DECL bool same_json(std::optional<std::string_view> a, std::optional<std::string_view> b) {
  if (a == b) return true;
  if (!a || !b) return false;
  const auto left = zarr::parse_json(*a, "zarr.json");
  const auto right = zarr::parse_json(*b, "zarr.json");
  return left && right && *left == *right;
}

VARVE_DECL bool keeps_chunks(std::string_view zarr_json, std::string_view other) {
  const auto left = zarr::parse_array(zarr_json, "zarr.json");
  const auto right = zarr::parse_array(other, "zarr.json");
  return left && right && left->keeps_chunks(*right);
}

}  // namespace detail

VARVE_DECL std::optional<std::string_view> MetadataVersion::member(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const auto& member) { return member.name == name; });
  return found == members_.end() ? std::nullopt : std::optional(found->value);
}

VARVE_DECL std::vector<std::uint64_t> MetadataVersion::shape() const {
  auto outline = zarr::outline(text_, "zarr.json");
  return outline ? std::move(outline->shape) : std::vector<std::uint64_t>();
}

VARVE_DECL Result<MetadataConflict> MetadataConflict::make(std::string_view path, std::string_view base, std::string_view ours,
                                                           std::string_view theirs, bool we_wrote_chunks) {
  MetadataConflict conflict;
  conflict.path_ = path;
  conflict.we_wrote_chunks_ = we_wrote_chunks;
  const std::pair<MetadataVersion*, std::string_view> versions[] = {
      {&conflict.base_, base}, {&conflict.ours_, ours}, {&conflict.theirs_, theirs}};
  for (const auto& [version, text] : versions) {
    auto members = zarr::parse_members(text, path);
    if (!members) return std::move(members).error();
    version->text_ = text;
    version->members_ = *std::move(members);
  }
  return conflict;
}

VARVE_DECL bool MetadataConflict::is_set(std::string_view name) const {
  return whole_ || std::any_of(set_.begin(), set_.end(), [&](const auto& member) { return member.first == name; });
}

VARVE_DECL bool MetadataConflict::is_open(std::string_view name) const {
  if (is_set(name)) return false;
  const auto theirs = theirs_.member(name);
  return !detail::same_json(theirs, base_.member(name)) && !detail::same_json(theirs, ours_.member(name));
}

VARVE_DECL std::vector<std::string> MetadataConflict::open() const {
  std::vector<std::string> names;
  for (const MetadataVersion* version : {&theirs_, &base_}) {
    for (const zarr::RawMember& member : version->members_) {
      if (is_open(member.name) && std::find(names.begin(), names.end(), member.name) == names.end()) names.push_back(member.name);
    }
  }
  return names;
}

VARVE_DECL void MetadataConflict::set(std::string name, std::string value) {
  const auto known = std::find_if(set_.begin(), set_.end(), [&](const auto& member) { return member.first == name; });
  if (known != set_.end()) {
    known->second = std::move(value);
  } else {
    set_.emplace_back(std::move(name), std::move(value));
  }
}

VARVE_DECL Result<std::string> MetadataConflict::merged() const {
  const auto none = [&](std::string why) {
    return Error(errc::rebase_failed, "merge zarr.json", std::string(path_), std::move(why));
  };
  std::string text;
  if (whole_) {
    text = *whole_;
  } else {
    const auto left = open();
    if (!left.empty()) {
      std::string names;
      for (const std::string& name : left) names += (names.empty() ? "`" : ", `") + name + "`";
      return none("they changed " + names + " of zarr.json, which the policy does not merge");
    }
    const bool only_theirs = ours_.text_ == base_.text_;
    text = only_theirs ? theirs_.text_ : ours_.text_;
    for (const auto& [name, value] : set_) {
      if ((only_theirs ? theirs_ : ours_).member(name) == value) continue;
      auto changed = zarr::with_member(text, name, value, path_);
      if (!changed) return none(changed.error().hint());
      text = *std::move(changed);
    }
  }
  const auto before = zarr::outline(ours_.text_, path_);
  const auto after = zarr::outline(text, path_);
  if (!before || !after) return none("the merged zarr.json is not valid: " + (after ? before : after).error().hint());
  if (before->is_array != after->is_array) return none("the merged zarr.json is of another kind of node");
  auto members = zarr::parse_members(text, path_);
  if (!members) return none(members.error().hint());
  MetadataVersion merged;
  merged.members_ = *std::move(members);
  for (const std::string_view name : {"data_type", "chunk_grid", "codecs"}) {
    const auto clashes = [&](const MetadataVersion& side) {
      if (detail::same_json(merged.member(name), side.member(name))) return false;
      return name != "chunk_grid" || !detail::keeps_chunks(text, side.text_);
    };
    if (clashes(theirs_)) return none("their chunks have another `" + std::string(name) + "` than the merged zarr.json");
    if (we_wrote_chunks_ && clashes(ours_)) return none("the chunks that we wrote have another `" + std::string(name) + "`");
  }
  return text;
}

}  // namespace varve::inline v0::conflict
