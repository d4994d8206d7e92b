// SPDX-License-Identifier: Apache-2.0
// Bodies of semaphore.hpp.
#pragma once

#include <varve/async/semaphore.hpp>

#include <algorithm>

namespace varve::inline v0 {

/// Gives a turn up if its coroutine ends, by a cancellation, without having taken it.
struct Semaphore::Leaving {
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

struct Semaphore::StartTurn {
  Semaphore& semaphore;
  const std::shared_ptr<Turn>& turn;

  void operator()(Resumer resume) const {
    bool now = false;
    {
      const std::scoped_lock lock(semaphore.mutex_);
      if (semaphore.take_now(turn->count)) {
        turn->state = State::granted;
        now = true;
      } else {
        turn->resume = resume;
        semaphore.queue_.push_back(turn);
      }
    }
    if (now) resume();
  }
};

VARVE_DECL Awaitable<Semaphore::Permit> Semaphore::take(std::uint64_t count) {
  {
    const std::scoped_lock lock(mutex_);
    count = std::min(count, capacity_);
  }
  const auto turn = std::make_shared<Turn>(Turn{count, {}, State::waiting});
  const Leaving leaving{*this, turn};
  {
    const std::scoped_lock lock(mutex_);
    if (take_now(count)) {
      turn->state = State::taken;
      co_return Permit(this, count);
    }
  }
  const StartTurn start{*this, turn};
  co_await suspend(start);
  const std::scoped_lock lock(mutex_);
  if (turn->state != State::granted) co_return Permit();  // cancelled: the caller's next await throws
  turn->state = State::taken;
  co_return Permit(this, count);
}

VARVE_DECL void Semaphore::resize(std::uint64_t capacity) {
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

VARVE_DECL void Semaphore::give_back(std::uint64_t count) {
  std::vector<Resumer> woken;
  {
    const std::scoped_lock lock(mutex_);
    free_ += static_cast<std::int64_t>(count);
    woken = grant();
  }
  for (const Resumer& resume : woken) resume();
}

VARVE_DECL bool Semaphore::take_now(std::uint64_t count) {
  if (!queue_.empty() || free_ < static_cast<std::int64_t>(count)) return false;
  free_ -= static_cast<std::int64_t>(count);
  return true;
}

VARVE_DECL std::vector<Resumer> Semaphore::grant() {
  std::vector<Resumer> woken;
  while (!queue_.empty() && static_cast<std::int64_t>(queue_.front()->count) <= free_) {
    free_ -= static_cast<std::int64_t>(queue_.front()->count);
    queue_.front()->state = State::granted;
    woken.push_back(std::move(queue_.front()->resume));
    queue_.pop_front();
  }
  return woken;
}

}  // namespace varve::inline v0
