// SPDX-License-Identifier: Apache-2.0
// Random reads of small chunks that are warm: what one costs beside its bytes. Every chunk of 10,000 of 16 KiB is read
// once in an order without locality, as the floors do: a copy of the same bytes, and open, pread and close of the same
// files. `p50` and `p99` are of single reads, in ns.
#include <varve/array/array.hpp>

#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include <varve/varve.hpp>

#include "support/temp_dir.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;
using varve::Box;

constexpr std::uint64_t side = 100;
constexpr std::uint64_t chunk_count = side * side;
constexpr std::uint64_t width = 4096;  // elements of a chunk
constexpr std::size_t chunk_bytes = width * sizeof(float);

/// The i-th chunk of an order that has all of them once.
std::uint64_t shuffled(std::uint64_t i) { return i * 2'654'435'761 % chunk_count; }

/// How long each read took.
class Latencies {
 public:
  Latencies() : each_(chunk_count) {}
  void add(Clock::time_point begun) {
    each_[next_++ % chunk_count] = std::chrono::duration<double, std::nano>(Clock::now() - begun).count();
  }
  void report(benchmark::State& state) {
    std::sort(each_.begin(), each_.end());
    state.counters["p50"] = each_[chunk_count / 2];
    state.counters["p99"] = each_[chunk_count * 99 / 100];
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(chunk_count));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(chunk_count * chunk_bytes));
  }

 private:
  std::vector<double> each_;
  std::size_t next_ = 0;
};

/// A session with the array of all chunks, committed.
template <class Backend>
auto session_of(const Backend& store, varve::cache::Lru cache = {}) {
  using Repo = varve::Repository<Backend>;
  auto repo = Repo::create(store, {}, {.cache = std::move(cache)});
  auto writer = repo.writable_session("main");
  auto array = writer.template create_array<float, 2>("/a", {.shape = {side, side * width}, .chunks = {1, width}, .codecs = {}});
  for (std::uint64_t row = 0; row != side; ++row) {
    array.write(Box<2>{{row, 0}, {1, side * width}}, std::vector<float>(side * width, static_cast<float>(row + 1)));
  }
  writer.commit("filled");
  return repo.readonly_session(varve::Branch{"main"});
}

/// One of the readers that share the chunks among themselves, each into memory of its own.
template <class Array>
struct Reader {
  const Array& array;
  std::uint64_t& next;
  Latencies& latencies;

  varve::Awaitable<varve::Result<void>> operator()() const {
    std::vector<float> values(width);
    while (next < chunk_count) {
      const std::uint64_t chunk = shuffled(next++);
      const auto begun = Clock::now();
      const Box<2> box{{chunk / side, chunk % side * width}, {1, width}};
      auto read = co_await array.async_read(box, values);
      if (!read) co_return read;
      latencies.add(begun);
    }
    co_return varve::Result<void>();
  }
};

template <class Backend>
void read_chunks(benchmark::State& state, const Backend& store) {
  const auto session = session_of(store);
  const auto array = session.template open_array<float, 2>("/a");
  Latencies latencies;
  for (auto _ : state) {
    std::uint64_t next = 0;
    const Reader<decltype(array)> reader{array, next, latencies};
    varve::block_on(varve::gather(static_cast<std::size_t>(state.range(0)), reader)).value();
  }
  latencies.report(state);
}

void random_floor_memcpy(benchmark::State& state) {
  std::vector<std::vector<float>> chunks(chunk_count, std::vector<float>(width, 1.F));
  std::vector<float> values(width);
  Latencies latencies;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i != chunk_count; ++i) {
      const auto begun = Clock::now();
      std::memcpy(values.data(), chunks[shuffled(i)].data(), chunk_bytes);
      benchmark::DoNotOptimize(values.data());
      latencies.add(begun);
    }
  }
  latencies.report(state);
}
BENCHMARK(random_floor_memcpy)->Unit(benchmark::kMillisecond);

void random_memory(benchmark::State& state) { read_chunks(state, varve::storage::Memory()); }
BENCHMARK(random_memory)->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMillisecond);

void random_floor_pread(benchmark::State& state) {
  const support::TempDir folder;
  session_of(varve::storage::Local(folder.path()));
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "chunks")) paths.push_back(entry.path());
  if (paths.size() != chunk_count) return state.SkipWithError("another number of files");
  std::vector<float> values(width);
  Latencies latencies;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i != chunk_count; ++i) {
      const auto begun = Clock::now();
      const int fd = ::open(paths[shuffled(i)].c_str(), O_RDONLY | O_CLOEXEC);
      if (::pread(fd, values.data(), chunk_bytes, 0) != static_cast<ssize_t>(chunk_bytes)) state.SkipWithError("pread");
      ::close(fd);
      latencies.add(begun);
    }
  }
  latencies.report(state);
}
BENCHMARK(random_floor_pread)->Unit(benchmark::kMillisecond);

void random_local(benchmark::State& state) {
  const support::TempDir folder;
  read_chunks(state, varve::storage::Local(folder.path()));
}
BENCHMARK(random_local)->Arg(1)->Arg(16)->Arg(64)->Unit(benchmark::kMillisecond);

/// Where a chunk is, which every read must find out.
void random_locate(benchmark::State& state) {
  const auto session = session_of(varve::storage::Memory());
  const auto array = session.open_array<float, 2>("/a");
  static_cast<void>(array.at({0, 0}));  // now the manifest is in the cache
  Latencies latencies;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i != chunk_count; ++i) {
      const std::uint64_t chunk = shuffled(i);
      const std::uint32_t index[] = {static_cast<std::uint32_t>(chunk / side), static_cast<std::uint32_t>(chunk % side)};
      const auto begun = Clock::now();
      benchmark::DoNotOptimize(array.chunk_ref(index));
      latencies.add(begun);
    }
  }
  latencies.report(state);
}
BENCHMARK(random_locate)->Unit(benchmark::kMillisecond);

/// Looking at chunks that the cache holds; with one chunk alone, nothing but the call is cold.
void random_view(benchmark::State& state) {
  const auto views = static_cast<std::uint64_t>(state.range(0));
  varve::cache::Lru::Options keep_all;
  keep_all.chunk_bytes = 2 * chunk_count * chunk_bytes;
  const auto session = session_of(varve::storage::Memory(), varve::cache::Lru(keep_all));
  const auto array = session.open_array<float, 2>("/a");
  static_cast<void>(array.read());
  Latencies latencies;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i != chunk_count; ++i) {
      const std::uint64_t chunk = shuffled(i % views);
      const std::uint32_t index[] = {static_cast<std::uint32_t>(chunk / side), static_cast<std::uint32_t>(chunk % side)};
      const auto begun = Clock::now();
      benchmark::DoNotOptimize(array.chunk_view(index));
      latencies.add(begun);
    }
  }
  latencies.report(state);
}
BENCHMARK(random_view)->Arg(1)->Arg(chunk_count)->Unit(benchmark::kMillisecond);

}  // namespace
