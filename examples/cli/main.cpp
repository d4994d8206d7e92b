// SPDX-License-Identifier: Apache-2.0
// varve: repositories from the command line.
#include "frame.hpp"

#include <varve/core/version.hpp>

#include <algorithm>
#include <iostream>

using namespace varve;

int main(int argc, char** argv) {
  cli::Frame frame;
  CLI::App app("Versioned Zarr hierarchies on object storage, compatible with Icechunk.", "varve");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.set_help_all_flag("--help-all", "Print the help of every command");
  app.set_version_flag("--version", std::to_string(VARVE_VERSION_MAJOR) + "." + std::to_string(VARVE_VERSION_MINOR) +
                                        "." + std::to_string(VARVE_VERSION_PATCH));
  app.footer(
      "A REF is a branch, a tag, a snapshot id or the beginning of one, or BRANCH@{TIME} for a branch as it was.\n" +
      cli::exit_codes());
  cli::add_repository(app, frame);
  cli::add_history(app, frame);
  cli::add_refs(app, frame);
  cli::add_settings(app, frame);
  cli::add_arrays(app, frame);
  cli::add_upkeep(app, frame);
  cli::add_clone(app, frame);
  cli::add_bench(app, frame);
  cli::add_completion(app, frame);

  // Known before anything is parsed, so that a mistake on the command line is told in the same way.
  frame.json = std::any_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
  const auto fail = [&](cli::Exit code, std::string_view kind, std::string_view key, const std::string& what) {
    if (frame.json) {
      Json::Object error{
          {"error", Json(kind)}, {"message", Json(what)}, {"key", Json(key)}, {"exit", Json(static_cast<int>(code))}};
      std::cerr << Json(std::move(error)).text() << '\n';
    } else {
      std::cerr << "varve: " << what << '\n';
    }
    return static_cast<int>(code);
  };
  try {
    app.parse(argc, argv);
    std::cout.flush();
    if (!std::cout) return fail(cli::Exit::storage, "io_error", "", "the output could not be written");
    return static_cast<int>(frame.exit);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help
    std::string hint;
    if (argc > 1 && argv[1][0] != '-') {
      std::vector<std::string> names;
      for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(each->get_name());
      if (std::find(names.begin(), names.end(), argv[1]) == names.end()) {
        const std::string meant = cli::suggestion(argv[1], names);
        return fail(cli::Exit::usage, "invalid_argument", argv[1],
                    "there is no command `" + std::string(argv[1]) + "`; " +
                        (meant.empty() ? "`varve --help` lists them" : meant));
      }
      hint = "; see `varve " + std::string(argv[1]) + " --help`";
    }
    return fail(cli::Exit::usage, "invalid_argument", "", std::string(error.what()) + hint);
  } catch (const Error& error) {
    return fail(cli::exit_of(error.code()), error.kind(), error.key(), error.what());
  } catch (const std::exception& error) {
    return fail(cli::Exit::storage, "io_error", "", error.what());
  }
}
