// SPDX-License-Identifier: Apache-2.0
// Metrics: counts what a program asks of its store. Requests are what an object store bills and what a file server
// chokes on, so this is the first thing to look at when a program is slow.
#pragma once

#include <varve/storage/backend.hpp>
#include <varve/storage/operation.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

/// What was counted for one operation.
struct OperationCount {
  std::uint64_t calls = 0;     ///< that have ended, however
  std::uint64_t failures = 0;  ///< calls that ended with an error or were cancelled
  std::uint64_t bytes = 0;     ///< read or written by those that did not fail
  std::chrono::nanoseconds time{0};  ///< from call to end, summed over calls that may have overlapped
};

/// A look at all counters. Those of one call may be seen in part while it ends.
struct MetricsSnapshot {
  std::array<OperationCount, operation_count> operations{};

  const OperationCount& operator[](Operation operation) const { return operations[static_cast<std::size_t>(operation)]; }
  OperationCount total() const {
    OperationCount sum;
    for (const OperationCount& one : operations) {
      sum.calls += one.calls;
      sum.failures += one.failures;
      sum.bytes += one.bytes;
      sum.time += one.time;
    }
    return sum;
  }
};

/// The counters of a Metrics store, to be kept before the store is moved into a repository. Copies are the same
/// counters; thread-safe.
class MetricsCounters {
 public:
  MetricsSnapshot snapshot() const {
    MetricsSnapshot all;
    for (std::size_t i = 0; i != operation_count; ++i) {
      const Cell& cell = (*cells_)[i];
      all.operations[i].calls = cell.calls.load(std::memory_order_relaxed);
      all.operations[i].failures = cell.failures.load(std::memory_order_relaxed);
      all.operations[i].bytes = cell.bytes.load(std::memory_order_relaxed);
      all.operations[i].time = std::chrono::nanoseconds(cell.nanoseconds.load(std::memory_order_relaxed));
    }
    return all;
  }

 private:
  template <class Inner>
  friend class Metrics;

  struct Cell {
    std::atomic<std::uint64_t> calls = 0;
    std::atomic<std::uint64_t> failures = 0;
    std::atomic<std::uint64_t> bytes = 0;
    std::atomic<std::int64_t> nanoseconds = 0;
  };
  /// Counts one call when it goes, as failed unless it was told otherwise: a cancelled call just unwinds.
  class Call {
   public:
    Call(const MetricsCounters& counters, Operation operation)
        : cell_((*counters.cells_)[static_cast<std::size_t>(operation)]) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;
    ~Call() {
      const auto time = std::chrono::steady_clock::now() - begin_;
      cell_.nanoseconds.fetch_add(std::chrono::nanoseconds(time).count(), std::memory_order_relaxed);
      cell_.bytes.fetch_add(bytes_, std::memory_order_relaxed);
      if (failed_) cell_.failures.fetch_add(1, std::memory_order_relaxed);
      cell_.calls.fetch_add(1, std::memory_order_relaxed);
    }
    void succeeded(std::uint64_t bytes = 0) {
      failed_ = false;
      bytes_ = bytes;
    }

   private:
    Cell& cell_;
    const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::uint64_t bytes_ = 0;
    bool failed_ = true;
  };

  std::shared_ptr<std::array<Cell, operation_count>> cells_ = std::make_shared<std::array<Cell, operation_count>>();
};

/// Thread-safe if `Inner` is.
template <class Inner>
class Metrics {
  static_assert(expect_backend<Inner>());
  using Call = MetricsCounters::Call;

 public:
  explicit Metrics(Inner inner, MetricsCounters counters = {})
      : inner_(std::move(inner)), counters_(std::move(counters)) {}

  Inner& inner() { return inner_; }
  const MetricsCounters& counters() const { return counters_; }
  void use_runtime(const Runtime& runtime) { varve::use_runtime(inner_, runtime); }
  Awaitable<Result<void>> check() { return check_store(inner_); }
  bool is_folder() const { return varve::is_folder(inner_); }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    Call call(counters_, Operation::get);
    auto fetched = co_await inner_.get(key, options);
    if (fetched) call.succeeded(fetched->bytes.size());
    co_return fetched;
  }
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) {
    Call call(counters_, Operation::read_into);
    auto size = co_await varve::read_into(inner_, key, first, buffer);
    if (size) call.succeeded(size->value_or(0));
    co_return size;
  }
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    Call call(counters_, Operation::put);
    auto outcome = co_await inner_.put(key, bytes, condition);
    if (outcome) call.succeeded(outcome->written ? bytes.size() : 0);
    co_return outcome;
  }
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    Call call(counters_, Operation::copy);
    auto outcome = co_await copy_if_version(inner_, from, to, version);
    if (outcome) call.succeeded();
    co_return outcome;
  }
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) {
    Call call(counters_, Operation::list);
    auto page = co_await inner_.list(prefix, next);
    if (page) call.succeeded();
    co_return page;
  }
  Awaitable<Result<void>> remove(std::span<const std::string> keys) {
    Call call(counters_, Operation::remove);
    auto removed = co_await inner_.remove(keys);
    if (removed) call.succeeded();
    co_return removed;
  }
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) {
    Call call(counters_, Operation::size);
    auto found = co_await object_size(inner_, key);
    if (found) call.succeeded();
    co_return found;
  }

 private:
  Inner inner_;
  MetricsCounters counters_;
};

}  // namespace varve::inline v0::storage
