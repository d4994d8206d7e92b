// SPDX-License-Identifier: Apache-2.0
#include <varve/array/store_range.hpp>

#include "support/doctest.hpp"

#include <cstdint>

using varve::ByteRange;
using varve::StoreRange;

TEST_CASE("array/store_range: ranges are cut at the ends of the value") {
  CHECK(StoreRange::bounded(2, 5).within(10) == ByteRange{2, 5});
  CHECK(StoreRange::bounded(2, 50).within(10) == ByteRange{2, 10});
  CHECK(StoreRange::bounded(20, 50).within(10) == ByteRange{10, 10});
  CHECK(StoreRange::bounded(5, 2).within(10).size() == 0);
  CHECK(StoreRange::bounded(0, 0).within(10) == ByteRange{0, 0});
  CHECK(StoreRange::from(0).within(10) == ByteRange{0, 10});
  CHECK(StoreRange::from(3).within(10) == ByteRange{3, 10});
  CHECK(StoreRange::from(UINT64_MAX).within(10) == ByteRange{10, 10});
  CHECK(StoreRange::suffix(3).within(10) == ByteRange{7, 10});
  CHECK(StoreRange::suffix(30).within(10) == ByteRange{0, 10});
  CHECK(StoreRange::suffix(0).within(10) == ByteRange{10, 10});
  CHECK(StoreRange::suffix(3).within(0) == ByteRange{0, 0});
}
