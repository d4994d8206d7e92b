// SPDX-License-Identifier: Apache-2.0
// Waiting for time to pass: a pause, a deadline for an operation, and the pauses between tries of one.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

namespace varve::inline v0 {

/// Waits without holding a thread. Cancellation: total; the next await throws as Asio does.
VARVE_DECL Awaitable<void> sleep_for(std::chrono::steady_clock::duration pause);

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

namespace detail {

struct RaceEnd {
  bool late = false;  ///< the limit passed, and the work was cancelled
  std::exception_ptr thrown;
};

/// Runs `work` and cancels it once `limit` has passed; waits for its end either way.
VARVE_DECL Awaitable<RaceEnd> race(std::chrono::steady_clock::duration limit, Awaitable<void> work);

}  // namespace detail

/// The result of `work` if it comes within `limit`; else `work` is cancelled, joined, and the error is
/// `errc::timed_out`, unless `work` succeeded all the same.
template <class T>
Awaitable<Result<T>> within(std::chrono::steady_clock::duration limit, Awaitable<Result<T>> work) {
  std::optional<Result<T>> result;
  const detail::RaceEnd end = co_await detail::race(limit, detail::store_result(std::move(work), result));
  const bool failed = end.thrown || (result && !result->has_value());
  if (end.late && failed) co_return Error(errc::timed_out, "finish within the deadline");
  if (end.thrown) std::rethrow_exception(end.thrown);
  co_return *std::move(result);
}

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/sleep.ipp>
#endif
