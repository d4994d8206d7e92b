// SPDX-License-Identifier: Apache-2.0
// Bodies of error.hpp.
#pragma once

#include <varve/core/error.hpp>

namespace varve::inline v0 {

VARVE_DECL std::string_view name_of(errc code) {
  switch (code) {
    case errc::missing_object: return "missing_object";
    case errc::repository_not_found: return "repository_not_found";
    case errc::branch_not_found: return "branch_not_found";
    case errc::tag_not_found: return "tag_not_found";
    case errc::snapshot_not_found: return "snapshot_not_found";
    case errc::node_not_found: return "node_not_found";
    case errc::chunk_not_found: return "chunk_not_found";
    case errc::repository_exists: return "repository_exists";
    case errc::prefix_not_empty: return "prefix_not_empty";
    case errc::branch_exists: return "branch_exists";
    case errc::tag_exists: return "tag_exists";
    case errc::tag_deleted: return "tag_deleted";
    case errc::node_exists: return "node_exists";
    case errc::conflict: return "conflict";
    case errc::rebase_failed: return "rebase_failed";
    case errc::merge_failed: return "merge_failed";
    case errc::reference_moved: return "reference_moved";
    case errc::update_exhausted: return "update_exhausted";
    case errc::corrupt: return "corrupt";
    case errc::unsupported_format: return "unsupported_format";
    case errc::bad_metadata: return "bad_metadata";
    case errc::unsupported_codec: return "unsupported_codec";
    case errc::unsupported_data_type: return "unsupported_data_type";
    case errc::unsupported_chunk_grid: return "unsupported_chunk_grid";
    case errc::unsupported_virtual: return "unsupported_virtual";
    case errc::unreachable: return "unreachable";
    case errc::throttled: return "throttled";
    case errc::io_error: return "io_error";
    case errc::no_space: return "no_space";
    case errc::unsupported_operation: return "unsupported_operation";
    case errc::denied: return "denied";
    case errc::read_only_session: return "read_only_session";
    case errc::read_only_repository: return "read_only_repository";
    case errc::invalid_argument: return "invalid_argument";
    case errc::invalid_path: return "invalid_path";
    case errc::invalid_ref_name: return "invalid_ref_name";
    case errc::invalid_id: return "invalid_id";
    case errc::invalid_key: return "invalid_key";
    case errc::out_of_bounds: return "out_of_bounds";
    case errc::shape_mismatch: return "shape_mismatch";
    case errc::type_mismatch: return "type_mismatch";
    case errc::not_an_array: return "not_an_array";
    case errc::not_a_group: return "not_a_group";
    case errc::clock_skew: return "clock_skew";
    case errc::no_changes: return "no_changes";
    case errc::cannot_delete_main: return "cannot_delete_main";
    case errc::cannot_amend_initial: return "cannot_amend_initial";
    case errc::malformed_snapshot: return "malformed_snapshot";
    case errc::invalid_chain: return "invalid_chain";
    case errc::session_committed: return "session_committed";
    case errc::wrong_session: return "wrong_session";
    case errc::feature_disabled: return "feature_disabled";
    case errc::cancelled: return "cancelled";
    case errc::timed_out: return "timed_out";
  }
  return "unknown";
}

namespace detail {

VARVE_DECL std::string describe(const ErrorState& state) {
  std::string text = state.doing;
  if (!state.key.empty()) text += " `" + state.key + "`";
  text += ": ";
  for (const char letter : name_of(state.code)) text += letter == '_' ? ' ' : letter;
  if (!state.backend_code.empty()) text += " (" + state.backend_code + ")";
  for (const Conflict& conflict : state.conflicts) {
    text += "\n  ";
    text += name_of(conflict.kind);
    text += " at " + conflict.path;
    if (!conflict.snapshot.empty()) text += " against " + conflict.snapshot;
    if (!conflict.chunks.empty()) text += ", " + std::to_string(conflict.chunks.size()) + " chunk(s)";
    if (!conflict.reason.empty()) text += ": " + conflict.reason;
  }
  if (!state.hint.empty()) text += (state.conflicts.empty() ? "; " : "\n") + state.hint;
  return text;
}

}  // namespace detail

VARVE_DECL Error::Error(detail::ErrorState state) {
  state.text = detail::describe(state);
  state_ = std::make_shared<const detail::ErrorState>(std::move(state));
}

VARVE_DECL Error::Error(errc code, std::string doing, std::string key, std::string hint)
    : Error(detail::ErrorState{code, std::move(doing), std::move(key), std::move(hint), {}, false, {}, {}}) {}

VARVE_DECL Error Error::from_backend(std::string code, bool retryable) const {
  detail::ErrorState state = *state_;
  state.backend_code = std::move(code);
  state.retryable = retryable;
  return Error(std::move(state));
}

VARVE_DECL Error Error::with_conflicts(std::vector<Conflict> conflicts) const {
  detail::ErrorState state = *state_;
  state.conflicts = std::move(conflicts);
  return Error(std::move(state));
}

VARVE_DECL Error Error::with_hint(std::string hint) const {
  detail::ErrorState state = *state_;
  state.hint = std::move(hint);
  return Error(std::move(state));
}

VARVE_DECL void Error::raise() const {
  switch (code()) {
    case errc::missing_object:
    case errc::repository_not_found:
    case errc::branch_not_found:
    case errc::tag_not_found:
    case errc::snapshot_not_found:
    case errc::node_not_found:
    case errc::chunk_not_found: throw NotFoundError(*this);
    case errc::repository_exists:
    case errc::prefix_not_empty:
    case errc::branch_exists:
    case errc::tag_exists:
    case errc::tag_deleted:
    case errc::node_exists: throw AlreadyExistsError(*this);
    case errc::conflict:
    case errc::rebase_failed:
    case errc::merge_failed:
    case errc::reference_moved:
    case errc::update_exhausted: throw ConflictError(*this);
    case errc::corrupt:
    case errc::unsupported_format:
    case errc::bad_metadata:
    case errc::unsupported_codec:
    case errc::unsupported_data_type:
    case errc::unsupported_chunk_grid:
    case errc::unsupported_virtual: throw FormatError(*this);
    case errc::unreachable:
    case errc::throttled:
    case errc::io_error:
    case errc::no_space:
    case errc::unsupported_operation: throw StorageError(*this);
    case errc::denied:
    case errc::read_only_session:
    case errc::read_only_repository: throw PermissionError(*this);
    case errc::invalid_argument:
    case errc::invalid_path:
    case errc::invalid_ref_name:
    case errc::invalid_id:
    case errc::invalid_key:
    case errc::out_of_bounds:
    case errc::shape_mismatch:
    case errc::type_mismatch:
    case errc::not_an_array:
    case errc::not_a_group:
    case errc::clock_skew:
    case errc::no_changes:
    case errc::cannot_amend_initial:
    case errc::cannot_delete_main:
    case errc::malformed_snapshot:
    case errc::invalid_chain:
    case errc::session_committed:
    case errc::wrong_session:
    case errc::feature_disabled: throw ValidationError(*this);
    case errc::cancelled:
    case errc::timed_out: throw InterruptedError(*this);
  }
  throw *this;
}

}  // namespace varve::inline v0
