// SPDX-License-Identifier: Apache-2.0
// How a repository comes into being: the initial snapshot and its empty transaction log, then `repo`, created only if
// nobody else was first.
#pragma once

#include <varve/core/config.hpp>
#include <varve/session/context.hpp>

namespace varve::inline v0::detail {

/// Writes an empty repository of format 2 with the branch `main`.
/// Errors: `errc::repository_exists`; `errc::prefix_not_empty` if the prefix holds anything else;
/// `errc::unsupported_operation` if the store cannot be trusted with commits; those of detail::persisted.
VARVE_DECL Awaitable<Result<void>> create_repository(Context& context);

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/create.ipp>
#endif
