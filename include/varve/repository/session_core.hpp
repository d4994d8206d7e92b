// SPDX-License-Identifier: Apache-2.0
// SessionCore: all of a session that does not depend on what its repository is composed of: nodes, moves, forks, and the
// end of the transaction. It is compiled once; `Session` adds groups and arrays.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/conflict/erased.hpp>
#include <varve/core/config.hpp>
#include <varve/session/commit.hpp>
#include <varve/session/diff.hpp>
#include <varve/session/session_state.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

using format::ManifestFile;

/// A handle; copies share one session. Reads and writes may come from several threads; a commit or rebase stands alone.
class SessionCore {
 public:
  /// The snapshot that reads see below the session's own edits; after a commit, the one it made.
  SnapshotId snapshot_id() const;
  /// The branch that a commit moves, of a fork the commit of the session that it is merged into; none for a session that
  /// only reads.
  std::optional<std::string> branch() const;
  bool writable() const;
  /// Whether it is for `move`, and for no other change.
  bool rearranges() const;

  // The hierarchy. Paths are absolute; a missing leading slash is forgiven. Everything here is in memory.

  /// Whether there is a node at `path`.
  bool exists(std::string_view path) const;
  /// All nodes at `below` and under it, sorted by path as raw bytes.
  std::vector<NodeInfo> nodes(std::string_view below = "/") const;
  /// Deletes a node and all below it. Errors: `errc::node_not_found`.
  void delete_node(std::string_view path) const;

  /// Moves or renames a node with all below it, in a rearrange session. Nothing is copied: every node keeps its id and its
  /// chunks. Handles of arrays and groups go by path: open them again. Errors: `errc::node_not_found` for the node or for
  /// the group that it would lie in; `errc::not_a_group` if that is an array; `errc::node_exists` for a node at or below
  /// `to`; `errc::invalid_argument` for a move into itself; `errc::wrong_session` in other sessions.
  void move(std::string_view from, std::string_view to) const;

  /// The manifest files of the snapshot: their ids, their sizes in bytes as stored, and how many chunk refs they hold.
  std::vector<ManifestFile> manifests() const;

  // The transaction.

  /// Whether anything has been written since the session began.
  bool has_changes() const;
  /// What has been written, by path.
  Diff status() const;
  /// Forgets everything that has been written.
  void discard_changes() const;

  /// Makes the changes the newest commit of the branch; the session then only reads.
  /// Errors: `errc::conflict` if the branch has moved and `rebase_tries` is used up: the session keeps its changes;
  /// `errc::rebase_failed` with every conflict that the policy did not solve; `errc::no_changes`.
  /// Cancellation: total until the last step, the replacement of `repo`, which is awaited to its end.
  Awaitable<Result<SnapshotId>> async_commit(std::string message, CommitOptions options = CommitOptions()) const;
  SnapshotId commit(std::string message, CommitOptions options = CommitOptions()) const;
  SnapshotId commit(std::string message, Metadata metadata) const;

  /// Stores the changes as a snapshot that no branch points at; the session then only reads. A tag or a branch can be put
  /// on it; without one it goes with a garbage collection. Errors: `errc::no_changes`; as for commits.
  Awaitable<Result<SnapshotId>> async_flush(std::string message, Metadata metadata = Metadata()) const;
  SnapshotId flush(std::string message, Metadata metadata = Metadata()) const;

  // Writing together: `fork` here, `Repository::forked_session` in any number of other processes, whose `changes` come back
  // and are merged before the one commit. The bytes are not for keeping. A forked session can be forked and merged into as
  // well, but it neither commits nor flushes nor rebases.

  /// A copy of the session for another process: what it has changed so far, and what it stands on. Chunks that it held are
  /// stored first. Errors: `errc::read_only_session`, `errc::session_committed`; those of storing chunks.
  Awaitable<Result<Bytes>> async_fork() const;
  Bytes fork() const;

  /// Whether the session was made by `Repository::forked_session`.
  bool is_fork() const noexcept;

  /// What a forked session has changed, for `merge`. It may go on; what it changes then is in its next `changes` too.
  /// Errors: `errc::invalid_argument` if the session is no fork; those of storing chunks.
  Awaitable<Result<Bytes>> async_changes() const;
  Bytes changes() const;

  /// Takes in what a fork of this session has changed, all or nothing. A chunk that both wrote becomes the fork's. It waits
  /// for nothing, and takes the time that the fork's changes take.
  /// Errors: `errc::merge_failed` with every conflict: both created or updated a node and it differs, or one deleted what
  /// the other changed; `errc::invalid_argument` for forks of other sessions, or if this one has been rebased since;
  /// `errc::corrupt`.
  void merge(ByteView changes) const;

  /// Replays the changes on what others have committed to the branch. Errors: `errc::rebase_failed` with every
  /// conflict that the policy did not solve; the session then stands on the last commit that it could be replayed on.
  Awaitable<Result<void>> async_rebase() const;
  void rebase() const;

 protected:
  SessionCore(std::shared_ptr<SessionState> state, std::shared_ptr<const conflict::ErasedPolicy> conflicts)
      : state_(std::move(state)), conflicts_(std::move(conflicts)) {}

  std::shared_ptr<SessionState> state_;
  std::shared_ptr<const conflict::ErasedPolicy> conflicts_;
};

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/session_core.ipp>
#endif
