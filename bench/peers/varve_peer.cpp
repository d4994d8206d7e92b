// SPDX-License-Identifier: Apache-2.0
// varve's side of the comparison: one workload a process, one line of JSON. reference/src/main.rs does the same through
// the reference's Rust crate; run.py starts both in turn and explains the workloads.
//   varve_peer WORKLOAD STORE [name=value...]
// STORE is http://..., s3:PREFIX (with BENCH_S3_ENDPOINT, _BUCKET, _KEY, _SECRET) or a folder.
#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/http.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/s3.hpp>

#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace varve;

namespace {

template <class Backend>
using Repo = Repository<Backend, codec::Default, cache::Lru, conflict::Fail>;

std::map<std::string, std::string> given;

std::string text(const char* name) {
  const auto found = given.find(name);
  return found == given.end() ? std::string() : found->second;
}
std::uint64_t number(const char* name) { return std::stoull(text(name)); }

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}
/// Not getrusage's: that begins with the peak of the process which started this one.
double peak_megabytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

void print_figures(std::uint64_t answer, double seconds, double cpu, const std::vector<double>& each = {}) {
  std::printf("{\"answer\":%llu,\"wall\":%.6f,\"cpu\":%.6f,\"rss_mb\":%.1f,\"each\":[", static_cast<unsigned long long>(answer), seconds, cpu,
              peak_megabytes());
  for (const double& one : each) std::printf("%s%.6f", &one == each.data() ? "" : ",", one);
  std::printf("]}\n");
}

/// Time since it was made.
struct Watch {
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  double cpu = cpu_seconds();

  double wall() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); }
  void print(std::uint64_t answer, const std::vector<double>& each = {}) const {
    const double seconds = wall();
    print_figures(answer, seconds, cpu_seconds() - cpu, each);
  }
};

/// The i-th chunk in an order without locality; all of them once for i = 0, 1, ... below side * side.
std::string chunk_key(std::uint64_t i, std::uint64_t side) {
  const std::uint64_t chunk = i * 2'654'435'761 % (side * side);  // a prime above 2^31 shares no factor with it
  return "a/c/" + std::to_string(chunk / side) + '/' + std::to_string(chunk % side);
}

/// An array of side x side uncompressed chunks, each `chunk` bytes long and filled with its row's number.
template <class Backend>
void fill(const Backend& store) {
  const std::uint64_t side = number("side");
  const std::uint64_t width = number("chunk") / 4;
  auto repo = Repo<Backend>::create(store);
  auto session = repo.writable_session("main");
  auto array = session.template create_array<float, 2>("/a", {.shape = {side, side * width}, .chunks = {1, width}, .codecs = {}});
  for (std::uint64_t row = 0; row != side; ++row) {
    array.write(Box<2>{{row, 0}, {1, side * width}}, std::vector<float>(side * width, static_cast<float>(row + 1)));
  }
  session.commit("filled");
  const Bytes descriptor = repo.descriptor(Branch{"main"});
  if (const std::string file = text("descriptor"); !file.empty()) {
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(descriptor.data()), static_cast<std::streamsize>(descriptor.size()));
  }
}

constexpr std::uint64_t field_shape[3] = {1024, 512, 512};
constexpr std::uint64_t field_chunk = 64;
using Field = std::vector<float, varve::detail::DefaultInit<float>>;

/// What is the same for equal fields, and hardly for others.
std::uint64_t checksum(const float* values, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i != count; ++i) sum = sum * 31 + std::bit_cast<std::uint32_t>(values[i]);
  return sum;
}

