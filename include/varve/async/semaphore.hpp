// SPDX-License-Identifier: Apache-2.0
// Semaphore: a budget, such as bytes in flight, that coroutines take from and give back, first come first served. It can
// shrink and grow while it is used.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/suspend.hpp>
#include <varve/core/config.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// Thread-safe. Must outlive every Permit.
class Semaphore {
 public:
  explicit Semaphore(std::uint64_t capacity) : capacity_(capacity), free_(static_cast<std::int64_t>(capacity)) {}

  /// What was taken; given back on destruction.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept : from_(std::exchange(other.from_, nullptr)), count_(other.count_) {}
    Permit& operator=(Permit&& other) noexcept {
      std::swap(from_, other.from_);
      std::swap(count_, other.count_);
      return *this;
    }
    ~Permit() {
      if (from_ != nullptr) from_->give_back(count_);
    }

   private:
    friend class Semaphore;
    Permit(Semaphore* from, std::uint64_t count) : from_(from), count_(count) {}
    Semaphore* from_ = nullptr;
    std::uint64_t count_ = 0;
  };

  /// Waits until `count` is free; more than the whole capacity means all of it. Cancellation: total.
  Awaitable<Permit> take(std::uint64_t count);

  /// Changes the capacity, not below what anybody waits for. What has been taken stays taken.
  void resize(std::uint64_t capacity);

 private:
  enum class State { waiting, granted, taken };
  struct Turn {
    std::uint64_t count;
    Resumer resume;
    State state;
  };
  struct Leaving;
  struct StartTurn;

  void give_back(std::uint64_t count);
  bool take_now(std::uint64_t count);
  /// Hands what is free to the longest waiting; the caller holds the mutex and wakes them after it.
  std::vector<Resumer> grant();

  std::mutex mutex_;
  std::uint64_t capacity_;
  std::int64_t free_;  // below zero after a cut, until enough has been given back
  std::deque<std::shared_ptr<Turn>> queue_;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/semaphore.ipp>
#endif
