// SPDX-License-Identifier: Apache-2.0
// Runtime: the threads that varve may use for decoding, encoding and blocking file I/O. A program owns one, or lends an
// executor of its own; with neither, one shared runtime of the machine's size is made at first use and joined at exit.
// Nothing else in varve ever starts a thread.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace varve::inline v0 {

/// A handle; copies mean the same threads. Destroying the last handle of a runtime that owns threads joins them.
class Runtime {
 public:
  /// The shared runtime, resolved anew at each use: after a fork the child gets threads of its own.
  Runtime() = default;
  /// Owns `threads` threads. With none, all work is done by the thread that calls or awaits.
  explicit Runtime(std::size_t threads);
  /// Borrows an executor of the caller's, run by `threads` threads, which must outlive all that uses this runtime.
  Runtime(asio::any_io_executor executor, std::size_t threads);

  /// How many pieces of work run at once, at least 1.
  std::size_t parallelism() const;
  /// Where work is posted; `nullopt` if there are no threads and the caller works itself.
  std::optional<asio::any_io_executor> executor() const;

 private:
  struct State;
  static std::shared_ptr<State> shared();
  std::shared_ptr<State> state() const { return state_ ? state_ : shared(); }
  std::shared_ptr<State> state_;
};

namespace detail {

/// How often this process is a fork's child; a thread-local or shared resource of another generation is the parent's.
VARVE_DECL unsigned fork_generation();

/// Whether this thread may block in a system call: a thread of a runtime, or one inside `block_on`. An event loop's
/// thread may not.
VARVE_DECL bool& this_thread_may_block();

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/runtime.ipp>
#endif
