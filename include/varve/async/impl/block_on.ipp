// SPDX-License-Identifier: Apache-2.0
// Bodies of block_on.hpp.
#pragma once

#include <varve/async/block_on.hpp>

#include <varve/async/runtime.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>

namespace varve::inline v0::detail {

/// The calling thread's own event loop, borrowed for one `block_on`. A nested call, from a callback that runs inside
/// another one, gets a fresh loop; so does the child of a fork, whose copy would share the parent's epoll set.
class LocalLoop {
 public:
  LocalLoop() : loop_(take()), may_block_before_(std::exchange(this_thread_may_block(), true)) {}
  ~LocalLoop() {
    this_thread_may_block() = may_block_before_;
    Kept& kept = kept_loop();
    if (!kept.loop && kept.generation == fork_generation()) kept.loop = std::move(loop_);
  }
  LocalLoop(const LocalLoop&) = delete;
  LocalLoop& operator=(const LocalLoop&) = delete;

  asio::io_context& context() { return *loop_; }

 private:
  struct Kept {
    unsigned generation = fork_generation();
    std::unique_ptr<asio::io_context> loop;
  };
  static Kept& kept_loop() {
    static thread_local Kept kept;
    return kept;
  }
  static std::unique_ptr<asio::io_context> take() {
    Kept& kept = kept_loop();
    if (kept.generation != fork_generation()) {
      static_cast<void>(kept.loop.release());  // the parent's: closing its timer or epoll set is not ours to do
      kept.generation = fork_generation();
    }
    if (!kept.loop) return std::make_unique<asio::io_context>(1);
    kept.loop->restart();
    return std::move(kept.loop);
  }

  std::unique_ptr<asio::io_context> loop_;
  bool may_block_before_;
};

VARVE_DECL void run_here(Awaitable<void> work) {
  std::exception_ptr failure;
  {
    LocalLoop loop;
    asio::co_spawn(loop.context(), std::move(work), [&](std::exception_ptr thrown) { failure = thrown; });
    loop.context().run();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace varve::inline v0::detail
