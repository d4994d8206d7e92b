// SPDX-License-Identifier: Apache-2.0
// The behaviour that every backend shows, and that a concept cannot check. A backend's test calls `backend_suite` with a
// callable that makes an empty store; a program with a backend of its own can do the same.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/runtime.hpp>
#include <varve/storage/backend.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace support {

using varve::ByteRange;
using varve::block_on;
using varve::CopyOutcome;
using varve::Fetched;
using varve::GetOptions;
using varve::PutCondition;
using varve::PutOutcome;
using varve::VersionTag;

template <class Store>
Fetched get(Store& store, std::string_view key, std::optional<ByteRange> range = {}, std::optional<VersionTag> known = {}) {
  GetOptions options;
  options.range = range;
  options.known = std::move(known);
  return block_on(store.get(key, std::move(options))).value();
}

template <class Store>
PutOutcome put(Store& store, std::string_view key, varve::ByteView bytes, PutCondition condition = PutCondition::always()) {
  return block_on(store.put(key, bytes, std::move(condition))).value();
}

/// All keys below `prefix`, sorted; each must be listed once.
template <class Store>
std::vector<std::string> keys_below(Store& store, std::string_view prefix) {
  std::vector<std::string> keys;
  std::optional<std::string> next;
  do {
    auto page = block_on(store.list(prefix, next)).value();
    for (auto& object : page.objects) keys.push_back(object.key);
    next = page.next;
  } while (next);
  std::sort(keys.begin(), keys.end());
  CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
  return keys;
}

/// The number that an object of counters begins with.
inline std::uint64_t count_in(varve::ByteView bytes) {
  const std::string_view text = varve::as_text(bytes);
  std::uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

/// Adds one to the number in `key`, however many others do the same. `own` is in what it writes and in nothing that
/// anybody else writes: of a store whose versions are hashes, equal bytes could belong to either. False if a network
/// left it open whether the number was added.
template <class Store>
bool increment(Store& store, std::string_view key, std::string_view own) {
  for (;;) {
    const Fetched before = get(store, key);
    std::string next = std::to_string(count_in(before.bytes) + 1);
    next.append(" by ").append(own);
    const auto put = block_on(store.put(key, varve::as_bytes(next), PutCondition::if_version(before.version)));
    if (!put && put.error().code() == varve::errc::unreachable) return false;
    if (put.value().written) return true;
  }
}

/// Runs `work(i)` on `count` threads at once.
template <class Work>
void on_threads(std::size_t count, Work work) {
  std::atomic<bool> go = false;
  std::vector<std::exception_ptr> thrown(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i != count; ++i) {
    threads.emplace_back([&, i] {
      while (!go) std::this_thread::yield();
      try {
        work(i);
      } catch (...) {
        thrown[i] = std::current_exception();
      }
    });
  }
  go = true;
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& exception : thrown) {
    if (exception) std::rethrow_exception(exception);
  }
}

/// One of many overlapping users of a store: writes objects of its own and reads them back.
template <class Store>
struct BusyUser {
  Store& store;
  std::atomic<std::size_t>& next;
  varve::Awaitable<varve::Result<void>> operator()() const {
    const std::size_t own = next.fetch_add(1);
    for (std::size_t i = 0; i != 20; ++i) {
      const std::string key = "busy/" + std::to_string(own) + "/" + std::to_string(i);
      const varve::Bytes bytes = noise(1000 + own * 20 + i, own * 20 + i);
      auto written = co_await store.put(key, bytes, PutCondition::if_absent());
      if (!written) co_return std::move(written).error();
      if (!written->written) co_return varve::Error(varve::errc::conflict, "write", key);
      varve::Bytes back(bytes.size() + 10);
      auto read = co_await varve::read_into(store, key, 0, back);
      if (!read) co_return std::move(read).error();
      if (!*read || **read != bytes.size()) co_return varve::Error(varve::errc::corrupt, "read size", key);
      back.resize(**read);
      if (back != bytes) co_return varve::Error(varve::errc::corrupt, "read back", key);
    }
    co_return varve::Result<void>();
  }
};

/// What a store is excused from, and how much of it a slow one is asked for.
struct BackendTraits {
  /// Its versions are hashes of the content: equal bytes have equal versions. A commit does not mind, since no two repo
  /// infos are equal.
  bool versions_are_hashes = false;
  /// A read that overlaps a write may name the version of the one with the bytes of the other.
  bool torn_reads = false;
  /// Some of those that lose a race get an error which leaves open whether they did.
  bool unclear_refusals = false;
  /// A key may hold a backslash.
  bool backslashes = true;
  int listed = 2345;   ///< objects in the long listing
  int removed = 1500;  ///< objects in the great removal, of which every other one exists
};

