// SPDX-License-Identifier: Apache-2.0
// Pool: buffers that outlive the operation they were made for, so that reading the next box allocates nothing.
#pragma once

#include <varve/codec/scratch.hpp>
#include <varve/core/bytes.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

inline std::size_t kept_bytes(const Bytes& buffer) { return buffer.capacity(); }
inline std::size_t kept_bytes(const codec::Scratch& scratch) { return scratch.capacity_bytes(); }

/// Thread-safe. The last one given back is the next one lent, while its memory is still in the processor's cache.
template <class Buffer>
class Pool {
 public:
  /// Keeps at most `limit_bytes` that nobody is using.
  explicit Pool(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  class Loan {
   public:
    explicit Loan(Pool& pool) : pool_(pool), buffer_(pool.take()) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() { pool_.give_back(std::move(buffer_)); }
    Buffer& operator*() const { return *buffer_; }
    Buffer* operator->() const { return buffer_.get(); }

   private:
    Pool& pool_;
    std::unique_ptr<Buffer> buffer_;
  };

 private:
  std::unique_ptr<Buffer> take() {
    {
      const std::scoped_lock lock(mutex_);
      if (!free_.empty()) {
        auto buffer = std::move(free_.back());
        free_.pop_back();
        free_bytes_ -= kept_bytes(*buffer);
        return buffer;
      }
    }
    return std::make_unique<Buffer>();
  }
  void give_back(std::unique_ptr<Buffer> buffer) {
    const std::size_t size = kept_bytes(*buffer);
    const std::scoped_lock lock(mutex_);
    if (size > limit_bytes_ - free_bytes_) return;
    free_.push_back(std::move(buffer));
    free_bytes_ += size;
  }

  std::mutex mutex_;
  const std::size_t limit_bytes_;
  std::size_t free_bytes_ = 0;
  std::vector<std::unique_ptr<Buffer>> free_;
};

}  // namespace varve::inline v0::detail
