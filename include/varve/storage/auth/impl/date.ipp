// SPDX-License-Identifier: Apache-2.0
// Bodies of date.hpp.
#pragma once

#include <varve/storage/auth/date.hpp>

#include <array>
#include <chrono>
#include <cstddef>

namespace varve::inline v0::storage::auth {

namespace detail {

inline constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
inline constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Reads a text from left to right; the first thing that does not fit makes all the rest fail.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  void expect(std::string_view text) {
    if (!rest_.starts_with(text)) return fail();
    rest_.remove_prefix(text.size());
  }
  int number(std::size_t digits) {
    if (rest_.size() < digits) return fail(), 0;
    int value = 0;
    for (std::size_t i = 0; i != digits; ++i) {
      const char digit = rest_[i];
      if (digit < '0' || digit > '9') return fail(), 0;
      value = value * 10 + (digit - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  template <std::size_t Count>
  int name(const std::array<std::string_view, Count>& names) {
    for (std::size_t i = 0; i != Count; ++i) {
      if (!rest_.starts_with(names[i])) continue;
      rest_.remove_prefix(names[i].size());
      return static_cast<int>(i);
    }
    return fail(), 0;
  }
  void skip() { rest_.remove_prefix(rest_.empty() ? 0 : 1); }
  void fail() { good_ = false; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

inline std::optional<Timestamp> assemble(int year, int month, int day, int hour, int minute, int second) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second);
}

inline void append_digits(std::string& out, unsigned value, std::size_t digits) {
  const std::string text = std::to_string(value);
  if (text.size() < digits) out.append(digits - text.size(), '0');
  out += text;
}

}  // namespace detail

VARVE_DECL std::string http_date(Timestamp when) {
  using namespace std::chrono;
  const auto day = floor<days>(when);
  const year_month_day date(day);
  const hh_mm_ss time(floor<seconds>(when - day));
  std::string text(detail::day_names[weekday(day).c_encoding()]);
  text += ", ";
  detail::append_digits(text, static_cast<unsigned>(date.day()), 2);
  text += ' ';
  text += detail::month_names[static_cast<unsigned>(date.month()) - 1];
  text += ' ';
  detail::append_digits(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  for (const auto part : {time.hours().count(), time.minutes().count(), time.seconds().count()}) {
    text += text.size() < 17 ? ' ' : ':';
    detail::append_digits(text, static_cast<unsigned>(part), 2);
  }
  return text + " GMT";
}

VARVE_DECL std::optional<Timestamp> parse_http_date(std::string_view text) {
  detail::DateReader reader(text);
  reader.name(detail::day_names);
  reader.expect(", ");
  const int day = reader.number(2);
  reader.expect(" ");
  const int month = reader.name(detail::month_names) + 1;
  reader.expect(" ");
  const int year = reader.number(4);
  reader.expect(" ");
  const int hour = reader.number(2);
  reader.expect(":");
  const int minute = reader.number(2);
  reader.expect(":");
  const int second = reader.number(2);
  reader.expect(" GMT");
  if (!reader.at_end()) return std::nullopt;
  return detail::assemble(year, month, day, hour, minute, second);
}

VARVE_DECL std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  detail::DateReader reader(text);
  const int year = reader.number(4);
  reader.expect("-");
  const int month = reader.number(2);
  reader.expect("-");
  const int day = reader.number(2);
  reader.expect("T");
  const int hour = reader.number(2);
  reader.expect(":");
  const int minute = reader.number(2);
  reader.expect(":");
  const int second = reader.number(2);
  int micros = 0;
  if (reader.good() && reader.peek() == '.') {
    reader.skip();
    int unit = 100'000;
    if (reader.peek() < '0' || reader.peek() > '9') reader.fail();
    for (; reader.peek() >= '0' && reader.peek() <= '9'; unit /= 10) micros += reader.number(1) * unit;
  }
  int offset_minutes = 0;
  if (reader.peek() == '+' || reader.peek() == '-') {
    const int sign = reader.peek() == '-' ? -1 : 1;
    reader.skip();
    const int hours = reader.number(2);
    reader.expect(":");
    offset_minutes = sign * (hours * 60 + reader.number(2));
  } else {
    reader.expect("Z");
  }
  if (!reader.at_end()) return std::nullopt;
  auto time = detail::assemble(year, month, day, hour, minute, second);
  if (time) *time += std::chrono::microseconds(micros) - std::chrono::minutes(offset_minutes);
  return time;
}

}  // namespace varve::inline v0::storage::auth
