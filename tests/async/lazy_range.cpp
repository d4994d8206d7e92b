// SPDX-License-Identifier: Apache-2.0
#include <varve/async/lazy_range.hpp>

#include "support/doctest.hpp"

#include <optional>
#include <vector>

namespace {

using namespace varve;
using Step = Result<std::optional<int>>;

/// 1, 2, … up to `last`, and an error after that if it is to fail.
struct Count {
  using value_type = int;
  int last;
  bool fails = false;
  int at = 0;

  Awaitable<Step> step() { co_return take(); }
  Step take() {
    if (at != last) return std::optional(++at);
    if (fails) return Error(errc::corrupt, "count");
    return std::optional<int>();
  }
};

/// The same, of which every other entry is at hand.
struct HalfAtHand : Count {
  int* steps;
  Awaitable<Step> step() {
    ++*steps;
    co_return take();
  }
  std::optional<Step> at_hand() { return at % 2 == 1 ? std::optional(take()) : std::nullopt; }
};

}  // namespace

TEST_CASE("async/lazy_range: is walked once, by next or as a range") {
  LazyRange range(Count{3});
  CHECK(range.next() == 1);
  std::vector<int> rest;
  for (const int entry : range) rest.push_back(entry);
  CHECK(rest == std::vector<int>{2, 3});
  CHECK_FALSE(range.next().has_value());
  for (const int entry : LazyRange(Count{0})) CHECK(entry == 0);
}

TEST_CASE("async/lazy_range: an error is thrown where it is met, or returned") {
  LazyRange range(Count{1, true});
  CHECK(range.next() == 1);
  CHECK_THROWS_AS(range.next(), FormatError);
  const auto again = block_on(range.async_next());
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == errc::corrupt);
}

TEST_CASE("async/lazy_range: what is at hand is not awaited") {
  int steps = 0;
  std::vector<int> all;
  for (const int entry : LazyRange(HalfAtHand{{6}, &steps})) all.push_back(entry);
  CHECK(all == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(steps == 4);  // 1, 3, 5 and the end
}
