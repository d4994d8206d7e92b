// SPDX-License-Identifier: Apache-2.0
// Bodies of manifest.hpp.
#pragma once

#include <varve/format/manifest.hpp>

#include <varve/core/lower_bound.hpp>
#include <varve/format/impl/chunk_index.ipp>

#include <optional>
#include <vector>

namespace varve::inline v0::format {

namespace detail {

// Slots of the tables, in the order of the specification.
struct ManifestSlot {
  enum : unsigned { id, arrays, location_dictionary, compression_algorithm };
};
struct ArrayManifestSlot {
  enum : unsigned { node_id, refs };
};
struct ChunkRefSlot {
  enum : unsigned {
    index, inline_bytes, offset, length, chunk_id, location, checksum_etag, checksum_last_modified, compressed_location
  };
};

inline Error bad_manifest(const ObjectName& name, const char* why) {
  return Error(errc::corrupt, "read manifest", name.text(), why);
}

/// Where the coordinates of ref `i` are.
inline FlatVector index_of(FlatReader& reader, const FlatVector& refs, std::size_t i) {
  return reader.required(reader.element(refs, i), ChunkRefSlot::index, 4);
}

}  // namespace detail

VARVE_DECL Result<ChunkRef> ArrayRefsView::ref(std::size_t i) const {
  using Slot = detail::ChunkRefSlot;
  if (i >= refs_.count) return Error(errc::out_of_bounds, "read chunk ref", name_.text());
  detail::FlatReader reader(body_);
  const detail::FlatTable table = reader.element(refs_, i);
  ChunkRef out;
  out.offset = reader.scalar<std::uint64_t>(table, Slot::offset, 0);
  out.length = reader.scalar<std::uint64_t>(table, Slot::length, 0);
  // Several payloads may be present; the reference takes them in this order.
  if (const std::size_t id = reader.field(table, Slot::chunk_id, ChunkId::size); id != 0) {
    out.kind = ChunkRefKind::native;
    out.chunk_id = reader.id<ChunkId>(id);
  } else if (const auto packed = reader.vector(table, Slot::compressed_location, 1); packed.present) {
    out.kind = ChunkRefKind::virtual_location;
    out.compressed_location = reader.bytes(packed);
    out.location_dictionary = dictionary_;
    reader.require(!dictionary_.empty() && packed.count != 0);
  } else if (const auto location = reader.vector(table, Slot::location, 1); location.present) {
    out.kind = ChunkRefKind::virtual_location;
    out.location = reader.text(location);
  } else if (const auto inlined = reader.vector(table, Slot::inline_bytes, 1); inlined.present) {
    out.kind = ChunkRefKind::inlined;
    out.inline_bytes = reader.bytes(inlined);
    out.offset = 0;
    out.length = inlined.count;
  } else {
    reader.fail();
  }
  if (out.kind == ChunkRefKind::virtual_location) {
    out.checksum_etag = reader.text(reader.vector(table, Slot::checksum_etag, 1));
    out.checksum_last_modified = reader.scalar<std::uint32_t>(table, Slot::checksum_last_modified, 0);
  }
  if (out.kind != ChunkRefKind::inlined) reader.require(out.length <= UINT64_MAX - out.offset);
  if (reader.failed()) return detail::bad_manifest(name_, "a chunk ref points nowhere");
  return out;
}

VARVE_DECL Result<void> ArrayRefsView::index(std::size_t i, std::vector<std::uint32_t>& out) const {
  if (i >= refs_.count) return Error(errc::out_of_bounds, "read chunk ref", name_.text());
  detail::FlatReader reader(body_);
  const detail::FlatVector stored = detail::index_of(reader, refs_, i);
  if (reader.failed()) return detail::bad_manifest(name_, "the index of a chunk ref is damaged");
  out.resize(stored.count);
  for (std::size_t k = 0; k != out.size(); ++k) out[k] = reader.load<std::uint32_t>(stored.first + 4 * k);
  return {};
}

VARVE_DECL Result<void> ArrayRefsView::index(std::size_t i, std::span<std::uint32_t> out) const {
  if (i >= refs_.count) return Error(errc::out_of_bounds, "read chunk ref", name_.text());
  detail::FlatReader reader(body_);
  const detail::FlatVector stored = detail::index_of(reader, refs_, i);
  if (reader.failed() || stored.count != out.size()) {
    return detail::bad_manifest(name_, "the index of a chunk ref is damaged or of another rank than its array");
  }
  for (std::size_t k = 0; k != out.size(); ++k) out[k] = reader.load<std::uint32_t>(stored.first + 4 * k);
  return {};
}

VARVE_DECL Result<std::size_t> ArrayRefsView::lower_bound(std::span<const std::uint32_t> index) const {
  detail::FlatReader reader(body_);
  const std::size_t first = varve::detail::lower_bound(refs_.count, [&](std::size_t i) {
    return detail::compare_index(reader, detail::index_of(reader, refs_, i), index) < 0;
  });
  if (reader.failed()) return detail::bad_manifest(name_, "the index of a chunk ref is damaged");
  return first;
}

VARVE_DECL Result<std::optional<ChunkRef>> ArrayRefsView::find(std::span<const std::uint32_t> index, std::size_t likely) const {
  detail::FlatReader reader(body_);
  const auto is_at = [&](std::size_t i) {
    return i < refs_.count && detail::compare_index(reader, detail::index_of(reader, refs_, i), index) == 0 && !reader.failed();
  };
  if (!is_at(likely)) {
    const auto at = lower_bound(index);
    if (!at) return at.error();
    likely = *at;
    if (!is_at(likely)) return std::optional<ChunkRef>();
  }
  auto found = ref(likely);
  if (!found) return std::move(found).error();
  return std::optional<ChunkRef>(*found);
}

VARVE_DECL Result<ManifestView> ManifestView::open(ByteView body, std::string_view key) {
  using Slot = detail::ManifestSlot;
  detail::FlatReader reader(body);
  const detail::FlatTable root = reader.root();
  ManifestView view;
  view.body_ = body;
  view.name_ = detail::ObjectName(key);
  view.id_ = reader.required_id<ManifestId>(root, Slot::id);
  view.arrays_ = reader.required(root, Slot::arrays, 4);
  const auto algorithm = reader.scalar<std::uint8_t>(root, Slot::compression_algorithm, 1);
  const detail::FlatVector dictionary = reader.vector(root, Slot::location_dictionary, 1);
  // Without a dictionary the algorithm says nothing: files of format 1 have neither.
  if (algorithm == 1) view.dictionary_ = reader.bytes(dictionary);
  if (reader.failed()) return detail::bad_manifest(view.name_, "its root table is damaged");
  if (algorithm > 1 && dictionary.present) {
    return Error(errc::unsupported_format, "read manifest", std::string(key),
                 "its locations are compressed in a way that this version of varve does not know");
  }
  return view;
}

VARVE_DECL Result<NodeId> ManifestView::array_id(std::size_t i) const {
  if (i >= arrays_.count) return Error(errc::out_of_bounds, "read manifest", name_.text());
  detail::FlatReader reader(body_);
  const auto id = reader.required_id<NodeId>(reader.element(arrays_, i), detail::ArrayManifestSlot::node_id);
  if (reader.failed()) return detail::bad_manifest(name_, "the id of an array is damaged");
  return id;
}

VARVE_DECL Result<ArrayRefsView> ManifestView::array(std::size_t i) const {
  if (i >= arrays_.count) return Error(errc::out_of_bounds, "read manifest", name_.text());
  detail::FlatReader reader(body_);
  ArrayRefsView out;
  out.body_ = body_;
  out.dictionary_ = dictionary_;
  out.name_ = name_;
  out.refs_ = reader.required(reader.element(arrays_, i), detail::ArrayManifestSlot::refs, 4);
  if (reader.failed()) return detail::bad_manifest(name_, "the list of an array's chunk refs is damaged");
  return out;
}

VARVE_DECL Result<std::optional<ArrayRefsView>> ManifestView::find(NodeId id) const {
  detail::FlatReader reader(body_);
  const auto id_of = [&](std::size_t i) {
    return reader.required_id<NodeId>(reader.element(arrays_, i), detail::ArrayManifestSlot::node_id);
  };
  const std::size_t at = varve::detail::lower_bound(arrays_.count, [&](std::size_t i) { return id_of(i) < id; });
  const bool holds = at != arrays_.count && id_of(at) == id;
  if (reader.failed()) return detail::bad_manifest(name_, "the id of an array is damaged");
  if (!holds) return std::optional<ArrayRefsView>();
  auto found = array(at);
  if (!found) return std::move(found).error();
  return std::optional<ArrayRefsView>(*found);
}

VARVE_DECL Result<void> ManifestView::check() const {
  // Honest files hold each element once, so the elements of all lists together fit the body several times over; a
  // hostile one could name one long list a million times.
  std::size_t allowance = body_.size();
  std::optional<NodeId> previous;
  for (std::size_t i = 0; i != arrays_.count; ++i) {
    const auto id = array_id(i);
    if (!id) return id.error();
    if (previous && !(*previous < *id)) return detail::bad_manifest(name_, "its arrays are out of order");
    previous = *id;
    const auto refs = array(i);
    if (!refs) return refs.error();
    if (refs->size() > allowance) return detail::bad_manifest(name_, "its arrays share their chunk refs");
    allowance -= refs->size();
    std::vector<std::uint32_t> before, index;
    for (std::size_t k = 0; k != refs->size(); ++k) {
      if (auto read = refs->index(k, index); !read) return read;
      if (index.size() > allowance) return detail::bad_manifest(name_, "its chunk refs share their indices");
      allowance -= index.size();
      if (k != 0 && !(before < index)) return detail::bad_manifest(name_, "its chunk refs are out of order");
      if (const auto ref = refs->ref(k); !ref) return ref.error();
      before.swap(index);
    }
  }
  return {};
}

}  // namespace varve::inline v0::format
