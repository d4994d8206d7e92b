// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/probe.hpp>

#include "storage/backend_suite.hpp"
#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

#include <varve/async/sleep.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace varve;
using namespace varve::storage;

namespace probe_test {  // named, since coroutines of the library's headers hold what is declared here

/// A store with one fault of the kind that servers have.
enum class Fault {
  none,
  races,              ///< conditions are checked a moment before the write
  ignores_absent,     ///< an object that exists is created again
  ignores_versions,   ///< an update of an old version is made
  creates_on_update,  ///< what is not there is updated
  mixes_versions,     ///< a read names the version that was there a moment later
  stale_reads,        ///< every fifth read is of what was there before
  always_unchanged,   ///< whoever knows a version is told that nothing changed
  forgets_deletions,
  lists_too_little,
  copies_any_version,
  read_only,
  denied,
};

class Faulty {
 public:
  explicit Faulty(Fault fault) : fault_(fault) {}

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    if (fault_ == Fault::denied) co_return Error(errc::denied, "read object", std::string(key));
    if (fault_ == Fault::always_unchanged && options.known) {
      Fetched same;
      same.status = Fetched::Status::unchanged;
      same.version = *options.known;
      co_return same;
    }
    auto read = co_await under_.get(key, options);
    if (fault_ == Fault::stale_reads && (*calls_)++ % 5 == 4) {
      const std::scoped_lock lock(*mutex_);
      const auto before = before_->find(std::string(key));
      if (before != before_->end() && read) read->bytes = before->second;
    }
    if (fault_ == Fault::mixes_versions && key.ends_with("overwritten")) {
      for (int i = 0; i != 40 && read; ++i) {  // for a while, until somebody has overwritten it
        co_await sleep_for(std::chrono::milliseconds(1));
        auto later = co_await under_.get(key, GetOptions());
        if (!later || later->status != read->status || later->version == read->version) continue;
        read->version = later->version;
        break;
      }
    }
    co_return read;
  }

  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    using Kind = PutCondition::Kind;
    if (fault_ == Fault::read_only) co_return Error(errc::unsupported_operation, "write object", std::string(key));
    if (fault_ == Fault::ignores_absent && condition.kind == Kind::absent) condition = PutCondition::always();
    if (fault_ == Fault::ignores_versions && condition.kind == Kind::matches) {
      auto now = co_await under_.get(key, GetOptions());
      if (now && now->status == Fetched::Status::found) condition = PutCondition::always();
    }
    if (fault_ == Fault::creates_on_update && condition.kind == Kind::matches) {
      auto now = co_await under_.get(key, GetOptions());
      if (now && now->status == Fetched::Status::missing) condition = PutCondition::always();
    }
    if (fault_ == Fault::stale_reads) {
      auto now = co_await under_.get(key, GetOptions());
      const std::scoped_lock lock(*mutex_);
      if (now && now->status == Fetched::Status::found) (*before_)[std::string(key)] = now->bytes;
    }
    if (fault_ == Fault::races && condition.kind != Kind::always) {
      auto now = co_await under_.get(key, GetOptions());
      const bool found = now->status == Fetched::Status::found;
      const bool holds = condition.kind == Kind::absent ? !found : found && now->version == condition.version;
      if (!holds) co_return PutOutcome();
      co_await sleep_for(std::chrono::milliseconds(1));
      condition = PutCondition::always();
    }
    co_return co_await under_.put(key, bytes, condition);
  }

  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) {
    auto page = co_await under_.list(prefix, next);
    if (fault_ == Fault::lists_too_little && page && !page->objects.empty()) page->objects.pop_back();
    co_return page;
  }

  Awaitable<Result<void>> remove(std::span<const std::string> keys) {
    if (fault_ == Fault::forgets_deletions) co_return Result<void>();
    co_return co_await under_.remove(keys);
  }

  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    if (fault_ != Fault::copies_any_version) co_return co_await under_.copy(from, to, version);
    auto now = co_await under_.get(from, GetOptions());
    co_return co_await under_.copy(from, to, now->version);
  }

  Memory under() const { return under_; }

 private:
  Fault fault_;
  Memory under_;
  std::shared_ptr<std::atomic<int>> calls_ = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<std::mutex> mutex_ = std::make_shared<std::mutex>();
  std::shared_ptr<std::map<std::string, Bytes>> before_ = std::make_shared<std::map<std::string, Bytes>>();
};

