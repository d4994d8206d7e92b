// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/s3.hpp>

#include <varve/storage/probe.hpp>

#include "s3_environment.hpp"
#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace varve;
using storage::S3;
using support::Toxiproxy;

// S3 on a real server, which tests/services/with names: what services of this kind do that a client must cope with, one
// case each, and the races that a commit stands on.
namespace {

struct Race {
  int rounds = 0;
  int without_winner = 0;
  int with_several = 0;
  int winner_overwritten = 0;  ///< the object is not what the one winner wrote
};

/// Writers, each with a client of its own as if it were a process of its own, who replace the same version at once.
Race race(const std::string& prefix, int rounds, std::size_t writers) {
  S3 judge{support::s3_options(prefix)};
  std::vector<S3> stores;
  for (std::size_t i = 0; i != writers; ++i) stores.emplace_back(support::s3_options(prefix));
  Race result;
  for (int round = 0; round != rounds; ++round) {
    const std::string key = "race/" + std::to_string(round);
    const bool creation = round % 2 == 0;
    VersionTag base;
    if (!creation) base = support::put(judge, key, as_bytes("base of " + key)).version;
    std::mutex mutex;
    std::vector<std::string> winners;
    support::on_threads(writers, [&](std::size_t i) {
      const std::string own = "writer " + std::to_string(i) + " of round " + std::to_string(round);
      auto condition = creation ? PutCondition::if_absent() : PutCondition::if_version(base);
      if (!support::put(stores[i], key, as_bytes(own), std::move(condition)).written) return;
      const std::scoped_lock lock(mutex);
      winners.push_back(own);
    });
    ++result.rounds;
    if (winners.empty()) ++result.without_winner;
    if (winners.size() > 1) ++result.with_several;
    if (winners.size() == 1 && as_text(support::get(judge, key).bytes) != winners[0]) ++result.winner_overwritten;
  }
  return result;
}

struct Count {
  std::uint64_t acknowledged = 0;
  std::uint64_t unknown = 0;
  std::uint64_t found = 0;
  bool lost_none() const { return acknowledged <= found && found <= acknowledged + unknown; }
};

/// Counts in one object with a client for each writer.
Count count(const std::string& prefix, std::size_t writers, int each) {
  S3 judge{support::s3_options(prefix)};
  std::vector<S3> stores;
  for (std::size_t i = 0; i != writers; ++i) stores.emplace_back(support::s3_options(prefix));
  support::put(judge, "counter", as_bytes("0"));
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<std::uint64_t> unknown = 0;
  support::on_threads(writers, [&](std::size_t i) {
    for (int n = 0; n != each; ++n) {
      ++(support::increment(stores[i], "counter", std::to_string(i)) ? acknowledged : unknown);
    }
  });
  return {acknowledged, unknown, support::count_in(support::get(judge, "counter").bytes)};
}

support::BackendTraits traits() {
  support::BackendTraits traits;
  traits.versions_are_hashes = true;
  const std::string server = support::s3_server();
  traits.torn_reads = server == "versitygw";
  traits.unclear_refusals = server == "radosgw";
  return traits;
}

}  // namespace

TEST_CASE("storage/s3: behaves as a backend") { support::backend_suite(support::s3_store, traits()); }

TEST_CASE("storage/s3: of sixteen writers who replace one version, exactly one is told that it did") {
  const Race found = race(support::fresh_prefix(), 20, 16);
  CHECK(found.rounds == 20);
  CHECK(found.without_winner == 0);
  CHECK(found.with_several == 0);
  CHECK(found.winner_overwritten == 0);
}

TEST_CASE("storage/s3: sixteen writers with a client each count without losing one") {
  if (traits().torn_reads) return;
  const Count counted = count(support::fresh_prefix(), 16, 10);
  CAPTURE(counted.acknowledged);
  CAPTURE(counted.unknown);
  CAPTURE(counted.found);
  CHECK(counted.lost_none());
  CHECK(counted.acknowledged + counted.unknown == 160);
  CHECK((counted.unknown == 0 || traits().unclear_refusals));
}

