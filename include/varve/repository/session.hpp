// SPDX-License-Identifier: Apache-2.0
// Session: one transaction, or a read-only view of one snapshot. Groups and arrays opened from it read what the
// session sees and write into it; nobody else sees a thing until `commit`, and then everybody sees all of it. Moves of
// nodes are transactions of their own, since nothing can be rebased over them.
#pragma once

#include <varve/array/any_array.hpp>
#include <varve/array/array.hpp>
#include <varve/array/group.hpp>
#include <varve/array/store.hpp>
#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/session/commit.hpp>
#include <varve/session/diff.hpp>
#include <varve/session/flush.hpp>
#include <varve/session/fork.hpp>
#include <varve/session/rebase.hpp>
#include <varve/session/session_state.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

using format::ManifestFile;

/// A handle; copies share one session. Reads and writes may come from several threads; a commit or rebase stands alone.
template <class Storage, class Codecs, class CacheType, class Conflicts>
class Session {
 public:
  using State = SessionState<Storage, CacheType>;
  using GroupType = Group<Codecs, State>;
  using AnyArrayType = AnyArray<Codecs, State>;
  template <class T, std::size_t Rank>
  using ArrayType = Array<T, Rank, Codecs, State>;

  Session(std::shared_ptr<State> state, std::shared_ptr<const Conflicts> conflicts)
      : state_(std::move(state)), conflicts_(std::move(conflicts)) {}

  /// The snapshot that reads see below the session's own edits; after a commit, the one it made.
  SnapshotId snapshot_id() const { return state_->snapshot_id(); }
  /// The branch that a commit moves, of a fork the commit of the session that it is merged into; none for a session that
  /// only reads.
  std::optional<std::string> branch() const { return state_->branch(); }
  bool writable() const { return state_->writable(); }
  /// Whether it is for `move`, and for no other change.
  bool rearranges() const { return state_->rearranges(); }

  // The hierarchy. Paths are absolute; a missing leading slash is forgiven. Everything here is in memory.

  /// The root group; the first commit of a repository creates it, as does the first node below it.
  GroupType root() const { return GroupType::root(state_).value(); }
  /// Whether there is a node at `path`.
  bool exists(std::string_view path) const { return state_->find_node(Path::parse(path).value()).value().has_value(); }
  /// All nodes at `below` and under it, sorted by path as raw bytes.
  std::vector<NodeInfo> nodes(std::string_view below = "/") const {
    return state_->nodes(Path::parse(below).value()).value();
  }
  /// Errors: `errc::node_exists`; `errc::not_a_group` below an array. Missing parents are created.
  GroupType create_group(std::string_view path, std::string attributes = "{}") const {
    return GroupType::create(state_, Path::parse(path).value(), std::move(attributes)).value();
  }
  GroupType open_group(std::string_view path) const { return GroupType::open(state_, Path::parse(path).value()).value(); }

  /// Creates an array of element type `T`. Errors: as create_group; `errc::invalid_argument` for options that do not
  /// fit together; `errc::unsupported_codec`.
  template <class T, std::size_t Rank>
  ArrayType<T, Rank> create_array(std::string_view path, const ArrayOptions<T, Rank>& options) const {
    return ArrayType<T, Rank>::create(state_, Path::parse(path).value(), options).value();
  }
  /// Errors: `errc::node_not_found`, `not_an_array`, `type_mismatch` if type or rank differ, `unsupported_codec`.
  template <class T, std::size_t Rank>
  ArrayType<T, Rank> open_array(std::string_view path) const {
    return ArrayType<T, Rank>::open(state_, Path::parse(path).value()).value();
  }
  /// An array whose element type and rank are known at run time only.
  AnyArrayType open_array(std::string_view path) const {
    return AnyArrayType::open(state_, Path::parse(path).value()).value();
  }
  /// Deletes a node and all below it. Errors: `errc::node_not_found`.
  void delete_node(std::string_view path) const { state_->delete_node(Path::parse(path).value()).value(); }

  /// Moves or renames a node with all below it, in a rearrange session. Nothing is copied: every node keeps its id and its
  /// chunks. Handles of arrays and groups go by path: open them again. Errors: `errc::node_not_found` for the node or for
  /// the group that it would lie in; `errc::not_a_group` if that is an array; `errc::node_exists` for a node at or below
  /// `to`; `errc::invalid_argument` for a move into itself; `errc::wrong_session` in other sessions.
  void move(std::string_view from, std::string_view to) const {
    state_->move_node(Path::parse(from).value(), Path::parse(to).value()).value();
  }

  /// The same hierarchy by Zarr key, as any Zarr implementation addresses it.
  ZarrStore<State> store() const { return ZarrStore<State>(state_); }

  /// The manifest files of the snapshot: their ids, their sizes in bytes as stored, and how many chunk refs they hold.
  std::vector<ManifestFile> manifests() const {
    const auto base = state_->base();
    std::vector<ManifestFile> files;
    for (std::size_t i = 0; i != base->view().manifest_count(); ++i) files.push_back(base->view().manifest(i));
    return files;
  }

