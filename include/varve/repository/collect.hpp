// SPDX-License-Identifier: Apache-2.0
// garbage_collect: deletes the objects that no snapshot needs: of expired, amended and flushed snapshots, of commits that
// lost a race, of sessions that were dropped. What is needed is found from the refs; what is younger than a cutoff is left
// alone, because a session that is under way has stored chunks that nothing refers to yet.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/format/keys.hpp>
#include <varve/repository/expire.hpp>
#include <varve/session/context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace varve::inline v0 {

/// What a garbage collection deleted, or would delete.
struct Collected {
  std::uint64_t bytes = 0;
  std::uint64_t chunks = 0;  ///< objects, as all of these
  std::uint64_t manifests = 0;
  std::uint64_t snapshots = 0;
  std::uint64_t transaction_logs = 0;
  std::uint64_t backups = 0;  ///< of `repo`; see CollectOptions::orphan_backups
  friend bool operator==(const Collected&, const Collected&) = default;
};

struct CollectOptions {
  /// Only objects that were stored before, by the store's clock. It must lie before the beginning of the longest session
  /// that may still be committed: chunks that such a session has stored by then are taken for garbage.
  Timestamp older_than{};
  /// Keeps what was the newest snapshot of a branch at any time since then, as the ops log has it, even if it has been
  /// amended or has expired: a session that began on it may still be reading.
  bool keep_recent_tips = true;
  /// Also deletes backups of `repo` that were made before this: those that writers left who lost a race after they had made
  /// one. A backup that the ops log continues in, or that holds the state after one of its entries, stays.
  std::optional<Timestamp> orphan_backups{};
  bool dry_run = false;  ///< only say what would be deleted
  /// Called with what has been deleted so far, after each deletion of some thousands at most.
  std::function<void(const Collected&)> progress{};
};

namespace detail {

/// See Repository::garbage_collect.
VARVE_DECL Awaitable<Result<Collected>> collect_garbage(std::shared_ptr<Context> context, CollectOptions options);

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/collect.ipp>
#endif