TEST_CASE("storage/s3: a conditional write whose response is lost is neither a lost race nor done twice") {
  auto toxics = Toxiproxy::find();
  if (!toxics) return;
  const std::string prefix = support::fresh_prefix();
  S3 near{support::s3_options(prefix)};
  S3 far{support::s3_options(prefix, toxics->endpoint())};
  VersionTag version = support::put(far, "repo", as_bytes("0"), PutCondition::if_absent()).version;
  for (int round = 1; round != 11; ++round) {
    CAPTURE(round);
    const std::string text = std::to_string(round);
    const bool creation = round % 3 == 0;
    const std::string key = creation ? "created/" + text : "repo";
    auto condition = creation ? PutCondition::if_absent() : PutCondition::if_version(version);
    toxics->lose_responses();
    std::thread healer([&] {
      // Once the write is there, its response has been lost; and only then the way becomes free.
      for (int i = 0; i != 1000; ++i) {
        if (as_text(support::get(near, key).bytes) == text) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      toxics->reset();
    });
    const auto outcome = block_on(far.put(key, as_bytes(text), std::move(condition)));
    healer.join();
    REQUIRE(outcome);
    CHECK(outcome->written);
    const Fetched now = support::get(near, key);
    CHECK(as_text(now.bytes) == text);
    CHECK(outcome->version == now.version);
    if (!creation) version = now.version;
  }
}

TEST_CASE("storage/s3: after a lost response, a write that another one has replaced is not taken for a lost race") {
  auto toxics = Toxiproxy::find();
  if (!toxics) return;
  const std::string prefix = support::fresh_prefix();
  S3 near{support::s3_options(prefix)};
  S3 far{support::s3_options(prefix, toxics->endpoint())};
  const VersionTag base = support::put(far, "repo", as_bytes("base")).version;
  toxics->lose_responses();
  std::thread other([&] {
    for (int i = 0; i != 1000; ++i) {
      const Fetched now = support::get(near, "repo");
      if (as_text(now.bytes) == "ours") {
        CHECK(support::put(near, "repo", as_bytes("theirs"), PutCondition::if_version(now.version)).written);
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    toxics->reset();
  });
  const auto outcome = block_on(far.put("repo", as_bytes("ours"), PutCondition::if_version(base)));
  other.join();
  CHECK(as_text(support::get(near, "repo").bytes) == "theirs");
  // It was written, so `written = false` would be wrong; not knowing is allowed.
  if (outcome) {
    CHECK(outcome->written);
  } else {
    CHECK(outcome.error().code() == errc::unreachable);
  }
}

TEST_CASE("storage/s3: a request that never arrives is sent again, and a lost race is still one") {
  auto toxics = Toxiproxy::find();
  if (!toxics) return;
  const std::string prefix = support::fresh_prefix();
  S3 near{support::s3_options(prefix)};
  S3 far{support::s3_options(prefix, toxics->endpoint())};
  const VersionTag base = support::put(far, "repo", as_bytes("base")).version;
  for (const bool lost : {false, true}) {
    CAPTURE(lost);
    const VersionTag before = lost ? base : support::get(near, "repo").version;
    toxics->lose_requests();
    std::thread healer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(150));
      toxics->reset();
    });
    const PutOutcome outcome = support::put(far, "repo", as_bytes("next"), PutCondition::if_version(before));
    healer.join();
    CHECK(outcome.written != lost);
  }
}

TEST_CASE("storage/s3: a large write that loses is an answer, though the server does not read it to its end") {
  S3 store = support::s3_store();
  const Bytes large = support::noise(4 << 20, 7);
  const VersionTag first = support::put(store, "k", as_bytes("first")).version;
  support::put(store, "k", as_bytes("second"));
  for (int i = 0; i != 10; ++i) {
    CHECK_FALSE(support::put(store, "k", large, PutCondition::if_version(first)).written);
    CHECK_FALSE(support::put(store, "k", large, PutCondition::if_absent()).written);
  }
  CHECK(as_text(support::get(store, "k").bytes) == "second");
}

TEST_CASE("storage/s3: readers of a hot object do not keep its writer from writing") {
  S3 store = support::s3_store();
  VersionTag version = support::put(store, "repo", support::noise(1024, 0)).version;
  std::atomic<bool> done = false;
  std::atomic<int> reads = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i != 8; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const Fetched read = support::get(store, "repo");
        CHECK(read.bytes.size() == 1024);
        ++reads;
      }
    });
  }
  for (std::uint64_t i = 1; i != 21; ++i) {
    const PutOutcome put = support::put(store, "repo", support::noise(1024, i), PutCondition::if_version(version));
    CHECK(put.written);
    version = put.version;
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(reads > 0);
}

TEST_CASE("storage/s3: objects are removed under whatever names XML has to escape") {
  S3 store = support::s3_store();
  const std::vector<std::string> keys{"a<b>&c", "quoted \"'", "1 + 1 = 2", "100%25", "é/漢/🌍", "tab\tin it"};
  for (const std::string& key : keys) support::put(store, key, as_bytes(key));
  CHECK(support::keys_below(store, "").size() == keys.size());
  for (const std::string& key : keys) CHECK(support::keys_below(store, key) == std::vector<std::string>{key});
  CHECK(block_on(store.remove(keys)));
  CHECK(support::keys_below(store, "").empty());
}

