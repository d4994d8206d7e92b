// SPDX-License-Identifier: Apache-2.0
// How people name versions: a branch, a tag, a snapshot id or the beginning of one, or a branch at a time.
#pragma once

#include "engine.hpp"

#include <map>
#include <string>
#include <vector>

namespace varve::cli {

/// The snapshot that `text` names. Errors: `errc::snapshot_not_found` with what was meant perhaps, or with all
/// snapshots that begin alike.
SnapshotId resolve(const Repo& repo, const std::string& text);

/// The branch `name`. Errors: `errc::branch_not_found` with what was meant perhaps.
SnapshotId resolve_branch(const Repo& repo, const std::string& name);

/// A history of several branches and tags.
struct History {
  std::vector<SnapshotInfo> snapshots;  ///< newest first, children before their parents
  std::map<SnapshotId, std::vector<std::string>> branches;
  std::map<SnapshotId, std::vector<std::string>> tags;
};
/// All that the branches and tags lead to.
History whole_history(const Repo& repo);
/// The branches and tags alone.
History named(const Repo& repo);

}  // namespace varve::cli
