// SPDX-License-Identifier: Apache-2.0
// Sink: where the bytes of a body go.
#pragma once

#include <varve/core/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace varve::inline v0::storage::http::detail {

/// Where the bytes of a successful body go: into the caller's buffer or a growing one, after skipping what a server that
/// ignores ranges sends before them.
class Sink {
 public:
  Sink() = default;
  explicit Sink(MutableByteView into) : into_(into) {}
  /// At most `limit` bytes; more are a failure.
  explicit Sink(Bytes& grow, std::uint64_t limit) : grow_(&grow), limit_(limit) {}

  /// Bytes that are in place, of all responses that were put together.
  std::size_t filled() const { return filled_; }
  void restart() { filled_ = 0; }
  void skip(std::uint64_t count) { skip_ = count; }
  bool overflowed() const { return overflowed_; }
  /// Whether all that was asked for is in place; what follows is of no use.
  bool complete() const {
    return grow_ == nullptr ? filled_ == into_.size() && !into_.empty() : cut_ && filled_ == limit_;
  }
  /// Takes the first bytes only, and what follows is no failure.
  void take_only(std::uint64_t limit) {
    limit_ = limit;
    cut_ = true;
  }

  /// Room for the next bytes, at most `expected`; empty while bytes are to be skipped or thrown away.
  MutableByteView room(std::uint64_t expected) {
    if (skip_ != 0) return {};
    if (grow_ == nullptr) return into_.subspan(filled_, bounded(expected, into_.size() - filled_));
    const std::uint64_t left = limit_ - filled_;
    if (left == 0) return {};
    // A length that a server claims is believed up to a point; beyond it, memory follows what arrives.
    const std::size_t step = bounded(std::min(expected, left), std::max<std::size_t>(believed, filled_));
    if (grow_->size() < filled_ + step) grow_->resize(filled_ + step);
    return MutableByteView(*grow_).subspan(filled_, step);
  }
  void arrived(std::size_t count) { filled_ += count; }

  void put(ByteView bytes) {
    const std::size_t skipped = bounded(skip_, bytes.size());
    skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    while (!bytes.empty()) {
      const MutableByteView place = room(bytes.size());
      if (place.empty()) {
        overflowed_ = !cut_;
        return;
      }
      std::copy_n(bytes.begin(), place.size(), place.begin());
      filled_ += place.size();
      bytes = bytes.subspan(place.size());
    }
  }
  void finish() {
    if (grow_ != nullptr) grow_->resize(filled_);
  }

 private:
  static constexpr std::size_t believed = 64 << 20;
  static std::size_t bounded(std::uint64_t count, std::size_t most) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(count, most));
  }
  MutableByteView into_;
  Bytes* grow_ = nullptr;
  std::uint64_t limit_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t skip_ = 0;
  std::size_t filled_ = 0;
  bool overflowed_ = false;
  bool cut_ = false;
};

}  // namespace varve::inline v0::storage::http::detail
