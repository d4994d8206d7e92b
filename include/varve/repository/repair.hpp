// SPDX-License-Identifier: Apache-2.0
// repair: makes of a broken repository one that everybody can read and commit to. Nothing that is stored is ever changed:
// `repo` is replaced only where it is broken, and its bytes are kept; transaction logs that are missing are made again; and
// what is wrong with nodes, or lost of their chunks, is put right or left out by a new commit.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/repository/verify.hpp>
#include <varve/session/context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace varve::inline v0 {

struct RepairOptions {
  bool deep = false;       ///< decodes every chunk first, and leaves out those that cannot be decoded
  bool drop_refs = false;  ///< moves branches whose newest snapshot is lost to an ancestor, and deletes such tags
  bool dry_run = false;    ///< only says what would be done
  std::string message = "Repaired: left out what is lost";  ///< of the commits that mend branches
};

/// One thing that was done, or would be.
struct RepairAction {
  Repair kind{};
  std::string object;  ///< "repo", the key of the log, or the name of the branch or tag
  std::string what;    ///< a sentence, with what is lost by it
};

struct RepairReport {
  VerifyReport before;                ///< what was wrong
  std::vector<RepairAction> actions;  ///< in the order in which they were done
  std::vector<std::string> left;      ///< what is still wrong after that, and why
};

namespace detail {

/// See Repository::repair.
VARVE_DECL Awaitable<Result<RepairReport>> repair_repository(std::shared_ptr<Context> context, RepairOptions options);

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/repair.ipp>
#endif
