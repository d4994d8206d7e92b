// SPDX-License-Identifier: Apache-2.0
#include <varve/zarr/half.hpp>

#include "support/doctest.hpp"

#include <cmath>
#include <limits>

using varve::Half;

TEST_CASE("zarr/half: every half becomes a float and comes back to the bit") {
  for (std::uint32_t bits = 0; bits != 0x10000; ++bits) {
    const Half half = Half::from_bits(static_cast<std::uint16_t>(bits));
    const Half back(static_cast<float>(half));
    const bool signalling = (bits & 0x7C00) == 0x7C00 && (bits & 0x3FF) != 0 && (bits & 0x200) == 0;
    CHECK(back.bits() == (signalling ? bits | 0x200 : bits));  // conversion makes a NaN quiet
  }
}

TEST_CASE("zarr/half: numbers round to the nearest half, ties to even") {
  CHECK(Half(1.0F).bits() == 0x3C00);
  CHECK(Half(-2.0F).bits() == 0xC000);
  CHECK(Half(65504.0F).bits() == 0x7BFF);
  CHECK(Half(65519.99F).bits() == 0x7BFF);
  CHECK(Half(65520.0F).bits() == 0x7C00);
  CHECK(Half(1e300).bits() == 0x7C00);
  CHECK(Half(-0.0F).bits() == 0x8000);
  CHECK(Half(0x1p-24F).bits() == 1);
  CHECK(Half(0x1p-25F).bits() == 0);            // a tie, to even
  CHECK(Half(std::nextafter(0x1p-25F, 1.0F)).bits() == 1);
  CHECK(Half(0x1.8p-24F).bits() == 2);          // a tie between 1 and 2, to even
  CHECK(Half(0x1p-14F).bits() == 0x0400);
  CHECK(Half(0x1.ffep-15F).bits() == 0x0400);   // the largest subnormal rounds up into the normals
  CHECK(Half(1.0 + 0x1p-11).bits() == 0x3C00);  // a tie
  CHECK(Half(1.0 + 0x1p-11 + 0x1p-40).bits() == 0x3C01);  // no float holds this: one rounding, not two
  CHECK(Half(std::numeric_limits<double>::infinity()).bits() == 0x7C00);
  CHECK(Half(std::numeric_limits<double>::quiet_NaN()).bits() == 0x7E00);
  CHECK(Half(std::numeric_limits<double>::denorm_min()).bits() == 0);
}

TEST_CASE("zarr/half: halves between two neighbours round to the nearer one") {
  for (std::uint16_t bits = 0; bits != 0x7BFF; ++bits) {
    const double low = static_cast<float>(Half::from_bits(bits));
    const double high = static_cast<float>(Half::from_bits(static_cast<std::uint16_t>(bits + 1)));
    CHECK(Half(low + (high - low) * 0.49).bits() == bits);
    CHECK(Half(low + (high - low) * 0.51).bits() == bits + 1);
    CHECK(Half((low + high) / 2).bits() == (bits % 2 == 0 ? bits : bits + 1));
  }
}

TEST_CASE("zarr/half: halves compare as numbers") {
  CHECK(Half(0.0F) == Half(-0.0F));
  CHECK_FALSE(Half::from_bits(0x7E00) == Half::from_bits(0x7E00));
}
