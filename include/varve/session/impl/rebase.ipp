// SPDX-License-Identifier: Apache-2.0
// Bodies of rebase.hpp.
#pragma once

#include <varve/session/rebase.hpp>

#include <varve/async/for_each.hpp>
#include <varve/codec/scratch.hpp>
#include <varve/conflict/detect.hpp>
#include <varve/session/ancestry.hpp>
#include <varve/session/chunks.hpp>
#include <varve/session/repo_object.hpp>
#include <varve/zarr/chunk_pipelines.hpp>
#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace varve::inline v0 {

namespace detail {

/// One array as one side of a merge has it: what its zarr.json says and the codecs compiled from it.
struct ArraySide {
  zarr::ArrayMetadata metadata;
  zarr::ChunkPipelines<codec::ErasedPipeline> pipelines;

  static Result<ArraySide> make(codec::ErasedCompile compile, std::string_view zarr_json, std::string_view path) {
    auto metadata = zarr::parse_array(zarr_json, path);
    if (!metadata) return std::move(metadata).error();
    auto pipelines = zarr::ChunkPipelines<codec::ErasedPipeline>::make(*metadata, compile);
    if (!pipelines) return std::move(pipelines).error();
    return ArraySide{*std::move(metadata), *std::move(pipelines)};
  }
};

/// Merges the chunks that a policy wants to see, of one commit.
struct ChunkMerger {
  Context& context;
  const Snapshot& base;
  const Snapshot& theirs;
  SnapshotId commit;
  conflict::ErasedPolicy& policy;
  ChangeSet& changes;
  std::vector<Conflict>& unsolved;
  Bytes fetched{};
  Bytes encoded{};
  codec::Scratch scratch{};

  Awaitable<Result<void>> run(const conflict::ChunkSet& chunks) {
    const auto at_base = base.find(chunks.node);
    const auto at_theirs = theirs.find(chunks.node);
    if (!at_base || !at_theirs) co_return Error(errc::node_not_found, "merge chunks", chunks.path);
    const auto updated = changes.updated_nodes().find(chunks.node);
    const std::string_view our_json =
        updated != changes.updated_nodes().end() ? std::string_view(updated->second.zarr_json) : at_base->zarr_json();
    auto base_side = ArraySide::make(context.compile, at_base->zarr_json(), chunks.path);
    if (!base_side) co_return std::move(base_side).error();
    auto our_side = ArraySide::make(context.compile, our_json, chunks.path);
    if (!our_side) co_return std::move(our_side).error();
    auto their_side = ArraySide::make(context.compile, at_theirs->zarr_json(), chunks.path);
    if (!their_side) co_return std::move(their_side).error();
    for (const auto& index : chunks.indices) {
      const auto edit = changes.find_chunk(chunks.node, index);
      if (!edit) continue;
      if (!same_chunk(*base_side, *our_side, index) || !same_chunk(*base_side, *their_side, index)) {
        unsolved.push_back(conflict::unmerged(chunks, index, commit, "data type or chunk shape changed"));
        continue;
      }
      auto base_at = co_await locate_chunk(context, base, chunks.node, index);
      if (!base_at) co_return std::move(base_at).error();
      auto their_at = co_await locate_chunk(context, theirs, chunks.node, index);
      if (!their_at) co_return std::move(their_at).error();
      auto before = co_await version(*base_side, index, *std::move(base_at), false);
      if (!before) co_return std::move(before).error();
      auto ours = co_await version(*our_side, index, location_of(*edit), true);
      if (!ours) co_return std::move(ours).error();
      auto other = co_await version(*their_side, index, *std::move(their_at), true);
      if (!other) co_return std::move(other).error();
      auto made = conflict::ChunkConflict::make(chunks.path, our_side->metadata, index, *std::move(before),
                                                *std::move(ours), *std::move(other));
      if (!made) co_return std::move(made).error();
      conflict::ChunkAnswer answer = policy.resolve_chunk(*made);
      switch (answer.decision) {
        case conflict::Decision::fail:
          unsolved.push_back(conflict::unmerged(chunks, index, commit, std::move(answer.reason)));
          break;
        case conflict::Decision::ours: break;
        case conflict::Decision::theirs: changes.forget_chunk_edit(chunks.node, index); break;
        case conflict::Decision::merged: {
          const auto pipeline = our_side->pipelines.of(our_side->metadata, index);
          if (!pipeline) co_return pipeline.error();
          auto done = (*pipeline)->encode(made->merged_bytes(), encoded, scratch);
          if (!done) co_return std::move(done).error();
          auto payload = co_await store_chunk(context, encoded);
          if (!payload) co_return std::move(payload).error();
          changes.set_chunk(chunks.node, index, *payload);
          break;
        }
      }
    }
    co_return Result<void>();
  }

