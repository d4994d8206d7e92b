// SPDX-License-Identifier: Apache-2.0
// Bodies of grow.hpp.
#pragma once

#include <varve/conflict/grow.hpp>

#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace varve::inline v0::conflict {

namespace detail {

struct Shapes {
  std::vector<std::uint64_t> base, ours, theirs;
};

/// Why an array has not only grown; empty if it has.
inline std::string shrunk(const Shapes& shapes) {
  if (shapes.ours.size() != shapes.base.size() || shapes.theirs.size() != shapes.base.size()) {
    return "the array has another number of dimensions";
  }
  for (std::size_t i = 0; i != shapes.base.size(); ++i) {
    const bool we = shapes.ours[i] < shapes.base[i];
    if (we || shapes.theirs[i] < shapes.base[i]) {
      return (we ? "we" : "they") + std::string(" made the array shorter along dimension ") + std::to_string(i);
    }
  }
  return {};
}

inline std::string shape_text(const std::vector<std::uint64_t>& shape) {
  std::string text = "[";
  for (const std::uint64_t length : shape) text += (text.size() == 1 ? "" : ", ") + std::to_string(length);
  return text + "]";
}

/// The length of a chunk along an axis; 0 unless the grid is regular.
inline std::uint64_t chunk_length(const MetadataVersion& version, std::size_t axis) {
  const auto grid = zarr::parse_json(version.member("chunk_grid").value_or("null"), "chunk_grid");
  if (!grid || grid->find("name") == nullptr || *grid->find("name") != Json("regular")) return 0;
  const Json* const configuration = grid->find("configuration");
  const Json* const shape = configuration == nullptr ? nullptr : configuration->find("chunk_shape");
  if (shape == nullptr || shape->as_array() == nullptr || shape->as_array()->size() <= axis) return 0;
  const std::int64_t* const length = (*shape->as_array())[axis].as_int();
  return length == nullptr || *length < 0 ? 0 : static_cast<std::uint64_t>(*length);
}

/// Takes the rectilinear grid with more chunks, if it begins with the other; growing an array adds chunks at the end.
inline bool merge_grids(MetadataConflict& node) {
  if (!node.is_open("chunk_grid")) return true;
  const MetadataVersion& ours = node.ours();
  const MetadataVersion& theirs = node.theirs();
  const bool longer = keeps_chunks(ours.text(), theirs.text());
  if (!longer && !keeps_chunks(theirs.text(), ours.text())) return false;
  node.set("chunk_grid", std::string(*(longer ? ours : theirs).member("chunk_grid")));
  return true;
}

}  // namespace detail

VARVE_DECL Decision Grow::resolve_metadata(MetadataConflict& node) const {
  if (!detail::merge_grids(node)) return node.refuse("both added chunks to the grid, of different lengths");
  if (!node.is_open("shape")) return Decision::merged;
  detail::Shapes shapes{node.base().shape(), node.ours().shape(), node.theirs().shape()};
  if (std::string why = detail::shrunk(shapes); !why.empty()) return node.refuse(std::move(why));
  std::vector<std::uint64_t> merged = shapes.theirs;
  for (std::size_t i = 0; i != merged.size(); ++i) merged[i] = std::max(merged[i], shapes.ours[i]);
  node.set("shape", merged == shapes.theirs ? std::string(*node.theirs().member("shape")) : detail::shape_text(merged));
  return Decision::merged;
}

VARVE_DECL Decision Append::resolve_metadata(MetadataConflict& node) const {
  detail::Shapes shapes{node.base().shape(), node.ours().shape(), node.theirs().shape()};
  // Two who appended as much as each other have the same shape, which is no conflict, and yet not the same elements.
  if (node.is_set("shape") || shapes.theirs == shapes.base) return Decision::merged;
  if (std::string why = detail::shrunk(shapes); !why.empty()) return node.refuse(std::move(why));
  for (std::size_t i = 0; i != shapes.base.size(); ++i) {
    if (i != axis && (shapes.ours[i] != shapes.base[i] || shapes.theirs[i] != shapes.base[i])) {
      return node.refuse("the array grew along dimension " + std::to_string(i) + ", and appends go along " +
                         std::to_string(axis));
    }
  }
  if (shapes.ours == shapes.base) {
    if (!detail::merge_grids(node)) return node.refuse("the chunks are of different lengths");
    node.set("shape", std::string(*node.theirs().member("shape")));
    return Decision::merged;
  }
  if (axis >= shapes.base.size()) return node.refuse("the array has no dimension " + std::to_string(axis));
  const std::uint64_t before = shapes.base[axis], theirs = shapes.theirs[axis], ours = shapes.ours[axis];
  const std::uint64_t chunk = detail::chunk_length(node.base(), axis);
  const auto cut = [&](const char* what, std::uint64_t at) {
    return node.refuse(std::string(what) + " inside a chunk: at " + std::to_string(at) + ", with chunks of " +
                       std::to_string(chunk) + "; what we appended cannot move behind it without being written again");
  };
  if (chunk == 0) return node.refuse("the chunks are of different lengths");
  if (before % chunk != 0) return cut("both appends begin", before);
  if (theirs % chunk != 0) return cut("their append ends", theirs);
  if (theirs / chunk > UINT32_MAX || ours - before > UINT64_MAX - theirs) return node.refuse("the array would be too long");
  shapes.theirs[axis] = theirs + (ours - before);
  node.set("shape", detail::shape_text(shapes.theirs));
  const std::uint64_t by = (theirs - before) / chunk;
  node.move_our_chunks({axis, static_cast<std::uint32_t>(before / chunk), static_cast<std::uint32_t>(by)});
  return Decision::merged;
}

}  // namespace varve::inline v0::conflict
