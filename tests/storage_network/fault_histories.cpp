// SPDX-License-Identifier: Apache-2.0
// Writers and readers of one repository over a network that fails: whatever goes wrong, an acknowledged commit is there,
// a refused one is there whole or not at all, and nobody reads what was never committed.
#include <varve/repository/repository.hpp>
#include <varve/storage/s3.hpp>

#include "support/doctest.hpp"
#include "support/flaky_s3.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace varve;
using support::FlakyS3;
using support::Trouble;

namespace {

using Repo = Repository<storage::S3>;

constexpr std::uint64_t cells = 8;
constexpr std::uint64_t cell_size = 200;  // elements: too many bytes for an inline chunk

/// Fast to give up, so that thousands of histories fit into a test.
storage::http::ClientOptions impatient() {
  storage::http::ClientOptions options;
  options.limits.connect = std::chrono::milliseconds(500);
  options.limits.stall = std::chrono::milliseconds(100);
  options.limits.attempt = std::chrono::milliseconds(1000);
  options.limits.operation = std::chrono::milliseconds(3000);
  options.limits.tries = 5;
  options.limits.first_pause = std::chrono::milliseconds(1);
  options.limits.longest_pause = std::chrono::milliseconds(4);
  options.proxy = "";
  return options;
}

/// Temporary ones, which can be had again when a server says that they have expired.
Awaitable<Result<storage::s3::Credentials>> credentials() {
  storage::s3::Credentials out;
  out.access_key = "key";
  out.secret_key = "secret";
  out.session_token = "token";
  co_return out;
}

storage::S3 store_at(const FlakyS3& server, const storage::http::Client& client, std::uint64_t seed) {
  storage::S3Options options;
  options.bucket = "histories";
  options.prefix = "run" + std::to_string(seed);
  options.endpoint = server.endpoint();
  options.region = "us-east-1";
  options.credentials = storage::s3::CredentialsProvider::custom(credentials);
  options.client = client;
  options.probe = false;  // the server is known, and a history is short
  return storage::S3(options);
}

Options options_of(std::uint64_t seed) {
  Options options;
  options.runtime = Runtime(seed % 4 == 0 ? 2 : 0);
  options.update_tries = 4;
  options.update_backoff.emplace();
  options.update_backoff->initial = std::chrono::milliseconds(1);
  options.update_backoff->most = std::chrono::milliseconds(4);
  return options;
}

struct Tally {
  std::atomic<std::uint64_t> runs{0}, acknowledged{0}, refused{0}, read{0}, unread{0}, wrong{0};
  std::atomic<std::uint64_t> troubles[support::trouble_count]{};
};

void note(Tally& tally, std::uint64_t seed, const std::string& what) {
  ++tally.wrong;
  MESSAGE("seed " << seed << ": " << what);
}

/// Whether an error is one that the world may cause. Credentials that have expired again as soon as they were fetched
/// are, to a HEAD request, a 400 without a word.
bool expected(const Error& error) {
  if (error.code() == errc::io_error && error.backend_code().starts_with("400")) return true;
  return error.code() == errc::unreachable || error.code() == errc::throttled || error.code() == errc::timed_out ||
         error.code() == errc::denied || error.code() == errc::update_exhausted;
}

void run_history(FlakyS3& server, const storage::http::Client& client, std::uint64_t seed, Tally& tally) {
  std::mt19937_64 random(seed);
  server.clear();
  server.trouble(seed, 0, {});
  const auto options = options_of(seed);
  const storage::S3 store = store_at(server, client, seed);
  Repo::create(store, options).transaction("main", "field", [](auto& session) {
    session.template create_array<int, 1>("/a", ArrayOptions<int, 1>{.shape = {cells * cell_size}, .chunks = {cell_size}});
  });
  std::vector<Trouble> kinds;
  for (std::size_t i = 0; i != support::trouble_count; ++i) {
    if (random() % 2 == 0) kinds.push_back(static_cast<Trouble>(i));
  }
  server.trouble(seed, 4 + random() % 30, kinds);

  std::vector<bool> landed(cells, false);
  std::vector<bool> tried(cells, false);
  const auto check_seen = [&](const std::vector<int>& seen, const std::vector<bool>& at_least, const char* who) {
    for (std::size_t i = 0; i != cells; ++i) {
      const int first = seen[i * cell_size];
      const auto begin = seen.begin() + static_cast<std::ptrdiff_t>(i * cell_size);
      const bool whole = std::all_of(begin, begin + cell_size, [&](int value) { return value == first; });
      const int own = static_cast<int>(i) + 1;
      if (!whole || (first != 0 && first != own)) note(tally, seed, std::string(who) + " saw what was never written");
      if (first == own && !tried[i]) note(tally, seed, std::string(who) + " saw a cell before it was written");
      if (at_least[i] && first != own) note(tally, seed, std::string(who) + " misses an acknowledged commit");
    }
  };

  for (std::uint64_t step = 0; step != cells; ++step) {
    try {
      auto repo = Repo::open(store, options);
      auto first = repo.writable_session("main");
      auto second = repo.writable_session("main");
      const bool both = step + 1 != cells && random() % 2 == 0;  // two sessions begin at one snapshot: one must rebase
      for (std::uint64_t writer = 0; writer != (both ? 2U : 1U); ++writer) {
        auto& session = writer == 0 ? first : second;
        tried[step] = true;
        const Box<1> cell{{step * cell_size}, {cell_size}};
        session.template open_array<int, 1>("/a").write(cell, std::vector<int>(cell_size, static_cast<int>(step) + 1));
        session.commit("step " + std::to_string(step), {.rebase_tries = 5});
        landed[step] = true;
        ++tally.acknowledged;
        if (both && writer == 0) ++step;
      }
    } catch (const Error& error) {
      ++tally.refused;
      if (!expected(error)) note(tally, seed, std::string("a writer got: ") + error.what());
    }
    try {
      const std::vector<bool> before = landed;
      const auto seen = Repo::open(store, options).readonly_session(Branch{"main"}).open_array<int, 1>("/a").read();
      ++tally.read;
      check_seen(seen, before, "a reader");
    } catch (const Error& error) {
      ++tally.unread;
      if (!expected(error)) note(tally, seed, std::string("a reader got: ") + error.what());
    }
  }

  server.trouble(seed, 0, {});
  try {
    auto repo = Repo::open(store, options);
    check_seen(repo.readonly_session(Branch{"main"}).open_array<int, 1>("/a").read(), landed, "the end");
    std::vector<int> commits(cells, 0);
    for (const auto& snapshot : repo.ancestry(Branch{"main"})) {
      if (snapshot.message.starts_with("step ")) ++commits[std::stoul(snapshot.message.substr(5))];
    }
    for (std::size_t i = 0; i != cells; ++i) {
      if (commits[i] > 1) note(tally, seed, "a commit is there twice");
      if (landed[i] && commits[i] != 1) note(tally, seed, "an acknowledged commit is not in the ancestry");
    }
  } catch (const Error& error) {
    note(tally, seed, std::string("at the end: ") + error.what());
  }
  ++tally.runs;
}

std::size_t open_files() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t usual_runs = 300;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::uint64_t usual_runs = 300;
#else
constexpr std::uint64_t usual_runs = 3000;
#endif
#else
constexpr std::uint64_t usual_runs = 3000;
#endif

}  // namespace

