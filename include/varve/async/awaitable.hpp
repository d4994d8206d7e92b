// SPDX-License-Identifier: Apache-2.0
// Awaitable: what every `async_` function returns. It is Boost.Asio's own coroutine type, so a program awaits it from
// its own coroutines, or starts it with asio::co_spawn for a callback or a future.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace varve::inline v0 {

namespace asio = boost::asio;

/// A coroutine that has not started. It runs on the executor of whoever awaits it; arguments that are references or
/// views must live until it completes.
template <class T>
using Awaitable = asio::awaitable<T>;

}  // namespace varve::inline v0
