// SPDX-License-Identifier: Apache-2.0
// block_on: drives a coroutine to its end on the calling thread. Every blocking function of varve is one line over it.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>

#include <optional>
#include <utility>

namespace varve::inline v0 {

namespace detail {

/// Runs `work` on this thread until it completes; throws what it throws.
VARVE_DECL void run_here(Awaitable<void> work);

}  // namespace detail

/// The value of `work`, run on this thread until it completes. What `work` throws is thrown here.
template <class T>
T block_on(Awaitable<T> work) {
  std::optional<T> result;
  detail::run_here(detail::store_result(std::move(work), result));
  return *std::move(result);
}

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/block_on.ipp>
#endif