inline std::vector<std::string> failed(const ProbeReport& report) {
  std::vector<std::string> names;
  for (const ProbeCheck& check : report.checks) {
    if (!check.passed && check.need != ProbeNeed::extra) names.push_back(check.name);
  }
  return names;
}

}  // namespace probe_test

using namespace probe_test;

TEST_CASE("storage/probe: a memory is trusted with everything, and is left as it was") {
  Memory store;
  support::put(store, "own", as_bytes("own"));
  const ProbeReport report = probe(store);
  INFO(report.table());
  CHECK(failed(report).empty());
  CHECK(report.trusted_for_reads());
  CHECK(report.trusted_for_commits());
  CHECK(report.trusted_for_upkeep());
  CHECK(report.require_commits());
  CHECK(report.races == 2 * ProbeOptions().rounds);
  CHECK(support::keys_below(store, "") == std::vector<std::string>{"own"});
}

TEST_CASE("storage/probe: a folder is trusted with commits") {
  support::TempDir folder;
  Local store(folder.path() / "repo");
  Runtime runtime(4);
  ProbeOptions options;
  options.runtime = runtime;
  const ProbeReport report = probe(store, options);
  INFO(report.table());
  CHECK(report.trusted_for_commits());
  CHECK(report.trusted_for_upkeep());
  CHECK(support::keys_below(store, "").empty());
}

TEST_CASE("storage/probe: each fault is found, and named") {
  struct Case {
    Fault fault;
    const char* check;
    bool reads, commits, upkeep;
  };
  for (const Case& one :
       {Case{Fault::none, nullptr, true, true, true},
        Case{Fault::races, "of many updaters at once one wins", true, false, true},
        Case{Fault::races, "of many creators at once one wins", true, false, true},
        Case{Fault::races, "no acknowledged update is lost", true, false, true},
        Case{Fault::ignores_absent, "an object is created only once", true, false, true},
        Case{Fault::ignores_versions, "an update needs the current version", true, false, true},
        Case{Fault::creates_on_update, "what is not there cannot be updated", true, false, true},
        Case{Fault::mixes_versions, "bytes come with their own version while they change", true, false, true},
        Case{Fault::stale_reads, "a read sees the write before it, with its version", false, false, true},
        Case{Fault::always_unchanged, "a changed object is sent", true, false, true},
        Case{Fault::forgets_deletions, "what was deleted is gone", true, true, false},
        Case{Fault::lists_too_little, "a listing holds what was written", true, true, false},
        Case{Fault::copies_any_version, "a copy is of the version that was asked for", true, true, false}}) {
    Faulty store(one.fault);
    const ProbeReport report = probe(store);
    INFO(report.table());
    const auto names = failed(report);
    if (one.check == nullptr) CHECK(names.empty());
    else CHECK(std::find(names.begin(), names.end(), one.check) != names.end());
    CHECK(report.trusted_for_reads() == one.reads);
    CHECK(report.trusted_for_commits() == one.commits);
    if (one.fault != Fault::stale_reads) CHECK(report.trusted_for_upkeep() == one.upkeep);
    const auto required = report.require_commits();
    CHECK(required.has_value() == one.commits);
    if (!required && one.check != nullptr) {
      CHECK(required.error().code() == errc::unsupported_operation);
      CHECK(required.error().hint().find(one.check) != std::string::npos);
    }
    if (one.fault != Fault::forgets_deletions && one.fault != Fault::lists_too_little) {
      Memory under = store.under();
      CHECK(support::keys_below(under, "").empty());
    }
  }
}

TEST_CASE("storage/probe: what cannot be written to is not trusted, what cannot be read is an error") {
  Faulty read_only(Fault::read_only);
  const ProbeReport report = probe(read_only);
  CHECK_FALSE(report.trusted_for_commits());
  CHECK(report.table().find("objects can be written") != std::string::npos);
  Faulty denied(Fault::denied);
  const auto refused = block_on(async_probe(denied));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
}

TEST_CASE("storage/probe: a URL is probed, and a table is printed") {
  const ProbeReport report = probe("memory:");
  CHECK(report.trusted_for_commits());
  const std::string table = report.table();
  CHECK(table.find("  ok  commits  no acknowledged update is lost\n") != std::string::npos);
  CHECK(table.find("trusted for reads: yes, for commits: yes, for upkeep: yes") != std::string::npos);
  CHECK_THROWS_AS(probe("nonsense"), ValidationError);
  ProbeOptions nothing;
  nothing.writers = 1;
  CHECK_THROWS_AS(probe("memory:", nothing), ValidationError);
  CHECK_FALSE(ProbeReport().trusted_for_commits());
}
