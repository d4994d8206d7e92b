// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/merge.hpp>

#include "support/doctest.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace {

namespace conflict = varve::conflict;
using conflict::ChunkConflict;
using conflict::ChunkVersion;
using conflict::Decision;

template <class T>
ChunkVersion version(T value) {
  varve::Bytes bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return ChunkVersion::stored(std::move(bytes));
}

/// What a policy makes of a chunk of one element; nothing if it refuses.
template <class T, class Policy>
std::optional<T> merged(const Policy& policy, T base, T ours, T theirs) {
  varve::zarr::ArrayMetadata metadata;
  metadata.data_type = varve::zarr::data_type_of<T>;
  metadata.shape = metadata.chunk_shape = {1};
  const std::vector<std::uint32_t> index = {0};
  ChunkConflict chunk =
      ChunkConflict::make("/t", metadata, index, version(base), version(ours), version(theirs)).value();
  const Decision decision = policy.resolve_chunk(chunk);
  if (decision == Decision::merged) return chunk.merged<T>()[0];
  CHECK(decision == Decision::fail);
  CHECK_FALSE(chunk.reason().empty());
  return std::nullopt;
}

}  // namespace

TEST_CASE("conflict/merge: Max and Min take the larger and the smaller, and a number before a NaN") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(merged(conflict::Max(), 9, 1, 2) == 2);
  CHECK(merged(conflict::Max(), 9, 2, -1) == 2);
  CHECK(merged(conflict::Min(), 9, 1, 2) == 1);
  CHECK(merged(conflict::Min(), 9, 2, -1) == -1);
  CHECK(merged(conflict::Max(), 0.0F, nan, 2.0F) == 2.0F);
  CHECK(merged(conflict::Max(), 0.0F, 2.0F, nan) == 2.0F);
  CHECK(merged(conflict::Min(), 0.0F, nan, 2.0F) == 2.0F);
  CHECK(merged(conflict::Min(), 0.0F, 2.0F, nan) == 2.0F);
  CHECK(std::isnan(*merged(conflict::Max(), 0.0F, nan, nan)));
  CHECK(static_cast<float>(*merged(conflict::Max(), varve::Half(0.0), varve::Half(1.5), varve::Half(-2.0))) == 1.5F);
  CHECK_FALSE(merged(conflict::Max(), false, true, false));
  CHECK_FALSE(merged(conflict::Min(), std::complex<double>(), std::complex<double>(1), std::complex<double>()));
}

TEST_CASE("conflict/merge: Sum adds what both sides added") {
  CHECK(merged(conflict::Sum(), 10, 13, 15) == 18);
  CHECK(merged(conflict::Sum(), 10, 7, 15) == 12);
  CHECK(merged(conflict::Sum(), 0.5, 1.5, 2.0) == 3.0);
  using Complex = std::complex<float>;
  CHECK(merged(conflict::Sum(), Complex(1, 1), Complex(2, 3), Complex(0, 1)) == Complex(1, 3));
  CHECK(static_cast<float>(*merged(conflict::Sum(), varve::Half(1.0), varve::Half(1.5), varve::Half(2.0))) == 2.5F);
  CHECK_FALSE(merged(conflict::Sum(), false, true, true));
}

TEST_CASE("conflict/merge: Sum counts a NaN as nothing unless both sides have it") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(merged(conflict::Sum(), nan, 2.0, 3.0) == 5.0);
  CHECK(merged(conflict::Sum(), nan, 2.0, nan) == 2.0);
  CHECK(merged(conflict::Sum(), nan, nan, 3.0) == 3.0);
  CHECK(std::isnan(*merged(conflict::Sum(), 1.0, nan, nan)));
}

TEST_CASE("conflict/merge: Sum of integers is exact or refused, for every triple of bytes") {
  const auto check = [](auto zero) {
    using T = decltype(zero);
    const int least = std::numeric_limits<T>::min();
    const int most = std::numeric_limits<T>::max();
    std::size_t wrong = 0;
    for (int base = least; base <= most; base += 3) {
      for (int ours = least; ours <= most; ++ours) {
        for (int theirs = least; theirs <= most; ++theirs) {
          const int sum = theirs + (ours - base);
          const auto got = conflict::Added()(static_cast<T>(base), static_cast<T>(ours), static_cast<T>(theirs));
          const bool fits = sum >= least && sum <= most;
          if (fits ? got != static_cast<T>(sum) : got.has_value()) ++wrong;
        }
      }
    }
    CHECK(wrong == 0);
  };
  check(std::int8_t{});
  check(std::uint8_t{});
  const auto most = std::numeric_limits<std::int64_t>::max();
  CHECK_FALSE(conflict::Added()(std::int64_t{0}, most, std::int64_t{1}));
  CHECK(conflict::Added()(-most, most, -most) == most);
}

TEST_CASE("conflict/merge: a policy from a lambda") {
  const conflict::Merge newest{[](auto base, auto ours, auto theirs) { return theirs != base ? theirs : ours; }};
  CHECK(merged(newest, 1, 2, 1) == 2);
  CHECK(merged(newest, 1, 2, 3) == 3);
  static_assert(conflict::expect_conflict_policy<decltype(newest)>());
}
