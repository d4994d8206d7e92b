// SPDX-License-Identifier: Apache-2.0
// content_hash: 64 bits of a content, the same on every machine. It tells versions apart and finds accidents; it is no
// defence against an attacker.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>

#include <cstdint>

namespace varve::inline v0 {

VARVE_DECL std::uint64_t content_hash(ByteView bytes);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/core/impl/content_hash.ipp>
#endif