/// A gibibyte of float32 as a model might write it: smooth, with noise, in 18 bits of mantissa.
template <class Backend>
void fill_field(const Backend& store) {
  auto repo = Repo<Backend>::create(store);
  auto session = repo.writable_session("main");
  ArrayOptions<float, 3> options;
  std::copy(std::begin(field_shape), std::end(field_shape), options.shape.begin());
  options.chunks = {field_chunk, field_chunk, field_chunk};
  if (text("codec") == "zstd") options.codecs = {codec::zstd(3)};
  auto array = session.template create_array<float, 3>("/f", options);
  const std::uint64_t plane = field_shape[1] * field_shape[2];
  std::vector<float> slab(field_chunk * plane);
  std::uint64_t word = 42;
  std::uint64_t sum = 0;
  for (std::uint64_t z = 0; z != field_shape[0]; z += field_chunk) {
    for (std::uint64_t i = 0; i != slab.size(); ++i) {
      const auto at = static_cast<float>(z + i / plane), y = static_cast<float>(i / field_shape[2] % field_shape[1]),
                 x = static_cast<float>(i % field_shape[2]);
      float noise = -2;  // the sum of four: nearly normal
      for (int k = 0; k != 4; ++k) {
        word = word * 6364136223846793005U + 1442695040888963407U;
        noise += static_cast<float>(word >> 40) / 16777216.0F;
      }
      const float value = 280 + 20 * std::sin(at / 90) * std::cos(y / 70) + 8 * std::sin(x / 40 + at / 50) + noise * 0.87F;
      slab[i] = std::bit_cast<float>((std::bit_cast<std::uint32_t>(value) + 16) & ~31U);
    }
    sum = sum * 31 + checksum(slab.data(), slab.size());
    array.write(Box<3>{{z, 0, 0}, {field_chunk, field_shape[1], field_shape[2]}}, slab);
  }
  session.commit("filled");
  Watch().print(sum);
}

/// A plain Zarr copy of what main has, for peers without versions.
template <class Backend>
void copy_plain(const Backend& store) {
  auto repo = Repo<Backend>::attach(store);
  const auto session = repo.readonly_session(Branch{"main"});
  const auto face = session.store();
  for (const std::string& key : face.list()) {
    const std::filesystem::path file = std::filesystem::path(text("to")) / key;
    std::filesystem::create_directories(file.parent_path());
    const auto value = face.get(key);
    std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(value->data()), static_cast<std::streamsize>(value->size()));
  }
}

void print_field(const Watch& watch, const float* values) {
  const double seconds = watch.wall();  // the sum is not a part of reading
  const double cpu = cpu_seconds() - watch.cpu;
  const std::uint64_t slab = field_chunk * field_shape[1] * field_shape[2];
  std::uint64_t sum = 0;
  for (std::uint64_t z = 0; z != field_shape[0] / field_chunk; ++z) sum = sum * 31 + checksum(values + z * slab, slab);
  print_figures(sum, seconds, cpu);
}

template <class Backend>
void read_field(const Backend& store, const Watch& watch) {
  auto repo = Repo<Backend>::attach(store);
  const auto values = repo.readonly_session(Branch{"main"}).template open_array<float, 3>("/f").read();
  print_field(watch, values.data());
}

