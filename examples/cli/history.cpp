// SPDX-License-Identifier: Apache-2.0
// log, show, diff, oplog.
#include "graph.hpp"

#include <filesystem>
#include <fstream>
#include <limits>

namespace varve::cli {

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

struct Options {
  std::string url, ref = "main", other, svg;
  std::size_t limit = no_limit;
  bool graph = false;
};

Json json_of(const SnapshotInfo& snapshot, const History& refs) {
  const auto names = [&](const auto& of) {
    const auto found = of.find(snapshot.id);
    return found == of.end() ? Json(Json::Array()) : json_list(found->second);
  };
  return Json::Object{{"id", snapshot.id.to_string()},
                      {"parent", snapshot.parent ? Json(snapshot.parent->to_string()) : Json()},
                      {"written_at", time_json(snapshot.flushed_at)},
                      {"message", snapshot.message},
                      {"metadata", cli::json_of(snapshot.metadata)},
                      {"branches", names(refs.branches)},
                      {"tags", names(refs.tags)}};
}

/// " (main, tag v1)"
std::string names_at(const Frame& frame, const History& refs, SnapshotId id) {
  std::string text;
  if (const auto found = refs.branches.find(id); found != refs.branches.end()) {
    for (const std::string& name : found->second)
      (text += text.empty() ? " (" : ", ") += frame.paint(Style::good, name);
  }
  if (const auto found = refs.tags.find(id); found != refs.tags.end()) {
    for (const std::string& name : found->second)
      (text += text.empty() ? " (" : ", ") += frame.paint(Style::name, "tag " + name);
  }
  return text.empty() ? "" : text + ")";
}

std::string one_line(const std::string& message) { return message.substr(0, message.find('\n')); }

void log(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  const bool whole = given.graph || !given.svg.empty();
  History history = whole ? whole_history(repo) : named(repo);
  if (!whole) {
    repo.walk(resolve(repo, given.ref), [&](const SnapshotInfo& snapshot) {
      if (history.snapshots.size() == given.limit) return false;
      history.snapshots.push_back(snapshot);
      return true;
    });
  }
  if (history.snapshots.size() > given.limit) history.snapshots.resize(given.limit);
  if (!given.svg.empty()) {
    std::ofstream file(given.svg, std::ios::binary);
    file << svg(history) << std::flush;
    if (!file) throw Error(errc::io_error, "write picture", given.svg);
    if (!frame.json && !given.graph) return frame.line("wrote " + given.svg);
  }
  if (frame.json) {
    Json::Array all;
    for (const SnapshotInfo& snapshot : history.snapshots) all.push_back(json_of(snapshot, history));
    return frame.answer(all);
  }
  const auto rows = given.graph ? lay_out(history.snapshots) : std::vector<GraphRow>();
  for (std::size_t i = 0; i != history.snapshots.size(); ++i) {
    const SnapshotInfo& snapshot = history.snapshots[i];
    std::string lead;
    if (given.graph) {
      if (const std::string joins = join_line(rows[i]); !joins.empty()) frame.line(frame.paint(Style::faint, joins));
      lead = node_line(rows[i]) + " ";
    }
    frame.line(lead + frame.paint(Style::id, snapshot.id.to_string()) + "  " +
               frame.paint(Style::faint, time_text(snapshot.flushed_at)) + names_at(frame, history, snapshot.id) +
               "  " + one_line(snapshot.message));
  }
}

Json json_of(const Diff& diff) {
  Json::Array chunks, moves;
  for (const auto& [path, indices] : diff.updated_chunks) {
    Json::Array all;
    for (const auto& index : indices) all.push_back(json_list(index));
    chunks.push_back(Json::Object{{"path", path}, {"count", indices.size()}, {"indices", std::move(all)}});
  }
  for (const MovedNode& move : diff.moved_nodes) moves.push_back(Json::Object{{"from", move.from}, {"to", move.to}});
  return Json::Object{{"new_groups", json_list(diff.new_groups)},
                      {"new_arrays", json_list(diff.new_arrays)},
                      {"deleted_groups", json_list(diff.deleted_groups)},
                      {"deleted_arrays", json_list(diff.deleted_arrays)},
                      {"updated_groups", json_list(diff.updated_groups)},
                      {"updated_arrays", json_list(diff.updated_arrays)},
                      {"updated_chunks", std::move(chunks)},
                      {"moved_nodes", std::move(moves)}};
}

void print(const Diff& diff, const Frame& frame) {
  const auto each = [&](const std::set<std::string>& paths, Style style, const char* sign, const char* what) {
    for (const std::string& path : paths) frame.line(frame.paint(style, std::string(sign) + " " + path) + "  " + what);
  };
  each(diff.new_groups, Style::good, "+", "new group");
  each(diff.new_arrays, Style::good, "+", "new array");
  for (const MovedNode& move : diff.moved_nodes) frame.line("> " + move.from + " moved to " + move.to);
  each(diff.deleted_groups, Style::bad, "-", "deleted group");
  each(diff.deleted_arrays, Style::bad, "-", "deleted array");
  each(diff.updated_groups, Style::id, "~", "attributes");
  each(diff.updated_arrays, Style::id, "~", "metadata");
  for (const auto& [path, indices] : diff.updated_chunks) {
    constexpr std::size_t most = 5;
    std::string text = std::to_string(indices.size()) + (indices.size() == 1 ? " chunk:" : " chunks:");
    std::size_t shown = 0;
    for (const auto& index : indices) {
      if (shown++ == most) break;
      text += " " + list_text(index);
    }
    frame.line(frame.paint(Style::id, "~ " + path) + "  " + text + (indices.size() > most ? " ..." : ""));
  }
}

void show(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  const SnapshotId id = resolve(repo, given.ref);
  SnapshotInfo snapshot;
  repo.walk(id, [&](const SnapshotInfo& info) {
    snapshot = info;
    return false;
  });
  const History refs = named(repo);
  const auto nodes = repo.read(id).nodes("/");
  const auto arrays = static_cast<std::size_t>(
      std::count_if(nodes.begin(), nodes.end(), [](const NodeInfo& node) { return node.kind == NodeKind::array; }));
  const Diff diff = snapshot.parent ? repo.diff(*snapshot.parent, id) : Diff();
  if (frame.json) {
    Json::Object object = *json_of(snapshot, refs).as_object();
    object.emplace_back("arrays", arrays);
    object.emplace_back("groups", nodes.size() - arrays);
    object.emplace_back("diff", json_of(diff));
    return frame.answer(object);
  }
  frame.line("snapshot " + frame.paint(Style::id, id.to_string()) + names_at(frame, refs, id));
  if (snapshot.parent) frame.line("parent   " + snapshot.parent->to_string());
  frame.line("written  " + time_text(snapshot.flushed_at) + " UTC");
  frame.line("holds    " + std::to_string(arrays) + " arrays, " + std::to_string(nodes.size() - arrays) + " groups");
  for (const auto& [name, value] : snapshot.metadata) frame.line("metadata " + name + " = " + value.text());
  frame.line("\n    " + snapshot.message + "\n");
  print(diff, frame);
}

void diff(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  const SnapshotId from = resolve(repo, given.ref), to = resolve(repo, given.other);
  const Diff found = from == to ? Diff() : repo.diff(from, to);
  if (frame.json) return frame.answer(json_of(found));
  print(found, frame);
}

void oplog(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  Json::Array all;
  Table table({"time", "operation"}, {Style::faint});
  std::size_t count = 0;
  repo.walk_log([&](const format::Update& update) {
    if (count++ == given.limit) return false;
    const std::string what = format::describe(update.kind);
    if (frame.json) {
      all.push_back(
          Json::Object{{"time", time_json(update.updated_at)}, {"kind", format::name_of(update.kind)}, {"what", what}});
    } else {
      table.add({time_text(update.updated_at), what});
    }
    return true;
  });
  if (frame.json) return frame.answer(all);
  table.print(frame);
}

}  // namespace

