// SPDX-License-Identifier: Apache-2.0
// PayloadArena: the memory under inline chunks and locations of a change set. A commit copies the change set, and the
// session may go on editing meanwhile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// Inline bytes and locations, in blocks that only their maker appends to: a copy shares what is there and goes on in a
/// block of its own, so that copies may be read and edited on different threads.
class PayloadArena {
 public:
  struct At {
    std::uint32_t block = 0;
    std::uint32_t first = 0;
  };

  PayloadArena() = default;
  PayloadArena(const PayloadArena& other) : blocks_(other.blocks_), bytes_(other.bytes_) {}
  PayloadArena(PayloadArena&&) = default;
  PayloadArena& operator=(PayloadArena other) noexcept {
    blocks_ = std::move(other.blocks_);
    bytes_ = other.bytes_;
    used_ = other.used_;
    capacity_ = other.capacity_;
    return *this;
  }

  /// Room for `size` bytes, to be filled by the caller.
  std::byte* add(std::size_t size, At& at) {
    if (blocks_.empty() || capacity_ - used_ < size) {
      capacity_ = std::max(size, std::clamp<std::size_t>(bytes_, 512, 256 << 10));
      blocks_.push_back(std::make_shared_for_overwrite<std::byte[]>(capacity_));
      bytes_ += capacity_;
      used_ = 0;
    }
    at = {static_cast<std::uint32_t>(blocks_.size() - 1), static_cast<std::uint32_t>(used_)};
    used_ += size;
    return blocks_.back().get() + at.first;
  }
  const std::byte* get(At at) const { return blocks_[at.block].get() + at.first; }
  std::shared_ptr<const void> owner(At at) const { return blocks_[at.block]; }
  std::size_t memory_bytes() const noexcept { return bytes_ + blocks_.capacity() * sizeof(blocks_[0]); }

 private:
  std::vector<std::shared_ptr<std::byte[]>> blocks_;
  std::size_t bytes_ = 0;     // of all blocks
  std::size_t used_ = 0;      // of the last block
  std::size_t capacity_ = 0;  // of the last block; 0 if it belongs to the set that this one was copied from
};

}  // namespace varve::inline v0::detail