template <class MakeStore>
void backend_suite(MakeStore make, BackendTraits traits = BackendTraits()) {
  auto store = make();
  using Store = decltype(store);
  static_assert(varve::expect_backend<Store>());
  const varve::Bytes ten = bytes_of("0123456789");

  SUBCASE("a write is seen by the next read, whole and with its version") {
    CHECK(get(store, "a/b").status == Fetched::Status::missing);
    const PutOutcome first = put(store, "a/b", ten);
    CHECK(first.written);
    const Fetched read = get(store, "a/b");
    CHECK(read.status == Fetched::Status::found);
    CHECK(read.bytes == ten);
    CHECK(read.version == first.version);
    const PutOutcome second = put(store, "a/b", bytes_of("new"));
    CHECK(second.written);
    CHECK(second.version != first.version);
    CHECK(get(store, "a/b").bytes == bytes_of("new"));
    CHECK(get(store, "a").status == Fetched::Status::missing);
    CHECK(get(store, "a/b/c").status == Fetched::Status::missing);
    CHECK(get(store, "a/bc").status == Fetched::Status::missing);
  }

  SUBCASE("the version changes with each replacement, also by equal bytes") {
    std::set<std::string> versions;
    for (int i = 0; i != 50; ++i) {
      const std::string bytes = traits.versions_are_hashes ? std::to_string(i) : "the same";
      versions.insert(put(store, "same", varve::as_bytes(bytes)).version.text);
    }
    CHECK(versions.size() == 50);
    CHECK(versions.count(get(store, "same").version.text) == 1);
  }

  SUBCASE("ranges are cut at the end of the object, and know its version") {
    const VersionTag version = put(store, "k", ten).version;
    struct Case {
      ByteRange range;
      std::string_view expected;
    };
    for (const Case& one : {Case{{0, 10}, "0123456789"}, Case{{2, 5}, "234"}, Case{{8, 100}, "89"}, Case{{10, 20}, ""},
                            Case{{50, 60}, ""}, Case{{3, 3}, ""}, Case{{0, UINT64_MAX}, "0123456789"}}) {
      CAPTURE(one.range.first);
      const Fetched part = get(store, "k", one.range);
      CHECK(part.status == Fetched::Status::found);
      CHECK(varve::as_text(part.bytes) == one.expected);
      CHECK(part.version == version);
    }
    CHECK(get(store, "none", ByteRange{0, 4}).status == Fetched::Status::missing);
  }

  SUBCASE("read_into fills what the object has and tells how much that is") {
    put(store, "k", ten);
    struct Case {
      std::uint64_t first;
      std::size_t size;
      std::string_view expected;
    };
    for (const Case& one : {Case{0, 10, "0123456789"}, Case{4, 3, "456"}, Case{7, 9, "789"}, Case{10, 2, ""},
                            Case{99, 2, ""}, Case{0, 0, ""}}) {
      CAPTURE(one.first);
      varve::Bytes buffer(one.size);
      const auto size = block_on(varve::read_into(store, "k", one.first, buffer)).value();
      REQUIRE(size);
      CHECK(varve::as_text(varve::ByteView(buffer).first(*size)) == one.expected);
    }
    varve::Bytes buffer(4);
    CHECK_FALSE(block_on(varve::read_into(store, "none", 0, buffer)).value());
  }

  SUBCASE("an object that has not changed is not sent again") {
    const VersionTag first = put(store, "k", ten).version;
    const Fetched same = get(store, "k", {}, first);
    CHECK(same.status == Fetched::Status::unchanged);
    CHECK(same.bytes.empty());
    CHECK(same.version == first);
    CHECK(get(store, "k", {}, VersionTag{"of another world"}).status == Fetched::Status::found);
    put(store, "k", bytes_of("other 789"));
    const Fetched changed = get(store, "k", {}, first);
    CHECK(changed.status == Fetched::Status::found);
    CHECK(changed.bytes == bytes_of("other 789"));
    CHECK(get(store, "none", {}, first).status == Fetched::Status::missing);
  }

  SUBCASE("an empty object is an object") {
    const VersionTag version = put(store, "empty", {}).version;
    const Fetched read = get(store, "empty");
    CHECK(read.status == Fetched::Status::found);
    CHECK(read.bytes.empty());
    CHECK(read.version == version);
    CHECK(get(store, "empty", ByteRange{0, 5}).status == Fetched::Status::found);
    CHECK(block_on(varve::object_size(store, "empty")).value()->size == 0);
    CHECK(keys_below(store, "") == std::vector<std::string>{"empty"});
  }

  SUBCASE("a condition that does not hold changes nothing") {
    CHECK_FALSE(put(store, "k", ten, PutCondition::if_version(VersionTag{"7"})).written);
    CHECK(get(store, "k").status == Fetched::Status::missing);
    const PutOutcome first = put(store, "k", ten, PutCondition::if_absent());
    CHECK(first.written);
    CHECK(get(store, "k").version == first.version);
    CHECK_FALSE(put(store, "k", bytes_of("x"), PutCondition::if_absent()).written);
    CHECK(get(store, "k").bytes == ten);
    const PutOutcome second = put(store, "k", bytes_of("second"), PutCondition::if_version(first.version));
    CHECK(second.written);
    CHECK(get(store, "k").version == second.version);
    CHECK_FALSE(put(store, "k", bytes_of("third"), PutCondition::if_version(first.version)).written);
    CHECK(get(store, "k").bytes == bytes_of("second"));
    CHECK(keys_below(store, "") == std::vector<std::string>{"k"});
  }

  SUBCASE("of many who create one object at once, one does") {
    for (int round = 0; round != 5; ++round) {
      const std::string key = "race/" + std::to_string(round);
      std::atomic<int> winners = 0;
      std::atomic<std::size_t> winner = 99;
      on_threads(6, [&](std::size_t i) {
        const std::string own = "writer " + std::to_string(i);
        if (put(store, key, varve::as_bytes(own), PutCondition::if_absent()).written) {
          ++winners;
          winner = i;
        }
      });
      CHECK(winners == 1);
      CHECK(varve::as_text(get(store, key).bytes) == "writer " + std::to_string(winner));
    }
  }

  SUBCASE("no update is lost among threads that replace one object by version") {
    if (traits.torn_reads) return;
    put(store, "counter", varve::as_bytes("0"));
    std::atomic<std::uint64_t> unknown = 0;
    on_threads(6, [&](std::size_t writer) {
      for (int i = 0; i != 25; ++i) {
        if (!increment(store, "counter", std::to_string(writer))) ++unknown;
      }
    });
    const std::uint64_t count = count_in(get(store, "counter").bytes);
    CHECK(count <= 150);
    CHECK(count >= 150 - unknown);
    CHECK((unknown == 0 || traits.unclear_refusals));
    CHECK(keys_below(store, "") == std::vector<std::string>{"counter"});
  }

  SUBCASE("a copy is made of one version only, and lives on its own") {
    const VersionTag first = put(store, "repo", ten).version;
    CHECK(block_on(varve::copy_if_version(store, "repo", "overwritten/1", first)).value() == CopyOutcome::copied);
    CHECK(get(store, "overwritten/1").bytes == ten);
    CHECK(block_on(varve::copy_if_version(store, "repo", "overwritten/1", first)).value() == CopyOutcome::copied);
    const PutOutcome second = put(store, "repo", bytes_of("second"), PutCondition::if_version(first));
    CHECK(second.written);
    CHECK(get(store, "overwritten/1").bytes == ten);
    CHECK(block_on(varve::copy_if_version(store, "repo", "overwritten/2", first)).value() == CopyOutcome::version_differs);
    CHECK(get(store, "overwritten/2").status == Fetched::Status::missing);
    CHECK(block_on(varve::copy_if_version(store, "none", "overwritten/3", first)).value() == CopyOutcome::source_missing);
    CHECK(block_on(varve::copy_if_version(store, "repo", "overwritten/1", second.version)).value() == CopyOutcome::copied);
    CHECK(get(store, "overwritten/1").bytes == bytes_of("second"));
    CHECK(keys_below(store, "") == std::vector<std::string>{"overwritten/1", "repo"});
  }

  SUBCASE("a listing holds each object once, over many pages, with its size") {
    std::set<std::string> expected;
    for (int i = 0; i != traits.listed; ++i) {
      const std::string key = "n/" + std::to_string(i % 7) + "/" + std::to_string(i);
      put(store, key, varve::ByteView(ten).first(static_cast<std::size_t>(i % 10)));
      expected.insert(key);
    }
    const auto keys = keys_below(store, "n/");
    CHECK(std::set<std::string>(keys.begin(), keys.end()) == expected);
    const auto one = block_on(varve::object_size(store, "n/1/8")).value();
    REQUIRE(one);
    CHECK(one->key == "n/1/8");
    CHECK(one->size == 8);
    CHECK_FALSE(block_on(varve::object_size(store, "n/1")).value());
    CHECK_FALSE(block_on(varve::object_size(store, "n/1/8000")).value());
  }

  SUBCASE("a prefix is a part of a key, not a folder") {
    for (const char* key : {"chunks/A1", "chunks/A2", "chunks/B1", "chunks-old/A", "chunk", "snapshots/A", "repo"}) {
      put(store, key, ten);
    }
    CHECK(keys_below(store, "chunks/A") == std::vector<std::string>{"chunks/A1", "chunks/A2"});
    CHECK(keys_below(store, "chunks/") == std::vector<std::string>{"chunks/A1", "chunks/A2", "chunks/B1"});
    CHECK(keys_below(store, "chunks") ==
          std::vector<std::string>{"chunks-old/A", "chunks/A1", "chunks/A2", "chunks/B1"});
    CHECK(keys_below(store, "").size() == 7);
    CHECK(keys_below(store, "none/").empty());
    CHECK(keys_below(store, "chunks/A1/").empty());
  }

  SUBCASE("many objects are removed at once, and missing ones are no error") {
    std::vector<std::string> keys;
    for (int i = 0; i != traits.removed; ++i) keys.push_back("r/" + std::to_string(i));
    for (std::size_t i = 0; i != keys.size(); i += 2) put(store, keys[i], ten);
    put(store, "kept", ten);
    CHECK(block_on(store.remove(keys)));
    CHECK(keys_below(store, "") == std::vector<std::string>{"kept"});
    CHECK(block_on(store.remove(keys)));
    CHECK(block_on(store.remove(std::span<const std::string>())));
    CHECK(get(store, "r/0").status == Fetched::Status::missing);
    CHECK(put(store, "r/0", ten, PutCondition::if_absent()).written);
  }

  SUBCASE("an object of 8 MiB arrives as it was sent") {
    const varve::Bytes big = noise(8 << 20, 3);
    const PutOutcome outcome = put(store, "big", big);
    CHECK(get(store, "big").bytes == big);
    CHECK(get(store, "big").version == outcome.version);
    const Fetched part = get(store, "big", ByteRange{5'000'000, 5'000'100});
    CHECK(part.bytes == varve::Bytes(big.begin() + 5'000'000, big.begin() + 5'000'100));
    CHECK(part.version == outcome.version);
    varve::Bytes buffer(big.size());
    CHECK(*block_on(varve::read_into(store, "big", 0, buffer)).value() == big.size());
    CHECK(buffer == big);
    CHECK(put(store, "big", noise(8 << 20, 4), PutCondition::if_version(outcome.version)).written);
    CHECK_FALSE(put(store, "big", big, PutCondition::if_version(outcome.version)).written);
  }

  SUBCASE("a key may hold any character of a ref name") {
    for (const char* key : {"refs/branch.feature one/ref.json", "refs/tag.v1.0+rc~2/ref.json.deleted", "refs/branch.ä-é 漢/x",
                            "a=b&c?d%20e", "x#y", "..a/b..", "sp ace/ t", "quote\"'`$\\"}) {
      if (!traits.backslashes && std::string_view(key).find('\\') != std::string_view::npos) continue;
      CAPTURE(key);
      CHECK(put(store, key, varve::as_bytes(key)).written);
      CHECK(varve::as_text(get(store, key).bytes) == key);
      CHECK(keys_below(store, key) == std::vector<std::string>{key});
    }
    CHECK(keys_below(store, "").size() == (traits.backslashes ? 8 : 7));
  }

  SUBCASE("an empty key is refused") {
    const auto refused = block_on(store.put("", ten, PutCondition::always()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == varve::errc::invalid_key);
  }

  SUBCASE("calls overlap on a runtime of several threads") {
    varve::Runtime runtime(4);
    varve::use_runtime(store, runtime);
    std::atomic<std::size_t> next = 0;
    BusyUser<Store> user{store, next};
    CHECK(block_on(varve::gather(runtime, 8, user)));
    CHECK(keys_below(store, "busy/").size() == 160);
  }

  SUBCASE("calls overlap on a caller's own event loop") {
    varve::Runtime runtime(2);
    varve::use_runtime(store, runtime);
    std::atomic<std::size_t> next = 0;
    BusyUser<Store> user{store, next};
    varve::asio::io_context loop(1);
    std::optional<varve::Result<void>> ended;
    varve::asio::co_spawn(loop, varve::gather(8, user),
                          [&](std::exception_ptr thrown, varve::Result<void> result) {
                            CHECK_FALSE(thrown);
                            ended = std::move(result);
                          });
    loop.run();
    REQUIRE(ended);
    CHECK(ended->has_value());
    CHECK(keys_below(store, "busy/").size() == 160);
  }
}

}  // namespace support
