// SPDX-License-Identifier: Apache-2.0
// Bodies of attributes.hpp.
#pragma once

#include <varve/conflict/attributes.hpp>

#include <varve/core/json.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::conflict {

VARVE_DECL Decision MergeAttributes::resolve_metadata(MetadataConflict& node) const {
  if (!node.is_open("attributes")) return Decision::merged;
  const auto text_of = [](const MetadataVersion& version) { return version.member("attributes").value_or("{}"); };
  const std::string_view our_text = text_of(node.ours()), their_text = text_of(node.theirs());
  if (our_text == text_of(node.base())) {
    node.set("attributes", std::string(their_text));
    return Decision::merged;
  }
  const auto base = zarr::parse_members(text_of(node.base()), node.path());
  const auto ours = zarr::parse_members(our_text, node.path());
  const auto theirs = zarr::parse_members(their_text, node.path());
  if (!base || !ours || !theirs) return node.refuse("the attributes are not an object");
  using Members = std::vector<zarr::RawMember>;
  const auto value_of = [](const Members& members, const std::string& key) -> std::optional<std::string_view> {
    const auto found = std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.name == key; });
    return found == members.end() ? std::nullopt : std::optional(found->value);
  };
  std::string merged;
  std::string clashes;
  const auto add = [&](const std::string& key) {
    const auto before = value_of(*base, key), our_value = value_of(*ours, key), their_value = value_of(*theirs, key);
    const bool ours_alone = !detail::same_json(our_value, before) && !detail::same_json(our_value, their_value);
    if (ours_alone && !detail::same_json(their_value, before)) {
      clashes += (clashes.empty() ? "`" : ", `") + key + "`";
      return;
    }
    const auto value = ours_alone ? our_value : their_value;
    if (!value) return;
    merged += merged.empty() ? "{" : ", ";
    append_json_string(merged, key);
    (merged += ": ") += *value;
  };
  for (const zarr::RawMember& member : *theirs) add(member.name);
  for (const zarr::RawMember& member : *ours) {
    if (!value_of(*theirs, member.name)) add(member.name);
  }
  if (!clashes.empty()) return node.refuse("both changed " + clashes + " of the attributes, differently");
  node.set("attributes", merged.empty() ? "{}" : merged + "}");
  return Decision::merged;
}

}  // namespace varve::inline v0::conflict
