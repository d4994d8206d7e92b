// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include "support/data.hpp"
#include "support/doctest.hpp"

#include <cstdint>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

ArrayOptions<int, 1> line() { return {.shape = {1200}, .chunks = {300}, .codecs = {}}; }

}  // namespace

TEST_CASE("repository/stats: native chunks count once, inline ones in each manifest, and nothing that no ref leads to") {
  auto repo = Repo::create(storage::Memory());
  auto session = repo.writable_session("main");
  session.create_array<int, 1>("/a", line()).write(std::vector<int>(1200, 1));
  session.create_array<int, 1>("/small", {.shape = {6}, .chunks = {2}, .codecs = {}}).write(std::vector<int>(6, 1));
  const SnapshotId first = session.commit("first");
  CHECK(repo.stats().total == ChunkStats{4, 4800, 3, 24, 0, 0});

  session = repo.writable_session("main");
  auto array = session.open_array<int, 1>("/a");
  array.write(Box<1>{{0}, {300}}, std::vector<int>(300, 2));
  session.open_array<int, 1>("/small").write(Box<1>{{0}, {2}}, std::vector<int>(2, 2));
  const SnapshotId second = session.commit("second");
  const RepositoryStats all = repo.stats();
  CHECK(all.total == ChunkStats{5, 6000, 6, 48, 0, 0});
  CHECK(all.total.chunks() == 11);
  CHECK(all.total.bytes() == 6048);
  CHECK(all.snapshots == 3);
  CHECK(all.manifests == 4);
  CHECK(all.arrays.empty());
  for (const SnapshotId id : {first, second}) {
    const RepositoryStats one = repo.stats(id);
    CHECK(one.total == ChunkStats{4, 4800, 3, 24, 0, 0});
    CHECK(one.arrays.size() == 2);
    CHECK(one.arrays.at("/a") == ChunkStats{4, 4800, 0, 0, 0, 0});
    CHECK(one.arrays.at("/small") == ChunkStats{0, 0, 3, 24, 0, 0});
  }
  session = repo.writable_session("main");
  session.open_array<int, 1>("/a").write(std::vector<int>(1200, 3));
  const SnapshotId flushed = session.flush("detached");
  CHECK(repo.stats() == all);
  repo.create_tag("kept", flushed);
  CHECK(repo.stats().total.native_chunks == 9);
  CHECK_THROWS_AS(repo.stats(Branch{"none"}), NotFoundError);
}

TEST_CASE("repository/stats: virtual chunks count by their location, offset and length") {
  auto repo = Repository<storage::Local>::open(storage::Local(support::data_folder() / "features-v2"));
  const RepositoryStats all = repo.stats();
  CHECK(all.total.virtual_chunks != 0);
  const RepositoryStats main = repo.stats(Branch{"main"});
  ChunkStats sum;
  for (const auto& [path, array] : main.arrays) {
    sum.virtual_chunks += array.virtual_chunks;
    sum.virtual_bytes += array.virtual_bytes;
  }
  CHECK(sum.virtual_chunks > main.total.virtual_chunks);  // three are chunks of two arrays
  CHECK(sum.virtual_bytes - main.total.virtual_bytes == 16 * (sum.virtual_chunks - main.total.virtual_chunks));
  CHECK(all.total.virtual_chunks >= main.total.virtual_chunks);
}
