// SPDX-License-Identifier: Apache-2.0
// bench: a small measured round on a store, for choosing one.
#include "boxes.hpp"
#include "engine.hpp"
#include "frame.hpp"
#include "progress.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>

namespace varve::cli {

namespace {

struct Options {
  std::string url;
  std::uint64_t chunks = 64, chunk_kib = 1024, commits = 20;
};

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

struct Latencies {
  double median = 0, slowest = 0;
  explicit Latencies(std::vector<double> all) {
    std::sort(all.begin(), all.end());
    if (all.empty()) return;
    median = all[all.size() / 2];
    slowest = all.back();
  }
  Json json() const { return Json::Object{{"median_ms", median * 1e3}, {"slowest_ms", slowest * 1e3}}; }
};

/// Deletes what the round has written, however it ends.
struct Scratch {
  std::string url;
  ~Scratch() {
    try {
      remove_all(url);
      constexpr std::string_view local = "file://";
      if (url.starts_with(local)) std::filesystem::remove_all(url.substr(local.size(), url.find('?') - local.size()));
    } catch (const std::exception&) {
      // What is left is named by the round's own prefix.
    }
  }
};

void bench(const Options& given, const Frame& frame) {
  const auto name = "varve-bench-" + Environment().new_id<SnapshotId>().to_string();
  const Scratch scratch{url_below(given.url, name)};
  const std::uint64_t chunk_bytes = given.chunk_kib << 10, total = given.chunks * chunk_bytes;
  // Noise from a small generator: nothing on the way can compress it.
  Bytes elements(total);
  std::uint64_t state = 1;
  for (std::uint64_t at = 0; at + 8 <= total; at += 8) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    std::memcpy(elements.data() + at, &state, 8);
  }
  Progress progress("measuring", Progress::Unit::objects);
  const std::uint64_t steps = 2 * given.commits + 4;
  std::uint64_t done = 0;
  const auto step = [&] { progress.show(++done, steps); };

  const double create = seconds_of([&] { Repo::create(scratch.url); });
  step();
  AnyArrayOptions options;
  options.data_type = "uint8";
  options.shape = {total};
  options.chunks = {chunk_bytes};
  const BoxN whole{{0}, {total}};
  double write = 0;
  {
    const Repo repo = Repo::open(scratch.url);
    const Session session = repo.write("main");
    session.create_array("/bench", options);
    write = seconds_of([&] {
      session.write("/bench", whole, elements);
      session.commit("bench", {});
    });
    step();
  }
  double read = 0;
  {
    const Repo repo = Repo::open(scratch.url);
    const Session session = repo.read(repo.resolve(Branch("main")));
    read = seconds_of([&] {
      if (session.read("/bench", whole) != elements)
        throw Error(errc::corrupt, "bench", scratch.url, "the store returned other bytes than were written");
    });
    step();
  }
  std::vector<double> opens, commits, reads;
  for (std::uint64_t i = 0; i != given.commits; ++i) {
    const BoxN one{{i % given.chunks * chunk_bytes}, {chunk_bytes}};
    std::optional<Repo> repo;
    opens.push_back(seconds_of([&] { repo = Repo::open(scratch.url); }));
    const Session reader = repo->read(repo->resolve(Branch("main")));
    reads.push_back(seconds_of([&] { reader.read("/bench", one); }));
    step();
    const Session writer = repo->write("main");
    writer.write("/bench", one, ByteView(elements).first(chunk_bytes));
    commits.push_back(seconds_of([&] { writer.commit("bench " + std::to_string(i), {}); }));
    step();
  }
  const Latencies open(opens), commit(commits), chunk(reads);
  const auto rate = [&](double seconds) { return static_cast<double>(total) / seconds; };
  if (frame.json) {
    return frame.answer(Json::Object{{"url", given.url},
                                     {"bytes", total},
                                     {"create_ms", create * 1e3},
                                     {"write_bytes_per_s", rate(write)},
                                     {"read_bytes_per_s", rate(read)},
                                     {"open", open.json()},
                                     {"read_chunk", chunk.json()},
                                     {"commit", commit.json()}});
  }
  const auto ms = [](double seconds) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.2f ms", seconds * 1e3);
    return std::string(text);
  };
  Table table({"what", "median", "slowest"}, {Style::name});
  table.add({"open a repository", ms(open.median), ms(open.slowest)});
  table.add({"read a chunk of " + size_text(chunk_bytes), ms(chunk.median), ms(chunk.slowest)});
  table.add({"commit a chunk", ms(commit.median), ms(commit.slowest)});
  table.print(frame);
  frame.line("write " + size_text(total) + " and commit: " + size_text(static_cast<std::uint64_t>(rate(write))) + "/s");
  frame.line("read them: " + size_text(static_cast<std::uint64_t>(rate(read))) + "/s");
}

}  // namespace

void add_bench(CLI::App& app, Frame& frame) {
  const auto given = std::make_shared<Options>();
  auto* added = command(app, frame, "bench", "Measure a store with a small repository, which is deleted afterwards",
                        "  varve bench /data\n  varve bench 's3://bucket/scratch' --chunks 256 --json");
  url_of(added, given->url);
  added->add_option("--chunks", given->chunks, "Chunks that are written and read")->check(CLI::Range(1, 1 << 20));
  added->add_option("--chunk-kib", given->chunk_kib, "Their size in KiB")->check(CLI::Range(1, 1 << 20));
  added->add_option("--commits", given->commits, "Small commits that are timed")->check(CLI::Range(1, 100000));
  added->callback([=, &frame] { bench(*given, frame); });
}

}  // namespace varve::cli
