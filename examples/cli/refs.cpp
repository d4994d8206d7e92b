// SPDX-License-Identifier: Apache-2.0
// branch, tag.
#include "frame.hpp"
#include "refspec.hpp"

#include <optional>

namespace varve::cli {

namespace {

struct Options {
  std::string url, name, at, reset, expected;
  bool remove = false;
};

void list(const Repo& repo, bool tags, const Frame& frame) {
  Json::Array all;
  Table table({tags ? "tag" : "branch", "snapshot", "written", "message"}, {Style::name, Style::id, Style::faint});
  for (const auto& [name, id] : tags ? repo.tag_tips() : repo.branch_tips()) {
    SnapshotInfo snapshot;
    repo.walk(id, [&](const SnapshotInfo& info) {
      snapshot = info;
      return false;
    });
    all.push_back(Json::Object{{"name", name},
                               {"snapshot", id.to_string()},
                               {"written_at", time_json(snapshot.flushed_at)},
                               {"message", snapshot.message}});
    table.add({name, id.to_string(), time_text(snapshot.flushed_at),
               snapshot.message.substr(0, snapshot.message.find('\n'))});
  }
  if (frame.json) return frame.answer(all);
  table.print(frame);
}

/// Says what has been done to a ref.
void report(const Frame& frame, const char* what, const std::string& name, std::optional<SnapshotId> at) {
  if (frame.json) {
    return frame.answer(
        Json::Object{{"done", what}, {"name", name}, {"snapshot", at ? Json(at->to_string()) : Json()}});
  }
  frame.line(std::string(what) + " " + frame.paint(Style::name, name) +
             (at ? " at " + frame.paint(Style::id, at->to_string()) : ""));
}

void branch(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  if (given.name.empty()) return list(repo, false, frame);
  if (given.remove) {
    resolve_branch(repo, given.name);
    repo.delete_branch(given.name);
    return report(frame, "deleted branch", given.name, std::nullopt);
  }
  if (!given.reset.empty()) {
    const SnapshotId before = given.expected.empty() ? resolve_branch(repo, given.name) : resolve(repo, given.expected);
    const SnapshotId to = resolve(repo, given.reset);
    repo.reset_branch(given.name, to, before);
    return report(frame, "reset branch", given.name, to);
  }
  const SnapshotId at = resolve(repo, given.at.empty() ? "main" : given.at);
  repo.create_branch(given.name, at);
  report(frame, "created branch", given.name, at);
}

void tag(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  if (given.name.empty()) return list(repo, true, frame);
  if (given.remove) {
    const auto tags = repo.tags();
    if (std::find(tags.begin(), tags.end(), given.name) == tags.end()) {
      throw Error(errc::tag_not_found, "delete tag", given.name, suggestion(given.name, tags));
    }
    repo.delete_tag(given.name);
    return report(frame, "deleted tag", given.name, std::nullopt);
  }
  const SnapshotId at = resolve(repo, given.at.empty() ? "main" : given.at);
  repo.create_tag(given.name, at);
  report(frame, "created tag", given.name, at);
}

}  // namespace

void add_refs(CLI::App& app, Frame& frame) {
  auto given = std::make_shared<Options>();
  auto* added =
      command(app, frame, "branch", "List, create, reset or delete branches",
              "  varve branch ./ocean\n  varve branch ./ocean dev --at v1\n  varve branch ./ocean dev --reset main\n"
              "  varve branch ./ocean dev --delete");
  url_of(added, given->url);
  auto* name = added->add_option("NAME", given->name, "The branch; without one, all are listed");
  auto* at = added->add_option("--at", given->at, "Create it at this REF, by default main")->needs(name);
  auto* reset = added->add_option("--reset", given->reset, "Point it at this REF")->needs(name)->excludes(at);
  added->add_option("--expect", given->expected, "Reset it only if it is at this REF")->needs(reset);
  added->add_flag("--delete", given->remove, "Delete it; its snapshots stay until a gc")
      ->needs(name)
      ->excludes(at)
      ->excludes(reset);
  added->callback([=, &frame] { branch(*given, frame); });

  given = std::make_shared<Options>();
  added = command(app, frame, "tag", "List, create or delete tags, which never move",
                  "  varve tag ./ocean\n  varve tag ./ocean v1 --at main\n  varve tag ./ocean v1 --delete");
  url_of(added, given->url);
  name = added->add_option("NAME", given->name, "The tag; without one, all are listed");
  at = added->add_option("--at", given->at, "Create it at this REF, by default main")->needs(name);
  added->add_flag("--delete", given->remove, "Delete it; its name is never used again")->needs(name)->excludes(at);
  added->callback([=, &frame] { tag(*given, frame); });
}

}  // namespace varve::cli
