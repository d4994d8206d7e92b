// SPDX-License-Identifier: Apache-2.0
// Error: what went wrong, while doing what, to which object. It is a value inside the library (see result.hpp) and the
// root of the exceptions that the blocking functions throw; `raise()` throws it as the type that its code belongs to.
// One pointer wide besides the vtable, so that a Result on the hot path stays small.
#pragma once

#include <varve/core/config.hpp>
#include <varve/core/conflict.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// What can go wrong. Names are stable; `kind()` gives them as text.
enum class errc : std::uint8_t {
  // NotFoundError: what was asked for is not there.
  missing_object,        ///< an object that the repository refers to is not in the store
  repository_not_found,  ///< no `repo` object and no `refs/branch.main` below the prefix
  branch_not_found,
  tag_not_found,
  snapshot_not_found,
  node_not_found,
  chunk_not_found,
  // AlreadyExistsError: the name is taken.
  repository_exists,  ///< create on a prefix that holds a repository
  prefix_not_empty,   ///< create on a prefix that holds anything else
  branch_exists,
  tag_exists,
  tag_deleted,  ///< the name of a deleted tag is never used again
  node_exists,
  // ConflictError: somebody else was first.
  conflict,           ///< the branch moved since the session began: rebase and commit again
  rebase_failed,      ///< the conflicts are listed in ConflictError::conflicts()
  merge_failed,       ///< the changes of a fork and of its session do not go together; listed there as well
  reference_moved,    ///< compare-and-swap of a branch found another snapshot than expected
  update_exhausted,   ///< every retry of the update of `repo` lost its race
  // FormatError: bytes that the format does not allow.
  corrupt,            ///< truncated, damaged, mislabelled or hostile bytes
  unsupported_format, ///< a version, a file type or a union tag that varve does not know
  bad_metadata,       ///< zarr.json that is not valid for its node
  unsupported_codec,  ///< a codec that the repository's codec::Set does not have
  unsupported_data_type,
  unsupported_chunk_grid,
  unsupported_virtual,  ///< a virtual chunk, which this version does not read
  // StorageError: the store failed.
  unreachable,  ///< after the backend's own retries
  throttled,
  io_error,
  no_space,
  unsupported_operation,  ///< the store cannot do it, for example a write to a read-only one
  // PermissionError: not allowed.
  denied,             ///< by the store
  read_only_session,
  read_only_repository,
  // ValidationError: a mistake of the caller.
  invalid_argument,
  invalid_path,
  invalid_ref_name,
  invalid_id,
  invalid_key,
  out_of_bounds,
  shape_mismatch,
  type_mismatch,
  not_an_array,
  not_a_group,
  clock_skew,          ///< a clock is more than ten minutes off, this machine's or that of another writer
  no_changes,          ///< commit of an unchanged session without `allow_empty`
  cannot_delete_main,
  cannot_amend_initial,  ///< the snapshot that every repository begins with
  malformed_snapshot,  ///< two nodes at one path, or a node below an array
  invalid_chain,       ///< diff of snapshots that are not ancestor and descendant
  session_committed,   ///< a write to a session that has been committed
  wrong_session,       ///< a move in a session for other changes, or another change in a session for moves
  feature_disabled,
  // InterruptedError: stopped from outside.
  cancelled,
  timed_out,
};

/// The stable text of a code, such as "branch_not_found".
VARVE_DECL std::string_view name_of(errc code);

class Error;
namespace detail {
struct ErrorState {
  errc code{};
  std::string doing;
  std::string key;
  std::string hint;
  std::string backend_code;
  bool retryable = false;
  std::vector<Conflict> conflicts;
  std::string text;
};
}  // namespace detail

/// The root of varve's exceptions, and the error of `Result`. Copies share one immutable state.
class Error : public std::exception {
 public:
  /// `doing` is a verb phrase ("read manifest"), `key` names the object, path or ref, `hint` says what to do about it.
  Error(errc code, std::string doing, std::string key = {}, std::string hint = {});

  errc code() const noexcept { return state_->code; }
  /// The stable name of the code, for logs and for programs: never translated, never reworded.
  std::string_view kind() const noexcept { return name_of(state_->code); }
  const std::string& doing() const noexcept { return state_->doing; }
  /// The object key, node path or ref name that the error speaks of.
  const std::string& key() const noexcept { return state_->key; }
  const std::string& hint() const noexcept { return state_->hint; }
  /// The store's own code ("ENOSPC", "503 SlowDown"), empty if it did not come from a store.
  const std::string& backend_code() const noexcept { return state_->backend_code; }
  /// Whether the same call may succeed later without any change.
  bool retryable() const noexcept { return state_->retryable; }
  /// What stood in the way of a rebase or a merge; empty for every other error.
  const std::vector<Conflict>& conflicts() const noexcept { return state_->conflicts; }
  const char* what() const noexcept override { return state_->text.c_str(); }

  /// The same error with the store's own code.
  Error from_backend(std::string code, bool retryable) const;
  Error with_conflicts(std::vector<Conflict> conflicts) const;
  Error with_hint(std::string hint) const;

  /// Throws this error as the class that its code belongs to.
  [[noreturn]] void raise() const;

 private:
  explicit Error(detail::ErrorState state);
  std::shared_ptr<const detail::ErrorState> state_;
};

struct NotFoundError : Error { explicit NotFoundError(const Error& e) : Error(e) {} };
struct AlreadyExistsError : Error { explicit AlreadyExistsError(const Error& e) : Error(e) {} };
/// Somebody else was first. `conflicts()` lists every reason why a rebase or a merge was refused.
struct ConflictError : Error { explicit ConflictError(const Error& e) : Error(e) {} };
struct FormatError : Error { explicit FormatError(const Error& e) : Error(e) {} };
/// The store failed; see `backend_code()` and `retryable()`.
struct StorageError : Error { explicit StorageError(const Error& e) : Error(e) {} };
struct PermissionError : Error { explicit PermissionError(const Error& e) : Error(e) {} };
struct ValidationError : Error { explicit ValidationError(const Error& e) : Error(e) {} };
struct InterruptedError : Error { explicit InterruptedError(const Error& e) : Error(e) {} };

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/core/impl/error.ipp>
#endif
