// SPDX-License-Identifier: Apache-2.0
#include <varve/session/commit.hpp>

#include <varve/repository/repository.hpp>
#include <varve/storage/latency.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

using namespace varve;

namespace {

using Store = storage::Metrics<storage::Latency<storage::Memory>>;
using Repo = Repository<Store>;

/// Counts rounds of requests: what is sent while nothing else is under way begins one.
struct Rounds {
  int begun = 0;
  int under_way = 0;

  Awaitable<void> request() {
    if (under_way++ == 0) ++begun;
    for (int turn = 0; turn != 200; ++turn) {  // of the event loop: time enough for others to be sent
      co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
    }
    --under_way;
  }
};

struct Fixture {
  storage::Memory memory;
  std::shared_ptr<Rounds> rounds = std::make_shared<Rounds>();
  storage::MetricsCounters counters;
  Options options = [] {
    Options given;
    given.runtime = Runtime(0);  // one thread, so that rounds are always the same
    return given;
  }();

  Store store() const {
    storage::LatencyOptions far;
    far.sleep = [rounds = rounds](std::chrono::microseconds) { return rounds->request(); };
    return Store(storage::Latency<storage::Memory>(memory, far), counters);
  }
  Repo create() const {
    auto repo = Repo::create(store(), options);
    auto session = repo.writable_session("main");
    session.create_array<int, 1>("/a", ArrayOptions<int, 1>{.shape = {4000}, .chunks = {1000}, .codecs = {}});
    session.commit("an array");
    return repo;
  }
  /// A repository that hears nothing of what others do to the same store.
  Repo open() const { return Repo::open(store(), options); }
  std::uint64_t requests() const { return counters.snapshot().total().calls; }
  std::size_t chunks() const {
    storage::Memory look = memory;
    return block_on(look.list("chunks/", std::nullopt)).value().objects.size();
  }
};

template <class Session>
void write(Session& session, std::uint64_t chunk, int value) {
  session.template open_array<int, 1>("/a").write(Box<1>{{chunk * 1000}, {1000}}, std::vector<int>(1000, value));
}
void commit(Repo& repo, std::uint64_t chunk, int value) {
  auto session = repo.writable_session("main");
  write(session, chunk, value);
  session.commit("step");
}
template <class Session>
int read(Session& session, std::uint64_t chunk) {
  return session.template open_array<int, 1>("/a").read(Box<1>{{chunk * 1000}, {1}}).front();
}

}  // namespace

TEST_CASE("session/commit: a small commit is two rounds of requests after the one that opens its session") {
  const Fixture fixture;
  auto repo = fixture.create();
  for (int i = 0; i != 3; ++i) {
    const int rounds = fixture.rounds->begun;
    const auto requests = fixture.requests();
    auto session = repo.writable_session("main");
    CHECK(fixture.rounds->begun == rounds + 1);  // is `repo` still the same?
    write(session, 1, i + 1);
    session.commit("step");
    CHECK(fixture.rounds->begun == rounds + 3);
    CHECK(fixture.requests() == requests + 7);  // chunk, manifest, snapshot, log, backup; `repo`
  }
  auto session = repo.readonly_session(Branch{"main"});
  CHECK(read(session, 1) == 3);
}

TEST_CASE("session/commit: small chunks wait in the session for its commit, seen by nobody else") {
  const Fixture fixture;
  auto repo = fixture.create();
  auto session = repo.writable_session("main");
  for (int i = 0; i != 5; ++i) write(session, 2, i);
  write(session, 3, 7);
  CHECK(fixture.chunks() == 0);
  CHECK(read(session, 2) == 4);
  CHECK(read(session, 3) == 7);
  auto other = repo.readonly_session(Branch{"main"});
  CHECK(read(other, 2) == 0);
  session.commit("written");
  CHECK(fixture.chunks() == 2);  // what was overwritten before the commit never became an object
  CHECK(read(session, 2) == 4);
  auto after = fixture.open().readonly_session(Branch{"main"});
  CHECK(read(after, 2) == 4);
  CHECK(read(after, 3) == 7);
}

TEST_CASE("session/commit: what a session discards or does not commit was never stored") {
  const Fixture fixture;
  auto repo = fixture.create();
  auto session = repo.writable_session("main");
  write(session, 0, 1);
  session.discard_changes();
  CHECK(read(session, 0) == 0);
  CHECK_THROWS_AS(session.commit("nothing"), Error);
  CHECK(fixture.chunks() == 0);
  write(session, 0, 2);
  session.commit("something");
  CHECK(fixture.chunks() == 1);
}