/// The floor of `read_field`: the same files opened, read, decoded and laid out on all cores, in any order.
void bare_field(const std::string& folder, const Watch& watch) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/chunks")) names.push_back(entry.path());
  const bool zstd = text("codec") == "zstd";
  const std::uint64_t grid[3] = {field_shape[0] / field_chunk, field_shape[1] / field_chunk, field_shape[2] / field_chunk};
  const std::size_t plain_bytes = field_chunk * field_chunk * field_chunk * 4;
  Field values(field_shape[0] * field_shape[1] * field_shape[2]);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    Bytes stored(2 * plain_bytes), plain(plain_bytes);
    for (std::size_t i = next++; i < names.size(); i = next++) {
      const int file = ::open(names[i].c_str(), O_RDONLY | O_CLOEXEC);
      struct ::stat status {};
      ::fstat(file, &status);
      const auto size = ::pread(file, stored.data(), static_cast<std::size_t>(status.st_size), 0);
      ::close(file);
      const std::byte* from = stored.data();
      if (zstd) {
        ZSTD_decompressDCtx(context.get(), plain.data(), plain.size(), stored.data(), static_cast<std::size_t>(size));
        from = plain.data();
      }
      const std::uint64_t at[3] = {i / (grid[1] * grid[2]), i / grid[2] % grid[1], i % grid[2]};
      for (std::uint64_t row = 0; row != field_chunk * field_chunk; ++row) {
        const std::uint64_t z = at[0] * field_chunk + row / field_chunk, y = at[1] * field_chunk + row % field_chunk;
        std::memcpy(values.data() + (z * field_shape[1] + y) * field_shape[2] + at[2] * field_chunk, from + row * field_chunk * 4,
                    field_chunk * 4);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  watch.print(names.size());
}

/// From nothing to the first chunk.
template <class Backend>
void cold(const Backend& store, const Watch& watch) {
  std::string known;
  if (const std::string file = text("descriptor"); !file.empty()) {
    std::ifstream in(file, std::ios::binary);
    known.assign(std::istreambuf_iterator<char>(in), {});
  }
  auto repo = known.empty() ? Repo<Backend>::attach(store) : Repo<Backend>::attach(store, as_bytes(known));
  const auto chunk = repo.readonly_session(Branch{"main"}).store().get("a/c/0/0");
  watch.print(chunk ? chunk->size() : 0);
}

/// One of the workers that read chunks.
template <class Face>
struct Reader {
  const Face& face;
  std::uint64_t& next;
  std::uint64_t& bytes;
  std::uint64_t n, side;
  Awaitable<Result<void>> operator()() const {
    while (next < n) {
      auto chunk = co_await face.async_get(chunk_key(next++, side));
      if (!chunk) co_return std::move(chunk).error();
      bytes += *chunk ? (*chunk)->size() : 0;
    }
    co_return Result<void>();
  }
};

/// n chunks, `at_once` in flight, after the session has the manifest.
template <class Backend>
void reads(const Backend& store) {
  auto repo = Repo<Backend>::attach(store);
  auto session = repo.readonly_session(Branch{"main"});
  const auto face = session.store();
  static_cast<void>(face.get("a/c/0/0"));
  std::uint64_t next = 0;
  std::uint64_t bytes = 0;
  const Reader<decltype(face)> reader{face, next, bytes, number("n"), number("side")};
  const Watch watch;
  block_on(gather(static_cast<std::size_t>(number("at_once")), reader)).value();
  watch.print(bytes);
}

/// An array of `n` chunks of 4 KiB that nobody has written yet.
template <class Backend>
Repo<Backend> prepare_commits(const Backend& store) {
  auto repo = Repo<Backend>::create(store);
  auto session = repo.writable_session("main");
  session.template create_array<float, 1>("/a", {.shape = {number("n") * 1024}, .chunks = {1024}, .codecs = {}});
  session.commit("an array");
  return repo;
}

/// n chunks of 4 KiB and one commit.
template <class Backend>
void writes(const Backend& store) {
  const std::uint64_t n = number("n");
  auto repo = prepare_commits(store);
  auto session = repo.writable_session("main");
  auto array = session.template open_array<float, 1>("/a");
  const std::vector<float> values(n * 1024, 1.5F);
  const Watch watch;
  array.write(values);
  session.commit("written");
  watch.print(n);
}

/// n commits of one chunk each, from chunk `first` on; rebases when others were faster.
template <class Backend>
void commits(const Backend& store, const Watch& watch) {
  const std::uint64_t n = number("n");
  const std::uint64_t first = number("first");
  auto repo = Repo<Backend>::attach(store);
  std::vector<double> each;
  const std::vector<float> values(1024, static_cast<float>(first + 1));
  for (std::uint64_t i = first; i != first + n; ++i) {
    const Watch one;
    repo.transaction("main", "a step", [&](auto& session) {
      session.template open_array<float, 1>("/a").write(Box<1>{{i * 1024}, {1024}}, values);
    });
    each.push_back(one.wall());
  }
  watch.print(n, each);
}

/// How many snapshots main has, to check what the writers claim.
template <class Backend>
void history(const Backend& store) {
  auto repo = Repo<Backend>::attach(store);
  std::uint64_t snapshots = 0;
  const Watch watch;
  for ([[maybe_unused]] const auto& snapshot : repo.ancestry(Branch{"main"})) ++snapshots;
  watch.print(snapshots);
}

/// The floor of `reads`: the chunks' files through a bare socket, one request after the other. `memory=fresh` reads each
/// into memory of its own, of which `at_once` live at a time, as `reads` must; else one buffer stays warm.
void bare(const std::string& url) {
  const std::size_t colon = url.rfind(':');
  const std::size_t slash = url.find('/', colon);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(url.substr(colon + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("no server at " + url);
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  std::vector<std::string> names;
  std::ifstream list(text("list"));
  for (std::string name; std::getline(list, name);) names.push_back(name);
  const bool fresh = text("memory") == "fresh";
  std::vector<Bytes> buffers(fresh ? number("at_once") : 1, Bytes(number("chunk") + 4096));
  std::size_t turn = 0;
  std::uint64_t bytes = 0;
  const Watch watch;
  for (const std::string& name : names) {
    const std::string request = "GET " + url.substr(slash) + "/chunks/" + name + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    Bytes& buffer = buffers[turn++ % buffers.size()];
    if (fresh) buffer = Bytes(number("chunk") + 4096);
    std::size_t have = 0;
    std::size_t want = 0;
    while (want == 0 || have < want) {
      const auto count = ::recv(socket, buffer.data() + have, buffer.size() - have, 0);
      if (count <= 0) throw std::runtime_error("the connection broke");
      have += static_cast<std::size_t>(count);
      const std::size_t end = want == 0 ? as_text(ByteView(buffer).first(have)).find("\r\n\r\n") : std::string_view::npos;
      if (end != std::string_view::npos) want = end + 4 + number("chunk");
    }
    bytes += number("chunk");
  }
  watch.print(bytes);
  ::close(socket);
}

template <class Backend>
int run(const std::string& workload, const Backend& store, const Watch& watch) {
  if (workload == "fill") fill(store);
  else if (workload == "cold") cold(store, watch);
  else if (workload == "fill_field") fill_field(store);
  else if (workload == "copy_plain") copy_plain(store);
  else if (workload == "read_field") read_field(store, watch);
  else if (workload == "reads") reads(store);
  else if (workload == "writes") writes(store);
  else if (workload == "prepare_commits") prepare_commits(store);
  else if (workload == "commits") commits(store, watch);
  else if (workload == "history") history(store);
  else return 2;
  return 0;
}

std::string setting(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set");
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  const Watch watch;
  if (argc < 3) {
    std::fprintf(stderr, "varve_peer WORKLOAD STORE [name=value...]; run.py knows the workloads\n");
    return 2;
  }
  const std::string workload = argv[1];
  const std::string where = argv[2];
  for (int i = 3; i < argc; ++i) {
    const std::string_view one = argv[i];
    given.emplace(one.substr(0, one.find('=')), one.substr(one.find('=') + 1));
  }
  try {
    if (workload == "bare") return bare(where), 0;
    if (workload == "bare_field") return bare_field(where, watch), 0;
    if (where.starts_with("http://")) return run(workload, storage::Http(where), watch);
    if (!where.starts_with("s3:")) return run(workload, storage::Local(where), watch);
    storage::S3Options options;
    options.bucket = setting("BENCH_S3_BUCKET");
    options.prefix = where.substr(3);
    options.endpoint = setting("BENCH_S3_ENDPOINT");
    options.region = "us-east-1";
    options.credentials = storage::s3::CredentialsProvider::fixed(setting("BENCH_S3_KEY"), setting("BENCH_S3_SECRET"));
    options.probe = false;  // the reference asks nothing of a store before it creates a repository
    return run(workload, storage::S3(options), watch);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
