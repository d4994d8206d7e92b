// SPDX-License-Identifier: Apache-2.0
// gather: several copies of one piece of work at once, joined. Whatever a call starts, it joins before it returns.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/runtime.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/core/result.hpp>

#include <cstddef>

namespace varve::inline v0 {

/// Awaits `count` copies of `work()` at once on the caller's executor; `work` lives until this completes.
/// Errors: the first failure, once the other copies have been cancelled and have ended.
/// Cancellation: passed on to every copy.
VARVE_DECL Awaitable<Result<void>> gather(std::size_t count, FunctionRef<Awaitable<Result<void>>()> work);

/// The same on the threads of `runtime`, so that the copies really run side by side; `work` must be safe for that.
VARVE_DECL Awaitable<Result<void>> gather(const Runtime& runtime, std::size_t count, FunctionRef<Awaitable<Result<void>>()> work);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/gather.ipp>
#endif
