// SPDX-License-Identifier: Apache-2.0
// Scratch: the buffers that a pipeline needs between its steps. They are lent in the manner of a stack and keep their
// capacity, so that the second chunk of an array allocates nothing.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace varve::inline v0::codec {

/// Buffers of one worker. Not to be used by two threads at once.
class Scratch {
 public:
  /// A buffer until the end of the scope. Loans end in the reverse order of their beginning.
  class Loan {
   public:
    explicit Loan(Scratch& scratch) : scratch_(scratch), bytes_(scratch.push()), depth_(scratch.depth_) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() {
      VARVE_ASSERT(scratch_.depth_ == depth_);
      --scratch_.depth_;
    }

    varve::Bytes& operator*() const { return bytes_; }
    varve::Bytes* operator->() const { return &bytes_; }
    /// The buffer with `size` indeterminate bytes.
    MutableByteView sized(std::size_t size) const {
      bytes_.clear();  // what it held need not move to a larger allocation
      bytes_.resize(size);
      return bytes_;
    }

   private:
    Scratch& scratch_;
    varve::Bytes& bytes_;
    std::size_t depth_;
  };

  Loan borrow() { return Loan(*this); }

  /// The bytes that are kept, for programs that watch their memory.
  std::size_t capacity_bytes() const {
    std::size_t size = 0;
    for (const auto& buffer : buffers_) size += buffer->capacity();
    return size;
  }
  /// Gives all memory back. Nothing may be on loan.
  void clear() {
    VARVE_ASSERT(depth_ == 0);
    buffers_.clear();
  }

 private:
  varve::Bytes& push() {
    if (depth_ == buffers_.size()) buffers_.push_back(std::make_unique<varve::Bytes>());
    return *buffers_[depth_++];
  }

  std::vector<std::unique_ptr<varve::Bytes>> buffers_;
  std::size_t depth_ = 0;
};

}  // namespace varve::inline v0::codec
