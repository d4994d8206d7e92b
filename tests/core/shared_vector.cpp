// SPDX-License-Identifier: Apache-2.0
#include <varve/core/shared_vector.hpp>

#include "support/doctest.hpp"

#include <algorithm>
#include <string>

using varve::SharedVector;

TEST_CASE("core/shared_vector: copies share elements until one is edited") {
  SharedVector<std::string> first{"a", "c"};
  SharedVector<std::string> second = first;
  CHECK(&first[0] == &second[0]);
  CHECK(first == second);
  second.edit(0) = "b";
  CHECK(first[0] == "a");
  CHECK(second[0] == "b");
  CHECK(&first[1] == &second[1]);
  CHECK_FALSE(first == second);
}

TEST_CASE("core/shared_vector: elements are inserted where they belong, and taken over without a copy") {
  SharedVector<std::string> all{"a", "c", "d"};
  const std::string wanted = "b";
  all.insert(std::lower_bound(all.begin(), all.end(), wanted), wanted);
  CHECK(all == SharedVector<std::string>{"a", "b", "c", "d"});
  SharedVector<std::string> some;
  CHECK(some.empty());
  for (auto at = all.begin(); at != all.end(); ++at) {
    if (*at != "c") some.share(at);
  }
  some.push_back("e");
  CHECK(some == SharedVector<std::string>{"a", "b", "d", "e"});
  CHECK(&some[1] == &all[1]);
  CHECK(some.size() == 4);
  CHECK(all.end() - all.begin() == 4);
  CHECK(all.begin()[2] == "c");
  CHECK(*(1 + all.begin()) == "b");
}
