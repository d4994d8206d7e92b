// SPDX-License-Identifier: Apache-2.0
// inspect_object: fetches a metadata object as it is stored, past the cache, and tells what stands in it.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/context.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace varve::inline v0::detail {

VARVE_DECL Awaitable<Result<Json>> inspect_object(std::shared_ptr<Context> context, std::string key, std::size_t most_refs);

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/inspect.ipp>
#endif
