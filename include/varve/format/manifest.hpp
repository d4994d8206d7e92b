// SPDX-License-Identifier: Apache-2.0
// ManifestView: the chunk refs of one or several arrays, read in place. A manifest may hold a million refs of which a
// read wants one, so opening it is O(1) and each access checks the bytes on its own path. A binary search cannot see
// that refs elsewhere are out of order; `check()` looks at everything once, for whoever brings a file in.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/format/chunk_ref.hpp>
#include <varve/format/flat.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace varve::inline v0::format {

/// The chunk refs of one array, in ascending order of their index. A view: the manifest's body outlives it.
/// Errors of all members: `errc::corrupt`, naming the manifest.
class ArrayRefsView {
 public:
  std::size_t size() const noexcept { return refs_.count; }
  Result<ChunkRef> ref(std::size_t i) const;
  /// The index of ref `i`, whatever its rank.
  Result<void> index(std::size_t i, std::vector<std::uint32_t>& out) const;
  /// The index of ref `i`, whose rank must be `out.size()`.
  Result<void> index(std::size_t i, std::span<std::uint32_t> out) const;
  /// The position of the first ref whose index is not less than `index`; `size()` if there is none.
  Result<std::size_t> lower_bound(std::span<const std::uint32_t> index) const;
  /// The ref of the chunk at `index`; `nullopt` if the manifest has none. `likely` is where to look first.
  Result<std::optional<ChunkRef>> find(std::span<const std::uint32_t> index, std::size_t likely = 0) const;

 private:
  friend class ManifestView;
  ByteView body_;
  ByteView dictionary_;
  detail::FlatVector refs_;
  detail::ObjectName name_;
};

/// A manifest. A view: whoever makes it keeps `body` alive.
class ManifestView {
 public:
  /// Errors: `errc::corrupt`, naming `key`.
  static Result<ManifestView> open(ByteView body, std::string_view key);

  /// As the file says; readers go by the object's key.
  ManifestId id() const noexcept { return id_; }
  std::size_t array_count() const noexcept { return arrays_.count; }
  Result<NodeId> array_id(std::size_t i) const;
  Result<ArrayRefsView> array(std::size_t i) const;
  /// The refs of an array; `nullopt` if the manifest has none of it.
  Result<std::optional<ArrayRefsView>> find(NodeId id) const;
  /// The dictionary of compressed locations; empty if there is none.
  ByteView location_dictionary() const noexcept { return dictionary_; }

  /// Reads the whole manifest once: every ref is valid, and arrays and refs are in strictly ascending order, so that
  /// searches find all of them. O(size).
  Result<void> check() const;

 private:
  ByteView body_;
  ByteView dictionary_;
  detail::FlatVector arrays_;
  ManifestId id_;
  detail::ObjectName name_;
};

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/manifest.ipp>
#endif
