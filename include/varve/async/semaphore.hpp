// SPDX-License-Identifier: Apache-2.0
// Semaphore: a budget, such as bytes in flight, that coroutines take from and give back, first come first served. It can
// shrink and grow while it is used.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/suspend.hpp>

#include <algorithm>
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
  Awaitable<Permit> take(std::uint64_t count) {
    {
      const std::scoped_lock lock(mutex_);
      count = std::min(count, capacity_);
    }
    const auto turn = std::make_shared<Turn>(Turn{count, {}, State::waiting});
    const Leaving leaving{*this, turn};
    auto start = [&](Resumer resume) {
      bool now = false;
      {
        const std::scoped_lock lock(mutex_);
        if (take_now(count)) {
          turn->state = State::granted;
          now = true;
        } else {
          turn->resume = resume;
          queue_.push_back(turn);
        }
      }
      if (now) resume();
    };
    {
      const std::scoped_lock lock(mutex_);
      if (take_now(count)) {
        turn->state = State::taken;
        co_return Permit(this, count);
      }
    }
    co_await suspend(start);
    const std::scoped_lock lock(mutex_);
    if (turn->state != State::granted) co_return Permit();  // cancelled: the caller's next await throws
    turn->state = State::taken;
    co_return Permit(this, count);
  }

  /// Changes the capacity, not below what anybody waits for. What has been taken stays taken.
  void resize(std::uint64_t capacity) {
    std::vector<Resumer> woken;
    {
      const std::scoped_lock lock(mutex_);
      for (const auto& turn : queue_) capacity = std::max(capacity, turn->count);
      free_ += static_cast<std::int64_t>(capacity) - static_cast<std::int64_t>(capacity_);
      capacity_ = capacity;
      woken = grant();
    }
    for (const Resumer& resume : woken) resume();
  }

 private:
  enum class State { waiting, granted, taken };
  struct Turn {
    std::uint64_t count;
    Resumer resume;
    State state;
  };
  /// Gives a turn up if its coroutine ends, by a cancellation, without having taken it.
  struct Leaving {
    Semaphore& semaphore;
    const std::shared_ptr<Turn>& turn;
    ~Leaving() {
      std::vector<Resumer> woken;
      {
        const std::scoped_lock lock(semaphore.mutex_);
        if (turn->state == State::taken) return;
        if (turn->state == State::granted) semaphore.free_ += static_cast<std::int64_t>(turn->count);
        std::erase(semaphore.queue_, turn);
        woken = semaphore.grant();
      }
      for (const Resumer& resume : woken) resume();
    }
  };

  void give_back(std::uint64_t count) {
    std::vector<Resumer> woken;
    {
      const std::scoped_lock lock(mutex_);
      free_ += static_cast<std::int64_t>(count);
      woken = grant();
    }
    for (const Resumer& resume : woken) resume();
  }

  bool take_now(std::uint64_t count) {
    if (!queue_.empty() || free_ < static_cast<std::int64_t>(count)) return false;
    free_ -= static_cast<std::int64_t>(count);
    return true;
  }

  /// Hands what is free to the longest waiting; the caller holds the mutex and wakes them after it.
  std::vector<Resumer> grant() {
    std::vector<Resumer> woken;
    while (!queue_.empty() && static_cast<std::int64_t>(queue_.front()->count) <= free_) {
      free_ -= static_cast<std::int64_t>(queue_.front()->count);
      queue_.front()->state = State::granted;
      woken.push_back(std::move(queue_.front()->resume));
      queue_.pop_front();
    }
    return woken;
  }

  std::mutex mutex_;
  std::uint64_t capacity_;
  std::int64_t free_;  // below zero after a cut, until enough has been given back
  std::deque<std::shared_ptr<Turn>> queue_;
};

}  // namespace varve::inline v0
