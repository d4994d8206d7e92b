// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/decide.hpp>

#include <varve/conflict/merge.hpp>

#include "support/doctest.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace conflict = varve::conflict;
using conflict::Decision;
using varve::ConflictKind;
using varve::NodeId;
using Index = std::vector<std::uint32_t>;

conflict::Finding finding(ConflictKind kind, std::vector<Index> chunks = {}) {
  return {varve::Conflict{kind, "/a", "S", std::move(chunks), {}}, NodeId{{1}}};
}

/// Answers everything alike.
struct Always {
  Decision decision;
  Decision resolve(const varve::Conflict&) const { return decision; }
};
struct Counting {
  int& calls;
  Decision resolve_chunk(conflict::ChunkConflict&) const {
    ++calls;
    return Decision::ours;
  }
};
struct Throwing {
  Decision resolve(const varve::Conflict&) const { varve::Error(errc_(), "look at the weather").raise(); }
  Decision resolve_chunk(conflict::ChunkConflict& chunk) const {
    chunk.base().view<double>();
    return Decision::ours;
  }
  static varve::errc errc_() { return varve::errc::invalid_argument; }
};

varve::zarr::ArrayMetadata two_ints() {
  varve::zarr::ArrayMetadata metadata;
  metadata.shape = {20};
  metadata.chunk_shape = {2};
  metadata.data_type = varve::zarr::DataType::int32;
  metadata.fill_value.resize(4);
  return metadata;
}

}  // namespace

TEST_CASE("conflict/decide: ours keeps and theirs drops the edits of a chunk that both changed") {
  const std::vector findings = {finding(ConflictKind::chunk_double_update, {{0, 1}, {2, 3}})};
  varve::ChangeSet changes;
  changes.set_chunk(NodeId{{1}}, Index{0, 1}, varve::ChunkPayload::erased());
  changes.set_chunk(NodeId{{1}}, Index{2, 3}, varve::ChunkPayload::erased());
  changes.set_chunk(NodeId{{1}}, Index{4, 5}, varve::ChunkPayload::erased());

  conflict::Ours ours;
  const auto kept = conflict::decide(findings, ours);
  CHECK(kept.unsolved.empty());
  CHECK(kept.theirs.empty());
  CHECK(kept.to_merge.empty());
  conflict::drop_theirs(kept, changes);
  CHECK(changes.chunk_count() == 3);

  conflict::Theirs theirs;
  const auto dropped = conflict::decide(findings, theirs);
  CHECK(dropped.unsolved.empty());
  conflict::drop_theirs(dropped, changes);
  CHECK(changes.chunk_count() == 1);
  CHECK(changes.find_chunk(NodeId{{1}}, Index{4, 5}));
}

TEST_CASE("conflict/decide: deletes of updated nodes pass unless the policy's options say otherwise") {
  const std::vector findings = {finding(ConflictKind::delete_of_updated_array),
                                finding(ConflictKind::delete_of_updated_group)};
  const auto unsolved = [&](auto policy) {
    std::vector<ConflictKind> kinds;
    for (const auto& left : conflict::decide(findings, policy).unsolved) kinds.push_back(left.kind);
    return kinds;
  };
  CHECK(unsolved(conflict::Ours()).empty());
  CHECK(unsolved(conflict::Max()).empty());
  CHECK(unsolved(conflict::Theirs{{.fail_on_delete_of_updated_array = true}}) ==
        std::vector{ConflictKind::delete_of_updated_array});
  CHECK(unsolved(conflict::Ours{{.fail_on_delete_of_updated_group = true}}) ==
        std::vector{ConflictKind::delete_of_updated_group});
  CHECK(unsolved(conflict::Fail()).size() == 2);
}

