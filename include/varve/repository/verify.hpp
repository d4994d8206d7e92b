// SPDX-License-Identifier: Apache-2.0
// verify: looks at every object that a repository needs and says all that is wrong with each, what that means, and whether
// `repair` can mend it. It reads the store and no cache, changes nothing, and goes on past whatever is broken.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/format/damage.hpp>
#include <varve/repository/verify_source.hpp>
#include <varve/session/context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
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

/// What a repair needs to know of a verification beside its report.
struct Evidence {
  ObjectTable chunks;                               ///< all that there are
  std::unordered_set<ChunkId> undecodable_chunks;   ///< of a deep verification, as is the next
  std::set<std::pair<NodeId, std::vector<std::uint32_t>>> undecodable_inline;
  std::unordered_set<ManifestId> lost_manifests;    ///< missing, or not to be read
  std::unordered_set<SnapshotId> whole_snapshots;   ///< they can be read, as far as their own objects go
  std::vector<SnapshotId> unlisted_snapshots;       ///< some of those that nothing leads to
};

/// Whether `info` says what `repo` was later than `other`. The names of backups tell that only to the millisecond, and
/// by the clocks of their writers; the times in the log of operations rise strictly.
inline bool is_newer(const format::RepoInfo& info, const format::RepoInfo& other) {
  return info.latest_updates.front().updated_at > other.latest_updates.front().updated_at;
}
/// How many backups that can be read are compared to find the newest.
inline constexpr std::size_t backups_compared = 64;

VARVE_DECL Awaitable<Result<VerifyReport>> verify_objects(ObjectSource source, MakeDecoder make_decoder, Runtime runtime,
                                                          std::size_t concurrency, VerifyOptions options, Evidence* evidence);

/// Verifies what a context's store holds.
template <class Codecs, class Storage, class CacheType>
Awaitable<Result<VerifyReport>> verify_store(std::shared_ptr<Context<Storage, CacheType>> context, VerifyOptions options,
                                             Evidence* evidence = nullptr) {
  Storage& store = context->storage;
  auto get = [&](std::string_view key, GetOptions what) { return store.get(key, std::move(what)); };
  auto list = [&](std::string_view prefix, std::optional<std::string> next) { return store.list(prefix, std::move(next)); };
  auto decoder = [](std::string_view zarr_json, std::string_view path) { return make_chunk_decoder<Codecs>(zarr_json, path); };
  const ObjectSource source{get, list};
  co_return co_await verify_objects(source, decoder, context->options.runtime, context->options.concurrency,
                                    std::move(options), evidence);
}

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/verify.ipp>
#endif
