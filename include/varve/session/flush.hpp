// SPDX-License-Identifier: Apache-2.0
// flush: makes a session's changes a snapshot that no branch points at: what is not ready for a branch yet can be read, by
// its id or by a tag, and nobody's work is in its way.
#pragma once

#include <varve/core/config.hpp>
#include <varve/session/session_state.hpp>

#include <string>

namespace varve::inline v0 {

/// Stores the session's changes as a snapshot on top of the one that the session began at, and returns its id; the session
/// then only reads. A garbage collection takes it away unless a tag or a branch points at it by then.
/// Errors: `errc::no_changes`; `errc::snapshot_not_found` if the session's base has expired; those of building and writing.
/// Cancellation: total until `repo` is replaced; that step is awaited.
VARVE_DECL Awaitable<Result<SnapshotId>> flush_session(SessionState& state, std::string message, Metadata metadata);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/flush.ipp>
#endif
