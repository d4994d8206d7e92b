// SPDX-License-Identifier: Apache-2.0
// suspend: parks a coroutine until somebody, on any thread, fires its Resumer. The one primitive under gather,
// single flight and semaphores.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace varve::inline v0 {

/// Wakes one suspended coroutine on its own executor. Thread-safe; only the first call counts.
class Resumer {
 public:
  class Target {
   public:
    virtual ~Target() = default;
    virtual void fire() = 0;
  };

  Resumer() = default;
  explicit Resumer(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  void operator()() const { target_->fire(); }
  explicit operator bool() const { return target_ != nullptr; }

 private:
  std::shared_ptr<Target> target_;
};

/// What a cancellation does to a suspended coroutine.
using OnCancel = std::function<void(const Resumer&)>;
/// It wakes the coroutine, whose next await then throws as Asio does.
inline void wake(const Resumer& resumer) { resumer(); }

/// Calls `start(resumer)` and parks until the resumer is fired; `start` lives until then. A cancellation calls
/// `on_cancel(resumer)`, which fires it or passes the cancellation on to whatever is awaited; it may come after the
/// resumer has been fired. Without a function it has to wait.
VARVE_DECL Awaitable<void> suspend(FunctionRef<void(Resumer)> start, OnCancel on_cancel = wake);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/suspend.ipp>
#endif
