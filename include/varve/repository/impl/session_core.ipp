// SPDX-License-Identifier: Apache-2.0
// Bodies of session_core.hpp. The coroutines take the session by value: a caller may start one and let its handle go.
#pragma once

#include <varve/repository/session_core.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/entry.hpp>
#include <varve/session/flush.hpp>
#include <varve/session/fork.hpp>
#include <varve/session/rebase.hpp>

#include <utility>

namespace varve::inline v0 {

namespace detail {

using SharedState = std::shared_ptr<SessionState>;
using SharedPolicy = std::shared_ptr<const conflict::ErasedPolicy>;

inline Awaitable<Result<SnapshotId>> commit_shared(SharedState state, SharedPolicy conflicts, std::string message,
                                                   CommitOptions options) {
  co_return co_await commit_session(*state, *conflicts, std::move(message), std::move(options));
}
inline Awaitable<Result<void>> rebase_shared(SharedState state, SharedPolicy conflicts) {
  co_return co_await rebase_session(*state, *conflicts);
}
inline Awaitable<Result<SnapshotId>> flush_shared(SharedState state, std::string message, Metadata metadata) {
  co_return co_await flush_session(*state, std::move(message), std::move(metadata));
}
inline Awaitable<Result<Bytes>> fork_shared(SharedState state) { co_return co_await fork_session(*state); }
inline Awaitable<Result<Bytes>> changes_shared(SharedState state) { co_return co_await forked_changes(*state); }

}  // namespace detail

VARVE_DECL SnapshotId SessionCore::snapshot_id() const { return state_->snapshot_id(); }
VARVE_DECL std::optional<std::string> SessionCore::branch() const { return state_->branch(); }
VARVE_DECL bool SessionCore::writable() const { return state_->writable(); }
VARVE_DECL bool SessionCore::rearranges() const { return state_->rearranges(); }
VARVE_DECL bool SessionCore::exists(std::string_view path) const {
  return state_->find_node(Path::parse(path).value()).value().has_value();
}
VARVE_DECL std::vector<NodeInfo> SessionCore::nodes(std::string_view below) const {
  return state_->nodes(Path::parse(below).value()).value();
}
VARVE_DECL void SessionCore::delete_node(std::string_view path) const {
  state_->delete_node(Path::parse(path).value()).value();
}
VARVE_DECL void SessionCore::move(std::string_view from, std::string_view to) const {
  state_->move_node(Path::parse(from).value(), Path::parse(to).value()).value();
}
VARVE_DECL std::vector<ManifestFile> SessionCore::manifests() const {
  const auto base = state_->base();
  std::vector<ManifestFile> files;
  for (std::size_t i = 0; i != base->view().manifest_count(); ++i) files.push_back(base->view().manifest(i));
  return files;
}
VARVE_DECL bool SessionCore::has_changes() const { return state_->has_changes(); }
VARVE_DECL Diff SessionCore::status() const { return session_status(*state_); }
VARVE_DECL void SessionCore::discard_changes() const { state_->discard_changes().value(); }
VARVE_DECL Awaitable<Result<SnapshotId>> SessionCore::async_commit(std::string message, CommitOptions options) const {
  return guarded(detail::commit_shared(state_, conflicts_, std::move(message), std::move(options)));
}
VARVE_DECL SnapshotId SessionCore::commit(std::string message, CommitOptions options) const {
  return block_on(async_commit(std::move(message), std::move(options))).value();
}
VARVE_DECL SnapshotId SessionCore::commit(std::string message, Metadata metadata) const {
  CommitOptions options;
  options.metadata = std::move(metadata);
  return commit(std::move(message), std::move(options));
}
VARVE_DECL Awaitable<Result<SnapshotId>> SessionCore::async_flush(std::string message, Metadata metadata) const {
  return guarded(detail::flush_shared(state_, std::move(message), std::move(metadata)));
}
VARVE_DECL SnapshotId SessionCore::flush(std::string message, Metadata metadata) const {
  return block_on(async_flush(std::move(message), std::move(metadata))).value();
}
VARVE_DECL Awaitable<Result<Bytes>> SessionCore::async_fork() const { return guarded(detail::fork_shared(state_)); }
VARVE_DECL Bytes SessionCore::fork() const { return block_on(async_fork()).value(); }
VARVE_DECL bool SessionCore::is_fork() const noexcept { return state_->is_fork(); }
VARVE_DECL Awaitable<Result<Bytes>> SessionCore::async_changes() const { return guarded(detail::changes_shared(state_)); }
VARVE_DECL Bytes SessionCore::changes() const { return block_on(async_changes()).value(); }
VARVE_DECL void SessionCore::merge(ByteView changes) const { merge_fork(*state_, changes).value(); }
VARVE_DECL Awaitable<Result<void>> SessionCore::async_rebase() const { return guarded(detail::rebase_shared(state_, conflicts_)); }
VARVE_DECL void SessionCore::rebase() const { block_on(async_rebase()).value(); }

}  // namespace varve::inline v0
