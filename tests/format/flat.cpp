// SPDX-License-Identifier: Apache-2.0
#include <varve/format/flat.hpp>

#include <cstddef>
#include <initializer_list>

#include "support/bytes.hpp"
#include "support/doctest.hpp"

using varve::Bytes;
using varve::format::detail::FlatReader;
using varve::format::detail::FlatTable;

namespace {

Bytes of(std::initializer_list<unsigned> values) {
  Bytes out;
  for (const unsigned value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

}  // namespace

TEST_CASE("format/flat: a table, its fields and its vectors are found") {
  // Root offset 12; vtable at 4: 8 bytes, table of 12, slot 0 at 4, slot 1 at 8; a vector of two bytes at 24.
  const Bytes body = of({12, 0, 0, 0, 8, 0, 12, 0, 4, 0, 8, 0, 8, 0, 0, 0, 42, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 7, 9});
  FlatReader reader(body);
  const FlatTable root = reader.root();
  CHECK(reader.scalar<std::uint32_t>(root, 0, 5) == 42);
  CHECK(reader.scalar<std::uint32_t>(root, 2, 5) == 5);
  CHECK(reader.has(root, 1));
  CHECK_FALSE(reader.has(root, 2));
  const auto vector = reader.vector(root, 1, 1);
  CHECK(vector.count == 2);
  CHECK(reader.bytes(vector)[1] == std::byte{9});
  CHECK_FALSE(reader.failed());
  CHECK_FALSE(reader.vector(root, 1, 2).present);  // two elements of two bytes do not fit
  CHECK(reader.failed());
}

TEST_CASE("format/flat: what points outside fails and reads as nothing") {
  for (const Bytes& body :
       {of({}), of({1, 2, 3}), of({200, 0, 0, 0}), of({0, 0, 0, 0}), of({4, 0, 0, 0, 100, 0, 0, 0}),
        of({4, 0, 0, 0, 252, 255, 255, 255, 8, 0, 4, 0}),                 // the vtable is longer than the body
        of({4, 0, 0, 0, 252, 255, 255, 255, 4, 0, 99, 0}),                // the table is longer than the body
        of({4, 0, 0, 0, 252, 255, 255, 255, 2, 0, 4, 0}),                 // the vtable is too short to be one
        of({4, 0, 0, 0, 255, 255, 255, 127, 0, 0, 0, 0})}) {              // the vtable lies before the body
    FlatReader reader(body);
    const FlatTable root = reader.root();
    CHECK(reader.failed());
    CHECK(root.vtable_size == 0);
    CHECK(reader.scalar<std::uint64_t>(root, 0, 5) == 5);
    CHECK(reader.load<std::uint64_t>(0xfffffff0) == 0);
  }
}
