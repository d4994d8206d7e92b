// SPDX-License-Identifier: Apache-2.0
// Bytes and views of bytes. A buffer that a read or a decoder fills next is not zeroed first: for large chunks the
// zeroing would cost as much as the copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

namespace detail {

/// An allocator whose `construct` without arguments leaves bytes as they are.
template <class T>
struct DefaultInit : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = DefaultInit<U>;
  };
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    if constexpr (sizeof...(Args) == 0) {
      ::new (static_cast<void*>(at)) U;
    } else {
      ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
    }
  }
};

}  // namespace detail

/// An owned buffer. `resize` and `Bytes(n)` leave new bytes indeterminate.
using Bytes = std::vector<std::byte, detail::DefaultInit<std::byte>>;
using ByteView = std::span<const std::byte>;
using MutableByteView = std::span<std::byte>;

/// The bytes [first, last) of an object, counted from its start as stored.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  constexpr std::uint64_t size() const { return last - first; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes copy_bytes(ByteView bytes) { return Bytes(bytes.begin(), bytes.end()); }

}  // namespace varve::inline v0
