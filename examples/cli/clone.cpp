// SPDX-License-Identifier: Apache-2.0
// cp.
#include "engine.hpp"
#include "frame.hpp"
#include "progress.hpp"

namespace varve::cli {

namespace {

struct Options {
  std::string from, to;
  bool overwrite = false;
  std::size_t at_once = 32;
};

void copy(const Options& given, const Frame& frame) {
  CloneReport report;
  {
    Progress progress("copying");
    CloneOptions options;
    options.overwrite = given.overwrite;
    options.concurrency = given.at_once;
    options.progress = [&](const CloneReport& so_far) { progress.show(so_far.bytes, so_far.total_bytes); };
    report = clone(given.from, given.to, options);
  }
  if (frame.json) {
    return frame.answer(Json::Object{{"objects", report.objects},
                                     {"bytes", report.bytes},
                                     {"kept_objects", report.kept_objects},
                                     {"kept_bytes", report.kept_bytes},
                                     {"changed", report.changed}});
  }
  frame.line("copied " + std::to_string(report.objects) + " objects, " + size_text(report.bytes) + "; " +
             std::to_string(report.kept_objects) + " were there already" +
             (report.changed ? "" : "; the clone was at the newest state"));
}

}  // namespace

void add_clone(CLI::App& app, Frame& frame) {
  const auto given = std::make_shared<Options>();
  auto* added =
      command(app, frame, "cp", "Clone a repository to another store, or bring a clone up to date",
              "  varve cp ./ocean s3://bucket/ocean\n  varve cp s3://bucket/ocean gs://other/ocean --at-once 128");
  added->alias("clone");
  url_of(added, given->from, "FROM");
  url_of(added, given->to, "TO");
  added->add_flag("--overwrite", given->overwrite, "Replace another repository, or a clone's own changes");
  added->add_option("--at-once", given->at_once, "Objects on their way at once")->check(CLI::Range(1, 4096));
  added->callback([=, &frame] { copy(*given, frame); });
}

}  // namespace varve::cli
