// SPDX-License-Identifier: Apache-2.0
// Commits of writers whose clocks are wrong.
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

using namespace varve;
using std::chrono::seconds;

namespace {

/// A store that tells its time with every answer to a write, as those behind HTTP do.
struct Clocked {
  storage::Memory inner{};
  Timestamp now{};

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) { return inner.get(key, std::move(options)); }
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    auto put = co_await inner.put(key, bytes, std::move(condition));
    if (put) put->stored_at = now;
    co_return put;
  }
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) { return inner.list(prefix, std::move(next)); }
  Awaitable<Result<void>> remove(std::span<const std::string> keys) { return inner.remove(keys); }
};

constexpr Timestamp noon{seconds(1'790'000'000)};

Options at(Timestamp now) {
  Options options;
  options.environment.now = [now] { return now; };
  return options;
}

std::optional<errc> commit(auto repo) {
  auto session = repo.writable_session("main");
  session.create_group("/g" + std::to_string(session.nodes().size()));
  try {
    session.commit("a group");
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("session/clock: a commit is refused when the store's clock is more than ten minutes away") {
  using Repo = Repository<Clocked>;
  const Clocked store{{}, noon};
  Repo::create(store, at(noon));
  CHECK(commit(Repo::open(store, at(noon - seconds(599)))) == std::nullopt);
  CHECK(commit(Repo::open(store, at(noon + seconds(599)))) == std::nullopt);
  const auto tip = Repo::open(store).lookup_branch("main");
  CHECK(commit(Repo::open(store, at(noon - seconds(1200)))) == errc::clock_skew);
  CHECK(commit(Repo::open(store, at(noon + seconds(602)))) == errc::clock_skew);
  CHECK(Repo::open(store).lookup_branch("main") == tip);
}

TEST_CASE("session/clock: times of snapshots and of the ops log grow, even where a clock goes back") {
  using Repo = Repository<storage::Memory>;
  const storage::Memory store;
  Repo::create(store, at(noon));
  for (const int late : {0, 300, 599}) CHECK(commit(Repo::open(store, at(noon - seconds(late)))) == std::nullopt);
  auto repo = Repo::open(store);
  Timestamp later = Timestamp::max();
  for (const auto& snapshot : repo.ancestry(Branch{"main"})) {
    CHECK(snapshot.flushed_at < later);
    later = snapshot.flushed_at;
  }
  later = Timestamp::max();
  for (const auto& update : repo.ops_log()) {
    CHECK(update.updated_at < later);
    later = update.updated_at;
  }
}

TEST_CASE("session/clock: nothing is built on a snapshot from a future of more than ten minutes") {
  using Repo = Repository<storage::Memory>;
  const storage::Memory store;
  Repo::create(store, at(noon));
  CHECK(commit(Repo::open(store, at(noon + seconds(3600)))) == std::nullopt);
  CHECK(commit(Repo::open(store, at(noon))) == errc::clock_skew);
  CHECK(commit(Repo::open(store, at(noon + seconds(3001)))) == std::nullopt);
}
