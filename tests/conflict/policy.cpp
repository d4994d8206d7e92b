// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/policy.hpp>

#include "support/doctest.hpp"

namespace {

using namespace varve::conflict;

struct OnlyChunks {
  Decision resolve_chunk(ChunkConflict& chunk) { return chunk.refuse("never"); }
};
struct OnlyNodes {
  Decision resolve(const varve::Conflict&) { return Decision::fail; }
};
struct Neither {};
struct WrongAnswer {
  bool resolve_chunk(ChunkConflict&) { return true; }
};
struct TakesConst {
  Decision resolve_chunk(const ChunkConflict&) { return Decision::ours; }
};
struct NoCopy {
  NoCopy() = default;
  NoCopy(const NoCopy&) = delete;
  Decision resolve(const varve::Conflict&) { return Decision::fail; }
};

static_assert(ConflictPolicy<OnlyChunks> && ConflictPolicy<OnlyNodes> && ConflictPolicy<TakesConst>);
static_assert(!ConflictPolicy<Neither> && !ConflictPolicy<WrongAnswer> && !ConflictPolicy<NoCopy>);
static_assert(expect_conflict_policy<OnlyChunks>() && expect_conflict_policy<OnlyNodes>());

}  // namespace

TEST_CASE("conflict/policy: the built-in policies answer as their names say") {
  varve::Conflict both{varve::ConflictKind::chunk_double_update, "/a", "S", {{0}}, {}};
  CHECK(Fail().resolve(both) == Decision::fail);
  CHECK(Ours().resolve(both) == Decision::ours);
  CHECK(Theirs().resolve(both) == Decision::theirs);
  both.kind = varve::ConflictKind::delete_of_updated_group;
  CHECK(Fail().resolve(both) == Decision::fail);
  CHECK(Theirs().resolve(both) == Decision::ours);
  CHECK(Ours{{.fail_on_delete_of_updated_group = true}}.resolve(both) == Decision::fail);
  both.kind = varve::ConflictKind::zarr_metadata_double_update;
  CHECK(Ours().resolve(both) == Decision::fail);
}
