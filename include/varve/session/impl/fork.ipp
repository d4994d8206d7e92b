// SPDX-License-Identifier: Apache-2.0
// Bodies of fork.hpp.
#pragma once

#include <varve/session/fork.hpp>

#include <varve/async/for_each.hpp>
#include <varve/change/fork.hpp>
#include <varve/session/held_chunks.hpp>
#include <varve/session/objects.hpp>

#include <cstddef>
#include <utility>

namespace varve::inline v0 {

namespace detail {

/// The session's changes and where they stand, with no chunk inside that is to be an object. Writes may go on meanwhile.
inline Awaitable<Result<Fork>> fork_with_stored_chunks(SessionState& state) {
  auto fork = state.fork();
  if (!fork || !state.holds_chunks()) co_return fork;
  auto& context = state.context();
  const HeldChunks held(context, fork->changes);
  auto put = [&](std::size_t i) { return put_object(context, held.chunks()[i].object); };
  auto stored = co_await for_each(held.chunks().size(), context.concurrency(), put);
  if (!stored) co_return std::move(stored).error();
  state.chunks_stored(held);
  for (const HeldChunk& chunk : held.chunks()) fork->changes.set_chunk(chunk.node, chunk.index, chunk.stored);
  co_return fork;
}

}  // namespace detail

VARVE_DECL Awaitable<Result<Bytes>> fork_session(SessionState& state) {
  auto fork = co_await detail::fork_with_stored_chunks(state);
  if (!fork) co_return std::move(fork).error();
  co_return encode_fork(*fork);
}

VARVE_DECL Awaitable<Result<Bytes>> forked_changes(SessionState& state) {
  if (!state.is_fork()) {
    co_return Error(errc::invalid_argument, "read changes", {}, "this session is no fork: commit it");
  }
  auto fork = co_await detail::fork_with_stored_chunks(state);
  if (!fork) co_return std::move(fork).error();
  co_return encode_fork(state.returned(fork->changes));
}

VARVE_DECL Result<void> merge_fork(SessionState& state, ByteView changes) {
  auto fork = decode_fork(changes, Fork::Direction::back);
  if (!fork) return std::move(fork).error();
  return state.merge(*fork);
}

}  // namespace varve::inline v0
