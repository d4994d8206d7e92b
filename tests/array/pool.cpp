// SPDX-License-Identifier: Apache-2.0
#include <varve/array/pool.hpp>

#include "support/doctest.hpp"

using varve::Bytes;
using Pool = varve::detail::Pool<Bytes>;

TEST_CASE("array/pool: what is given back is lent again, the last one first") {
  Pool pool(1000);
  const std::byte* first = nullptr;
  const std::byte* second = nullptr;
  {
    const Pool::Loan a(pool);
    a->resize(100);
    first = a->data();
    const Pool::Loan b(pool);
    b->resize(200);
    second = b->data();
  }
  const Pool::Loan a(pool);
  const Pool::Loan b(pool);
  CHECK(a->data() == first);
  CHECK(b->data() == second);
}

TEST_CASE("array/pool: no more than the limit is kept") {
  Pool pool(1000);
  {
    const Pool::Loan a(pool);
    a->reserve(700);
    const Pool::Loan b(pool);
    b->reserve(400);
  }
  const Pool::Loan kept(pool);
  CHECK(kept->capacity() == 400);
  const Pool::Loan fresh(pool);
  CHECK(fresh->capacity() == 0);
}
