// SPDX-License-Identifier: Apache-2.0
#include <varve/array/turns.hpp>

#include <varve/async/block_on.hpp>

#include "support/doctest.hpp"

#include <array>
#include <memory>
#include <thread>
#include <vector>

using varve::detail::Turns;

TEST_CASE("array/turns: all handles of a session share them while one lives") {
  int session = 0;
  int other = 0;
  auto turns = Turns::of(&session);
  CHECK(Turns::of(&session) == turns);
  CHECK(Turns::of(&other) != turns);
  const std::weak_ptr<Turns> gone = turns;
  turns.reset();
  CHECK(gone.expired());
  CHECK(Turns::of(&session) != nullptr);
}

TEST_CASE("array/turns: one writer at a time holds the turn of a chunk") {
  Turns turns;
  const std::array<std::uint32_t, 2> index{3, 4};
  int inside = 0;
  int most = 0;
  long sum = 0;
  auto work = [&]() -> varve::Awaitable<bool> {
    for (int i = 0; i != 200; ++i) {
      const auto turn = co_await turns.chunk(varve::NodeId{}, index);
      most = std::max(most, ++inside);
      ++sum;
      --inside;
    }
    co_return true;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i != 3; ++i) {
    threads.emplace_back([&] { CHECK(varve::block_on(work())); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(most == 1);
  CHECK(sum == 600);
}
