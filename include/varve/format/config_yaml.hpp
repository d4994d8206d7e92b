// SPDX-License-Identifier: Apache-2.0
// The configuration file of a repository of format 1, `config.yaml`, as the JSON value that format 2 would hold. Only
// those who read such a file include this header, since it takes a YAML library: link varve::yaml.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <string_view>

namespace varve::inline v0::format {

/// Reads `text`. A tag, which is how YAML spells the variant of an enumeration, becomes what FlexBuffers hold for it:
/// `!s3 {region: x}` is `{"s3": {"region": "x"}}`, and `!Any` without a value is `"Any"`. An empty file is null.
/// Errors: `errc::corrupt`, naming `key`, for text that is not YAML, that nests too deep or repeats itself without end.
VARVE_DECL Result<Json> parse_config_yaml(std::string_view text, std::string_view key);

}  // namespace varve::inline v0::format

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/format/impl/config_yaml.ipp>
#endif
