// SPDX-License-Identifier: Apache-2.0
// suspend: parks a coroutine until somebody, on any thread, fires its Resumer. The one primitive under gather,
// single flight and semaphores.
#pragma once

#include <varve/async/awaitable.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace varve::inline v0 {

/// Wakes one suspended coroutine on its own executor. Thread-safe; only the first call counts.
class Resumer {
 public:
  Resumer() = default;
  void operator()() const { target_->fire(); }
  explicit operator bool() const { return target_ != nullptr; }

 private:
  struct Target {
    virtual ~Target() = default;
    virtual void fire() = 0;
  };
  template <class Handler>
  struct Parked final : Target {
    explicit Parked(Handler h) : handler(std::move(h)) {}
    void fire() override {
      if (fired.exchange(true)) return;
      // Counted as work until the post has returned: the handler may be the last of a loop on another thread, and end
      // it, and nobody may destroy the loop while this thread is still inside it.
      const auto executor = asio::prefer(asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked);
      asio::post(executor, std::move(handler));
    }
    Handler handler;
    std::atomic<bool> fired = false;
  };
  explicit Resumer(std::shared_ptr<Target> target) : target_(std::move(target)) {}

  template <class Start, class OnCancel>
  friend Awaitable<void> suspend(Start start, OnCancel on_cancel);

  std::shared_ptr<Target> target_;
};

/// Calls `start(resumer)` and parks until the resumer is fired. A cancellation calls `on_cancel(resumer)`, which fires
/// it or passes the cancellation on to whatever is awaited; it may come after the resumer has been fired.
template <class Start, class OnCancel>
Awaitable<void> suspend(Start start, OnCancel on_cancel) {
  auto initiate = [&](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    Resumer resumer(std::make_shared<Resumer::Parked<decltype(handler)>>(std::move(handler)));
    if (slot.is_connected()) {
      slot.assign([resumer, cancel = std::move(on_cancel)](asio::cancellation_type) { cancel(resumer); });
    }
    start(std::move(resumer));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(initiate, asio::use_awaitable);
}

/// The same; a cancellation wakes the coroutine, whose next await then throws as Asio does.
template <class Start>
Awaitable<void> suspend(Start start) {
  auto wake = [](const Resumer& resumer) { resumer(); };
  co_await suspend(std::move(start), wake);
}

}  // namespace varve::inline v0
