// SPDX-License-Identifier: Apache-2.0
// A change set as bytes, for another process: a few bytes a chunk, the same on every machine. Inline chunks and locations
// are inside; chunks in objects are named. It is varve's own, no part of the Icechunk format and never stored in a
// repository.
//
// Layout, in the terms of byte_stream.hpp: the deleted nodes (path, id, kind), the new ones (path, id, kind, zarr.json),
// the updated ones (path, id, kind, zarr.json), then the edited chunks of each array: its id, rank, number of edits, and
// each edit in ascending order of the indices: the difference of every coordinate to the edit before, the kind, and what
// it says. A number of things stands before each list.
#pragma once

#include <varve/change/byte_stream.hpp>
#include <varve/change/change_set.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>

namespace varve::inline v0 {

VARVE_DECL void encode_changes(const ChangeSet& changes, Bytes& out);
/// Reads one from where the reader is. Errors: `errc::corrupt`, also for what no session could have written.
VARVE_DECL Result<ChangeSet> decode_changes(detail::ByteReader& reader);

namespace detail {
/// The edits of one array, without its id.
VARVE_DECL void encode_edits(const ChunkEdits& edits, ByteWriter& writer);
}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/change/impl/change_set_bytes.ipp>
#endif
