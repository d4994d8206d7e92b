// SPDX-License-Identifier: Apache-2.0
// Bodies of spawned.hpp.
#pragma once

#include <varve/async/spawned.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace varve::inline v0::detail {

VARVE_DECL Spawned::Spawned(asio::any_io_executor executor) : strand_(asio::make_strand(std::move(executor))) {}

VARVE_DECL void Spawned::start(Awaitable<void> work, std::function<void(std::exception_ptr)> ended) {
  auto completion = [self = shared_from_this(), ended = std::move(ended)](std::exception_ptr thrown) {
    ended(self->thrown_ ? std::exchange(self->thrown_, nullptr) : std::move(thrown));
  };
  asio::co_spawn(strand_, run(shared_from_this(), std::move(work)),
                 asio::bind_cancellation_slot(signal_.slot(), std::move(completion)));
}

VARVE_DECL void Spawned::cancel() {
  asio::post(strand_, [self = shared_from_this()] {
    self->cancelled_ = true;
    if (self->running_) self->signal_.emit(asio::cancellation_type::all);
  });
}

VARVE_DECL Awaitable<void> Spawned::run(std::shared_ptr<Spawned> self, Awaitable<void> work) {
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

}  // namespace varve::inline v0::detail
