// SPDX-License-Identifier: Apache-2.0
// Awaitable: what every `async_` function returns. It is Boost.Asio's own coroutine type, so a program awaits it from
// its own coroutines, or starts it with asio::co_spawn for a callback or a future.
#pragma once

// Asio recycles the frames of coroutines in a cache of the thread. Where clang inlines the look-up of that cache into a
// coroutine, it keeps the thread's address across a suspension, after which the coroutine may run on another thread:
// two threads then share one cache, and memory is corrupted. So clang does without the cache; a program that includes
// Asio before varve defines the macro for all its units (the CMake targets do).
#if defined(__clang__) && !defined(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
#if defined(BOOST_ASIO_AWAITABLE_HPP)
#error "define BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING in every unit, or include varve before Boost.Asio"
#endif
#define BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING
#endif

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <optional>
#include <utility>

namespace varve::inline v0 {

namespace asio = boost::asio;

/// A coroutine that has not started. It runs on the executor of whoever awaits it; arguments that are references or
/// views must live until it completes.
template <class T>
using Awaitable = asio::awaitable<T>;

namespace detail {

/// `work` without its result, which goes to `into`: what runs coroutines need know one type of them only.
template <class T>
Awaitable<void> store_result(Awaitable<T> work, std::optional<T>& into) {
  into.emplace(co_await std::move(work));
}

}  // namespace detail

}  // namespace varve::inline v0
