// SPDX-License-Identifier: Apache-2.0
// Waiting for time to pass: a pause, a deadline for an operation, and the pauses between tries of one.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/suspend.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
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
  // A strand keeps the timer, the signal and the work apart on a caller's executor of many threads.
  const auto strand = asio::make_strand(co_await asio::this_coro::executor);
  struct Race {
    explicit Race(asio::any_io_executor executor) : timer(std::move(executor)) {}
    asio::steady_timer timer;
    asio::cancellation_signal signal;
    std::optional<Result<T>> result;
    std::exception_ptr thrown;
    bool late = false;
  };
  const auto race = std::make_shared<Race>(strand);
  auto start = [&](Resumer resume) {
    auto run = [](std::shared_ptr<Race> shared, Awaitable<Result<T>> inner) -> Awaitable<void> {
      shared->result.emplace(co_await std::move(inner));
    };
    auto ended = [race, resume](std::exception_ptr thrown) {
      race->thrown = thrown;
      race->timer.cancel();
      resume();
    };
    auto expired = [race](const boost::system::error_code& stopped) {
      if (stopped || race->result) return;
      race->late = true;
      race->signal.emit(asio::cancellation_type::all);
    };
    race->timer.expires_after(limit);
    race->timer.async_wait(std::move(expired));  // on the strand, its executor
    asio::co_spawn(strand, run(race, std::move(work)),
                   asio::bind_cancellation_slot(race->signal.slot(), std::move(ended)));
  };
  auto cancel = [race, strand](const Resumer&) {
    asio::post(strand, [race] { race->signal.emit(asio::cancellation_type::all); });
  };
  co_await suspend(start, cancel);
  const bool failed = race->thrown || (race->result && !race->result->has_value());
  if (race->late && failed) co_return Error(errc::timed_out, "finish within the deadline");
  if (race->thrown) std::rethrow_exception(race->thrown);
  co_return *std::move(race->result);
}

}  // namespace varve::inline v0