 private:
  static bool same_chunk(const ArraySide& a, const ArraySide& b, std::span<const std::uint32_t> index) {
    return a.metadata.data_type == b.metadata.data_type && a.metadata.shares_chunk(b.metadata, index);
  }

  /// `missing` of a side that changed the chunk means that it erased it.
  Awaitable<Result<conflict::ChunkVersion>> version(const ArraySide& side, std::span<const std::uint32_t> index,
                                                  ChunkLocation location, bool changed) {
    if (location.kind == ChunkLocation::Kind::missing) {
      co_return changed ? conflict::ChunkVersion::erased() : conflict::ChunkVersion::missing();
    }
    auto stored = co_await fetch_chunk(context, location, fetched);
    if (!stored) co_return std::move(stored).error();
    const auto pipeline = side.pipelines.of(side.metadata, index);
    if (!pipeline) co_return pipeline.error();
    Bytes plain((*pipeline)->plain_size());
    auto decoded = (*pipeline)->decode(*stored, plain, scratch);
    if (!decoded) co_return std::move(decoded).error();
    co_return conflict::ChunkVersion::stored(std::move(plain));
  }
};

/// Reads what several commits left, all at once: who has fallen behind catches up in one round of requests.
inline Awaitable<Result<void>> read_commits(Context& context, std::vector<TheirCommit>& commits) {
  std::vector<std::pair<TheirCommit*, std::size_t>> files;  // the snapshot at 0, then the logs
  for (TheirCommit& commit : commits) {
    commit.logs.resize(commit.log_ids.size());
    for (std::size_t i = 0; i <= commit.log_ids.size(); ++i) files.emplace_back(&commit, i);
  }
  auto read = [&](std::size_t i) -> Awaitable<Result<void>> {
    TheirCommit& commit = *files[i].first;
    if (files[i].second == 0) {
      auto snapshot = co_await fetch_snapshot(context, commit.id);
      if (!snapshot) co_return std::move(snapshot).error();
      commit.snapshot = *std::move(snapshot);
    } else {
      const std::size_t at = files[i].second - 1;
      auto log = co_await fetch_transaction_log(context, commit.log_ids[at]);
      if (!log) co_return std::move(log).error();
      commit.logs[at] = *std::move(log);
    }
    co_return Result<void>();
  };
  co_return co_await for_each(files.size(), context.concurrency(), read);
}

/// The conflicts of one list that are not in the other yet: after an expiration, several logs may stand for one commit.
inline void add_new_chunks(std::vector<conflict::ChunkSet>& all, std::vector<conflict::ChunkSet> more) {
  for (conflict::ChunkSet& chunks : more) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& known) { return known.node == chunks.node; });
    if (same == all.end()) {
      all.push_back(std::move(chunks));
      continue;
    }
    for (auto& index : chunks.indices) {
      if (std::find(same->indices.begin(), same->indices.end(), index) == same->indices.end()) {
        same->indices.push_back(std::move(index));
      }
    }
  }
}

}  // namespace detail

