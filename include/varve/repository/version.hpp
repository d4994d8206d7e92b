// SPDX-License-Identifier: Apache-2.0
// The ways to say which state of a repository a session reads. They have constructors because g++ 12 destroys a
// temporary aggregate within a co_await expression twice, and `co_await repo.async_readonly_session(Branch{"main"})` is what
// everybody writes.
#pragma once

#include <varve/core/environment.hpp>
#include <varve/core/object_id.hpp>

#include <string>
#include <utility>
#include <variant>

namespace varve::inline v0 {

/// The newest commit of a branch.
struct Branch {
  explicit Branch(std::string branch) : name(std::move(branch)) {}
  std::string name;
};
/// The commit that a tag names.
struct Tag {
  explicit Tag(std::string tag) : name(std::move(tag)) {}
  std::string name;
};
/// The newest commit of a branch that was made at `time` or before.
struct AsOf {
  AsOf(std::string of_branch, Timestamp at) : branch(std::move(of_branch)), time(at) {}
  std::string branch;
  Timestamp time;
};

using Version = std::variant<Branch, Tag, SnapshotId, AsOf>;

}  // namespace varve::inline v0
