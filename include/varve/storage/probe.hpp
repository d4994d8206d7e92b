// SPDX-License-Identifier: Apache-2.0
// probe: tries out what a store can be trusted with. Some servers accept the conditions of a conditional write and then
// do not check them, or check them and write a moment later; a repository on one of them loses commits. What a server
// says about itself shows neither, so this writes, reads and races on it.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/core/config.hpp>
#include <varve/storage/any.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/probe/report.hpp>

#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

/// Writes below `.varve-probe-<random>/`, and deletes that in the end, also when checks fail.
/// Errors: those of the first read, such as `errc::denied` or `unreachable`: then nothing is known. A store that cannot
/// be written to is no error but a check that failed. Cancellation: total, but the folder stays.
template <Backend Storage>
Awaitable<Result<ProbeReport>> async_probe(Storage& store, ProbeOptions options = ProbeOptions::quick()) {
  co_return co_await any::run_probe(erased::Handle::borrow(store), std::move(options));
}

/// The same; these block and throw.
template <Backend Storage>
ProbeReport probe(Storage& store, ProbeOptions options = ProbeOptions::quick()) {
  return block_on(async_probe(store, std::move(options))).value();
}
VARVE_DECL ProbeReport probe(std::string_view url, ProbeOptions options = ProbeOptions::quick());

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/probe/impl/probe.ipp>
#endif
