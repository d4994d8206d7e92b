// SPDX-License-Identifier: Apache-2.0
// ChunkPayload: what a session put at one chunk index: nothing (erased), a few bytes kept inline, a chunk object of the
// repository, or a range of a file that lives elsewhere. Bytes are already encoded by the array's codecs.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/object_id.hpp>
#include <varve/format/chunk_ref.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace varve::inline v0 {

/// A value that points at inline bytes and locations without owning them. What `ChangeSet::find_chunk` returns also
/// holds them alive, through `shared_bytes`; otherwise they live as long as the call that the payload is passed to.
class ChunkPayload {
 public:
  enum class Kind : std::uint8_t { erased, inlined, native, virtual_location };

  /// The same as `erased()`.
  ChunkPayload() = default;
  /// The chunk is deleted and reads as fill values, whatever the base snapshot has.
  static ChunkPayload erased() { return {}; }
  static ChunkPayload inlined(ByteView bytes) {
    ChunkPayload payload(Kind::inlined);
    payload.bytes_ = bytes;
    payload.length_ = bytes.size();
    return payload;
  }
  /// The bytes [offset, offset + length) of the object `chunks/<id>`.
  static ChunkPayload native(ChunkId id, std::uint64_t offset, std::uint64_t length) {
    ChunkPayload payload(Kind::native);
    payload.id_ = id;
    payload.offset_ = offset;
    payload.length_ = length;
    return payload;
  }
  /// A range of the file at a URL, with what it must still be: an ETag, or seconds since 1970 (0: not checked).
  static ChunkPayload virtual_location(std::string_view url, std::uint64_t offset, std::uint64_t length,
                                       std::string_view etag = {}, std::uint32_t last_modified = 0) {
    ChunkPayload payload(Kind::virtual_location);
    payload.url_ = url;
    payload.offset_ = offset;
    payload.length_ = length;
    payload.etag_ = etag;
    payload.last_modified_ = last_modified;
    return payload;
  }

  Kind kind() const noexcept { return kind_; }
  bool is_erased() const noexcept { return kind_ == Kind::erased; }
  ByteView bytes() const noexcept { return bytes_; }
  ChunkId chunk_id() const noexcept { return id_; }
  std::uint64_t offset() const noexcept { return offset_; }
  /// Encoded bytes.
  std::uint64_t length() const noexcept { return length_; }
  std::string_view url() const noexcept { return url_; }
  std::string_view etag() const noexcept { return etag_; }
  std::uint32_t last_modified() const noexcept { return last_modified_; }

  /// Keeps `bytes()`, `url()` and `etag()` valid beyond later edits; null where nobody asked for that.
  const std::shared_ptr<const void>& shared_bytes() const noexcept { return keep_; }
  ChunkPayload kept_by(std::shared_ptr<const void> owner) const {
    ChunkPayload payload = *this;
    payload.keep_ = std::move(owner);
    return payload;
  }

  /// Whether both say the same, wherever their bytes are.
  friend bool operator==(const ChunkPayload& a, const ChunkPayload& b) {
    return a.kind_ == b.kind_ && a.id_ == b.id_ && a.offset_ == b.offset_ && a.length_ == b.length_ &&
           as_text(a.bytes_) == as_text(b.bytes_) && a.url_ == b.url_ && a.etag_ == b.etag_ &&
           a.last_modified_ == b.last_modified_;
  }

  /// As a manifest stores it, pointing at the same bytes. Not for an erased chunk, which a manifest leaves out.
  format::ChunkRef ref() const {
    VARVE_ASSERT(!is_erased());
    format::ChunkRef ref{};
    ref.offset = offset_;
    ref.length = length_;
    if (kind_ == Kind::inlined) {
      ref.kind = format::ChunkRefKind::inlined;
      ref.inline_bytes = bytes_;
    } else if (kind_ == Kind::native) {
      ref.kind = format::ChunkRefKind::native;
      ref.chunk_id = id_;
    } else {
      ref.kind = format::ChunkRefKind::virtual_location;
      ref.location = url_;
      ref.checksum_etag = etag_;
      ref.checksum_last_modified = last_modified_;
    }
    return ref;
  }

 private:
  explicit ChunkPayload(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::erased;
  std::uint32_t last_modified_ = 0;
  ChunkId id_;
  std::uint64_t offset_ = 0;
  std::uint64_t length_ = 0;
  ByteView bytes_;
  std::string_view url_;
  std::string_view etag_;
  std::shared_ptr<const void> keep_;
};

}  // namespace varve::inline v0
