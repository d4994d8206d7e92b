// SPDX-License-Identifier: Apache-2.0
#include "progress.hpp"

#include "frame.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace varve::cli {

Progress::Progress(std::string what, Unit unit)
    : what_(std::move(what)), unit_(unit), terminal_(isatty(STDERR_FILENO) != 0),
      shown_(when == When::always || (when == When::automatic && terminal_)),
      next_(begin_ + std::chrono::seconds(when == When::always ? 0 : 1)) {}

Progress::~Progress() {
  if (drawn_ && terminal_) std::fputs("\r\x1b[K", stderr);
}

std::string Progress::amount(std::uint64_t count) const {
  return unit_ == Unit::bytes ? size_text(count) : std::to_string(count);
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  if (!shown_) return;
  const std::scoped_lock lock(mutex_);
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const double rate = seconds == 0 ? 0 : static_cast<double>(done) / seconds;
  std::string text = what_ + " ";
  if (total != 0) {
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    constexpr std::size_t width = 24;
    const auto filled = static_cast<std::size_t>(part * width);
    text += "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] ";
    text += std::to_string(static_cast<int>(part * 100)) + "% of " + amount(total);
  } else {
    text += amount(done);
  }
  text += ", " + amount(static_cast<std::uint64_t>(rate)) + "/s";
  if (total > done && rate > 0) {
    const auto left = static_cast<std::uint64_t>(static_cast<double>(total - done) / rate);
    char clock[48];
    std::snprintf(clock, sizeof(clock), ", %llu:%02llu left", static_cast<unsigned long long>(left / 60),
                  static_cast<unsigned long long>(left % 60));
    text += clock;
  }
  drawn_ = true;
  if (!terminal_) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return;
  }
  winsize size{};
  const std::size_t columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
  text.resize(std::min(text.size(), columns - 1));
  std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
  std::fflush(stderr);
}

}  // namespace varve::cli
