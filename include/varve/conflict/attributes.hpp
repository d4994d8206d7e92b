// SPDX-License-Identifier: Apache-2.0
// MergeAttributes: a conflict policy by which writers who change different attributes of one node, or the chunks of an array
// whose attributes another one changes, need not take turns.
#pragma once

#include <varve/conflict/policy.hpp>
#include <varve/core/config.hpp>

namespace varve::inline v0::conflict {

/// Merges the attributes of groups and arrays key by key: what one side created, changed or removed stands, if the other
/// left that key alone or did the same. Values are looked at whole: two who change different parts of one object conflict.
struct MergeAttributes {
  Decision resolve_metadata(MetadataConflict& node) const;
};

static_assert(ConflictPolicy<MergeAttributes>);

}  // namespace varve::inline v0::conflict

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/conflict/impl/attributes.ipp>
#endif
