// SPDX-License-Identifier: Apache-2.0
// The refs of a repository of format 1, where every branch and tag is an object of its own: `refs/branch.<name>/ref.json`
// and `refs/tag.<name>/ref.json`, with a tombstone beside a deleted tag. varve reads such a repository and leaves it be.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace varve::inline v0 {

namespace detail {

/// A ref's name from its folder: backends on object_store percent-encode what a file name should not hold.
VARVE_DECL std::string decode_ref_name(std::string_view encoded);

/// The snapshot that a `ref.json` names; `nullopt` if there is no such object.
VARVE_DECL Awaitable<Result<std::optional<SnapshotId>>> read_spec1_ref(Context& context, std::string key);

}  // namespace detail

/// Reads all refs of a format 1 repository. Errors: `errc::repository_not_found` if there is no `main`.
VARVE_DECL Awaitable<Result<std::shared_ptr<const RepoState>>> read_spec1_repo(Context& context);

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/session/impl/spec1_refs.ipp>
#endif
