// SPDX-License-Identifier: Apache-2.0
// varve's side of the comparison on object stores: one workload a run, one line of JSON. The reference's side,
// reference/src/main.rs, does the same through its crate; run.py starts both in turn.
//   object_store WORKLOAD URL [name=value...]
//   fill    side= chunk=      an array of side x side chunks of `chunk` bytes, uncompressed
//   cold                      open, session, one chunk, in a fresh process
//   reads   side= chunk= n= at_once=   n random chunks through the Zarr-store face
//   writes  n= at_once=       n chunks of 4 KiB and one commit
//   commits n= writer=        n commits of one chunk each, with rebase, beside other writers
#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/s3.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <sys/resource.h>

using namespace varve;

namespace {

using Repo = Repository<storage::S3, codec::Default, cache::Lru, conflict::Fail>;
std::map<std::string, std::string> given;

std::uint64_t number(const char* name, std::uint64_t otherwise) {
  const auto found = given.find(name);
  return found == given.end() ? otherwise : std::strtoull(found->second.c_str(), nullptr, 10);
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Time since it was made.
struct Watch {
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  double cpu = cpu_seconds();
  void print(std::uint64_t n, std::uint64_t requests) const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    std::printf("{\"n\":%llu,\"wall\":%.6f,\"cpu\":%.6f,\"rss_mb\":%.1f,\"requests\":%llu}\n", static_cast<unsigned long long>(n),
                wall.count(), cpu_seconds() - cpu, static_cast<double>(used.ru_maxrss) / 1024, static_cast<unsigned long long>(requests));
  }
};

storage::S3 store_of(const std::string& prefix) {
  storage::S3Options options;
  options.bucket = std::getenv("BENCH_BUCKET");
  options.prefix = prefix;
  options.endpoint = std::getenv("BENCH_ENDPOINT");
  options.region = "us-east-1";
  options.credentials = storage::s3::CredentialsProvider::fixed(std::getenv("BENCH_KEY"), std::getenv("BENCH_SECRET"));
  options.http.proxy = "";
  return storage::S3(options);
}

std::string chunk_key(std::uint64_t i, std::uint64_t side) {
  return "a/c/" + std::to_string(i / side) + '/' + std::to_string(i % side);
}

void fill(const storage::S3& store) {
  const std::uint64_t side = number("side", 64);
  const std::uint64_t width = number("chunk", 65536) / 4;
  auto repo = Repo::create(store);
  auto session = repo.writable_session("main");
  auto array = session.create_array<float, 2>("/a", {.shape = {side, side * width}, .chunks = {1, width}, .codecs = {}});
  for (std::uint64_t row = 0; row != side; ++row) {
    array.write(Box<2>{{row, 0}, {1, side * width}}, std::vector<float>(side * width, static_cast<float>(row + 1)));
  }
  session.commit("filled");
}

void cold(const storage::S3& store) {
  const Watch watch;
  auto repo = Repo::attach(store);
  const auto chunk = repo.readonly_session(Branch{"main"}).store().get("a/c/0/0");
  watch.print(chunk ? chunk->size() : 0, store.client().counts().requests);
}

/// One of the workers that read chunks drawn at random.
template <class Face>
struct Reader {
  const Face& face;
  std::uint64_t& next;
  std::uint64_t n, side, size;
  Awaitable<Result<void>> operator()() const {
    while (next < n) {
      std::uint64_t word = (++next) * 0x9E3779B97F4A7C15U;
      word ^= word >> 29;
      auto chunk = co_await face.async_get(chunk_key((word >> 7) % (side * side), side));
      if (!chunk) co_return std::move(chunk).error();
      if (!*chunk || (*chunk)->size() != size) co_return Error(errc::corrupt, "read", "a chunk of another size");
    }
    co_return Result<void>();
  }
};

void reads(const storage::S3& store) {
  auto repo = Repo::open(store);
  auto session = repo.readonly_session(Branch{"main"});
  const auto face = session.store();
  static_cast<void>(face.get("a/c/0/0"));
  std::uint64_t next = 0;
  Reader<decltype(face)> reader{face, next, number("n", 4096), number("side", 64), number("chunk", 65536)};
  const auto before = store.client().counts().requests;
  const Watch watch;
  block_on(gather(static_cast<std::size_t>(number("at_once", 16)), reader)).value();
  watch.print(reader.n, store.client().counts().requests - before);
}

void writes(const storage::S3& store) {
  const std::uint64_t n = number("n", 1000);
  auto repo = Repo::create(store);
  auto session = repo.writable_session("main");
  auto array = session.create_array<float, 1>("/a", {.shape = {n * 1024}, .chunks = {1024}, .codecs = {}});
  const std::vector<float> values(n * 1024, 1.5F);
  const auto before = store.client().counts().requests;
  const Watch watch;
  array.write(values);
  session.commit("written");
  watch.print(n, store.client().counts().requests - before);
}

void commits(const storage::S3& store) {
  const std::uint64_t n = number("n", 20);
  const std::uint64_t writer = number("writer", 0);
  auto repo = Repo::open(store);
  const Watch watch;
  for (std::uint64_t i = 0; i != n; ++i) {
    repo.transaction("main", "a step", [&](auto& session) {
      const Box<1> cell{{(writer * n + i) * 1024}, {1024}};
      session.template open_array<float, 1>("/a").write(cell, std::vector<float>(1024, static_cast<float>(writer)));
    });
  }
  watch.print(n, store.client().counts().requests);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "object_store WORKLOAD PREFIX [name=value...], with BENCH_ENDPOINT, _BUCKET, _KEY, _SECRET\n");
    return 2;
  }
  for (int i = 3; i < argc; ++i) {
    const std::string one = argv[i];
    given[one.substr(0, one.find('='))] = one.substr(one.find('=') + 1);
  }
  const std::map<std::string, void (*)(const storage::S3&)> workloads = {
      {"fill", fill}, {"cold", cold}, {"reads", reads}, {"writes", writes}, {"commits", commits}};
  const auto workload = workloads.find(argv[1]);
  if (workload == workloads.end()) return 2;
  try {
    workload->second(store_of(argv[2]));
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
