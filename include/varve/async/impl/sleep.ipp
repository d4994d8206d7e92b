// SPDX-License-Identifier: Apache-2.0
// Bodies of sleep.hpp.
#pragma once

#include <varve/async/sleep.hpp>

#include <varve/async/spawned.hpp>
#include <varve/async/suspend.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace varve::inline v0 {

VARVE_DECL Awaitable<void> sleep_for(std::chrono::steady_clock::duration pause) {
  asio::steady_timer timer(co_await asio::this_coro::executor, pause);
  co_await timer.async_wait(asio::use_awaitable);
}

namespace detail {

struct Race {
  explicit Race(const asio::any_io_executor& executor)
      : spawned(std::make_shared<Spawned>(executor)), timer(spawned->strand()) {}
  std::shared_ptr<Spawned> spawned;
  asio::steady_timer timer;  // its end runs on the strand of the work
  RaceEnd end;
  bool over = false;
};

struct StartRace {
  const std::shared_ptr<Race>& race;
  std::chrono::steady_clock::duration limit;
  Awaitable<void>& work;

  void operator()(Resumer resume) const {
    race->timer.expires_after(limit);
    race->timer.async_wait([race = race](const boost::system::error_code& stopped) {
      if (stopped || race->over) return;
      race->end.late = true;
      race->spawned->cancel();
    });
    race->spawned->start(std::move(work), [race = race, resume = std::move(resume)](std::exception_ptr thrown) {
      race->end.thrown = std::move(thrown);
      race->over = true;
      race->timer.cancel();
      resume();
    });
  }
};

struct StopRace {
  std::shared_ptr<Race> race;
  void operator()(const Resumer&) const { race->spawned->cancel(); }
};

VARVE_DECL Awaitable<RaceEnd> race(std::chrono::steady_clock::duration limit, Awaitable<void> work) {
  const auto racing = std::make_shared<Race>(co_await asio::this_coro::executor);
  const StartRace start{racing, limit, work};
  OnCancel stop = StopRace{racing};
  co_await suspend(start, std::move(stop));
  co_return std::move(racing->end);
}

}  // namespace detail

}  // namespace varve::inline v0
