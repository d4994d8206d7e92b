// SPDX-License-Identifier: Apache-2.0
// inspect: what stands in a metadata file, as JSON, for people and for programs that look into a repository from outside.
// Members are named as Icechunk's own inspect functions name them.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <cstddef>
#include <string_view>

namespace varve::inline v0::format {

/// Everything in a file as it is stored: `header` (who wrote it, versions, kind, compression), `stored_bytes`, and every field of
/// its tables. Ids are in their text form, times are RFC 3339. Of each array in a manifest at most `most_refs` refs are
/// listed; its counts are of all.
/// Errors: `errc::corrupt`, `errc::unsupported_format`, naming `key`.
VARVE_DECL Result<Json> inspect(ByteView stored, std::string_view key, std::size_t most_refs = 1000);

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/inspect.ipp>
#endif
