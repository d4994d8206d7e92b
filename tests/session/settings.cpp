// SPDX-License-Identifier: Apache-2.0
#include <varve/session/settings.hpp>

#include <varve/async/sleep.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace varve;

namespace {

/// What of one kind of object was asked for.
struct Reads {
  int total = 0;
  int now = 0;
  int most = 0;  ///< at the same time
};

/// A store in memory that takes its time to answer, and counts how many wait for it.
class Counting : public storage::Memory {
 public:
  Reads reads_of(const std::string& kind) const {
    const std::scoped_lock lock(state_->mutex);
    const auto at = state_->reads.find(kind);
    return at == state_->reads.end() ? Reads() : at->second;
  }
  void forget() const {
    const std::scoped_lock lock(state_->mutex);
    state_->reads.clear();
  }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    const std::string kind(key.substr(0, key.find('/')));
    count(kind, 1);
    co_await sleep_for(std::chrono::milliseconds(3));
    auto fetched = co_await storage::Memory::get(key, options);
    count(kind, -1);
    co_return fetched;
  }
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first, MutableByteView buffer) {
    const std::string kind(key.substr(0, key.find('/')));
    count(kind, 1);
    co_await sleep_for(std::chrono::milliseconds(3));
    auto size = co_await storage::Memory::read_into(key, first, buffer);
    count(kind, -1);
    co_return size;
  }

 private:
  void count(const std::string& kind, int change) const {
    const std::scoped_lock lock(state_->mutex);
    Reads& reads = state_->reads[kind];
    if (change > 0) ++reads.total;
    reads.now += change;
    reads.most = std::max(reads.most, reads.now);
  }

  struct State {
    mutable std::mutex mutex;
    std::map<std::string, Reads> reads;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// A cache that keeps nothing, and takes its time over each file that has been decoded.
class Arrivals {
 public:
  int total() const { return state_->total; }
  int most() const { return state_->most; }

  std::optional<CacheEntry> find(const CacheKey&) { return std::nullopt; }
  void insert(const CacheKey&, const CacheEntry&) {
    const int now = ++state_->now;
    for (int most = state_->most; most < now && !state_->most.compare_exchange_weak(most, now);) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --state_->now;
    ++state_->total;
  }
  bool admits(CacheKind, std::uint64_t) const { return false; }

 private:
  struct State {
    std::atomic<int> total = 0, now = 0, most = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

using Repo = Repository<Counting>;

/// A repository of one array of 40 chunks, in manifests of a few refs, that keeps `config`.
Counting with(const RepositoryConfig& config) {
  Counting store;
  Options options;
  options.inline_chunk_bytes = 0;
  options.chunk_refs_per_manifest = 4;
  auto repo = Repo::create(store, options);
  auto session = repo.writable_session("main");
  std::vector<int> values(40);
  for (std::size_t i = 0; i != values.size(); ++i) values[i] = static_cast<int>(i) + 1;
  session.create_array<int, 1>("/a", {.shape = {40}, .chunks = {1}, .codecs = {}}).write(values);
  session.commit("a");
  repo.save_config(config);
  store.forget();
  return store;
}

int first_of(Repo& repo) {
  const auto session = repo.readonly_session(Branch{"main"});
  std::vector<int> value(1);
  session.open_array<int, 1>("/a").read(Box<1>{{0}, {1}}, value);
  return value.front();
}

}  // namespace

TEST_CASE("session/settings: no call has more requests on their way than the configuration allows") {
  RepositoryConfig config;
  config.max_concurrent_requests = 3;
  const Counting store = with(config);
  auto repo = Repo::open(store);
  CHECK(repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read().size() == 40);
  CHECK(store.reads_of("chunks").total == 40);
  CHECK(store.reads_of("chunks").most == 3);
  store.forget();

  Options options;
  options.concurrency = 10;
  auto told = Repo::open(store, options);
  CHECK(told.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read().size() == 40);
  CHECK(store.reads_of("chunks").most == 10);
}

TEST_CASE("session/settings: a commit fetches as many manifests at once as the configuration allows") {
  const auto most_of = [](const RepositoryConfig& config) {
    const Counting store = with(config);
    Options options;
    options.chunk_refs_per_manifest = 4;
    auto repo = Repo::open(store, options);
    auto session = repo.writable_session("main");
    const std::vector<int> value{7};
    for (std::uint64_t i = 0; i < 40; i += 4) {
      session.open_array<int, 1>("/a").write(Box<1>{{i}, {1}}, value);
    }
    session.commit("every fourth");
    REQUIRE(store.reads_of("manifests").total >= 8);
    return store.reads_of("manifests").most;
  };
  RepositoryConfig config;
  CHECK(most_of(config) > 2);
  config.manifest.max_concurrent_manifest_fetches_during_commit = 2;
  CHECK(most_of(config) == 2);
}

TEST_CASE("session/settings: chunks are kept in memory where the configuration says so") {
  RepositoryConfig config;
  const Counting forgetful = with(config);
  auto reader = Repo::open(forgetful);
  for (int i = 0; i != 3; ++i) CHECK(first_of(reader) == 1);
  CHECK(forgetful.reads_of("chunks").total == 3);

  config.caching.num_bytes_chunks = 1 << 20;
  const Counting store = with(config);
  auto keeper = Repo::open(store);
  for (int i = 0; i != 3; ++i) CHECK(first_of(keeper) == 1);
  CHECK(store.reads_of("chunks").total == 1);

  // Whoever changes it changes it for those who have the repository open, once they see it.
  config.caching.num_bytes_chunks = 0;
  keeper.save_config(config);
  for (int i = 0; i != 3; ++i) CHECK(first_of(keeper) == 1);
  CHECK(store.reads_of("chunks").total == 4);
}

TEST_CASE("session/settings: metadata are kept as far as the configuration says") {
  RepositoryConfig config;
  config.caching.num_chunk_refs = 0;
  const Counting store = with(config);
  auto reader = Repo::open(store);
  first_of(reader);
  const int once = store.reads_of("manifests").total;
  first_of(reader);
  CHECK(store.reads_of("manifests").total == 2 * once);
  CHECK(once > 0);

  const Counting usual = with(RepositoryConfig());
  auto keeper = Repo::open(usual);
  first_of(keeper);
  first_of(keeper);
  CHECK(usual.reads_of("manifests").total == once);
}

TEST_CASE("session/settings: as many metadata files are decoded at once as the configuration allows") {
  const auto most_of = [](std::optional<std::uint64_t> decodes) {
    RepositoryConfig config;
    config.max_concurrent_decodes = decodes;
    const Counting store = with(config);
    Options options;
    options.runtime = Runtime(4);
    const Arrivals arrivals;
    Repository<Counting, codec::Default, Arrivals>::open(store, options, {arrivals}).stats();
    REQUIRE(arrivals.total() >= 10);
    return arrivals.most();
  };
  CHECK(most_of(std::nullopt) > 1);
  CHECK(most_of(1) == 1);
  CHECK(most_of(0) == 1);  // with none it would never end
}

TEST_CASE("session/settings: counts of a configuration that no machine has room for are no small ones") {
  RepositoryConfig config;
  config.caching.num_chunk_refs = std::numeric_limits<std::uint64_t>::max();
  config.caching.num_snapshot_nodes = std::numeric_limits<std::uint64_t>::max();
  config.caching.num_transaction_changes = std::numeric_limits<std::uint64_t>::max();
  config.caching.num_bytes_attributes = std::numeric_limits<std::uint64_t>::max();
  const auto bytes = format::encode_config(config).value();
  const auto budget = settle(Options(), {}, bytes).cache;
  REQUIRE(budget.metadata_bytes);
  CHECK(*budget.metadata_bytes > std::uint64_t{1} << 60);
}
