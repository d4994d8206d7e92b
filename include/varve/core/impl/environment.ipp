// SPDX-License-Identifier: Apache-2.0
// Bodies of environment.hpp.
#pragma once

#include <varve/core/environment.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <system_error>

#include <unistd.h>

namespace varve::inline v0 {

VARVE_DECL std::string rfc3339(Timestamp time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  if (day < sys_days(year(0) / 1 / 1) || day > sys_days(year(9999) / 12 / 31)) {  // what the notation has no room for
    return std::to_string(time.time_since_epoch().count()) + " microseconds after 1970";
  }
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text;
}

VARVE_DECL void detail::system_random(std::span<std::uint8_t> bytes) {
  constexpr std::size_t most = 256;  // what one getentropy call gives
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), most);
    if (::getentropy(bytes.data(), size) != 0) throw std::system_error(errno, std::system_category(), "getentropy");
    bytes = bytes.subspan(size);
  }
}

}  // namespace varve::inline v0
