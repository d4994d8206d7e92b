// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/scratch.hpp>

#include "support/doctest.hpp"

TEST_CASE("codec/scratch: a buffer keeps its memory from loan to loan") {
  varve::codec::Scratch scratch;
  const std::byte* address = nullptr;
  {
    const varve::codec::Scratch::Loan a = scratch.borrow();
    address = a.sized(1000).data();
    const varve::codec::Scratch::Loan b = scratch.borrow();
    CHECK(&*a != &*b);
    CHECK(b.sized(10).size() == 10);
  }
  CHECK(scratch.capacity_bytes() >= 1010);
  {
    const varve::codec::Scratch::Loan a = scratch.borrow();
    CHECK(a.sized(500).data() == address);
    CHECK(a->size() == 500);
  }
  scratch.clear();
  CHECK(scratch.capacity_bytes() == 0);
}
