// SPDX-License-Identifier: Apache-2.0
#include "refspec.hpp"

#include "frame.hpp"

#include <algorithm>
#include <queue>
#include <set>

namespace varve::cli {

namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

SnapshotId resolve_branch(const Repo& repo, const std::string& name) {
  const auto branches = repo.branches();
  if (holds(branches, name)) return repo.resolve(Branch(name));
  const std::string meant = suggestion(name, branches);
  throw Error(errc::branch_not_found, "look up branch", name,
              meant.empty() ? "`varve branch` lists the branches" : meant);
}

SnapshotId resolve(const Repo& repo, const std::string& text) {
  const auto branches = repo.branches();
  if (holds(branches, text)) return repo.resolve(Branch(text));
  const auto tags = repo.tags();
  if (holds(tags, text)) return repo.resolve(Tag(text));
  if (const auto at = text.find("@{"); at != std::string::npos && text.ends_with('}')) {
    const std::string branch = text.substr(0, at);
    resolve_branch(repo, branch);
    return repo.resolve(AsOf(branch, parse_time(text.substr(at + 2, text.size() - at - 3))));
  }
  if (const auto id = SnapshotId::parse(text)) return repo.resolve(*id);
  std::string prefix = text;
  std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  std::vector<std::string> alike;
  if (prefix.size() >= 4 && prefix.size() < SnapshotId::text_size) {
    for (const SnapshotInfo& snapshot : whole_history(repo).snapshots) {
      if (std::string id = snapshot.id.to_string(); id.starts_with(prefix)) alike.push_back(std::move(id));
    }
  }
  if (alike.size() == 1) return *SnapshotId::parse(alike.front());
  if (!alike.empty()) {
    std::string several = "several snapshots begin like that:";
    for (const std::string& id : alike) several += " " + id;
    throw Error(errc::snapshot_not_found, "look up version", text, several);
  }
  std::vector<std::string> known = branches;
  known.insert(known.end(), tags.begin(), tags.end());
  const std::string meant = suggestion(text, known);
  throw Error(errc::snapshot_not_found, "look up version", text,
              meant.empty() ? "it is no branch, no tag and not the beginning of a snapshot's id" : meant);
}

History named(const Repo& repo) {
  History history;
  for (const auto& [name, id] : repo.branch_tips()) history.branches[id].push_back(name);
  for (const auto& [name, id] : repo.tag_tips()) history.tags[id].push_back(name);
  return history;
}

History whole_history(const Repo& repo) {
  History history = named(repo);
  std::map<SnapshotId, SnapshotInfo> known;
  std::map<SnapshotId, std::size_t> children;
  for (const auto* refs : {&history.branches, &history.tags}) {
    for (const auto& [tip, names] : *refs) {
      repo.walk(tip, [&](const SnapshotInfo& snapshot) {
        const bool is_new = known.emplace(snapshot.id, snapshot).second;
        if (is_new && snapshot.parent) ++children[*snapshot.parent];
        return is_new;
      });
    }
  }
  const auto older = [](const SnapshotInfo* a, const SnapshotInfo* b) { return a->flushed_at < b->flushed_at; };
  std::priority_queue<const SnapshotInfo*, std::vector<const SnapshotInfo*>, decltype(older)> ready(older);
  for (const auto& [id, snapshot] : known) {
    if (!children.contains(id)) ready.push(&snapshot);
  }
  while (!ready.empty()) {
    const SnapshotInfo* const snapshot = ready.top();
    ready.pop();
    history.snapshots.push_back(*snapshot);
    if (!snapshot->parent) continue;
    const auto parent = known.find(*snapshot->parent);
    if (parent != known.end() && --children[parent->first] == 0) ready.push(&parent->second);
  }
  return history;
}

}  // namespace varve::cli
