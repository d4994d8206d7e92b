// SPDX-License-Identifier: Apache-2.0
#include "frame.hpp"

#include "progress.hpp"

#include <varve/zarr/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace varve::cli {

namespace chrono = std::chrono;

Exit exit_of(errc code) {
  switch (code) {
    case errc::repository_not_found:
    case errc::branch_not_found:
    case errc::tag_not_found:
    case errc::snapshot_not_found:
    case errc::node_not_found:
    case errc::chunk_not_found:
      return Exit::not_found;
    case errc::conflict:
    case errc::rebase_failed:
    case errc::reference_moved:
    case errc::update_exhausted:
      return Exit::conflict;
    case errc::unreachable:
    case errc::throttled:
    case errc::io_error:
    case errc::no_space:
    case errc::unsupported_operation:
    case errc::denied:
    case errc::timed_out:
    case errc::cancelled:
      return Exit::storage;
    case errc::missing_object:
    case errc::corrupt:
    case errc::unsupported_format:
    case errc::bad_metadata:
    case errc::unsupported_codec:
    case errc::unsupported_data_type:
    case errc::unsupported_chunk_grid:
    case errc::unsupported_virtual:
      return Exit::damaged;
    case errc::invalid_argument:
    case errc::invalid_path:
    case errc::invalid_ref_name:
    case errc::invalid_id:
    case errc::invalid_key:
    case errc::out_of_bounds:
    case errc::shape_mismatch:
    case errc::type_mismatch:
    case errc::not_an_array:
    case errc::not_a_group:
      return Exit::usage;
    default:
      return Exit::refused;
  }
}

std::string exit_codes() {
  return "Exit codes: 0 done; 1 a check found something, or the repository does not allow it; 2 the command line makes "
         "no\n"
         "sense; 3 not found; 4 somebody else was first; 5 the store failed or denied it; 6 stored bytes cannot be "
         "read.";
}

std::string Frame::paint(Style style, std::string_view text) const {
  static const bool terminal = isatty(STDOUT_FILENO) != 0;
  const char* const forbidden = std::getenv("NO_COLOR");
  const char* const kind = std::getenv("TERM");
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  const char* code = nullptr;
  switch (style) {
    case Style::plain:
      break;
    case Style::strong:
      code = "1";
      break;
    case Style::id:
      code = "33";
      break;
    case Style::name:
      code = "36";
      break;
    case Style::faint:
      code = "2";
      break;
    case Style::good:
      code = "32";
      break;
    case Style::bad:
      code = "31";
      break;
  }
  if (code == nullptr || text.empty() || !terminal || no_colour || dumb ||
      (forbidden != nullptr && *forbidden != '\0')) {
    return std::string(text);
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

void Frame::line(std::string_view text) const { std::cout << text << '\n'; }
void Frame::answer(const Json& value) const { std::cout << value.text() << '\n'; }

bool Frame::confirm(const std::string& question, bool yes) const {
  if (yes || isatty(STDIN_FILENO) == 0) return true;
  std::cerr << question << " [y/N] " << std::flush;
  std::string said;
  std::getline(std::cin, said);
  return said == "y" || said == "Y" || said == "yes";
}

namespace {

/// The characters of UTF-8 text.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

void Table::print(const Frame& frame) const {
  if (rows_.empty()) return;
  std::vector<std::size_t> widths;
  for (const std::string& heading : headings_) widths.push_back(width(heading));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i != row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  const auto print_row = [&](const std::vector<std::string>& row, bool heading) {
    std::string text;
    for (std::size_t i = 0; i != row.size(); ++i) {
      text += frame.paint(heading ? Style::faint : i < styles_.size() ? styles_[i] : Style::plain, row[i]);
      if (i + 1 != row.size()) text.append(widths[i] - width(row[i]) + 2, ' ');
    }
    frame.line(text);
  };
  print_row(headings_, true);
  for (const auto& row : rows_) print_row(row, false);
}

CLI::App* command(CLI::App& app, Frame& frame, const std::string& name, const std::string& about,
                  const std::string& examples) {
  CLI::App* const added = app.add_subcommand(name, about);
  added->add_flag("--json", frame.json, "Print JSON, for programs")->group("Output");
  added->add_flag("--no-color", frame.no_colour, "Print without colours, as where $NO_COLOR is set")->group("Output");
  added
      ->add_option_function<std::string>(
          "--progress",
          [](const std::string& when) {
            Progress::when = when == "always" ? Progress::When::always
                             : when == "never" ? Progress::When::never
                                               : Progress::When::automatic;
          },
          "Show progress; auto: on a terminal, after a second")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->group("Output");
  added->footer("Examples:\n" + examples);
  return added;
}

void url_of(CLI::App* command, std::string& url, const std::string& name) {
  command
      ->add_option_function<std::string>(
          name, [&url](const std::string& text) { url = full_url(text); },
          "Where the repository is: a folder, or file://, s3://, gs://, az://, http(s)://")
      ->required();
}

std::string full_url(const std::string& text) {
  const auto colon = text.find(':');
  const bool has_scheme = colon != std::string::npos && colon > 1 &&
                          std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+';
                          });
  if (has_scheme) return text;
  if (text.empty()) throw usage("the URL is empty");
  std::string url = "file://";
  for (const char c : std::filesystem::absolute(text).lexically_normal().string()) {
    if (c == '%')
      url += "%25";
    else if (c == '?')
      url += "%3F";
    else if (c == '#')
      url += "%23";
    else
      url += c;
  }
  return url;
}

std::string url_below(const std::string& url, const std::string& name) {
  const auto query = std::min(url.find('?'), url.size());
  std::string below = url.substr(0, query);
  if (!below.ends_with('/')) below += '/';
  return below + name + url.substr(query);
}

Error usage(std::string what) { return Error(errc::invalid_argument, "read the command line", {}, std::move(what)); }

std::string time_text(Timestamp time) {
  std::string text = time_json(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string time_json(Timestamp time) {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

Timestamp parse_time(const std::string& text) {
  const auto bad = [&] {
    return usage("`" + text +
                 "` is no time; write 2026-11-23, 2026-11-23T09:10:07Z, or an age such as 30d, 12h or 90s");
  };
  if (text.size() >= 2 && text.find('-') == std::string::npos) {
    std::int64_t count = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size() - 1, count);
    const auto unit = std::string_view("smhdw").find(text.back());
    constexpr std::int64_t seconds[] = {1, 60, 3600, 86400, 604800};
    if (failed != std::errc() || end != text.data() + text.size() - 1 || count < 0 || count > 1'000'000'000 ||
        unit == std::string_view::npos) {
      throw bad();
    }
    return Environment().now() - chrono::seconds(count * seconds[unit]);
  }
  int year = 0;
  unsigned month = 0, day = 0;
  int hour = 0, minute = 0, used = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) != 3) throw bad();
  std::string rest = text.substr(static_cast<std::size_t>(used));
  if (rest.ends_with('Z')) rest.pop_back();
  if (!rest.empty()) {
    if (rest[0] != 'T' && rest[0] != ' ') throw bad();
    rest.erase(0, 1);
    int clock = 0, whole = 0;
    if (std::sscanf(rest.c_str(), "%2d:%2d%n:%lf%n", &hour, &minute, &clock, &second, &whole) < 2) throw bad();
    if (static_cast<std::size_t>(std::max(clock, whole)) != rest.size()) throw bad();
  }
  const chrono::year_month_day date{chrono::year(year), chrono::month(month), chrono::day(day)};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || !(second >= 0 && second < 61)) throw bad();
  return Timestamp(chrono::sys_days(date)) + chrono::hours(hour) + chrono::minutes(minute) +
         chrono::microseconds(static_cast<std::int64_t>(second * 1e6 + 0.5));
}

