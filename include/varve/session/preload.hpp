// SPDX-License-Identifier: Apache-2.0
// preload: fetches the manifests that a configuration wants at hand before anybody asks, such as those of coordinates, which
// every reader looks at first.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/session/context.hpp>
#include <varve/session/metadata.hpp>

namespace varve::inline v0 {

/// Fetches what Settings::preload chooses into the cache. It is advice: what cannot be fetched is left to whoever needs it.
VARVE_DECL Awaitable<void> preload(Context& context, const Snapshot& snapshot);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/preload.ipp>
#endif
