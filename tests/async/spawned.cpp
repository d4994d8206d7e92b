#include <varve/async/spawned.hpp>

#include <varve/async/sleep.hpp>

#include "support/doctest.hpp"

#include <boost/asio/io_context.hpp>

using varve::Awaitable;
using varve::detail::Spawned;
namespace asio = varve::asio;

namespace {

struct Outcome {
  int ended = 0;
  bool threw = false;
  bool began = false;
};

/// Runs work that suspends `sleeps` times and is cancelled when `polls` handlers of the loop have run; before it is
/// started, if that is negative.
Outcome cancel_after(int polls, int sleeps) {
  asio::io_context loop;
  Outcome outcome;
  const auto spawned = std::make_shared<Spawned>(loop.get_executor());
  const auto work = [&]() -> Awaitable<void> {
    outcome.began = true;
    for (int i = 0; i != sleeps; ++i) co_await varve::sleep_for(std::chrono::milliseconds(1));
  };
  if (polls < 0) spawned->cancel();
  spawned->start(work(), [&](std::exception_ptr thrown) {
    ++outcome.ended;
    outcome.threw = thrown != nullptr;
  });
  for (int i = 0; i < polls; ++i) loop.run_one();
  if (polls >= 0) spawned->cancel();
  loop.restart();
  loop.run();
  return outcome;
}

}  // namespace

TEST_CASE("async/spawned: a cancellation at any moment, also before the work begins, ends it once") {
  bool seen_before = false;
  bool seen_during = false;
  bool seen_after = false;
  for (int sleeps = 0; sleeps != 3; ++sleeps) {
    for (int polls = -1; polls != 12; ++polls) {
      CAPTURE(polls);
      const Outcome outcome = cancel_after(polls, sleeps);
      CHECK(outcome.ended == 1);
      if (!outcome.began) CHECK(outcome.threw);
      seen_before = seen_before || !outcome.began;
      seen_during = seen_during || (outcome.began && outcome.threw);
      seen_after = seen_after || !outcome.threw;
    }
  }
  CHECK(seen_before);
  CHECK(seen_during);
  CHECK(seen_after);
}
