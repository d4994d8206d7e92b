// SPDX-License-Identifier: Apache-2.0
#include <varve/zarr/data_type.hpp>

#include <varve/zarr/json.hpp>

#include "support/doctest.hpp"

#include <bit>
#include <cstring>

namespace zarr = varve::zarr;
using zarr::DataType;

static varve::Json json(std::string_view text) { return zarr::parse_json(text, "test").value(); }

/// The bits of the element that `text` is, as hex digits in memory order.
static std::string bits(std::string_view text, DataType type) {
  const auto element = zarr::parse_fill_value(json(text), type);
  if (!element) return "refused";
  CHECK(element->size() == size_of(type));
  std::string digits;
  for (const std::byte byte : *element) {
    digits += "0123456789abcdef"[std::to_integer<int>(byte) >> 4];
    digits += "0123456789abcdef"[std::to_integer<int>(byte) & 15];
  }
  return digits;
}

TEST_CASE("zarr/data_type: C++ types stand for the types of Zarr") {
  CHECK(name_of(zarr::data_type_of<bool>) == "bool");
  CHECK(name_of(zarr::data_type_of<signed char>) == "int8");
  CHECK(name_of(zarr::data_type_of<unsigned char>) == "uint8");
  CHECK(name_of(zarr::data_type_of<long long>) == "int64");
  CHECK(name_of(zarr::data_type_of<unsigned long>) == "uint64");
  CHECK(name_of(zarr::data_type_of<varve::Half>) == "float16");
  CHECK(name_of(zarr::data_type_of<const double>) == "float64");
  CHECK(name_of(zarr::data_type_of<std::complex<float>>) == "complex64");
  static_assert(!zarr::Element<char> && !zarr::Element<long double> && !zarr::Element<std::byte> && !zarr::Element<int*>);
  for (int i = 0; i <= static_cast<int>(DataType::complex128); ++i) {
    const auto type = static_cast<DataType>(i);
    CHECK(zarr::data_type_named(name_of(type)) == type);
    CHECK(size_of(type) != 0);
  }
  CHECK_FALSE(zarr::data_type_named("r16"));
  CHECK_FALSE(zarr::data_type_named(""));
}

TEST_CASE("zarr/data_type: layouts say how many bytes reverse together") {
  const auto complex = zarr::layout_of(DataType::complex128, {3});
  CHECK(complex.item_size == 16);
  CHECK(complex.swap_size == 8);
  CHECK(zarr::layout_of(DataType::boolean, {3}).is_bool);
  CHECK_FALSE(zarr::layout_of(DataType::uint8, {3}).is_bool);
  CHECK(zarr::layout_of(DataType::int16, {3}).swap_size == 2);
}

TEST_CASE("zarr/data_type: fill values are read in every form of Zarr v3") {
  CHECK(bits("true", DataType::boolean) == "01");
  CHECK(bits("false", DataType::boolean) == "00");
  CHECK(bits("-128", DataType::int8) == "80");
  CHECK(bits("255", DataType::uint8) == "ff");
  CHECK(bits("18446744073709551615", DataType::uint64) == "ffffffffffffffff");
  CHECK(bits("-9223372036854775808", DataType::int64) == "0000000000000080");
  CHECK(bits("3.0", DataType::int16) == "0300");
  CHECK(bits("1", DataType::float32) == "0000803f");
  CHECK(bits("0.1", DataType::float64) == "9a9999999999b93f");
  CHECK(bits("0.10000000149011612", DataType::float32) == "cdcccc3d");
  CHECK(bits("-0.0", DataType::float32) == "00000080");
  CHECK(bits("1.5", DataType::float16) == "003e");
  CHECK(bits(R"("NaN")", DataType::float16) == "007e");
  CHECK(bits(R"("NaN")", DataType::float32) == "0000c07f");
  CHECK(bits(R"("NaN")", DataType::float64) == "000000000000f87f");
  CHECK(bits(R"("Infinity")", DataType::float32) == "0000807f");
  CHECK(bits(R"("-Infinity")", DataType::float64) == "000000000000f0ff");
  CHECK(bits(R"("0x7fc00001")", DataType::float32) == "0100c07f");
  CHECK(bits(R"("0xFFF8000000000000")", DataType::float64) == "000000000000f8ff");
  CHECK(bits(R"("0x3c00")", DataType::float16) == "003c");
  CHECK(bits(R"([1.0, "NaN"])", DataType::complex64) == "0000803f0000c07f");
  CHECK(bits(R"(["0x8000000000000000", -1])", DataType::complex128) == "0000000000000080000000000000f0bf");
}

TEST_CASE("zarr/data_type: what is no value of the type is refused") {
  for (const auto& [text, type] : {std::pair<const char*, DataType>("1", DataType::boolean),
                                   {"null", DataType::float32},
                                   {"128", DataType::int8},
                                   {"-1", DataType::uint64},
                                   {"1.5", DataType::int32},
                                   {"1e300", DataType::int64},
                                   {"18446744073709551615", DataType::int64},
                                   {"\"NaN\"", DataType::int32},
                                   {"\"nan\"", DataType::float32},
                                   {"\"0x7fc0\"", DataType::float32},
                                   {"\"0x7fc0000g\"", DataType::float32},
                                   {"\"7fc00000ff\"", DataType::float32},
                                   {"true", DataType::float64},
                                   {"1", DataType::complex64},
                                   {"[1]", DataType::complex64},
                                   {"[1,2,3]", DataType::complex64},
                                   {"[1,[2]]", DataType::complex128}}) {
    INFO(std::string(text));
    const auto element = zarr::parse_fill_value(json(text), type);
    REQUIRE_FALSE(element);
    CHECK(element.error().code() == varve::errc::bad_metadata);
  }
}

TEST_CASE("zarr/data_type: fill values are written as text that reads back to the same bits") {
  const auto check = [](auto value, std::string_view text) {
    constexpr DataType type = zarr::data_type_of<decltype(value)>;
    const auto bytes = std::as_bytes(std::span(&value, 1));
    CHECK(zarr::fill_value_text(bytes, type) == text);
    const auto back = zarr::parse_fill_value(json(text), type);
    REQUIRE(back);
    CHECK(std::memcmp(back->data(), bytes.data(), bytes.size()) == 0);
  };
  check(true, "true");
  check(std::int8_t{-5}, "-5");
  check(std::uint64_t{~0ULL}, "18446744073709551615");
  check(1.0F, "1.0");
  check(0.1F, "0.10000000149011612");
  check(-0.0, "-0.0");
  check(1e300, "1e+300");
  check(std::numeric_limits<float>::infinity(), "\"Infinity\"");
  check(-std::numeric_limits<double>::infinity(), "\"-Infinity\"");
  check(std::bit_cast<float>(0x7FC00000U), "\"NaN\"");
  check(std::bit_cast<float>(0x7FC00001U), "\"0x7fc00001\"");
  check(std::bit_cast<double>(0xFFF8000000000000U), "\"0xfff8000000000000\"");
  check(varve::Half::from_bits(0x7E00), "\"NaN\"");
  check(varve::Half::from_bits(0xFE01), "\"0xfe01\"");
  check(varve::Half(0.5F), "0.5");
  check(std::complex<float>(1, -2), "[1.0, -2.0]");
  check(std::complex<double>(std::bit_cast<double>(0x7FF8000000000000U), 0), "[\"NaN\", 0.0]");
}
