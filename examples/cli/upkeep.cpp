// SPDX-License-Identifier: Apache-2.0
// gc, expire, stats, verify, repair, rewrite, migrate.
#include "frame.hpp"
#include "progress.hpp"
#include "refspec.hpp"

#include <algorithm>

namespace varve::cli {

namespace {

struct Options {
  std::string url, older_than, ref, message = "manifests rewritten";
  bool amend = false, dry_run = false, yes = false, branches = false, tags = false, backups = false, deep = false, refs = false;
};

void expire(const Options& given, Frame& frame) {
  const Repo repo = Repo::open(given.url);
  ExpireOptions options;
  options.older_than = parse_time(given.older_than);
  options.delete_expired_branches = given.branches;
  options.delete_expired_tags = given.tags;
  options.dry_run = true;
  Expired expired = repo.expire(options);
  const bool any = !expired.released.empty() || !expired.edited.empty() || !expired.deleted_branches.empty() ||
                   !expired.deleted_tags.empty();
  if (!given.dry_run && any) {
    if (!frame.confirm("Expire " + std::to_string(expired.released.size()) + " snapshots from before " +
                           time_text(options.older_than) + " UTC?",
                       given.yes)) {
      frame.exit = Exit::refused;
      return frame.line("nothing has been changed");
    }
    options.dry_run = false;
    expired = repo.expire(options);
  }
  const auto ids = [](const std::vector<SnapshotId>& all) {
    Json::Array list;
    for (const SnapshotId id : all) list.push_back(id.to_string());
    return list;
  };
  if (frame.json) {
    return frame.answer(Json::Object{{"dry_run", given.dry_run},
                                     {"older_than", time_json(options.older_than)},
                                     {"released", ids(expired.released)},
                                     {"edited", ids(expired.edited)},
                                     {"deleted_branches", json_list(expired.deleted_branches)},
                                     {"deleted_tags", json_list(expired.deleted_tags)}});
  }
  const std::string would = given.dry_run ? "would be " : "";
  frame.line(std::to_string(expired.released.size()) + " snapshots from before " + time_text(options.older_than) +
             " UTC " + would + "expired");
  for (const std::string& name : expired.deleted_branches)
    frame.line("branch " + frame.paint(Style::name, name) + " " + would + "deleted");
  for (const std::string& name : expired.deleted_tags)
    frame.line("tag " + frame.paint(Style::name, name) + " " + would + "deleted");
  if (!expired.released.empty() && !given.dry_run) frame.line("their objects go with the next `varve gc`");
}

void collect(const Options& given, Frame& frame) {
  const Repo repo = Repo::open(given.url);
  CollectOptions options;
  options.older_than = parse_time(given.older_than);
  if (given.backups) options.orphan_backups = options.older_than;
  options.dry_run = given.dry_run;
  if (!given.dry_run && !frame.confirm("Delete what no branch and no tag leads to, from before " +
                                           time_text(options.older_than) + " UTC?",
                                       given.yes)) {
    frame.exit = Exit::refused;
    return frame.line("nothing has been deleted");
  }
  Collected collected;
  {
    Progress progress(given.dry_run ? "looking" : "deleting");
    options.progress = [&](const Collected& so_far) { progress.show(so_far.bytes, 0); };
    collected = repo.collect(options);
  }
  if (frame.json) {
    return frame.answer(Json::Object{{"dry_run", given.dry_run},
                                     {"older_than", time_json(options.older_than)},
                                     {"bytes", collected.bytes},
                                     {"chunks", collected.chunks},
                                     {"manifests", collected.manifests},
                                     {"snapshots", collected.snapshots},
                                     {"transaction_logs", collected.transaction_logs},
                                     {"backups", collected.backups}});
  }
  frame.line(size_text(collected.bytes) + (given.dry_run ? " would be deleted: " : " deleted: ") +
             std::to_string(collected.chunks) + " chunks, " + std::to_string(collected.manifests) + " manifests, " +
             std::to_string(collected.snapshots) + " snapshots, " + std::to_string(collected.transaction_logs) +
             " transaction logs, " + std::to_string(collected.backups) + " backups");
}

Json json_of(const ChunkStats& stats) {
  return Json::Object{{"native_chunks", stats.native_chunks},   {"native_bytes", stats.native_bytes},
                      {"inline_chunks", stats.inline_chunks},   {"inline_bytes", stats.inline_bytes},
                      {"virtual_chunks", stats.virtual_chunks}, {"virtual_bytes", stats.virtual_bytes}};
}

void stats(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  std::optional<SnapshotId> version;
  if (!given.ref.empty()) version = resolve(repo, given.ref);
  const RepositoryStats found = repo.stats(version);
  if (frame.json) {
    Json::Object arrays;
    for (const auto& [path, chunks] : found.arrays) arrays.emplace_back(path, json_of(chunks));
    return frame.answer(Json::Object{{"snapshots", found.snapshots},
                                     {"manifests", found.manifests},
                                     {"total", json_of(found.total)},
                                     {"arrays", std::move(arrays)}});
  }
  Table table({"", "chunks", "bytes", "native", "inline", "virtual"}, {Style::name});
  const auto add = [&](const std::string& name, const ChunkStats& chunks) {
    table.add({name, std::to_string(chunks.chunks()), size_text(chunks.bytes()), size_text(chunks.native_bytes),
               size_text(chunks.inline_bytes), size_text(chunks.virtual_bytes)});
  };
  for (const auto& [path, chunks] : found.arrays) add(path, chunks);
  add("all", found.total);
  table.print(frame);
  frame.line(std::to_string(found.snapshots) + " snapshots, " + std::to_string(found.manifests) + " manifests");
}

void verify(const Options& given, Frame& frame) {
  VerifyOptions options;
  options.deep = given.deep;
  VerifyReport report;
  {
    Progress progress("verifying", Progress::Unit::objects);
    options.progress = [&](const VerifyProgress& so_far) { progress.show(so_far.objects, so_far.objects_known); };
    report = Repo::attach(given.url).verify(options);
  }
  frame.exit = report.errors + report.warnings == 0 ? Exit::ok : Exit::refused;
  if (frame.json) {
    Json::Array findings;
    for (const Finding& finding : report.findings) {
      findings.push_back(Json::Object{{"kind", name_of(finding.kind)},
                                      {"severity", name_of(finding.severity)},
                                      {"object", finding.object},
                                      {"path", finding.path},
                                      {"index", json_list(finding.index)},
                                      {"what", finding.what},
                                      {"repair", name_of(finding.repair)}});
    }
    return frame.answer(Json::Object{{"sound", report.is_sound()},
                                     {"errors", report.errors},
                                     {"warnings", report.warnings},
                                     {"notes", report.notes},
                                     {"snapshots", report.snapshots},
                                     {"manifests", report.manifests},
                                     {"transaction_logs", report.transaction_logs},
                                     {"chunk_refs", report.chunk_refs},
                                     {"chunks_decoded", report.chunks_decoded},
                                     {"orphans", report.orphans},
                                     {"orphan_bytes", report.orphan_bytes},
                                     {"changed_meanwhile", report.changed_meanwhile},
                                     {"findings", std::move(findings)}});
  }
  for (const Finding& finding : report.findings) {
    const Style style = finding.severity == Severity::error     ? Style::bad
                        : finding.severity == Severity::warning ? Style::id
                                                                : Style::faint;
    frame.line(frame.paint(style, std::string(name_of(finding.severity))) + "  " + std::string(name_of(finding.kind)) +
               "  " + finding.object + (finding.path.empty() ? "" : " " + finding.path) +
               (finding.index.empty() ? "" : " " + list_text(finding.index)));
    frame.line("    " + finding.what);
  }
  frame.line(frame.paint(report.is_sound() ? Style::good : Style::bad, report.is_sound() ? "sound" : "damaged") + ": " +
             std::to_string(report.snapshots) + " snapshots, " + std::to_string(report.manifests) + " manifests, " +
             std::to_string(report.chunk_refs) + " chunk refs" +
             (given.deep ? ", " + std::to_string(report.chunks_decoded) + " chunks decoded" : "") + "; " +
             std::to_string(report.errors) + " errors, " + std::to_string(report.warnings) + " warnings, " +
             std::to_string(report.notes) + " notes");
  if (report.changed_meanwhile)
    frame.line("the repository changed meanwhile: what is missing may just have been deleted; verify again");
}

void repair(const Options& given, Frame& frame) {
  const Repo repo = Repo::attach(given.url);
  RepairOptions options;
  options.deep = given.deep;
  options.drop_refs = given.refs;
  options.dry_run = given.dry_run;
  if (!given.dry_run && !frame.confirm("Repair the repository? Nobody else may write to it meanwhile.", given.yes)) {
    frame.exit = Exit::refused;
    return frame.line("nothing has been changed");
  }
  const RepairReport report = repo.repair(options);
  if (!report.left.empty()) frame.exit = Exit::refused;
  if (frame.json) {
    Json::Array actions;
    for (const RepairAction& action : report.actions) {
      actions.push_back(Json::Object{{"kind", name_of(action.kind)}, {"object", action.object}, {"what", action.what}});
    }
    return frame.answer(Json::Object{{"dry_run", given.dry_run},
                                     {"errors_before", report.before.errors},
                                     {"warnings_before", report.before.warnings},
                                     {"actions", std::move(actions)},
                                     {"left", json_list(report.left)}});
  }
  for (const RepairAction& action : report.actions) {
    frame.line(frame.paint(Style::good, given.dry_run ? "would repair " : "repaired ") + action.object + ": " +
               action.what);
  }
  for (const std::string& what : report.left) frame.line(frame.paint(Style::bad, "left ") + what);
  if (report.actions.empty() && report.left.empty()) frame.line("there is nothing to repair");
}

void rewrite(const Options& given, Frame& frame) {
  const Repo repo = Repo::open(given.url);
  RewriteOptions options;
  options.amend = given.amend;
  SnapshotId made;
  {
    Progress progress("rewriting arrays", Progress::Unit::objects);
    options.progress = [&](std::size_t arrays, std::size_t of) { progress.show(arrays, of); };
    made = repo.rewrite(given.ref, given.message, options);
  }
  if (frame.json) return frame.answer(Json::Object{{"branch", given.ref}, {"snapshot", made.to_string()}});
  frame.line("the manifests of " + frame.paint(Style::name, given.ref) + " are rewritten, as " + made.to_string());
}

void migrate(const Options& given, Frame& frame) {
  MigrateOptions options;
  options.dry_run = given.dry_run;
  options.keep_format_1_refs = given.refs;
  if (!given.dry_run && !frame.confirm("Migrate to format 2? Nobody else may write meanwhile.", given.yes)) {
    frame.exit = Exit::refused;
    return frame.line("nothing has been changed");
  }
  Migrated done;
  {
    Progress progress("migrating", Progress::Unit::objects);
    options.progress = [&](std::size_t read, std::size_t all) { progress.show(read, all); };
    done = cli::migrate(given.url, options);
  }
  if (frame.json) {
    return frame.answer(Json::Object{{"dry_run", given.dry_run},
                                     {"snapshots", done.snapshots},
                                     {"branches", done.branches},
                                     {"tags", done.tags},
                                     {"deleted_tags", done.deleted_tags},
                                     {"operations", done.operations},
                                     {"was_written", done.was_written},
                                     {"deleted_keys", json_list(done.deleted_keys)}});
  }
  frame.line(std::string(given.dry_run ? "would migrate " : "migrated ") + std::to_string(done.snapshots) +
             " snapshots, " + std::to_string(done.branches) + " branches, " + std::to_string(done.tags) +
             " tags to format 2");
}

}  // namespace

void add_upkeep(CLI::App& app, Frame& frame) {
  const auto given = std::make_shared<Options>();
  const auto add_age = [&](CLI::App* added) {
    added->add_option("--older-than", given->older_than, "An age such as 30d, or a time such as 2026-11-23T09:10Z")
        ->required();
    added->add_flag("--dry-run", given->dry_run, "Only say what would be done");
    added->add_flag("-y,--yes", given->yes, "Do not ask");
  };
  auto* added =
      command(app, frame, "expire", "Cut old snapshots out of the history; what branches and tags point at stays",
              "  varve expire ./ocean --older-than 30d --dry-run\n  varve expire ./ocean --older-than 2026-01-01 "
              "--branches --yes");
  url_of(added, given->url);
  add_age(added);
  added->add_flag("--branches", given->branches, "Also delete branches whose newest snapshot is that old");
  added->add_flag("--tags", given->tags, "Also delete tags of snapshots that are that old");
  added->callback([=, &frame] { expire(*given, frame); });

  added = command(app, frame, "gc", "Delete objects that no branch and no tag leads to",
                  "  varve gc ./ocean --older-than 7d --dry-run\n  varve gc ./ocean --older-than 7d --yes");
  url_of(added, given->url);
  add_age(added);
  added->add_flag("--backups", given->backups, "Also delete backups of `repo` that nothing leads to");
  added->callback([=, &frame] { collect(*given, frame); });
  added->footer(added->get_footer() +
                "\nThe age must be longer than any session takes from its first write to its commit.");

  added = command(app, frame, "stats", "Show how many bytes the chunks take, of all or of one version by array",
                  "  varve stats ./ocean\n  varve stats ./ocean main");
  url_of(added, given->url);
  added->add_option("REF", given->ref, "A version; without one, all that branches and tags lead to");
  added->callback([=, &frame] { stats(*given, frame); });

  added = command(app, frame, "verify", "Look at every object and say what is wrong; exits with 1 if anything is",
                  "  varve verify ./ocean\n  varve verify ./ocean --deep --json");
  url_of(added, given->url);
  added->add_flag("--deep", given->deep, "Also read and decode every chunk");
  added->callback([=, &frame] { verify(*given, frame); });

  added = command(app, frame, "repair", "Mend what verify finds, with new objects alone",
                  "  varve repair ./ocean --dry-run\n  varve repair ./ocean --deep --yes");
  url_of(added, given->url);
  added->add_flag("--deep", given->deep, "Also leave out chunks that cannot be decoded");
  added->add_flag("--drop-refs", given->refs, "Also move branches whose newest snapshot is lost, and delete such tags");
  added->add_flag("--dry-run", given->dry_run, "Only say what would be done");
  added->add_flag("-y,--yes", given->yes, "Do not ask");
  added->callback([=, &frame] { repair(*given, frame); });

  added = command(app, frame, "rewrite", "Write the manifests of a branch anew, by the rules that now hold; no data is touched",
                  "  varve rewrite ./ocean main\n  varve rewrite ./ocean main --amend");
  url_of(added, given->url);
  added->add_option("BRANCH", given->ref, "The branch")->required();
  added->add_option("-m,--message", given->message, "Of the commit")->capture_default_str();
  added->add_flag("--amend", given->amend, "Take the place of the newest commit");
  added->callback([=, &frame] { rewrite(*given, frame); });

  added = command(app, frame, "migrate", "Migrate a repository of format 1 to format 2",
                  "  varve migrate ./old --dry-run\n  varve migrate ./old --yes");
  url_of(added, given->url);
  added->add_flag("--dry-run", given->dry_run, "Only say what would happen");
  added->add_flag("--keep-refs", given->refs,
                  "Leave the refs of format 1, which its clients can then still write unnoticed");
  added->add_flag("-y,--yes", given->yes, "Do not ask");
  added->callback([=, &frame] { migrate(*given, frame); });
}

}  // namespace varve::cli