TEST_CASE("session/commit: chunks beyond what a session may hold are stored as they are written") {
  Fixture fixture;
  fixture.options.held_chunk_bytes = 9000;  // two chunks of 4,000 bytes
  auto repo = fixture.create();
  auto session = repo.writable_session("main");
  for (std::uint64_t i = 0; i != 4; ++i) write(session, i, static_cast<int>(i) + 1);
  CHECK(fixture.chunks() == 2);
  for (std::uint64_t i = 0; i != 4; ++i) CHECK(read(session, i) == static_cast<int>(i) + 1);
  session.commit("four");
  CHECK(fixture.chunks() == 4);
  auto after = repo.readonly_session(Branch{"main"});
  for (std::uint64_t i = 0; i != 4; ++i) CHECK(read(after, i) == static_cast<int>(i) + 1);

  fixture.options.held_chunk_bytes = 0;
  auto at_once = fixture.open();
  auto writing = at_once.writable_session("main");
  write(writing, 0, 9);
  CHECK(fixture.chunks() == 5);
}

TEST_CASE("session/commit: a commit that lost a race keeps its chunks, and stores them once") {
  const Fixture fixture;
  auto repo = fixture.create();
  auto slow = repo.writable_session("main");
  write(slow, 0, 1);
  auto other = fixture.open();
  commit(other, 1, 2);
  CHECK(fixture.chunks() == 1);
  CHECK_THROWS_AS(slow.commit("second"), ConflictError);
  CHECK(fixture.chunks() == 2);  // it went out before the conflict was seen
  CHECK(read(slow, 0) == 1);
  slow.rebase();
  slow.commit("second");
  CHECK(fixture.chunks() == 2);
  auto after = repo.readonly_session(Branch{"main"});
  CHECK(read(after, 0) == 1);
  CHECK(read(after, 1) == 2);
}

TEST_CASE("session/commit: a conflict that is known before stores nothing") {
  const Fixture fixture;
  auto repo = fixture.create();
  auto slow = repo.writable_session("main");
  auto fast = repo.writable_session("main");
  write(slow, 0, 1);
  write(fast, 1, 2);
  fast.commit("first");
  const auto before = fixture.counters.snapshot()[storage::Operation::put].calls;
  CHECK_THROWS_AS(slow.commit("second"), ConflictError);
  CHECK(fixture.counters.snapshot()[storage::Operation::put].calls == before);
  slow.rebase();
  slow.commit("second");
  auto after = repo.readonly_session(Branch{"main"});
  CHECK(read(after, 0) == 1);
  CHECK(read(after, 1) == 2);
}

TEST_CASE("session/commit: who is twenty commits behind has caught up after three rounds") {
  const Fixture fixture;
  auto repo = fixture.create();
  auto slow = repo.writable_session("main");
  write(slow, 0, 1);
  auto other = fixture.open();
  for (int i = 0; i != 20; ++i) commit(other, 1, i);
  const int rounds = fixture.rounds->begun;
  slow.rebase();
  CHECK(fixture.rounds->begun == rounds + 3);  // `repo`; the snapshots and logs of 16 commits, and of 4
  slow.commit("at last");
  auto after = repo.readonly_session(Branch{"main"});
  CHECK(read(after, 0) == 1);
  CHECK(read(after, 1) == 19);
}

TEST_CASE("session/commit: manifests that are too large to wait are stored before the snapshot") {
  const Fixture fixture;
  auto repo = Repo::create(fixture.store(), fixture.options);
  auto session = repo.writable_session("main");
  constexpr std::uint64_t width = 500;  // bytes of a chunk: few enough to be kept in the manifest
  constexpr std::uint64_t count = 19'000;
  const Bytes noise = support::noise(width * count, 1);  // does not compress
  std::vector<std::uint8_t> values(noise.size());
  std::memcpy(values.data(), noise.data(), noise.size());
  for (const char* path : {"/a", "/b"}) {
    const ArrayOptions<std::uint8_t, 1> lines{.shape = {width * count}, .chunks = {width}, .codecs = {}};
    session.create_array<std::uint8_t, 1>(path, lines).write(values);
  }
  const int rounds = fixture.rounds->begun;
  session.commit("written");
  CHECK(fixture.rounds->begun == rounds + 3);
  auto after = fixture.open().readonly_session(Branch{"main"});
  for (const char* path : {"/a", "/b"}) CHECK(after.open_array<std::uint8_t, 1>(path).read() == values);
}