TEST_CASE("conflict/decide: no answer solves a conflict that has no solution, and the reason says so") {
  for (int kind = 0; kind <= static_cast<int>(ConflictKind::node_replaced); ++kind) {
    const std::vector findings = {finding(static_cast<ConflictKind>(kind))};
    CAPTURE(varve::name_of(findings[0].conflict.kind));
    const bool chunks = findings[0].conflict.kind == ConflictKind::chunk_double_update;
    const bool deletes = findings[0].conflict.kind == ConflictKind::delete_of_updated_array ||
                         findings[0].conflict.kind == ConflictKind::delete_of_updated_group;
    Always ours{Decision::ours};
    Always theirs{Decision::theirs};
    Always merged{Decision::merged};
    CHECK(conflict::decide(findings, ours).unsolved.empty() == (chunks || deletes));
    CHECK(conflict::decide(findings, theirs).unsolved.empty() == chunks);
    const auto refused = conflict::decide(findings, merged).unsolved;
    REQUIRE(refused.size() == 1);
    CHECK_FALSE(refused[0].reason.empty());
  }
}

TEST_CASE("conflict/decide: a policy that looks at chunks is given each of them, and fails everything else") {
  const std::vector findings = {finding(ConflictKind::zarr_metadata_double_update),
                                finding(ConflictKind::delete_of_updated_array),
                                finding(ConflictKind::chunk_double_update, {{7}, {8}})};
  int calls = 0;
  Counting policy{calls};
  const auto resolution = conflict::decide(findings, policy);
  CHECK(resolution.unsolved.size() == 2);
  REQUIRE(resolution.to_merge.size() == 1);
  CHECK(resolution.to_merge[0].indices == std::vector<Index>{{7}, {8}});
  CHECK(resolution.to_merge[0].node == NodeId{{1}});
  CHECK(calls == 0);

  const auto metadata = two_ints();
  using Version = conflict::ChunkVersion;
  auto chunk = conflict::ChunkConflict::make("/a", metadata, Index{7}, Version::missing(), Version::missing(),
                                             Version::erased());
  CHECK(conflict::resolve_chunk(policy, *chunk).decision == Decision::ours);
  CHECK(calls == 1);
  const auto left = conflict::unmerged(resolution.to_merge[0], Index{7}, varve::SnapshotId{{1}}, "because");
  CHECK(left.path == "/a");
  CHECK(left.chunks == std::vector<Index>{{7}});
  CHECK(left.reason == "because");
}

TEST_CASE("conflict/decide: an error that a policy throws is a refusal with that reason") {
  Throwing policy;
  const std::vector findings = {finding(ConflictKind::delete_of_updated_array)};
  const auto unsolved = conflict::decide(findings, policy).unsolved;
  REQUIRE(unsolved.size() == 1);
  CHECK(unsolved[0].reason.find("look at the weather") != std::string::npos);

  const auto metadata = two_ints();
  using Version = conflict::ChunkVersion;
  const auto none = Version::missing();
  auto chunk = conflict::ChunkConflict::make("/a", metadata, Index{0}, none, none, none);
  const auto answer = conflict::resolve_chunk(policy, *chunk);
  CHECK(answer.decision == Decision::fail);
  CHECK(answer.reason.find("int32") != std::string::npos);
  CHECK(answer.reason.find("float64") != std::string::npos);
}

TEST_CASE("conflict/decide: merged without elements is a refusal") {
  struct Forgetful {
    Decision resolve_chunk(conflict::ChunkConflict&) const { return Decision::merged; }
  } policy;
  const auto metadata = two_ints();
  using Version = conflict::ChunkVersion;
  const auto none = Version::missing();
  auto chunk = conflict::ChunkConflict::make("/a", metadata, Index{0}, none, none, none);
  const auto answer = conflict::resolve_chunk(policy, *chunk);
  CHECK(answer.decision == Decision::fail);
  CHECK_FALSE(answer.reason.empty());
  conflict::Ours sideless;
  CHECK(conflict::resolve_chunk(sideless, *chunk).decision == Decision::fail);
}