namespace detail {

VARVE_DECL Awaitable<Result<void>> replay_on(Context& context, const std::string& branch, const Snapshot& base,
                                             const TheirCommit& commit, conflict::ErasedPolicy& policy,
                                             ChangeSet& changes) {
  const Snapshot& theirs = *commit.snapshot;
  std::vector<conflict::Finding> findings;
  for (const auto& log : commit.logs) {
    auto found = conflict::detect(log->view, theirs.view(), changes, base.view(), commit.id);
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
  const auto json_in = [](const Snapshot& snapshot) {
    return [&snapshot](NodeId id) {
      const auto node = snapshot.find(id);
      return node ? std::optional(node->zarr_json()) : std::nullopt;
    };
  };
  const auto base_json = json_in(base), their_json = json_in(theirs);
  const auto metadata = policy.merge_metadata(findings, changes, base_json, their_json);
  conflict::Resolution resolution = policy.decide(findings);
  conflict::Resolution all;
  all.unsolved = std::move(resolution.unsolved);
  add_new_chunks(all.theirs, std::move(resolution.theirs));
  add_new_chunks(all.to_merge, std::move(resolution.to_merge));
  if (all.unsolved.empty()) {
    conflict::apply_metadata(metadata, changes);
    conflict::drop_theirs(all, changes);
    ChunkMerger merger{context, base, theirs, commit.id, policy, changes, all.unsolved};
    for (const conflict::ChunkSet& chunks : all.to_merge) {
      auto merged = co_await merger.run(chunks);
      if (!merged) co_return merged;
    }
  }
  if (all.unsolved.empty()) {
    const auto replayed = changes.moves().replay(theirs.view());
    if (!replayed) all.unsolved.push_back(conflict::impossible_move(replayed.error(), commit.id));
  }
  if (all.unsolved.empty()) co_return Result<void>();
  co_return Error(errc::rebase_failed, "rebase", branch, "the session keeps its changes").with_conflicts(std::move(all.unsolved));
}

VARVE_DECL Awaitable<Result<void>> rebase_on(SessionState& state, std::shared_ptr<const RepoState> repo,
                                             const conflict::ErasedPolicy& given) {
  auto& context = state.context();
  const std::string branch = *state.branch();
  const auto tip = repo->info.branches.find(branch);
  if (tip == repo->info.branches.end()) co_return Error(errc::branch_not_found, "rebase", branch);

  std::vector<format::SnapshotInfo> commits;  // newest first
  const SnapshotId began = state.snapshot_id();
  AncestryWalk walk(state.shared_context(), repo, tip->second);
  for (;;) {
    auto step = co_await walk.step();
    if (!step) co_return std::move(step).error();
    if (!*step) {
      co_return Error(errc::rebase_failed, "rebase", branch,
                      "the session's base " + began.to_string() +
                          " is no longer in its history: the branch was reset, the commit was amended, or it expired");
    }
    if ((*step)->id == began) break;
    commits.push_back(**std::move(step));
  }

  const std::unique_ptr<conflict::ErasedPolicy> policy = given.copy();
  constexpr std::size_t read_ahead = 16;  // commits whose snapshots and logs are in memory at a time
  std::vector<TheirCommit> ahead;
  std::size_t used = 0;
  while (!commits.empty() || used != ahead.size()) {
    if (used == ahead.size()) {
      ahead.clear();
      used = 0;
      while (!commits.empty() && ahead.size() != read_ahead) {
        TheirCommit& commit = ahead.emplace_back();
        commit.id = commits.back().id;
        commit.log_ids = std::move(commits.back().pruned_ancestor_tx_logs);
        commit.log_ids.push_back(commit.id);
        commits.pop_back();
      }
      auto fetched = co_await read_commits(context, ahead);
      if (!fetched) co_return fetched;
    }
    const TheirCommit& commit = ahead[used++];
    const auto base = state.base();
    ChangeSet changes = state.changes();
    auto replayed = co_await replay_on(context, branch, *base, commit, *policy, changes);
    if (!replayed) co_return replayed;
    state.move_to(commit.id, commit.snapshot, std::move(changes));
  }
  co_return Result<void>();
}

}  // namespace detail

VARVE_DECL Awaitable<Result<void>> rebase_session(SessionState& state, const conflict::ErasedPolicy& policy) {
  if (auto begun = state.begin_commit(); !begun) co_return begun;
  const detail::CommitGuard guard(state);
  auto repo = co_await read_repo(state.context());
  if (!repo) co_return std::move(repo).error();
  co_return co_await detail::rebase_on(state, *std::move(repo), policy);
}

}  // namespace varve::inline v0
