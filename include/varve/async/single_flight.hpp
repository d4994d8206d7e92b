// SPDX-License-Identifier: Apache-2.0
// SingleFlight: when several callers want one thing at once, one fetches it and all get it.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/async/suspend.hpp>
#include <varve/core/result.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace varve::inline v0 {

/// Thread-safe. `Value` is cheap to copy, such as a shared_ptr.
template <class Key, class Value>
class SingleFlight {
 public:
  /// The result of `make()` of the first caller among those who ask for `key` at the same time. If that caller is
  /// cancelled or throws, another takes over.
  template <class Make>
  Awaitable<Result<Value>> run(Key key, Make& make) {
    for (;;) {
      std::shared_ptr<Flight> flight;
      bool leading = false;
      {
        const std::scoped_lock lock(mutex_);
        auto& slot = flights_[key];
        if (!slot) {
          slot = std::make_shared<Flight>();
          leading = true;
        }
        flight = slot;
      }
      if (leading) {
        const Landing landing{*this, key, *flight};
        Result<Value> result = co_await make();
        landing.land(result);
        co_return result;
      }
      auto join = [&](Resumer resume) {
        {
          const std::scoped_lock lock(mutex_);
          if (!flight->over) {
            flight->waiting.push_back(std::move(resume));
            return;
          }
        }
        resume();
      };
      co_await suspend(join);
      const std::scoped_lock lock(mutex_);
      if (flight->result) co_return *flight->result;
    }
  }

 private:
  struct Flight {
    bool over = false;
    std::optional<Result<Value>> result;  // empty if the leader gave up
    std::vector<Resumer> waiting;
  };
  /// Ends a flight however the leader leaves it.
  struct Landing {
    SingleFlight& all;
    const Key& key;
    Flight& flight;

    void land(const Result<Value>& result) const {
      const std::scoped_lock lock(all.mutex_);
      if (result || result.error().code() != errc::cancelled) flight.result = result;
    }
    ~Landing() {
      std::vector<Resumer> waiting;
      std::shared_ptr<Flight> keep;
      {
        const std::scoped_lock lock(all.mutex_);
        flight.over = true;
        waiting.swap(flight.waiting);
        const auto found = all.flights_.find(key);
        keep = std::move(found->second);
        all.flights_.erase(found);
      }
      for (const Resumer& resume : waiting) resume();
    }
  };

  std::mutex mutex_;
  std::map<Key, std::shared_ptr<Flight>> flights_;
};

}  // namespace varve::inline v0
