// SPDX-License-Identifier: Apache-2.0
// for_each: a number of pieces of work, some at a time, each taken by whichever worker is free.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/runtime.hpp>
#include <varve/core/config.hpp>
#include <varve/core/function_ref.hpp>
#include <varve/core/result.hpp>

#include <cstddef>

namespace varve::inline v0 {

/// Awaits `work(i)` for each i below `count`, at most `at_once` at a time, on the caller's executor; `work` lives until
/// this completes. Errors: the first failure, once what was under way has been cancelled and has ended.
/// Cancellation: passed on to all that is under way.
VARVE_DECL Awaitable<Result<void>> for_each(std::size_t count, std::size_t at_once,
                                            FunctionRef<Awaitable<Result<void>>(std::size_t)> work);

/// The same on the threads of `runtime`; `work` must be safe for that.
VARVE_DECL Awaitable<Result<void>> for_each(const Runtime& runtime, std::size_t count, std::size_t at_once,
                                            FunctionRef<Awaitable<Result<void>>(std::size_t)> work);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/async/impl/for_each.ipp>
#endif
