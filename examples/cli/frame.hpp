// SPDX-License-Identifier: Apache-2.0
// What the commands share: how they are declared, and how they print for people and for programs.
#pragma once

#include <varve/core/environment.hpp>
#include <varve/core/error.hpp>
#include <varve/core/json.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace varve::cli {

/// How the program ends.
enum class Exit : int {
  ok = 0,
  refused = 1,    ///< findings of a check, or the repository does not allow it
  usage = 2,      ///< the command line makes no sense
  not_found = 3,  ///< a repository, a ref, a snapshot, a node
  conflict = 4,   ///< somebody else was first
  storage = 5,    ///< the store failed, or denied it
  damaged = 6,    ///< stored bytes that cannot be read
};
Exit exit_of(errc code);
/// The table of exit codes, for help.
std::string exit_codes();

enum class Style : std::uint8_t { plain, strong, id, name, faint, good, bad };

/// What every command gets.
struct Frame {
  bool json = false;
  bool no_colour = false;
  Exit exit = Exit::ok;

  /// The text as it is painted on a terminal; as it is, elsewhere.
  std::string paint(Style style, std::string_view text) const;
  /// Prints a line.
  void line(std::string_view text) const;
  /// Prints the answer for programs.
  void answer(const Json& value) const;
  /// Asks on a terminal; elsewhere, and where `yes` has been said, it is true.
  bool confirm(const std::string& question, bool yes) const;
};

/// Rows under headings, in columns as wide as it takes.
class Table {
 public:
  explicit Table(std::vector<std::string> headings, std::vector<Style> styles = {})
      : headings_(std::move(headings)), styles_(std::move(styles)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print(const Frame& frame) const;

 private:
  std::vector<std::string> headings_;
  std::vector<Style> styles_;
  std::vector<std::vector<std::string>> rows_;
};

/// Declares a command, with the options that all have.
CLI::App* command(CLI::App& app, Frame& frame, const std::string& name, const std::string& about,
                  const std::string& examples);

/// Declares the URL of the repository.
void url_of(CLI::App* command, std::string& url, const std::string& name = "URL");

/// A folder's path becomes its URL; any other URL stays.
std::string full_url(const std::string& text);
/// The URL of what lies below another.
std::string url_below(const std::string& url, const std::string& name);

/// A mistake on the command line that its grammar does not show.
Error usage(std::string what);

/// "2026-11-23 09:10:07", UTC; with microseconds and as RFC 3339 for programs.
std::string time_text(Timestamp time);
std::string time_json(Timestamp time);
/// "2026-11-23", "2026-11-23T09:10[:07[.5]][Z]", or an age: "90s", "30m", "12h", "30d", "4w".
Timestamp parse_time(const std::string& text);

/// "12.3 MiB".
std::string size_text(std::uint64_t bytes);
/// "[2, 3]"
template <class Numbers>
std::string list_text(const Numbers& numbers) {
  std::string text = "[";
  for (const auto& number : numbers) (text += text.size() == 1 ? "" : ", ") += std::to_string(number);
  return text + "]";
}
template <class Values>
Json json_list(const Values& values) {
  Json::Array list;
  for (const auto& value : values) list.emplace_back(value);
  return list;
}
Json json_of(const Metadata& metadata);
/// JSON with white space, for people.
std::string pretty(const Json& value, int indent = 0);

/// `name=value` pairs as metadata: a value that is JSON is taken as such, any other as a string.
Metadata parse_pairs(const std::vector<std::string>& pairs);

/// The candidates that are close to a mistyped name, as a hint: "did you mean `main`?"; empty if there is none.
std::string suggestion(const std::string& typed, const std::vector<std::string>& candidates);

// The families of commands.
void add_repository(CLI::App& app, Frame& frame);
void add_history(CLI::App& app, Frame& frame);
void add_refs(CLI::App& app, Frame& frame);
void add_settings(CLI::App& app, Frame& frame);
void add_arrays(CLI::App& app, Frame& frame);
void add_upkeep(CLI::App& app, Frame& frame);
void add_clone(CLI::App& app, Frame& frame);
void add_bench(CLI::App& app, Frame& frame);
void add_completion(CLI::App& app, Frame& frame);

}  // namespace varve::cli
