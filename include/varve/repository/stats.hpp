// SPDX-License-Identifier: Apache-2.0
// stats: how many bytes the chunks of a repository have, by where they are, and by array. A chunk that several snapshots
// share counts once, so the sum is what storing all of them takes.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/config.hpp>
#include <varve/core/object_id.hpp>
#include <varve/core/result.hpp>
#include <varve/session/context.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace varve::inline v0 {

/// Chunks and their encoded bytes.
struct ChunkStats {
  std::uint64_t native_chunks = 0;   ///< objects of the repository, each once
  std::uint64_t native_bytes = 0;
  std::uint64_t inline_chunks = 0;   ///< inside manifests; one that several manifests repeat counts in each
  std::uint64_t inline_bytes = 0;
  std::uint64_t virtual_chunks = 0;  ///< distinct ranges of other files
  std::uint64_t virtual_bytes = 0;

  std::uint64_t chunks() const { return native_chunks + inline_chunks + virtual_chunks; }
  std::uint64_t bytes() const { return native_bytes + inline_bytes + virtual_bytes; }
  friend bool operator==(const ChunkStats&, const ChunkStats&) = default;
};

struct RepositoryStats {
  ChunkStats total;
  std::uint64_t snapshots = 0;  ///< that were looked at
  std::uint64_t manifests = 0;
  /// Of one version: what each array has, by its path. A chunk of two arrays counts in both, and once in `total`.
  std::map<std::string, ChunkStats> arrays;
  friend bool operator==(const RepositoryStats&, const RepositoryStats&) = default;
};

namespace detail {

/// The statistics of one snapshot, or of all that the refs lead to.
VARVE_DECL Awaitable<Result<RepositoryStats>> stats_of(std::shared_ptr<Context> context, std::shared_ptr<const RepoState> state,
                                                       std::optional<SnapshotId> only);

}  // namespace detail

}  // namespace varve::inline v0

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/repository/impl/stats.ipp>
#endif
