// SPDX-License-Identifier: Apache-2.0
// The ways to say which state of a repository a session reads.
#pragma once

#include <varve/core/environment.hpp>
#include <varve/core/object_id.hpp>

#include <string>
#include <variant>

namespace varve::inline v0 {

/// The newest commit of a branch.
struct Branch {
  std::string name;
};
/// The commit that a tag names.
struct Tag {
  std::string name;
};
/// The newest commit of a branch that was made at `time` or before.
struct AsOf {
  std::string branch;
  Timestamp time;
};

using Version = std::variant<Branch, Tag, SnapshotId, AsOf>;

}  // namespace varve::inline v0
