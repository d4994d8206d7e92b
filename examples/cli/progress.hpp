// SPDX-License-Identifier: Apache-2.0
// A progress bar, on a terminal for what takes longer than a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace varve::cli {

/// Draws on the standard error stream. Thread-safe; what it drew on a terminal is gone when it goes.
class Progress {
 public:
  enum class Unit : std::uint8_t { bytes, objects };
  /// `automatic` is on a terminal, after a second; `always` also writes lines into a file or pipe.
  enum class When : std::uint8_t { automatic, always, never };
  static inline When when = When::automatic;  ///< for all bars of the program

  explicit Progress(std::string what, Unit unit = Unit::bytes);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `total` is 0 where it is not known.
  void show(std::uint64_t done, std::uint64_t total);

 private:
  std::string amount(std::uint64_t count) const;

  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  std::string what_;
  Unit unit_;
  const bool terminal_;
  const bool shown_;
  bool drawn_ = false;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point next_;
};

}  // namespace varve::cli
