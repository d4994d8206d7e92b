// SPDX-License-Identifier: Apache-2.0
// verify: looks at every object that a repository needs and says all that is wrong with each, what that means, and whether
// `repair` can mend it. It reads the store and no cache, changes nothing, and goes on past whatever is broken.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/format/damage.hpp>
#include <varve/session/context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace varve::inline v0 {

using format::Damage;

/// What a finding means to the users of the repository.
enum class Severity : std::uint8_t {
  note,     ///< nobody will notice
  warning,  ///< all data can be read; something else may go wrong, or has been lost that data does not need
  error,    ///< a read or a commit fails, or yields something else than was written
};
/// "note", "warning" or "error".
VARVE_DECL std::string_view name_of(Severity severity);

/// What `repair` does about a finding.
enum class Repair : std::uint8_t {
  none,          ///< nothing: the bytes are lost, or it is not known what is right
  restore_repo,  ///< puts the newest sound backup in the place of `repo`
  rewrite_repo,  ///< writes `repo` anew, from what can be read of it
  rebuild_log,   ///< makes a transaction log that is missing again, by comparing the snapshot with its parent
  mend_branch,   ///< commits to each branch that has it what is left of the branch's newest snapshot
  move_branch,   ///< if asked to: moves the branch to its newest ancestor that is whole
  delete_tag,    ///< if asked to
  collect,       ///< nothing, but a garbage collection deletes it
};
/// The stable text, such as "rewrite_repo".
VARVE_DECL std::string_view name_of(Repair repair);

/// Something wrong.
struct Finding {
  Damage kind{};
  Severity severity{};
  std::string object;                ///< the key of what is damaged or missing; a prefix, where it is about several
  std::string path;                  ///< the node, or the name of the branch or tag; empty where it is about none
  std::vector<std::uint32_t> index;  ///< the chunk of the node, where it is about one
  std::string what;                  ///< a sentence
  Repair repair{};
};

/// How far a verification has come. What is still to do becomes known on the way.
struct VerifyProgress {
  std::uint64_t objects = 0;        ///< that have been read
  std::uint64_t objects_known = 0;  ///< that are to be, as far as is known
  std::uint64_t bytes = 0;
  std::uint64_t bytes_known = 0;
};

struct VerifyOptions {
  bool deep = false;                    ///< also reads and decodes every chunk that lies in the repository
  std::size_t most_of_each_kind = 100;  ///< findings that are listed; all are counted
  std::function<void(const VerifyProgress&)> progress{};  ///< called now and then, by one thread at a time
};

struct VerifyReport {
  std::vector<Finding> findings;           ///< the most severe first
  std::map<Damage, std::uint64_t> counts;  ///< of all findings, those that are not listed as well
  std::uint64_t errors = 0;
  std::uint64_t warnings = 0;
  std::uint64_t notes = 0;
  std::uint64_t snapshots = 0;         ///< objects that were read, as are the next four
  std::uint64_t manifests = 0;
  std::uint64_t transaction_logs = 0;
  std::uint64_t backups = 0;           ///< in which the ops log goes on
  std::uint64_t chunks_decoded = 0;
  std::uint64_t chunk_refs = 0;        ///< that were checked, virtual ones as well
  std::uint64_t virtual_chunk_refs = 0;  ///< whose bytes nobody has looked for
  std::uint64_t orphans = 0;           ///< objects that nothing leads to
  std::uint64_t orphan_bytes = 0;
  bool changed_meanwhile = false;      ///< `repo` is another now: what is missing may just have been deleted

  /// Whether everything can be read.
  bool is_sound() const { return errors == 0; }
};

namespace detail {

struct Evidence;
/// See Repository::verify. Fills `evidence`, unless that is null, with what a repair needs to know beside the report.
VARVE_DECL Awaitable<Result<VerifyReport>> verify_repository(std::shared_ptr<Context> context, VerifyOptions options,
                                                             Evidence* evidence = nullptr);

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/verify.ipp>
#endif
