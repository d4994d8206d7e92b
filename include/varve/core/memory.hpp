// SPDX-License-Identifier: Apache-2.0
// Large buffers that are about to be filled. What a program has allocated becomes memory at its first touch, page by
// page; for a large read those page faults cost as much as all that is read and copied.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>

namespace varve::inline v0::detail {

/// Makes the whole pages of a buffer present, as the first write to each would, but for one system call; parts of a
/// buffer may be populated on several threads at once. What it holds stays. A hint: a system that knows no such thing
/// does without.
VARVE_DECL void populate(MutableByteView buffer);

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/core/impl/memory.ipp>
#endif
