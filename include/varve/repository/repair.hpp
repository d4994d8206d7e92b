// SPDX-License-Identifier: Apache-2.0
// repair: makes of a broken repository one that everybody can read and commit to. Nothing that is stored is ever changed:
// `repo` is replaced only where it is broken, and its bytes are kept; what chunks have lost is left out by a new commit.
#pragma once

#include <varve/core/environment.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/format/transaction_log.hpp>
#include <varve/repository/verify.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0 {

struct RepairOptions {
  bool deep = false;       ///< decodes every chunk first, and leaves out those that cannot be decoded
  bool drop_refs = false;  ///< moves branches whose newest snapshot is lost to an ancestor, and deletes such tags
  bool dry_run = false;    ///< only says what would be done
  std::string message = "Repaired: left out what is lost";  ///< of the commits that mend branches
};

/// One thing that was done, or would be.
struct RepairAction {
  Repair kind{};
  std::string object;  ///< "repo", or the name of the branch or tag
  std::string what;    ///< a sentence, with what is lost by it
};

struct RepairReport {
  VerifyReport before;                ///< what was wrong
  std::vector<RepairAction> actions;  ///< in the order in which they were done
  std::vector<std::string> left;      ///< what is still wrong after that, and why
};

namespace detail {

/// What can be read of `repo`, put right.
struct RightedInfo {
  format::RepoInfo info;
  std::vector<std::string> what;      ///< has been changed; nothing if it was right
  std::vector<std::string> obstacle;  ///< to writing it
};
/// Backups that can be read, by base name: the newest comes first.
using Backups = std::vector<std::pair<std::string, format::RepoInfo>>;
VARVE_DECL Result<RightedInfo> right_repo_info(ByteView stored, const Backups& backups, bool drop_refs);

/// What is left of a snapshot, as a new one.
struct MendedSnapshot {
  format::SnapshotData data;
  format::TransactionLogData log;
  std::vector<std::pair<ManifestId, Bytes>> manifests;  ///< new ones, as they are to be stored
  std::uint64_t chunks_dropped = 0;
  bool changed = false;
  std::string obstacle;  ///< why nothing of it should be touched
};
VARVE_DECL Awaitable<Result<MendedSnapshot>> mend_snapshot(ObjectSource source, const Environment& environment, int compression_level,
                                                           SnapshotId id, const Evidence& evidence);

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/repair.ipp>
#endif
