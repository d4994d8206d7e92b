// SPDX-License-Identifier: Apache-2.0
// ByteWriter and ByteReader: values one after the other, as one process hands them to another. A number takes seven of its
// bits a byte, the lowest first, so that small ones are short and every machine reads them alike.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/object_id.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace varve::inline v0::detail {

class ByteWriter {
 public:
  explicit ByteWriter(Bytes& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(std::byte{value}); }
  void number(std::uint64_t value) {
    for (; value > 127; value >>= 7) byte(static_cast<std::uint8_t>(value | 128));
    byte(static_cast<std::uint8_t>(value));
  }
  /// Small if it is near 0, on either side.
  void difference(std::int64_t value) {
    number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  void bytes(ByteView value) { out_.insert(out_.end(), value.begin(), value.end()); }
  void sized(ByteView value) {
    number(value.size());
    bytes(value);
  }
  void text(std::string_view value) { sized(as_bytes(value)); }
  template <std::size_t Size, class Role>
  void id(const ObjectId<Size, Role>& value) {
    bytes(std::as_bytes(std::span(value.bytes)));
  }

 private:
  Bytes& out_;
};

/// Reads what a ByteWriter wrote, or anything else: once something is not there, all that follows is zero or empty, and
/// `failed` says so.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  bool failed() const noexcept { return failed_; }
  /// What was read makes no sense.
  void fail() noexcept {
    failed_ = true;
    rest_ = {};
  }
  bool at_end() const noexcept { return rest_.empty(); }

  ByteView bytes(std::uint64_t count) {
    if (count > rest_.size()) {
      fail();
      return {};
    }
    const ByteView taken = rest_.first(static_cast<std::size_t>(count));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::uint8_t byte() {
    const ByteView one = bytes(1);
    return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t part = byte();
      if (shift == 63 && part > 1) break;
      value |= (part & 127) << shift;
      if (part < 128) return value;
    }
    fail();
    return 0;
  }
  std::int64_t difference() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }
  /// How many things follow, of at least `least_bytes` each: no more than there is room for.
  std::size_t count(std::size_t least_bytes) {
    const std::uint64_t value = number();
    if (value <= rest_.size() / least_bytes) return static_cast<std::size_t>(value);
    fail();
    return 0;
  }
  ByteView sized() { return bytes(number()); }
  std::string_view text() { return as_text(sized()); }
  template <class Id>
  Id id() {
    Id value;
    const ByteView taken = bytes(Id::size);
    for (std::size_t i = 0; i != taken.size(); ++i) value.bytes[i] = std::to_integer<std::uint8_t>(taken[i]);
    return value;
  }

 private:
  ByteView rest_;
  bool failed_ = false;
};

}  // namespace varve::inline v0::detail