TEST_CASE("storage/s3: a connection that the server has closed meanwhile is no failure") {
  auto toxics = Toxiproxy::find();
  if (!toxics) return;
  auto options = support::s3_options(support::fresh_prefix(), toxics->endpoint());
  S3 store(options);
  VersionTag version = support::put(store, "repo", as_bytes("0")).version;
  for (int i = 1; i != 6; ++i) {
    toxics->disable();  // ends the connections that the client keeps
    toxics->enable();
    CHECK(support::get(store, "repo").version == version);
    toxics->disable();
    toxics->enable();
    const PutOutcome put =
        support::put(store, "repo", as_bytes(std::to_string(i)), PutCondition::if_version(version));
    CHECK(put.written);
    version = put.version;
  }
}

TEST_CASE("storage/s3: a body that breaks off is read to its end, and one write is seen by it") {
  auto toxics = Toxiproxy::find();
  if (!toxics) return;
  const std::string prefix = support::fresh_prefix();
  S3 near{support::s3_options(prefix)};
  S3 far{support::s3_options(prefix, toxics->endpoint())};
  const Bytes large = support::noise(3 << 20, 5);
  support::put(near, "chunk", large);
  toxics->cut_responses(1 << 20);
  CHECK(support::get(far, "chunk").bytes == large);
  Bytes buffer(large.size());
  CHECK(block_on(read_into(far, "chunk", 0, buffer)).value() == large.size());
  CHECK(buffer == large);
}

TEST_CASE("storage/s3: refusals come through the faults of a proxy, and 503 is tried again") {
  const auto endpoint = support::variable("VARVE_TEST_FAULTY_ENDPOINT");
  if (!endpoint) return;
  S3 store{support::s3_options(support::fresh_prefix(), *endpoint)};
  support::put(store, "counter", as_bytes("0"));
  for (int i = 0; i != 50; ++i) CHECK(support::increment(store, "counter", "us"));
  CHECK(support::count_in(support::get(store, "counter").bytes) == 50);
}

TEST_CASE("storage/s3: wrong credentials are refused at once, and named") {
  auto options = support::s3_options(support::fresh_prefix());
  options.credentials = storage::s3::CredentialsProvider::fixed("nobody", "nothing");
  S3 store(options);
  const auto refused = block_on(store.get("repo", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
  const auto not_put = block_on(store.put("repo", as_bytes("x"), PutCondition::if_absent()));
  REQUIRE_FALSE(not_put);
  CHECK(not_put.error().code() == errc::denied);
}

TEST_CASE("storage/s3: without credentials nobody is asked for any but the server") {
  auto options = support::s3_options(support::fresh_prefix());
  storage::s3::CredentialsOptions none;
  none.variable = [](const std::string& name) {
    return name == "AWS_EC2_METADATA_DISABLED" ? std::optional<std::string>("true") : std::nullopt;
  };
  options.credentials = storage::s3::CredentialsProvider::chain(none);
  S3 store(options);
  const auto refused = block_on(store.get("repo", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
}

TEST_CASE("storage/s3: a server whose authority nobody knows is not trusted") {
  if (!support::variable("VARVE_TEST_S3_TLS_ENDPOINT")) return;
  auto options = support::s3_options(support::fresh_prefix(), support::required("VARVE_TEST_S3_TLS_ENDPOINT"));
  options.http.tls.ca_file.clear();
  S3 distrustful(options);
  const auto refused = block_on(distrustful.get("repo", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
  options.http.tls.verify = false;
  S3 trustful(options);
  CHECK(support::get(trustful, "repo").status == Fetched::Status::missing);
}

TEST_SUITE("negative control") {
  TEST_CASE("storage/s3: the race and the counter find out a server that only pretends to look at conditions") {
    // Rarely does it get everything right by chance, so it has several chances to be found out.
    int found_out = 0;
    for (int i = 0; i != 5 && found_out == 0; ++i) {
      const Race found = race(support::fresh_prefix(), 20, 16);
      found_out += found.with_several + found.winner_overwritten;
      if (found_out == 0 && !count(support::fresh_prefix(), 16, 10).lost_none()) ++found_out;
    }
    CHECK(found_out > 0);
    // Nor is it taken for a store to commit to.
    S3 store = support::s3_store();
    const auto report = storage::probe(store);
    CAPTURE(report.table());
    CHECK_FALSE(report.trusted_for_commits());
    CHECK_FALSE(report.require_commits());
  }
}
