// SPDX-License-Identifier: Apache-2.0
// ConflictPolicy: what a type must do to decide what a rebase keeps where two writers changed the same thing. The
// policies of this header are the reference's: Fail detects, Ours and Theirs pick a side for chunks. Those that merge
// stand in merge.hpp, attributes.hpp and grow.hpp; all.hpp puts several together.
#pragma once

#include <varve/conflict/chunk_conflict.hpp>
#include <varve/conflict/decision.hpp>
#include <varve/conflict/metadata_conflict.hpp>
#include <varve/core/conflict.hpp>

#include <concepts>
#include <string_view>

namespace varve::inline v0::conflict {

template <class P>
concept Resolves = requires(P& policy, const Conflict& conflict) {
  { policy.resolve(conflict) } -> std::same_as<Decision>;
};
template <class P>
concept ResolvesChunks = requires(P& policy, ChunkConflict& chunk) {
  { policy.resolve_chunk(chunk) } -> std::same_as<Decision>;
};
template <class P>
concept ResolvesMetadata = requires(P& policy, MetadataConflict& node) {
  { policy.resolve_metadata(node) } -> std::same_as<Decision>;
};

/// Decides about conflicts. Passed by value; it has at least one of these members:
///   policy.resolve(conflict)     sees what is known without reading data. `ours` or `theirs` for a
///                                `chunk_double_update`, whose every chunk is then kept or dropped; `ours` for a
///                                `delete_of_updated_array` or `delete_of_updated_group`, which deletes the node all
///                                the same. Everything else stands, whatever the answer: there is no snapshot
///                                that holds both changes. Without this member the answer is `fail`.
///   policy.resolve_chunk(chunk)  sees one chunk that both changed, with its three versions decoded. It is asked
///                                instead of `resolve` about each chunk of a `chunk_double_update`. `merged` writes
///                                what `chunk.merge` or `chunk.merged<T>()` made; the others as above.
///   policy.looks_at(path)        beside resolve_chunk: whether that is for the array at `path`; `resolve` decides about
///                                others. Without this member it is for all.
///   policy.resolve_metadata(node)  sees a node whose zarr.json they changed, while we changed it too or wrote chunks of
///                                it: the `zarr_metadata_double_update` and `chunks_updated_in_updated_array` of the node,
///                                which `resolve` cannot solve. `merged` if it has nothing against what it has set, of
///                                the members that it knows; the node stays a conflict while any other is open. `ours`
///                                and `theirs` take all of one text. It may assume that both texts were valid and
///                                that neither side deleted the node, and must give a text that describes the chunks
///                                of both: those that we wrote, after `node.move_our_chunks`, and those of their
///                                snapshot. It is refused if it has other codecs, another data type or chunk grid than
///                                theirs, or than the chunks that we wrote.
/// One `fail` refuses the whole rebase, and the session keeps its changes. A reason given by `refuse` stands in the
/// `ConflictError`. Nodes come first, then what is left of the chunks.
/// Calls: any number, in any order, also again for a chunk that was merged before, when yet another commit came first;
/// from one thread at a time. A call does not block. An `Error` thrown by it is a refusal with that reason.
template <class P>
concept ConflictPolicy = std::copy_constructible<P> && (Resolves<P> || ResolvesChunks<P> || ResolvesMetadata<P>);

namespace detail {
template <class P>
concept HasResolve = requires { &P::resolve; };
template <class P>
concept HasResolveChunk = requires { &P::resolve_chunk; };
template <class P>
concept HasResolveMetadata = requires { &P::resolve_metadata; };

/// Whether the policy wants to see the data of the array at `path`.
template <class P>
bool looks_at(P& policy, std::string_view path) {
  if constexpr (!ResolvesChunks<P>) {
    return false;
  } else if constexpr (requires { { policy.looks_at(path) } -> std::same_as<bool>; }) {
    return policy.looks_at(path);
  } else {
    return true;
  }
}
}  // namespace detail

/// Reports the first requirement that `P` misses, in one line, before deeper errors appear.
template <class P>
consteval bool expect_conflict_policy() {
  static_assert(std::copy_constructible<P>, "ConflictPolicy must be copy constructible: it is passed by value");
  static_assert(Resolves<P> || !detail::HasResolve<P>,
                "ConflictPolicy needs conflict::Decision resolve(const varve::Conflict&)");
  static_assert(ResolvesChunks<P> || !detail::HasResolveChunk<P>,
                "ConflictPolicy needs conflict::Decision resolve_chunk(conflict::ChunkConflict&)");
  static_assert(ResolvesMetadata<P> || !detail::HasResolveMetadata<P>,
                "ConflictPolicy needs conflict::Decision resolve_metadata(conflict::MetadataConflict&)");
  static_assert(ConflictPolicy<P>,
                "ConflictPolicy needs conflict::Decision resolve(const varve::Conflict&), "
                "resolve_chunk(conflict::ChunkConflict&) or resolve_metadata(conflict::MetadataConflict&)");
  return true;
}

/// Whether we may delete a node that they updated.
struct DeleteRules {
  bool fail_on_delete_of_updated_array = false;
  bool fail_on_delete_of_updated_group = false;

  Decision resolve(const Conflict& conflict) const {
    const bool allowed =
        (conflict.kind == ConflictKind::delete_of_updated_array && !fail_on_delete_of_updated_array) ||
        (conflict.kind == ConflictKind::delete_of_updated_group && !fail_on_delete_of_updated_group);
    return allowed ? Decision::ours : Decision::fail;
  }
};

/// Every conflict fails: nothing that another writer did is ever overwritten unseen.
struct Fail {
  Decision resolve(const Conflict&) const { return Decision::fail; }
};

/// A chunk that both wrote keeps what we wrote.
struct Ours {
  DeleteRules deletes = {};

  Decision resolve(const Conflict& conflict) const {
    return conflict.kind == ConflictKind::chunk_double_update ? Decision::ours : deletes.resolve(conflict);
  }
};

/// A chunk that both wrote keeps what they wrote.
struct Theirs {
  DeleteRules deletes = {};

  Decision resolve(const Conflict& conflict) const {
    return conflict.kind == ConflictKind::chunk_double_update ? Decision::theirs : deletes.resolve(conflict);
  }
};

static_assert(ConflictPolicy<Fail> && ConflictPolicy<Ours> && ConflictPolicy<Theirs>);

}  // namespace varve::inline v0::conflict
