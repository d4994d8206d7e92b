// SPDX-License-Identifier: Apache-2.0
// Waiting for time to pass: a pause, a deadline for an operation, and the pauses between tries of one.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/spawned.hpp>
#include <varve/async/suspend.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>

namespace varve::inline v0 {

/// Waits without holding a thread. Cancellation: total; the next await throws as Asio does.
inline Awaitable<void> sleep_for(std::chrono::steady_clock::duration pause) {
  asio::steady_timer timer(co_await asio::this_coro::executor, pause);
  co_await timer.async_wait(asio::use_awaitable);
}

/// The pauses of a retried operation: none for the first `immediate` tries, then `initial`, doubling up to `most`, each
/// drawn at random between half and all of it so that writers who collided once do not collide again.
struct Backoff {
  std::size_t immediate = 5;
  std::chrono::milliseconds initial{50};
  std::chrono::milliseconds most{30'000};

  /// The pause before try `attempt`, counted from 1.
  std::chrono::microseconds pause(std::size_t attempt, const Environment& environment) const {
    if (attempt <= immediate) return std::chrono::microseconds(0);
    const std::size_t doublings = std::min<std::size_t>(attempt - immediate - 1, 30);
    const auto full = std::min<std::chrono::microseconds>(initial * (std::int64_t{1} << doublings), most);
    std::array<std::uint8_t, 4> random{};
    environment.random(random);
    std::uint64_t word = 0;
    for (const std::uint8_t byte : random) word = word << 8 | byte;
    const auto half = static_cast<std::uint64_t>(full.count()) / 2;
    return std::chrono::microseconds(static_cast<std::int64_t>(half + (half * word >> 32)));
  }
};

/// The result of `work` if it comes within `limit`; else `work` is cancelled, joined, and the error is
/// `errc::timed_out`, unless `work` succeeded all the same.
template <class T>
Awaitable<Result<T>> within(std::chrono::steady_clock::duration limit, Awaitable<Result<T>> work) {
  struct Race {
    explicit Race(const asio::any_io_executor& executor)
        : spawned(std::make_shared<detail::Spawned>(executor)), timer(spawned->strand()) {}
    std::shared_ptr<detail::Spawned> spawned;
    asio::steady_timer timer;  // its end runs on the strand of the work
    std::optional<Result<T>> result;
    std::exception_ptr thrown;
    bool over = false;
    bool late = false;
  };
  const auto race = std::make_shared<Race>(co_await asio::this_coro::executor);
  auto start = [&](Resumer resume) {
    auto run = [](std::shared_ptr<Race> shared, Awaitable<Result<T>> inner) -> Awaitable<void> {
      shared->result.emplace(co_await std::move(inner));
    };
    auto ended = [race, resume](std::exception_ptr thrown) {
      race->thrown = thrown;
      race->over = true;
      race->timer.cancel();
      resume();
    };
    auto expired = [race](const boost::system::error_code& stopped) {
      if (stopped || race->over) return;
      race->late = true;
      race->spawned->cancel();
    };
    race->timer.expires_after(limit);
    race->timer.async_wait(std::move(expired));
    race->spawned->start(run(race, std::move(work)), std::move(ended));
  };
  auto cancel = [race](const Resumer&) { race->spawned->cancel(); };
  co_await suspend(start, cancel);
  const bool failed = race->thrown || (race->result && !race->result->has_value());
  if (race->late && failed) co_return Error(errc::timed_out, "finish within the deadline");
  if (race->thrown) std::rethrow_exception(race->thrown);
  co_return *std::move(race->result);
}

}  // namespace varve::inline v0
