// SPDX-License-Identifier: Apache-2.0
// Bodies of suspend.hpp.
#pragma once

#include <varve/async/suspend.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>

namespace varve::inline v0 {

namespace detail {

template <class Handler>
class Parked final : public Resumer::Target {
 public:
  explicit Parked(Handler handler) : handler_(std::move(handler)) {}
  void fire() override {
    if (fired_.exchange(true)) return;
    // Counted as work until the post has returned: the handler may be the last of a loop on another thread, and end
    // it, and nobody may destroy the loop while this thread is still inside it.
    const auto executor = asio::prefer(asio::get_associated_executor(handler_), asio::execution::outstanding_work.tracked);
    asio::post(executor, std::move(handler_));
  }

 private:
  Handler handler_;
  std::atomic<bool> fired_ = false;
};

struct Park {
  FunctionRef<void(Resumer)>& start;
  OnCancel& on_cancel;

  template <class Handler>
  void operator()(Handler handler) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    Resumer resumer(std::make_shared<Parked<Handler>>(std::move(handler)));
    if (on_cancel && slot.is_connected()) {
      slot.assign([resumer, cancel = std::move(on_cancel)](asio::cancellation_type) { cancel(resumer); });
    }
    start(std::move(resumer));
  }
};

}  // namespace detail

VARVE_DECL Awaitable<void> suspend(FunctionRef<void(Resumer)> start, OnCancel on_cancel) {
  detail::Park park{start, on_cancel};
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(park, asio::use_awaitable);
}

}  // namespace varve::inline v0
