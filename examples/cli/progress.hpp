// SPDX-License-Identifier: Apache-2.0
// A progress bar on a terminal, for what takes longer than a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace varve::cli {

/// Draws on the standard error stream, if that is a terminal. Thread-safe; what it drew is gone when it goes.
class Progress {
 public:
  enum class Unit : std::uint8_t { bytes, objects };
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
  bool terminal_;
  bool drawn_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_ + std::chrono::seconds(1);
};

}  // namespace varve::cli