std::string size_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit != 5; ++unit) value /= 1024;
  char text[32];
  std::snprintf(text, sizeof(text), value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return text;
}

Json json_of(const Metadata& metadata) { return Json::Object(metadata.begin(), metadata.end()); }

std::string pretty(const Json& value, int indent) {
  const std::string inner(static_cast<std::size_t>(indent) + 2, ' ');
  const std::string outer(static_cast<std::size_t>(indent), ' ');
  std::string text;
  if (const auto* object = value.as_object(); object != nullptr && !object->empty()) {
    for (const auto& [name, member] : *object) {
      (text += text.empty() ? "{\n" : ",\n") += inner;
      append_json_string(text, name);
      text += ": " + pretty(member, indent + 2);
    }
    return text + "\n" + outer + "}";
  }
  if (const auto* array = value.as_array(); array != nullptr && !array->empty()) {
    const bool plain = std::all_of(array->begin(), array->end(), [](const Json& each) {
      return each.as_array() == nullptr && each.as_object() == nullptr && each.as_string() == nullptr;
    });
    for (const Json& each : *array) {
      if (plain)
        (text += text.empty() ? "[" : ", ") += each.text();
      else
        (text += text.empty() ? "[\n" : ",\n") += inner + pretty(each, indent + 2);
    }
    return text + (plain ? "]" : "\n" + outer + "]");
  }
  return value.text();
}

Metadata parse_pairs(const std::vector<std::string>& pairs) {
  Metadata metadata;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) throw usage("`" + pair + "` is no name=value");
    const std::string value = pair.substr(equals + 1);
    const auto json = zarr::parse_json(value, "value");
    metadata[pair.substr(0, equals)] = json ? *json : Json(value);
  }
  return metadata;
}

std::string suggestion(const std::string& typed, const std::vector<std::string>& candidates) {
  // Letters replaced, left out, added, or two of them swapped.
  const auto distance = [](const std::string& a, const std::string& b) {
    std::vector<std::vector<std::size_t>> far(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
      for (std::size_t j = 0; j <= b.size(); ++j) {
        if (i == 0 || j == 0) {
          far[i][j] = i + j;
          continue;
        }
        far[i][j] =
            std::min({far[i - 1][j] + 1, far[i][j - 1] + 1, far[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          far[i][j] = std::min(far[i][j], far[i - 2][j - 2] + 1);
      }
    }
    return far.back().back();
  };
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(1, typed.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > typed.size() + least || typed.size() > candidate.size() + least) continue;
    if (const std::size_t far = distance(typed, candidate); far < least) {
      least = far;
      best = &candidate;
    }
  }
  return best == nullptr ? "" : "did you mean `" + *best + "`?";
}

}  // namespace varve::cli
