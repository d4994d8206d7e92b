// SPDX-License-Identifier: Apache-2.0
// config, commit-metadata, metadata, status, flags.
#include "frame.hpp"
#include "refspec.hpp"

#include <algorithm>
#include <optional>

namespace varve::cli {

namespace {

struct Options {
  std::string url, ref = "main", reason, enable, disable, reset;
  std::vector<std::string> set, unset;
  bool online = false, read_only = false;
};

void print(const Metadata& metadata, const Frame& frame) {
  if (frame.json) return frame.answer(json_of(metadata));
  Table table({"name", "value"}, {Style::name});
  for (const auto& [name, value] : metadata) table.add({name, value.text()});
  table.print(frame);
}

/// `metadata` with what the options say. Whether that is a change.
bool edit(Metadata& metadata, const Options& given) {
  const Metadata before = metadata;
  for (auto& [name, value] : parse_pairs(given.set)) metadata.insert_or_assign(name, value);
  for (const std::string& name : given.unset) metadata.erase(name);
  return metadata != before;
}

/// `value` with the member at a path such as `manifest.preload.max_total_refs` replaced, or without it.
Json with_member(const Json& value, std::string_view path, const std::optional<Json>& member) {
  Json::Object object = value.as_object() != nullptr ? *value.as_object() : Json::Object();
  const auto dot = path.find('.');
  const std::string name(path.substr(0, dot));
  const auto found =
      std::find_if(object.begin(), object.end(), [&](const Json::Member& each) { return each.first == name; });
  std::optional<Json> inner = member;
  if (dot != std::string_view::npos) {
    inner = with_member(found == object.end() ? Json() : found->second, path.substr(dot + 1), member);
  }
  if (!inner) {
    if (found != object.end()) object.erase(found);
  } else if (found != object.end()) {
    found->second = *std::move(inner);
  } else {
    object.emplace_back(name, *std::move(inner));
  }
  return object;
}

void config(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  Json config = repo.config();
  const Json before = config;
  for (const auto& [path, value] : parse_pairs(given.set)) config = with_member(config, path, value);
  for (const std::string& path : given.unset) config = with_member(config, path, std::nullopt);
  if (!(config == before)) {
    repo.set_config(config);
    config = repo.config();
  }
  if (frame.json) return frame.answer(config);
  frame.line(pretty(config));
}

void metadata(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  Metadata metadata = repo.metadata();
  if (edit(metadata, given)) repo.set_metadata(metadata);
  print(metadata, frame);
}

void commit_metadata(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  const bool edits = !given.set.empty() || !given.unset.empty();
  const SnapshotId id = edits ? resolve_branch(repo, given.ref) : resolve(repo, given.ref);
  SnapshotInfo snapshot;
  repo.walk(id, [&](const SnapshotInfo& info) {
    snapshot = info;
    return false;
  });
  if (edit(snapshot.metadata, given)) repo.write(given.ref).amend(snapshot.message, snapshot.metadata);
  print(snapshot.metadata, frame);
}

const char* name_of(RepoAvailability availability) {
  switch (availability) {
    case RepoAvailability::online:
      return "online";
    case RepoAvailability::read_only:
      return "read-only";
    case RepoAvailability::offline:
      return "offline";
  }
  return "unknown";
}

void status(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  if (given.online || given.read_only) {
    repo.set_status(given.online ? RepoAvailability::online : RepoAvailability::read_only,
                    given.reason.empty() ? std::nullopt : std::optional(given.reason));
  }
  const RepoStatus status = repo.status();
  const std::size_t branches = repo.branches().size(), tags = repo.tags().size();
  if (frame.json) {
    return frame.answer(Json::Object{{"url", given.url},
                                     {"spec_version", repo.spec_version()},
                                     {"status", name_of(status.availability)},
                                     {"since", time_json(status.set_at)},
                                     {"reason", status.reason ? Json(*status.reason) : Json()},
                                     {"branches", branches},
                                     {"tags", tags}});
  }
  const bool online = status.availability == RepoAvailability::online;
  frame.line(frame.paint(online ? Style::good : Style::bad, name_of(status.availability)) +
             (status.set_at == Timestamp() ? "" : " since " + time_text(status.set_at) + " UTC") +
             (status.reason ? ": " + *status.reason : ""));
  frame.line("format " + std::to_string(repo.spec_version()) + ", " + std::to_string(branches) +
             (branches == 1 ? " branch, " : " branches, ") + std::to_string(tags) + (tags == 1 ? " tag" : " tags"));
}

constexpr std::pair<Feature, const char*> features[] = {
    {Feature::move_node, "move_node"}, {Feature::create_tag, "create_tag"}, {Feature::delete_tag, "delete_tag"}};

Feature feature_named(const std::string& text) {
  for (const auto& [feature, name] : features) {
    if (text == name) return feature;
  }
  throw usage("there is no feature `" + text + "`; there are move_node, create_tag and delete_tag");
}

void flags(const Options& given, const Frame& frame) {
  const Repo repo = Repo::open(given.url);
  if (!given.enable.empty()) repo.set_feature(feature_named(given.enable), true);
  if (!given.disable.empty()) repo.set_feature(feature_named(given.disable), false);
  if (!given.reset.empty()) repo.set_feature(feature_named(given.reset), std::nullopt);
  Json::Array all;
  Table table({"feature", "state", ""}, {Style::name});
  for (const FeatureState& state : repo.features()) {
    const char* name = "";
    for (const auto& [feature, text] : features) {
      if (feature == state.feature) name = text;
    }
    all.push_back(Json::Object{{"name", name}, {"enabled", state.enabled}, {"is_set", state.is_set}});
    table.add({name, state.enabled ? "enabled" : "disabled", state.is_set ? "" : "by default"});
  }
  if (frame.json) return frame.answer(all);
  table.print(frame);
}

void add_edits(CLI::App* added, Options& given) {
  added->add_option("--set", given.set, "Set NAME=VALUE; a value that is JSON is kept as such")
      ->type_name("NAME=VALUE");
  added->add_option("--unset", given.unset, "Remove NAME")->type_name("NAME");
}

}  // namespace

void add_settings(CLI::App& app, Frame& frame) {
  const auto given = std::make_shared<Options>();
  auto* added = command(
      app, frame, "commit-metadata",
      "Show the metadata of a commit, or change that of a branch's newest by amending it",
      "  varve commit-metadata ./ocean v1\n  varve commit-metadata ./ocean main --set author=model --set run=12");
  url_of(added, given->url);
  added->add_option("REF", given->ref, "The version, by default main; a branch where it is to be changed");
  add_edits(added, *given);
  added->callback([=, &frame] { commit_metadata(*given, frame); });

  added =
      command(app, frame, "config", "Show or change the configuration that the repository keeps for all who open it",
              "  varve config ./ocean\n  varve config ./ocean --set inline_chunk_threshold_bytes=1024\n"
              "  varve config ./ocean --set manifest.preload.max_total_refs=50000 --unset compression.level");
  url_of(added, given->url);
  add_edits(added, *given);
  added->callback([=, &frame] { config(*given, frame); });

  added = command(app, frame, "metadata", "Show or change the metadata of the repository itself",
                  "  varve metadata ./ocean\n  varve metadata ./ocean --set title='Ocean model' --unset draft");
  url_of(added, given->url);
  add_edits(added, *given);
  added->callback([=, &frame] { metadata(*given, frame); });

  added = command(app, frame, "status", "Show whether the repository takes changes, or set it",
                  "  varve status ./ocean\n  varve status ./ocean --read-only --reason 'moving to another bucket'\n  "
                  "varve status ./ocean --online");
  url_of(added, given->url);
  auto* online = added->add_flag("--online", given->online, "Take changes");
  added->add_flag("--read-only", given->read_only, "Refuse every change but this one's opposite")->excludes(online);
  added->add_option("--reason", given->reason, "Why, for those who are refused");
  added->callback([=, &frame] { status(*given, frame); });

  added =
      command(app, frame, "flags", "Show what the repository allows, or forbid it: move_node, create_tag, delete_tag",
              "  varve flags ./ocean\n  varve flags ./ocean --disable delete_tag");
  url_of(added, given->url);
  added->add_option("--enable", given->enable, "Allow a feature");
  added->add_option("--disable", given->disable, "Forbid a feature");
  added->add_option("--default", given->reset, "Put a feature back to what it is by default");
  added->callback([=, &frame] { flags(*given, frame); });
}

}  // namespace varve::cli
