// SPDX-License-Identifier: Apache-2.0
// What a request costs without a network: the stores inside the process and on a local disk, beside the bare system
// calls and copies that are the floor of each.
#include <varve/async/block_on.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

using varve::block_on;
using varve::PutCondition;
using varve::storage::BasicLocal;
using varve::storage::Durability;
using varve::storage::ExclusiveRename;
using varve::storage::KernelLock;
using varve::storage::Local;
using varve::storage::Memory;

/// `read_into` without a loop of its own around each call, as a session reads.
template <class Store>
varve::Awaitable<std::size_t> read_many(Store& store, std::size_t times, varve::MutableByteView buffer) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i != times; ++i) {
    auto read = co_await varve::read_into(store, "chunks/A", 0, buffer);
    bytes += read.value().value();
  }
  co_return bytes;
}

constexpr std::size_t batch = 100;

template <class Store>
void read_chunks(benchmark::State& state, Store& store) {
  const auto size = static_cast<std::size_t>(state.range(0));
  block_on(store.put("chunks/A", support::noise(size, 1), PutCondition::always())).value();
  varve::Bytes buffer(size);
  for (auto _ : state) benchmark::DoNotOptimize(block_on(read_many(store, batch, buffer)));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch * size));
}

void read_floor_memcpy(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto object = support::noise(size, 1);
  varve::Bytes buffer(size);
  for (auto _ : state) {
    for (std::size_t i = 0; i != batch; ++i) {
      std::memcpy(buffer.data(), object.data(), size);
      benchmark::DoNotOptimize(buffer.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch * size));
}

void read_memory(benchmark::State& state) {
  Memory store;
  read_chunks(state, store);
}

void read_floor_pread(benchmark::State& state) {
  const support::TempDir folder;
  const auto size = static_cast<std::size_t>(state.range(0));
  Local store(folder.path());
  block_on(store.put("chunks/A", support::noise(size, 1), PutCondition::always())).value();
  const std::string path = folder.text() + "/chunks/A";
  varve::Bytes buffer(size);
  for (auto _ : state) {
    for (std::size_t i = 0; i != batch; ++i) {
      const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      struct stat status {};
      if (::fstat(fd, &status) != 0 || ::pread(fd, buffer.data(), size, 0) != static_cast<ssize_t>(size)) {
        state.SkipWithError("pread");
      }
      ::close(fd);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch * size));
}

void read_local(benchmark::State& state) {
  const support::TempDir folder;
  Local store(folder.path());
  read_chunks(state, store);
}

void write_floor_rename(benchmark::State& state) {
  const support::TempDir folder;
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto bytes = support::noise(size, 1);
  const std::string staged = folder.text() + "/staged", path = folder.text() + "/object";
  for (auto _ : state) {
    const int fd = ::open(staged.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (::write(fd, bytes.data(), size) != static_cast<ssize_t>(size)) state.SkipWithError("write");
    ::close(fd);
    if (::rename(staged.c_str(), path.c_str()) != 0) state.SkipWithError("rename");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void write_local(benchmark::State& state) {
  const support::TempDir folder;
  Local store(folder.path());
  const auto bytes = support::noise(static_cast<std::size_t>(state.range(0)), 1);
  for (auto _ : state) block_on(store.put("object", bytes, PutCondition::always())).value();
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

/// One writer that replaces `repo`, of 64 KiB, by version.
template <class Swap>
void swap_repo(benchmark::State& state, Durability durability) {
  const support::TempDir folder;
  typename BasicLocal<Swap>::Options options;
  options.durability = durability;
  BasicLocal<Swap> store(folder.path(), options);
  const auto bytes = support::noise(64 << 10, 1);
  auto version = block_on(store.put("repo", bytes, PutCondition::if_absent())).value().version;
  for (auto _ : state) {
    auto outcome = block_on(store.put("repo", bytes, PutCondition::if_version(std::move(version)))).value();
    if (!outcome.written) state.SkipWithError("lost a race against nobody");
    version = std::move(outcome.version);
  }
}

void swap_kernel_lock(benchmark::State& state) { swap_repo<KernelLock>(state, Durability::none); }
void swap_exclusive_rename(benchmark::State& state) { swap_repo<ExclusiveRename>(state, Durability::none); }
void swap_kernel_lock_durable(benchmark::State& state) { swap_repo<KernelLock>(state, Durability::commit); }

/// The floor of a durable replacement: one sync of the file system and one of the folder.
void swap_floor_syncs(benchmark::State& state) {
  const support::TempDir folder;
  const auto bytes = support::noise(64 << 10, 1);
  const std::string staged = folder.text() + "/staged", path = folder.text() + "/repo";
  const int root = ::open(folder.text().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (auto _ : state) {
    const int fd = ::open(staged.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) state.SkipWithError("write");
    ::close(fd);
    if (::syncfs(root) != 0 || ::rename(staged.c_str(), path.c_str()) != 0 || ::fsync(root) != 0) {
      state.SkipWithError("sync");
    }
  }
  ::close(root);
}

BENCHMARK(read_floor_memcpy)->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK(read_memory)->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK(read_floor_pread)->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK(read_local)->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK(write_floor_rename)->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK(write_local)->Arg(4 << 10)->Arg(1 << 20);
BENCHMARK(swap_kernel_lock)->UseRealTime();
BENCHMARK(swap_exclusive_rename)->UseRealTime();
BENCHMARK(swap_floor_syncs)->UseRealTime();
BENCHMARK(swap_kernel_lock_durable)->UseRealTime();

}  // namespace
