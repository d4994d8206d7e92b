// SPDX-License-Identifier: Apache-2.0
// Spawned: a coroutine beside the caller's, which the caller can cancel at any moment, also before it has begun and
// after it has ended. Asio loses the completion of a spawned coroutine that is cancelled before its first suspension:
// what wraps it awaits once more, and that await throws. So a cancellation is held back until the work runs, and after
// it nothing throws any more.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>

#include <exception>
#include <functional>
#include <memory>

namespace varve::inline v0::detail {

/// Held by a shared_ptr. The work, its cancellation and its end run on one strand, since a signal and the coroutine
/// that it stops must not run at the same time.
class Spawned : public std::enable_shared_from_this<Spawned> {
 public:
  using Strand = asio::strand<asio::any_io_executor>;

  explicit Spawned(asio::any_io_executor executor);
  Spawned(const Spawned&) = delete;
  Spawned& operator=(const Spawned&) = delete;

  const Strand& strand() const { return strand_; }

  /// Starts `work` and calls `ended(thrown)` on the strand, once, after its frame has been destroyed.
  void start(Awaitable<void> work, std::function<void(std::exception_ptr)> ended);

  /// Asks the work to stop, from any thread. Work that has not begun throws as if cancelled at once.
  void cancel();

 private:
  static Awaitable<void> run(std::shared_ptr<Spawned> self, Awaitable<void> work);

  Strand strand_;
  asio::cancellation_signal signal_;
  bool running_ = false;
  bool cancelled_ = false;
  std::exception_ptr thrown_;
};

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/spawned.ipp>
#endif