TEST_CASE("storage_network/fault_histories: no acknowledged commit is lost and no read is wrong, whatever the network does") {
  const char* const wanted = std::getenv("VARVE_FAULT_RUNS");
  const std::uint64_t runs = wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual_runs;
  const char* const from = std::getenv("VARVE_FAULT_SEED");
  const std::uint64_t begin_seed = from != nullptr ? std::strtoull(from, nullptr, 10) : 0;
  Tally tally;
  const std::size_t before = open_files();
  {
    std::atomic<std::uint64_t> next{begin_seed};
    std::vector<std::thread> threads;
    for (int i = 0; i != 8; ++i) {
      threads.emplace_back([&] {
        FlakyS3 server;
        const storage::http::Client client(impatient());
        for (std::uint64_t seed = next++; seed < begin_seed + runs; seed = next++) {
          try {
            run_history(server, client, seed, tally);
          } catch (const std::exception& thrown) {
            note(tally, seed, thrown.what());
          }
        }
        const auto made = server.made();
        for (std::size_t k = 0; k != support::trouble_count; ++k) tally.troubles[k] += made[k];
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  std::string troubles;
  for (const auto& count : tally.troubles) troubles += ' ' + std::to_string(count.load());
  MESSAGE(tally.runs.load() << " histories: " << tally.acknowledged.load() << " commits acknowledged, "
                            << tally.refused.load() << " refused, " << tally.read.load() << " reads, "
                            << tally.unread.load() << " refused; troubles by kind:" << troubles);
  CHECK(tally.runs.load() == runs);
  CHECK(tally.wrong.load() == 0);
  CHECK(tally.acknowledged.load() > tally.refused.load());
  for (const auto& count : tally.troubles) CHECK((count.load() > 0 || runs < 100));
  CHECK(open_files() <= before + 8);  // Asio's own, one set for each thread that is gone
}
