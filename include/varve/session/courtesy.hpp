// SPDX-License-Identifier: Apache-2.0
// Courtesy: why no process starves among others that commit to one branch. Who lost a race reads what the winner wrote
// and is back a round of requests later than the winner with its next commit, who would thus win again and again. So
// losers never pause, and a winner gives way for about as long as others let it wait before.
#pragma once

#include <varve/core/environment.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace varve::inline v0::detail {

/// Thread-safe.
class Courtesy {
 public:
  using Duration = std::chrono::steady_clock::duration;

  /// A commit landed after `lost` lost races; the last try took `took`.
  void landed(std::size_t lost, Duration took) {
    const std::scoped_lock lock(mutex_);
    lost_ = (lost_ + static_cast<double>(lost)) / 2;
    took_ = took;
  }

  /// How long to wait before the next commit: nothing among writers who do not meet, and never more than a second.
  Duration pause(const Environment& environment) {
    const std::scoped_lock lock(mutex_);
    if (lost_ < 0.1) return Duration(0);
    std::array<std::uint8_t, 4> random{};
    environment.random(random);
    double share = 0;
    for (const std::uint8_t byte : random) share = (share + byte) / 256;
    const auto most = std::min<Duration>(std::chrono::duration_cast<Duration>(lost_ * took_), std::chrono::seconds(1));
    return std::chrono::duration_cast<Duration>(share * most);
  }

 private:
  std::mutex mutex_;
  double lost_ = 0;  // races per commit, of late
  Duration took_{};
};

}  // namespace varve::inline v0::detail
