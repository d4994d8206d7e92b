// SPDX-License-Identifier: Apache-2.0
// The races of a probe: workers that `gather` runs side by side. A worker never fails, since that would stop the
// others; it notes what went wrong.
#pragma once

#include <varve/async/sleep.hpp>
#include <varve/core/bytes.hpp>
#include <varve/storage/erased.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::any {

/// Many writers put one key under one condition.
struct Race {
  erased::Handle& store;
  std::string key;
  PutCondition condition;
  std::mutex mutex{};
  std::size_t next = 0;
  std::vector<std::string> winners{};  // what they wrote
  std::size_t refused = 0;
  std::size_t unclear = 0;
  std::string trouble{};

  Awaitable<Result<void>> operator()() {
    std::string own;
    {
      const std::scoped_lock lock(mutex);
      own = key + " writer " + std::to_string(next++);
    }
    auto put = co_await store.put(key, as_bytes(own), condition);
    const std::scoped_lock lock(mutex);
    if (!put) {
      ++unclear;
      trouble = put.error().what();
    } else if (put->written) {
      winners.push_back(own);
    } else {
      ++refused;
    }
    co_return Result<void>();
  }
};

/// Many writers add to one counter, each by reading it and replacing what it has read.
struct Counter {
  erased::Handle& store;
  std::string key;
  std::size_t updates;  // by each worker
  std::size_t tries;    // of each worker at most
  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<std::uint64_t> unclear = 0;
  std::mutex mutex{};
  std::string trouble{};

  void note(std::string what) {
    const std::scoped_lock lock(mutex);
    if (trouble.empty()) trouble = std::move(what);
  }

  static std::optional<std::uint64_t> number(ByteView bytes) {
    const std::string_view text = as_text(bytes);
    std::uint64_t count = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return count;
  }

  Awaitable<Result<void>> operator()() {
    std::size_t left = updates;
    for (std::size_t i = 0; left != 0 && i != tries; ++i) {
      GetOptions whole;
      auto read = co_await store.get(key, whole);
      if (!read) {
        note(read.error().what());
        continue;
      }
      const auto count = number(read->bytes);
      if (read->status != Fetched::Status::found || !count) {
        note("a reader saw an object that nobody wrote");
        continue;
      }
      const std::string text = std::to_string(*count + 1);
      PutCondition condition = PutCondition::if_version(read->version);
      auto put = co_await store.put(key, as_bytes(text), condition);
      if (!put) {
        ++unclear;
        note(put.error().what());
      } else if (put->written) {
        ++acknowledged;
        --left;
      }
    }
    co_return Result<void>();
  }
};

/// One writer overwrites an object while others read it. Each content says which one it is, all over.
struct Overwriting {
  erased::Handle& store;
  std::string key;
  std::size_t overwrites;
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> over = false;
  std::atomic<std::size_t> reads = 0;  // that have begun
  std::mutex mutex{};
  std::map<std::string, std::size_t> written{};                      // contents by version
  std::vector<std::pair<std::string, std::size_t>> observed{};  // versions and contents
  std::string torn{};
  std::string trouble{};

  static std::string content(std::size_t which) {
    const std::string name = std::to_string(which) + ' ';
    std::string text;
    const std::size_t size = 200 + which * 7919 % 40'000;
    while (text.size() < size) text += name;
    return text;
  }

  Awaitable<Result<void>> operator()() {
    if (next++ == 0) co_await write();
    else co_await read();
    co_return Result<void>();
  }

  Awaitable<void> write() {
    for (std::size_t i = 1; i <= overwrites; ++i) {
      const std::string text = content(i);
      PutCondition condition = PutCondition::always();
      // A fast store would be overwritten to the end before anybody reads.
      for (int waited = 0; reads < i && waited != 50; ++waited) co_await sleep_for(std::chrono::microseconds(200));
      auto put = co_await store.put(key, as_bytes(text), condition);
      const std::scoped_lock lock(mutex);
      if (!put) trouble = put.error().what();
      else written[put->version.text] = i;
    }
    over = true;
  }

  Awaitable<void> read() {
    bool last = false;
    for (std::size_t i = 0; !last && i != 20 * overwrites; ++i) {
      last = over;
      GetOptions whole;
      ++reads;
      auto got = co_await store.get(key, whole);
      const std::scoped_lock lock(mutex);
      if (!got) {
        trouble = got.error().what();
        continue;
      }
      const std::string_view text = as_text(got->bytes);
      const auto which = Counter::number(as_bytes(text.substr(0, std::min<std::size_t>(text.find(' '), 20))));
      if (!which || *which > overwrites || text != content(*which)) {
        torn = "a read of " + std::to_string(text.size()) + " bytes was none of the contents that were written";
      } else {
        observed.emplace_back(got->version.text, *which);
      }
    }
  }

  /// Reads whose version belongs to another content than their own.
  std::size_t mismatches() const {
    std::size_t count = 0;
    for (const auto& [version, which] : observed) {
      const auto found = written.find(version);
      if (found != written.end() && found->second != which) ++count;
    }
    return count;
  }
};

}  // namespace varve::inline v0::storage::any
