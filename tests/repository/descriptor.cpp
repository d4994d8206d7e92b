// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/descriptor.hpp>

#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <string>
#include <vector>

using namespace varve;

namespace {

using Store = storage::Metrics<storage::Memory>;
using Repo = Repository<Store>;

std::vector<int> counting(std::size_t count) {
  std::vector<int> values(count);
  for (std::size_t i = 0; i != count; ++i) values[i] = static_cast<int>(i);
  return values;
}

Repo filled(const storage::Memory& memory) {
  auto repo = Repo::create(Store(memory));
  repo.transaction("main", "two arrays", [](auto& session) {
    for (const char* path : {"/a", "/b"}) {
      session.template create_array<int, 1>(path, ArrayOptions<int, 1>{.shape = {4000}, .chunks = {1000}}).write(counting(4000));
    }
  });
  return repo;
}

std::vector<int> first_chunk(Repo& repo) {
  return repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read(Box<1>{{0}, {1000}});
}

std::uint64_t calls(const storage::MetricsCounters& counters) { return counters.snapshot().total().calls; }

}  // namespace

TEST_CASE("repository/descriptor: the first chunk costs four round trips, and two with a descriptor") {
  const storage::Memory memory;
  auto writer = filled(memory);
  const auto expected = first_chunk(writer);

  const storage::MetricsCounters cold;
  auto attached = Repo::attach(Store(memory, cold));
  CHECK(calls(cold) == 0);
  CHECK(first_chunk(attached) == expected);
  CHECK(calls(cold) == 4);  // repo, snapshot, manifest, chunk

  const Bytes descriptor = writer.descriptor(Branch{"main"});
  const storage::MetricsCounters warm;
  auto described = Repo::attach(Store(memory, warm), descriptor);
  CHECK(calls(warm) == 0);
  CHECK(first_chunk(described) == expected);
  CHECK(calls(warm) == 2);  // repo, which has not changed, and the chunk
  CHECK(described.spec_version() == 2);
}

TEST_CASE("repository/descriptor: an old one is no worse than none") {
  const storage::Memory memory;
  auto writer = filled(memory);
  const Bytes descriptor = writer.descriptor(Branch{"main"});
  writer.transaction("main", "later", [](auto& session) {
    session.template open_array<int, 1>("/a").write(Box<1>{{0}, {1000}}, std::vector<int>(1000, 7));
  });
  auto described = Repo::attach(Store(memory), descriptor);
  CHECK(first_chunk(described) == std::vector<int>(1000, 7));
  described.create_tag("now", described.lookup_branch("main"));
  CHECK(writer.lookup_tag("now") == writer.lookup_branch("main"));
}

TEST_CASE("repository/descriptor: manifests that do not fit are left out, and fetched") {
  const storage::Memory memory;
  auto writer = filled(memory);
  const storage::MetricsCounters counters;
  auto described = Repo::attach(Store(memory, counters), writer.descriptor(Branch{"main"}, 1));
  first_chunk(described);
  CHECK(calls(counters) == 3);
}

TEST_CASE("repository/descriptor: attaching to nothing is found out at the first use") {
  auto repo = Repo::attach(Store(storage::Memory()));
  CHECK_THROWS_AS(repo.readonly_session(Branch{"main"}), NotFoundError);
  CHECK_THROWS_AS(repo.spec_version(), NotFoundError);
}

TEST_CASE("repository/descriptor: a damaged one is refused, wherever it is cut or changed") {
  const storage::Memory memory;
  auto writer = filled(memory);
  const Bytes descriptor = writer.descriptor(Branch{"main"});
  const auto refused = [&](ByteView bytes) {
    try {
      Repo::attach(Store(memory), bytes);
    } catch (const FormatError& error) {
      return error.code() == errc::corrupt;
    }
    return false;
  };
  for (std::size_t size = 0; size != descriptor.size(); ++size) REQUIRE(refused(ByteView(descriptor).first(size)));
  for (std::size_t at = 0; at != descriptor.size(); ++at) {
    Bytes changed = descriptor;
    changed[at] ^= std::byte{0x41};
    REQUIRE(refused(changed));
  }
  CHECK_FALSE(refused(descriptor));
}
