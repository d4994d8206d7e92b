// SPDX-License-Identifier: Apache-2.0
// Faults: a store that fails when it is told to, the same way each time. Tests use it to fail the nth request for every
// n; a user can show with it that his own program survives a lost response or a kill at any request.
#pragma once

#include <varve/storage/backend.hpp>
#include <varve/storage/operation.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage {

/// What happens to one request.
struct Fault {
  enum class Kind : std::uint8_t {
    fail_before,    ///< it fails, and nothing was done
    lose_response,  ///< it is done, and fails all the same
    short_read,     ///< a `get` or `read_into` gives half of the bytes; other requests are not touched
    kill_before,    ///< the process ends, and nothing was done
    kill_after,     ///< the process ends, once it was done
  };
  Kind kind = Kind::fail_before;
  std::uint64_t nth = 1;               ///< of the requests that match, counted from 1
  std::optional<Operation> operation;  ///< only requests of this kind; any without it
  std::string key_prefix;              ///< only requests for keys that begin with this
  errc code = errc::unreachable;       ///< of the error, which is marked retryable
};

struct FaultOptions {
  std::vector<Fault> plan;
  /// Besides the plan, each request fails with this probability, half of them after it was done.
  double probability = 0;
  std::uint64_t seed = 0;  ///< of those failures
  /// Ends the process, as a SIGKILL would.
  std::function<void()> kill = [] { std::_Exit(137); };
};

/// Thread-safe if `Inner` is; copies share the plan and its counters. Requests are counted in the order in which they
/// are made.
template <class Inner>
class Faults {
  static_assert(expect_backend<Inner>());

 public:
  using Options = FaultOptions;

  explicit Faults(Inner inner, Options options = {})
      : inner_(std::move(inner)), state_(std::make_shared<State>(std::move(options))) {}

  Inner& inner() { return inner_; }
  void use_runtime(const Runtime& runtime) { varve::use_runtime(inner_, runtime); }
  Awaitable<Result<void>> check() { return check_store(inner_); }
  bool is_folder() const { return varve::is_folder(inner_); }

  /// How many requests have been made so far.
  std::uint64_t requests() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->requests;
  }
  /// How many of them were failed, shortened or killed.
  std::uint64_t faults() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->faults;
  }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    const Hit hit = next(Operation::get, key);
    if (hit.before) co_return *hit.before;
    auto fetched = co_await inner_.get(key, options);
    if (fetched && hit.shorten) fetched->bytes.resize(fetched->bytes.size() / 2);
    if (auto lost = after(hit)) co_return *std::move(lost);
    co_return fetched;
  }
  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) {
    const Hit hit = next(Operation::read_into, key);
    if (hit.before) co_return *hit.before;
    if (hit.shorten) buffer = buffer.first(buffer.size() / 2);
    auto size = co_await varve::read_into(inner_, key, first, buffer);
    if (auto lost = after(hit)) co_return *std::move(lost);
    co_return size;
  }
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    const Hit hit = next(Operation::put, key);
    if (hit.before) co_return *hit.before;
    auto outcome = co_await inner_.put(key, bytes, condition);
    if (auto lost = after(hit)) co_return *std::move(lost);
    co_return outcome;
  }
  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    const Hit hit = next(Operation::copy, from);
    if (hit.before) co_return *hit.before;
    auto outcome = co_await copy_if_version(inner_, from, to, version);
    if (auto lost = after(hit)) co_return *std::move(lost);
    co_return outcome;
  }
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> token) {
    const Hit hit = next(Operation::list, prefix);
    if (hit.before) co_return *hit.before;
    auto page = co_await inner_.list(prefix, token);
    if (auto lost = after(hit)) co_return *std::move(lost);
    co_return page;
  }
  Awaitable<Result<void>> remove(std::span<const std::string> keys) {
    const Hit hit = next(Operation::remove, keys.empty() ? std::string_view() : std::string_view(keys.front()));
    if (hit.before) co_return *hit.before;
    auto removed = co_await inner_.remove(keys);
    if (auto lost = after(hit)) co_return *std::move(lost);
    co_return removed;
  }
  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) {
    const Hit hit = next(Operation::size, key);
    if (hit.before) co_return *hit.before;
    auto found = co_await object_size(inner_, key);
    if (auto lost = after(hit)) co_return *std::move(lost);
    co_return found;
  }

 private:
  struct State {
    explicit State(Options given) : options(std::move(given)), seen(options.plan.size()), random(options.seed) {}
    const Options options;
    mutable std::mutex mutex;
    std::uint64_t requests = 0;
    std::uint64_t faults = 0;
    std::vector<std::uint64_t> seen;  // requests that matched, for each fault of the plan
    std::uint64_t random;

    double draw() {
      random += 0x9E3779B97F4A7C15U;
      std::uint64_t word = random;
      word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9U;
      word = (word ^ word >> 27) * 0x94D049BB133111EBU;
      return static_cast<double>((word ^ word >> 31) >> 11) * 0x1p-53;
    }
  };
  /// What the next request meets.
  struct Hit {
    std::optional<Error> before;
    std::optional<Error> after;
    bool kill_after = false;
    bool shorten = false;
  };

  static Error injected(errc code, Operation operation, std::string_view key) {
    return Error(code, std::string(name_of(operation)), std::string(key), "an injected fault").from_backend("injected", true);
  }

  Hit next(Operation operation, std::string_view key) {
    Hit hit;
    bool kill = false;
    {
      const std::scoped_lock lock(state_->mutex);
      ++state_->requests;
      for (std::size_t i = 0; i != state_->options.plan.size(); ++i) {
        const Fault& fault = state_->options.plan[i];
        if (fault.operation && *fault.operation != operation) continue;
        if (!key.starts_with(fault.key_prefix) || ++state_->seen[i] != fault.nth) continue;
        ++state_->faults;
        switch (fault.kind) {
          case Fault::Kind::fail_before: hit.before = injected(fault.code, operation, key); break;
          case Fault::Kind::lose_response: hit.after = injected(fault.code, operation, key); break;
          case Fault::Kind::short_read: hit.shorten = true; break;
          case Fault::Kind::kill_before: kill = true; break;
          case Fault::Kind::kill_after: hit.kill_after = true; break;
        }
      }
      if (state_->options.probability > 0) {
        const double drawn = state_->draw();
        if (drawn < state_->options.probability) {
          ++state_->faults;
          auto& where = drawn < state_->options.probability / 2 ? hit.before : hit.after;
          where = injected(errc::unreachable, operation, key);
        }
      }
    }
    if (kill) state_->options.kill();
    return hit;
  }

  std::optional<Error> after(const Hit& hit) const {
    if (hit.kill_after) state_->options.kill();
    return hit.after;
  }

  Inner inner_;
  std::shared_ptr<State> state_;
};

}  // namespace varve::inline v0::storage
