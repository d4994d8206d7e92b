// SPDX-License-Identifier: Apache-2.0
// Environment: the two things that make a run differ from the last one, the clock and the source of random ids.
// Both are injected, so that a test replays by seed; a program leaves the defaults.
#pragma once

#include <varve/core/config.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace varve::inline v0 {

/// Microseconds since the Unix epoch, UTC: the unit of nearly every time in the format.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// "2026-08-01T12:00:00.000001Z": RFC 3339, with microseconds.
VARVE_DECL std::string rfc3339(Timestamp time);

namespace detail {
/// Fills `bytes` from the kernel's generator. Throws std::system_error if there is none.
VARVE_DECL void system_random(std::span<std::uint8_t> bytes);
}  // namespace detail

struct Environment {
  /// The current time.
  std::function<Timestamp()> now = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  };
  /// Fills a span with random bytes of cryptographic quality: ids that two writers draw must never meet. Called from
  /// several threads at once.
  std::function<void(std::span<std::uint8_t>)> random = detail::system_random;

  /// A fresh random id.
  template <class Id>
  Id new_id() const {
    Id id;
    random(id.bytes);
    return id;
  }
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/core/impl/environment.ipp>
#endif
