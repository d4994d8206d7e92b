// SPDX-License-Identifier: Apache-2.0
#include <varve/conflict/chunk_conflict.hpp>

#include "support/doctest.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>
#include <vector>

namespace {

using varve::Half;
using varve::conflict::AllTypes;
using varve::conflict::ChunkConflict;
using varve::conflict::ChunkVersion;
using varve::conflict::Decision;
using varve::conflict::ElementTypes;
using varve::zarr::ArrayMetadata;
using varve::zarr::DataType;
using Index = std::vector<std::uint32_t>;

template <class T>
varve::Bytes bytes_of(const std::vector<T>& values) {
  varve::Bytes bytes(values.size() * sizeof(T));
  for (std::size_t i = 0; i != values.size(); ++i) {
    const T value = values[i];
    std::memcpy(bytes.data() + i * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

template <class T>
ArrayMetadata array_of(std::vector<std::uint64_t> chunk_shape, T fill = {}) {
  ArrayMetadata metadata;
  metadata.shape = chunk_shape;
  metadata.chunk_shape = std::move(chunk_shape);
  metadata.data_type = varve::zarr::data_type_of<T>;
  const auto bytes = bytes_of(std::vector<T>{fill});
  metadata.fill_value.assign(bytes.begin(), bytes.end());
  return metadata;
}

template <class T>
ChunkConflict conflict_of(const ArrayMetadata& metadata, const std::vector<T>& base, const std::vector<T>& ours,
                          const std::vector<T>& theirs) {
  static const Index index = {4, 2};
  return ChunkConflict::make("/t", metadata, index, ChunkVersion::stored(bytes_of(base)),
                             ChunkVersion::stored(bytes_of(ours)), ChunkVersion::stored(bytes_of(theirs)))
      .value();
}

template <class T>
std::vector<T> values(ChunkConflict& chunk) {
  const auto merged = chunk.merged<T>();
  return std::vector<T>(merged.begin(), merged.end());
}

template <class... T>
void for_types(ElementTypes<T...>, auto visit) {
  (visit(T{}), ...);
}

}  // namespace

TEST_CASE("conflict/chunk_conflict: shows where the chunk is and its three versions as typed views") {
  const auto metadata = array_of<float>({2, 3});
  auto chunk = conflict_of<float>(metadata, {0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}, {12, 13, 14, 15, 16, 17});
  CHECK(chunk.path() == "/t");
  CHECK(Index(chunk.index().begin(), chunk.index().end()) == Index{4, 2});
  CHECK(chunk.data_type() == DataType::float32);
  CHECK(chunk.holds<float>());
  CHECK_FALSE(chunk.holds<double>());
  CHECK(&chunk.metadata() == &metadata);
  const auto base = chunk.base().view<float>();
  CHECK(base.size() == 6);
  CHECK(base.shape().size() == 2);
  CHECK(base(1, 0) == 3);
  CHECK(base[5] == 5);
  CHECK(chunk.ours().view<float>()(0, 2) == 8);
  const std::span<const float> theirs = chunk.theirs().view<float>();
  CHECK(theirs.back() == 17);
  const std::span<float> written = chunk.merged<float>();
  CHECK(written.size() == 6);
  CHECK(std::accumulate(base.begin(), base.end(), 0.0F) == 15);
}

TEST_CASE("conflict/chunk_conflict: versions that are not there hold fill values and say so") {
  const auto metadata = array_of<std::int32_t>({3}, -7);
  auto stored = ChunkVersion::stored(bytes_of<std::int32_t>({1, 2, 3}));
  const auto made = ChunkConflict::make("/t", metadata, Index{0}, ChunkVersion::missing(), ChunkVersion::erased(),
                                        std::move(stored));
  REQUIRE(made);
  CHECK(made->base().state() == ChunkVersion::State::missing);
  CHECK(made->ours().state() == ChunkVersion::State::erased);
  CHECK_FALSE(made->ours().is_stored());
  CHECK(made->theirs().is_stored());
  CHECK(std::ranges::all_of(made->base().view<std::int32_t>(), [](int value) { return value == -7; }));
  CHECK(made->ours().view<std::int32_t>().size() == 3);
}

TEST_CASE("conflict/chunk_conflict: a version of another size than the chunk is refused") {
  const auto metadata = array_of<std::int32_t>({3});
  const auto made = ChunkConflict::make("/t", metadata, Index{0}, ChunkVersion::missing(),
                                        ChunkVersion::stored(bytes_of<std::int32_t>({1, 2})), ChunkVersion::missing());
  REQUIRE_FALSE(made);
  CHECK(made.error().code() == varve::errc::shape_mismatch);
  const auto endless = array_of<std::int32_t>({1ULL << 40, 1ULL << 40});
  const auto none = ChunkVersion::missing();
  CHECK_FALSE(ChunkConflict::make("/t", endless, Index{0}, none, none, none));
}

TEST_CASE("conflict/chunk_conflict: a view of another type throws the typed error") {
  const auto metadata = array_of<float>({1});
  auto chunk = conflict_of<float>(metadata, {0}, {1}, {2});
  CHECK_THROWS_AS(chunk.base().view<double>(), varve::ValidationError);
  CHECK_THROWS_AS(chunk.merged<std::int32_t>(), varve::ValidationError);
}

TEST_CASE("conflict/chunk_conflict: a generic lambda merges every real type and refuses bool and complex") {
  for_types(AllTypes(), [](auto zero) {
    using T = decltype(zero);
    const auto metadata = array_of<T>({3});
    const T one(1.0F);
    ChunkConflict chunk = conflict_of<T>(metadata, {zero, zero, zero}, {one, zero, one}, {zero, one, one});
    CAPTURE(varve::zarr::name_of(chunk.data_type()));
    const Decision decision = chunk.merge([](auto, auto ours, auto theirs) { return std::max(ours, theirs); });
    constexpr bool real = !std::same_as<T, bool> && !std::same_as<T, std::complex<float>> &&
                          !std::same_as<T, std::complex<double>>;
    if (real) {
      CHECK(decision == Decision::merged);
      CHECK(values<T>(chunk) == std::vector<T>{one, one, one});
    } else {
      CHECK(decision == Decision::fail);
      CHECK(chunk.reason() == "the merge is not for " + std::string(varve::zarr::name_of(chunk.data_type())));
      CHECK_FALSE(chunk.has_merged());
    }
  });
}

TEST_CASE("conflict/chunk_conflict: a merge of all types reaches bool and complex") {
  for_types(AllTypes(), [](auto zero) {
    using T = decltype(zero);
    const auto metadata = array_of<T>({2});
    ChunkConflict chunk = conflict_of<T>(metadata, {T(0.0F), T(1.0F)}, {T(0.0F), T(0.0F)}, {T(1.0F), T(1.0F)});
    const auto changed = [](auto base, auto ours, auto theirs) { return ours == base ? theirs : ours; };
    CHECK(chunk.merge(AllTypes(), changed) == Decision::merged);
    CHECK(values<T>(chunk) == std::vector<T>{T(1.0F), T(0.0F)});
  });
}

TEST_CASE("conflict/chunk_conflict: a merge for listed types compiles for no other") {
  const auto wrapped = [](auto base, auto ours, auto theirs) {
    static_assert(std::floating_point<decltype(base)>);
    return std::hypot(ours, theirs);
  };
  const auto floats = array_of<double>({1});
  auto chunk = conflict_of<double>(floats, {0}, {3}, {4});
  CHECK(chunk.merge<float, double>(wrapped) == Decision::merged);
  CHECK(values<double>(chunk) == std::vector{5.0});
  const auto ints = array_of<std::int32_t>({1});
  auto other = conflict_of<std::int32_t>(ints, {0}, {3}, {4});
  CHECK(other.merge<float, double>(wrapped) == Decision::fail);
  CHECK(other.reason() == "the merge is not for int32");
}

TEST_CASE("conflict/chunk_conflict: a lambda with a parameter type takes that type and no other that converts") {
  const auto ours = [](float, float value, const float&) { return value; };
  const auto floats = array_of<float>({1});
  auto chunk = conflict_of<float>(floats, {0}, {3}, {4});
  CHECK(chunk.merge(ours) == Decision::merged);
  CHECK(values<float>(chunk) == std::vector{3.0F});
  const auto ints = array_of<std::int64_t>({1});
  auto other = conflict_of<std::int64_t>(ints, {0}, {3}, {4});
  CHECK(other.merge(ours) == Decision::fail);
}

TEST_CASE("conflict/chunk_conflict: constrained lambdas choose their types") {
  const auto whole = [](std::integral auto, std::integral auto ours, std::integral auto) { return ours; };
  const auto floats = array_of<float>({1});
  auto chunk = conflict_of<float>(floats, {0}, {3}, {4});
  CHECK(chunk.merge(AllTypes(), whole) == Decision::fail);
  const auto ints = array_of<std::uint8_t>({1});
  auto other = conflict_of<std::uint8_t>(ints, {0}, {3}, {4});
  CHECK(other.merge(AllTypes(), whole) == Decision::merged);
}

TEST_CASE("conflict/chunk_conflict: an empty optional refuses and names the element") {
  const auto metadata = array_of<std::int16_t>({3});
  auto chunk = conflict_of<std::int16_t>(metadata, {0, 0, 0}, {1, 2, 3}, {1, 2, 4});
  const auto same = [](auto, auto ours, auto theirs) { return ours == theirs ? std::optional(ours) : std::nullopt; };
  CHECK(chunk.merge(same) == Decision::fail);
  CHECK(chunk.reason().find("element 2") != std::string::npos);
}

TEST_CASE("conflict/chunk_conflict: merged elements begin as ours and can be written one by one") {
  const auto metadata = array_of<double>({2, 2});
  auto chunk = conflict_of<double>(metadata, {0, 0, 0, 0}, {1, 2, 3, 4}, {5, 6, 7, 8});
  CHECK_FALSE(chunk.has_merged());
  chunk.merged<double>()(1, 0) = chunk.theirs().view<double>()(1, 0);
  CHECK(chunk.has_merged());
  CHECK(values<double>(chunk) == std::vector<double>{1, 2, 7, 4});
  CHECK(chunk.merged_bytes().size() == 32);
}

TEST_CASE("conflict/chunk_conflict: bytes of bools that are neither 0 nor 1 are true") {
  const auto metadata = array_of<bool>({2});
  auto stored = ChunkVersion::stored(bytes_of<std::uint8_t>({0, 255}));
  const auto made = ChunkConflict::make("/t", metadata, Index{0}, std::move(stored), ChunkVersion::missing(),
                                        ChunkVersion::missing());
  CHECK_FALSE(made->base().view<bool>()[0]);
  CHECK(made->base().view<bool>()[1]);
}

TEST_CASE("conflict/chunk_conflict: a scalar array has a chunk of one element") {
  const auto metadata = array_of<double>({});
  auto chunk = conflict_of<double>(metadata, {1}, {2}, {5});
  CHECK(chunk.base().view<double>()() == 1);
  CHECK(chunk.merge([](auto base, auto ours, auto theirs) { return theirs + (ours - base); }) == Decision::merged);
  CHECK(values<double>(chunk) == std::vector{6.0});
}

TEST_CASE("conflict/chunk_conflict: in a rectilinear grid each chunk has its own shape") {
  auto metadata = array_of<std::int32_t>({5, 2}, -7);
  metadata.chunk_edges = {varve::zarr::ChunkEdges::make(std::vector<varve::zarr::ChunkRun>{{1, 1}, {3, 1}, {9, 2}}).value(),
                          varve::zarr::ChunkEdges::make(std::vector<varve::zarr::ChunkRun>{{2, 1}}).value()};
  metadata.chunk_shape = {9, 2};
  const auto make = [&](Index index) {
    return ChunkConflict::make("/t", metadata, index, ChunkVersion::missing(), ChunkVersion::stored(bytes_of<std::int32_t>({1, 2, 3, 4, 5, 6})),
                               ChunkVersion::erased());
  };
  auto made = make({1, 0});
  REQUIRE(made);
  const ChunkConflict chunk = *std::move(made);
  CHECK(std::ranges::equal(chunk.shape(), std::vector<std::uint64_t>{3, 2}));
  CHECK(chunk.ours().view<std::int32_t>()(2, 1) == 6);
  CHECK(chunk.base().view<std::int32_t>().size() == 6);
  for (const Index& other : {Index{0, 0}, Index{2, 0}, Index{3, 0}, Index{7, 0}, Index{1, 1}}) {
    CHECK(make(other).error().code() == varve::errc::shape_mismatch);
  }
}