void add_history(CLI::App& app, Frame& frame) {
  const auto given = std::make_shared<Options>();
  auto* added =
      command(app, frame, "log", "Show the history of a version, newest first",
              "  varve log ./ocean --limit 10\n  varve log ./ocean --graph\n  varve log ./ocean --svg history.svg");
  url_of(added, given->url);
  added->add_option("REF", given->ref, "Where to begin, by default main");
  added->add_option("-n,--limit", given->limit, "At most so many");
  added->add_flag("--graph", given->graph, "Draw the history of all branches and tags");
  added->add_option("--svg", given->svg, "Write a picture of it to a file");
  added->callback([=, &frame] { log(*given, frame); });

  added = command(app, frame, "show", "Show a snapshot: who, when, what it changed", "  varve show ./ocean v1");
  url_of(added, given->url);
  added->add_option("REF", given->ref, "The snapshot, by default that of main");
  added->callback([=, &frame] { show(*given, frame); });

  added = command(app, frame, "diff", "Show what changed from a version to a later one",
                  "  varve diff ./ocean v1 main\n  varve diff ./ocean main@{1d} main");
  url_of(added, given->url);
  added->add_option("FROM", given->ref, "The earlier REF")->required();
  added->add_option("TO", given->other, "The later REF")->required();
  added->callback([=, &frame] { diff(*given, frame); });

  added = command(app, frame, "oplog", "Show every operation on the repository, newest first",
                  "  varve oplog ./ocean --limit 20");
  url_of(added, given->url);
  added->add_option("-n,--limit", given->limit, "At most so many");
  added->callback([=, &frame] { oplog(*given, frame); });
}

}  // namespace varve::cli