  // The transaction.

  /// Whether anything has been written since the session began.
  bool has_changes() const { return state_->has_changes(); }
  /// What has been written, by path.
  Diff status() const { return session_status(*state_); }
  /// Forgets everything that has been written.
  void discard_changes() const { state_->discard_changes().value(); }

  /// Makes the changes the newest commit of the branch; the session then only reads.
  /// Errors: `errc::conflict` if the branch has moved and `rebase_tries` is used up: the session keeps its changes;
  /// `errc::rebase_failed` with every conflict that the policy did not solve; `errc::no_changes`.
  /// Cancellation: total until the last step, the replacement of `repo`, which is awaited to its end.
  Awaitable<Result<SnapshotId>> async_commit(std::string message, CommitOptions options = CommitOptions()) const {
    return guarded(commit(state_, conflicts_, std::move(message), std::move(options)));
  }
  SnapshotId commit(std::string message, CommitOptions options = CommitOptions()) const {
    return block_on(async_commit(std::move(message), std::move(options))).value();
  }
  SnapshotId commit(std::string message, Metadata metadata) const {
    CommitOptions options;
    options.metadata = std::move(metadata);
    return commit(std::move(message), std::move(options));
  }

  /// Stores the changes as a snapshot that no branch points at; the session then only reads. A tag or a branch can be put
  /// on it; without one it goes with a garbage collection. Errors: `errc::no_changes`; as for commits.
  Awaitable<Result<SnapshotId>> async_flush(std::string message, Metadata metadata = Metadata()) const {
    return guarded(flush(state_, std::move(message), std::move(metadata)));
  }
  SnapshotId flush(std::string message, Metadata metadata = Metadata()) const {
    return block_on(async_flush(std::move(message), std::move(metadata))).value();
  }

  // Writing together: `fork` here, `Repository::forked_session` in any number of other processes, whose `changes` come back
  // and are merged before the one commit. The bytes are not for keeping. A forked session can be forked and merged into as
  // well, but it neither commits nor flushes nor rebases.

  /// A copy of the session for another process: what it has changed so far, and what it stands on. Chunks that it held are
  /// stored first. Errors: `errc::read_only_session`, `errc::session_committed`; those of storing chunks.
  Awaitable<Result<Bytes>> async_fork() const { return guarded(fork(state_)); }
  Bytes fork() const { return block_on(async_fork()).value(); }

  /// Whether the session was made by `Repository::forked_session`.
  bool is_fork() const noexcept { return state_->is_fork(); }

  /// What a forked session has changed, for `merge`. It may go on; what it changes then is in its next `changes` too.
  /// Errors: `errc::invalid_argument` if the session is no fork; those of storing chunks.
  Awaitable<Result<Bytes>> async_changes() const { return guarded(changes(state_)); }
  Bytes changes() const { return block_on(async_changes()).value(); }

  /// Takes in what a fork of this session has changed, all or nothing. A chunk that both wrote becomes the fork's. It waits
  /// for nothing, and takes the time that the fork's changes take.
  /// Errors: `errc::merge_failed` with every conflict: both created or updated a node and it differs, or one deleted what
  /// the other changed; `errc::invalid_argument` for forks of other sessions, or if this one has been rebased since;
  /// `errc::corrupt`.
  void merge(ByteView changes) const { merge_fork(*state_, changes).value(); }

  /// Replays the changes on what others have committed to the branch. Errors: `errc::rebase_failed` with every
  /// conflict that the policy did not solve; the session then stands on the last commit that it could be replayed on.
  Awaitable<Result<void>> async_rebase() const { return guarded(rebase(state_, conflicts_)); }
  void rebase() const { block_on(async_rebase()).value(); }

 private:
  static Awaitable<Result<void>> rebase(std::shared_ptr<State> state, std::shared_ptr<const Conflicts> conflicts) {
    co_return co_await rebase_session<Codecs>(*state, *conflicts);
  }

  static Awaitable<Result<Bytes>> fork(std::shared_ptr<State> state) { co_return co_await fork_session(*state); }
  static Awaitable<Result<Bytes>> changes(std::shared_ptr<State> state) { co_return co_await forked_changes(*state); }

  static Awaitable<Result<SnapshotId>> flush(std::shared_ptr<State> state, std::string message, Metadata metadata) {
    co_return co_await flush_session(*state, std::move(message), std::move(metadata));
  }

  static Awaitable<Result<SnapshotId>> commit(std::shared_ptr<State> state, std::shared_ptr<const Conflicts> conflicts,
                                              std::string message, CommitOptions options) {
    co_return co_await commit_session<Codecs>(*state, *conflicts, std::move(message), std::move(options));
  }

  std::shared_ptr<State> state_;
  std::shared_ptr<const Conflicts> conflicts_;
};

}  // namespace varve::inline v0
