// SPDX-License-Identifier: Apache-2.0
// Forks of a session: what it hands to those who write for it elsewhere, and what they hand back. Chunks travel as the ids
// of their objects, which are in the store before anybody hears of them; only those that a manifest would hold travel
// themselves.
#pragma once

#include <varve/core/config.hpp>
#include <varve/session/session_state.hpp>

namespace varve::inline v0 {

/// See Session::fork.
VARVE_DECL Awaitable<Result<Bytes>> fork_session(SessionState& state);

/// See Session::changes.
VARVE_DECL Awaitable<Result<Bytes>> forked_changes(SessionState& state);

/// See Session::merge.
VARVE_DECL Result<void> merge_fork(SessionState& state, ByteView changes);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/fork.ipp>
#endif
