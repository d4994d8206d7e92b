// SPDX-License-Identifier: Apache-2.0
// Latency: a store that answers later, so that a program can be tried on a laptop as if its data were far away.
#pragma once

#include <varve/async/sleep.hpp>
#include <varve/storage/backend.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

struct LatencyOptions {
  std::chrono::microseconds request{20'000};  ///< before each request
  std::chrono::microseconds jitter{0};        ///< at most this much more, different for each request
  std::uint64_t bytes_per_second = 0;         ///< how fast the bytes of one request flow; 0 is at once
  std::uint64_t seed = 0;                     ///< of the jitter
  /// Waits; a simulation passes its own.
  std::function<Awaitable<void>(std::chrono::microseconds)> sleep = [](std::chrono::microseconds pause) {
    return sleep_for(pause);
  };
};

/// Thread-safe if `Inner` is. Copies draw from one sequence of jitter. A request is delayed before it reaches `Inner`.
template <class Inner>
class Latency {
  static_assert(expect_backend<Inner>());

 public:
  using Options = LatencyOptions;

  explicit Latency(Inner inner, Options options = {})
      : inner_(std::move(inner)), state_(std::make_shared<State>(std::move(options))) {}

  Inner& inner() { return inner_; }
  void use_runtime(const Runtime& runtime) { varve::use_runtime(inner_, runtime); }
  Awaitable<Result<void>> check() { return check_store(inner_); }
  bool is_folder() const { return varve::is_folder(inner_); }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    co_await begin(0);
    auto fetched = co_await inner_.get(key, options);
    if (fetched) co_await transfer(fetched->bytes.size());
    co_return fetched;
  }
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) {
    co_await begin(0);
    auto size = co_await varve::read_into(inner_, key, first, buffer);
    if (size && *size) co_await transfer(**size);
    co_return size;
  }
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    co_await begin(bytes.size());
    co_return co_await inner_.put(key, bytes, condition);
  }
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    co_await begin(0);
    co_return co_await copy_if_version(inner_, from, to, version);
  }
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) {
    co_await begin(0);
    co_return co_await inner_.list(prefix, next);
  }
  Awaitable<Result<void>> remove(std::span<const std::string> keys) {
    co_await begin(0);
    co_return co_await inner_.remove(keys);
  }
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) {
    co_await begin(0);
    co_return co_await object_size(inner_, key);
  }

 private:
  struct State {
    explicit State(Options given) : options(std::move(given)) {}
    const Options options;
    std::atomic<std::uint64_t> requests = 0;
  };

  /// The pause of one request and of the bytes that go with it.
  Awaitable<void> begin(std::size_t bytes) {
    const Options& options = state_->options;
    auto pause = options.request + flow(bytes);
    if (options.jitter.count() > 0) {
      std::uint64_t word = (options.seed + state_->requests.fetch_add(1) + 1) * 0x9E3779B97F4A7C15U;
      word = (word ^ word >> 31) * 0xBF58476D1CE4E5B9U;
      word ^= word >> 29;
      const auto span = static_cast<std::uint64_t>(options.jitter.count()) + 1;
      pause += std::chrono::microseconds(static_cast<std::int64_t>(word % span));
    }
    if (pause.count() > 0) co_await options.sleep(pause);
  }
  Awaitable<void> transfer(std::size_t bytes) {
    const auto pause = flow(bytes);
    if (pause.count() > 0) co_await state_->options.sleep(pause);
  }
  std::chrono::microseconds flow(std::size_t bytes) const {
    const std::uint64_t speed = state_->options.bytes_per_second;
    if (speed == 0) return std::chrono::microseconds(0);
    return std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(bytes) * 1e6 / static_cast<double>(speed)));
  }

  Inner inner_;
  std::shared_ptr<State> state_;
};

}  // namespace varve::inline v0::storage
