#include <varve/storage/latency.hpp>

#include <varve/storage/memory.hpp>

#include "backend_suite.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

using varve::storage::Latency;
using varve::storage::Memory;
using std::chrono::microseconds;

namespace {

/// A clock that only remembers for how long it was asked to wait.
struct Pauses {
  std::shared_ptr<std::vector<microseconds>> seen = std::make_shared<std::vector<microseconds>>();
  std::shared_ptr<std::mutex> mutex = std::make_shared<std::mutex>();

  Latency<Memory>::Options options() const {
    Latency<Memory>::Options options;
    options.sleep = [pauses = *this](microseconds pause) { return pauses.remember(pause); };
    return options;
  }
  varve::Awaitable<void> remember(microseconds pause) const {
    const std::scoped_lock lock(*mutex);
    seen->push_back(pause);
    co_return;
  }
};

}  // namespace

TEST_CASE("storage/latency: behaves as a backend") {
  support::backend_suite([] {
    auto options = Pauses().options();
    options.jitter = microseconds(50);
    options.bytes_per_second = 1'000'000;
    return Latency<Memory>(Memory(), options);
  });
}

TEST_CASE("storage/latency: each request is delayed, and its bytes flow at the given speed") {
  const Pauses pauses;
  auto options = pauses.options();
  options.request = microseconds(30);
  options.bytes_per_second = 1'000'000;  // a microsecond a byte
  Latency<Memory> store(Memory(), options);
  support::put(store, "k", support::noise(500, 1));
  CHECK(*pauses.seen == std::vector<microseconds>{microseconds(530)});
  pauses.seen->clear();
  support::get(store, "k", varve::ByteRange{0, 100});
  CHECK(*pauses.seen == std::vector<microseconds>{microseconds(30), microseconds(100)});
  pauses.seen->clear();
  varve::block_on(store.list("", std::nullopt)).value();
  varve::block_on(store.size("k")).value();
  CHECK(*pauses.seen == std::vector<microseconds>(2, microseconds(30)));
}

TEST_CASE("storage/latency: the jitter stays within its bound and repeats with its seed") {
  const auto run = [](std::uint64_t seed) {
    const Pauses pauses;
    auto options = pauses.options();
    options.request = microseconds(10);
    options.jitter = microseconds(1000);
    options.seed = seed;
    Latency<Memory> store(Memory(), options);
    for (int i = 0; i != 100; ++i) support::get(store, "k");
    return *pauses.seen;
  };
  const auto first = run(1);
  CHECK(first.size() == 100);
  CHECK(*std::min_element(first.begin(), first.end()) >= microseconds(10));
  CHECK(*std::max_element(first.begin(), first.end()) <= microseconds(1010));
  CHECK(std::set<microseconds>(first.begin(), first.end()).size() > 50);
  CHECK(run(1) == first);
  CHECK(run(2) != first);
}

TEST_CASE("storage/latency: really waits unless it is told how") {
  Latency<Memory>::Options options;
  options.request = std::chrono::milliseconds(5);
  Latency<Memory> store(Memory(), options);
  const auto begin = std::chrono::steady_clock::now();
  support::get(store, "k");
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(5));
}
