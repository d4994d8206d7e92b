// SPDX-License-Identifier: Apache-2.0
// FlatReader: the few operations of FlatBuffers that reading needs, none of which can leave the buffer. A body comes
// from a store and is hostile until shown otherwise; a manifest may hold a million chunk refs of which a read wants
// one, so bounds are checked where something is read. A failed check yields zero or nothing and is remembered:
// one look at `failed()` after a group of reads tells whether they can be believed.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace varve::inline v0::format::detail {

/// A body is at most this large; FlatBuffers' own offsets reach no farther.
inline constexpr std::size_t largest_body = 0x7fffffff;

/// Reads a little-endian integer at any address.
template <class T>
T load_little(const std::byte* from) noexcept {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), from, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<T>(bytes);
}

/// Where a table and its vtable lie. The default one has no fields.
struct FlatTable {
  std::uint32_t at = 0;
  std::uint32_t vtable = 0;
  std::uint16_t vtable_size = 0;
  std::uint16_t size = 0;
};

/// Where the elements of a vector lie. All of them are inside the body.
struct FlatVector {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  bool present = false;
};

class FlatReader {
 public:
  explicit FlatReader(ByteView body) noexcept : body_(body.first(std::min(body.size(), largest_body))) {}

  bool failed() const noexcept { return failed_; }
  /// Records that what was read makes no sense.
  void fail() noexcept { failed_ = true; }
  /// Records a failure unless `holds`.
  void require(bool holds) noexcept { failed_ = failed_ || !holds; }

  template <class T>
  T load(std::size_t at) noexcept {
    if (!inside(at, sizeof(T))) return T{};
    return load_little<T>(body_.data() + at);
  }
  template <class Id>
  Id id(std::size_t at) noexcept {
    Id out;
    if (inside(at, Id::size)) std::memcpy(out.bytes.data(), body_.data() + at, Id::size);
    return out;
  }

  FlatTable root() noexcept { return table(follow(0)); }
  /// The table at a position.
  FlatTable table(std::size_t at) noexcept {
    const auto back = load<std::int32_t>(at);
    const std::int64_t vtable = static_cast<std::int64_t>(at) - back;
    if (failed_ || vtable < 0 || !inside(static_cast<std::size_t>(vtable), 4)) return fail(), FlatTable{};
    FlatTable out;
    out.at = static_cast<std::uint32_t>(at);
    out.vtable = static_cast<std::uint32_t>(vtable);
    out.vtable_size = load<std::uint16_t>(out.vtable);
    out.size = load<std::uint16_t>(out.vtable + 2U);
    if (out.vtable_size < 4 || out.size < 4 || !inside(out.vtable, out.vtable_size) || !inside(at, out.size)) {
      return fail(), FlatTable{};
    }
    return out;
  }
  /// The position of a field of `width` bytes; 0 if it is absent.
  std::size_t field(const FlatTable& table, unsigned slot, std::size_t width) noexcept {
    const unsigned entry = 4 + 2 * slot;
    if (entry + 2 > table.vtable_size) return 0;
    const auto offset = load<std::uint16_t>(table.vtable + entry);
    if (offset == 0) return 0;
    if (offset < 4 || offset + width > table.size) return fail(), 0;
    return table.at + offset;
  }
  template <class T>
  T scalar(const FlatTable& table, unsigned slot, T otherwise) noexcept {
    const std::size_t at = field(table, slot, sizeof(T));
    return at == 0 ? otherwise : load<T>(at);
  }
  bool has(const FlatTable& table, unsigned slot) noexcept { return field(table, slot, 1) != 0; }
  /// The position that an offset stored at `at` points to.
  std::size_t follow(std::size_t at) noexcept {
    const auto offset = load<std::uint32_t>(at);
    require(offset != 0);
    return at + offset;
  }
  /// The table that a field refers to; one without fields if it is absent.
  FlatTable child(const FlatTable& table, unsigned slot) noexcept {
    const std::size_t at = field(table, slot, 4);
    return at == 0 ? FlatTable{} : this->table(follow(at));
  }
  /// The table that element `i` of a vector of tables refers to.
  FlatTable element(const FlatVector& tables, std::size_t i) noexcept {
    return table(follow(tables.first + i * 4));
  }
  FlatVector vector(const FlatTable& table, unsigned slot, std::size_t element_bytes) noexcept {
    const std::size_t at = field(table, slot, 4);
    return at == 0 ? FlatVector{} : vector_at(follow(at), element_bytes);
  }
  /// A vector or string that must be there.
  FlatVector required(const FlatTable& table, unsigned slot, std::size_t element_bytes) noexcept {
    const FlatVector out = vector(table, slot, element_bytes);
    require(out.present);
    return out;
  }
  FlatVector vector_at(std::size_t at, std::size_t element_bytes) noexcept {
    const auto count = load<std::uint32_t>(at);
    if (failed_ || count > (body_.size() - at - 4) / element_bytes) return fail(), FlatVector{};
    return FlatVector{static_cast<std::uint32_t>(at + 4), count, true};
  }
  /// The bytes of a vector of bytes or of a string.
  ByteView bytes(const FlatVector& of_bytes) const noexcept { return body_.subspan(of_bytes.first, of_bytes.count); }
  std::string_view text(const FlatVector& of_bytes) const noexcept { return as_text(bytes(of_bytes)); }
  /// An id stored in a table; a failure if it is absent.
  template <class Id>
  Id required_id(const FlatTable& table, unsigned slot) noexcept {
    const std::size_t at = field(table, slot, Id::size);
    require(at != 0);
    return at == 0 ? Id{} : id<Id>(at);
  }

 private:
  bool inside(std::size_t at, std::size_t size) noexcept {
    if (at > body_.size() || size > body_.size() - at) {
      failed_ = true;
      return false;
    }
    return true;
  }

  ByteView body_;
  bool failed_ = false;
};

/// The key of an object, kept in place by the views so that their errors can name it.
class ObjectName {
 public:
  ObjectName() = default;
  explicit ObjectName(std::string_view name) noexcept : size_(std::min(name.size(), letters_.size())) {
    std::copy_n(name.begin(), size_, letters_.begin());
  }
  std::string text() const { return std::string(letters_.data(), size_); }

 private:
  std::array<char, 48> letters_{};
  std::size_t size_ = 0;
};

inline Error corrupt(std::string doing, std::string_view key, std::string hint) {
  return Error(errc::corrupt, std::move(doing), std::string(key), std::move(hint));
}

}  // namespace varve::inline v0::format::detail
