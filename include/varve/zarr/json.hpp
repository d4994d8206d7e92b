// SPDX-License-Identifier: Apache-2.0
// Reading JSON: whole values, and the members of an object as slices of its text. The slices are what keeps a zarr.json
// intact: attributes are handed out as they were written, and a change of one member leaves every other byte alone.
#pragma once

#include <varve/core/json.hpp>
#include <varve/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0::zarr {

/// The largest text and the deepest nesting that are read.
inline constexpr std::size_t max_json_bytes = std::size_t{64} << 20;
inline constexpr std::size_t max_json_depth = 128;

/// Parses one JSON value. `what` names the text in the error, which is `errc::bad_metadata`.
VARVE_DECL Result<Json> parse_json(std::string_view text, std::string_view what);

/// One member of an object: views into the text it was found in.
struct RawMember {
  std::string name;        ///< without escapes
  std::string_view value;  ///< the text of the value, without white space around it
};

/// The members of the object that `text` is, checked against the grammar of JSON but not converted: integers of any
/// size pass. Errors: `errc::bad_metadata`, also for a name that occurs twice and for text that is not UTF-8.
VARVE_DECL Result<std::vector<RawMember>> parse_members(std::string_view text, std::string_view what);

/// The text of an object with the value of one member replaced, or the member added at its end.
VARVE_DECL Result<std::string> with_member(std::string_view text, std::string_view name, std::string_view value,
                                           std::string_view what);

}  // namespace varve::inline v0::zarr

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/zarr/impl/json.ipp>
#endif
