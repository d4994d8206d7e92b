// SPDX-License-Identifier: Apache-2.0
// Spawned: a coroutine beside the caller's, which the caller can cancel at any moment, also before it has begun and
// after it has ended. Asio loses the completion of a spawned coroutine that is cancelled before its first suspension:
// what wraps it awaits once more, and that await throws. So a cancellation is held back until the work runs, and after
// it nothing throws any more.
#pragma once

#include <varve/async/awaitable.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace varve::inline v0::detail {

/// Held by a shared_ptr. The work, its cancellation and its end run on one strand, since a signal and the coroutine
/// that it stops must not run at the same time.
class Spawned : public std::enable_shared_from_this<Spawned> {
 public:
  using Strand = asio::strand<asio::any_io_executor>;

  explicit Spawned(asio::any_io_executor executor) : strand_(asio::make_strand(std::move(executor))) {}
  Spawned(const Spawned&) = delete;
  Spawned& operator=(const Spawned&) = delete;

  const Strand& strand() const { return strand_; }

  /// Starts `work` and calls `ended(thrown)` on the strand, once, after its frame has been destroyed.
  template <class Ended>
  void start(Awaitable<void> work, Ended ended) {
    auto completion = [self = shared_from_this(), ended = std::move(ended)](std::exception_ptr thrown) mutable {
      ended(self->thrown_ ? self->thrown_ : thrown);
    };
    asio::co_spawn(strand_, run(shared_from_this(), std::move(work)),
                   asio::bind_cancellation_slot(signal_.slot(), std::move(completion)));
  }

  /// Asks the work to stop, from any thread. Work that has not begun throws as if cancelled at once.
  void cancel() {
    asio::post(strand_, [self = shared_from_this()] {
      self->cancelled_ = true;
      if (self->running_) self->signal_.emit(asio::cancellation_type::all);
    });
  }

 private:
  static Awaitable<void> run(std::shared_ptr<Spawned> self, Awaitable<void> work) {
    self->running_ = true;
    try {
      if (self->cancelled_) throw boost::system::system_error(asio::error::operation_aborted);
      co_await std::move(work);
    } catch (...) {
      self->thrown_ = std::current_exception();
    }
    self->running_ = false;
    co_await asio::this_coro::throw_if_cancelled(false);
  }

  Strand strand_;
  asio::cancellation_signal signal_;
  bool running_ = false;
  bool cancelled_ = false;
  std::exception_ptr thrown_;
};

}  // namespace varve::inline v0::detail
