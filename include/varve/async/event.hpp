// SPDX-License-Identifier: Apache-2.0
// Event: something that happens once, and that any number of coroutines wait for.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/suspend.hpp>

#include <mutex>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// Thread-safe.
class Event {
 public:
  void set() {
    std::vector<Resumer> waiting;
    {
      const std::scoped_lock lock(mutex_);
      if (std::exchange(set_, true)) return;
      waiting.swap(waiting_);
    }
    for (const Resumer& resume : waiting) resume();
  }

  /// Waits until the event is set. Cancellation: none.
  Awaitable<void> wait() {
    auto start = [this](Resumer resume) {
      {
        const std::scoped_lock lock(mutex_);
        if (!set_) {
          waiting_.push_back(std::move(resume));
          return;
        }
      }
      resume();
    };
    co_await suspend(start, nullptr);
  }

 private:
  std::mutex mutex_;
  bool set_ = false;
  std::vector<Resumer> waiting_;
};

}  // namespace varve::inline v0
