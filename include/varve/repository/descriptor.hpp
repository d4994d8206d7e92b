// SPDX-License-Identifier: Apache-2.0
// Descriptor: what one process learned by opening a version of a repository, as bytes for another: the state of `repo`,
// the snapshot and its manifests. Who opens with it asks the store one conditional question, whether `repo` is still the
// same, and then reads chunks; if it is not the same, nothing is lost but the head start, since all else is immutable.
//
// Layout: the magic line; the version tag of `repo` (length, text); then for each file its kind, its id, the version byte
// of its envelope, its length and its body as decompressed; last the CRC32C of all before. Numbers are 8 bytes,
// little-endian. It is varve's own: not a part of the Icechunk format, never stored in a repository, and a later varve may
// refuse it.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/session/context.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace varve::inline v0::detail {

inline constexpr std::string_view descriptor_magic = "varve open descriptor 1\n";
/// The kind of the record that holds `repo`, after those of CacheKind.
inline constexpr std::uint8_t repo_record = 255;

/// Fills the context with what `descriptor` says. Errors: `errc::corrupt`; nothing is believed that has not been checked.
VARVE_DECL Result<void> learn_descriptor(Context& context, ByteView descriptor);

/// The descriptor of snapshot `id`, with as many of its manifests as fit into `most_bytes`.
VARVE_DECL Awaitable<Result<Bytes>> make_descriptor(Context& context, std::shared_ptr<const RepoState> state,
                                                    SnapshotId id, std::uint64_t most_bytes);

}  // namespace varve::inline v0::detail

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/descriptor.ipp>
#endif
