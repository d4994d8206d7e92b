// SPDX-License-Identifier: Apache-2.0
#include <varve/format/metadata.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <flatbuffers/flexbuffers.h>

#include "fuzz/walk.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

using namespace varve::format;
using varve::Bytes;
using varve::errc;
using varve::Json;

namespace {

Bytes from_hex(std::string_view text) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    out.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

std::string flex_text(const Bytes& bytes) {
  const auto value = decode_flexbuffer(bytes, "key");
  REQUIRE(value);
  return value->text();
}

std::string pack_text(std::string_view hex) {
  const auto value = decode_messagepack(from_hex(hex), "key");
  REQUIRE(value);
  return value->text();
}

/// What a builder of the FlexBuffers library makes.
template <class Fill>
Bytes flex(Fill fill) {
  flexbuffers::Builder builder;
  fill(builder);
  builder.Finish();
  return varve::copy_bytes(std::as_bytes(std::span<const std::uint8_t>(builder.GetBuffer())));
}

const Json sample = Json::Object{
    {"array", Json::Array{1, -2, 300, -70000, 5'000'000'000, 2.5, 1e300, "text", nullptr, true, false}},
    {"empty", Json::Object{}},
    {"large", Json(std::numeric_limits<std::uint64_t>::max())},
    {"nested", Json::Object{{"a", Json::Array{Json::Array{}, Json::Array{Json::Object{{"k", -3}}}}}}},
    {"small", Json(std::numeric_limits<std::int64_t>::min())},
    {"unicode", Json("caf\xc3\xa9")}};

}  // namespace

TEST_CASE("format/metadata: the FlexBuffer of the initial snapshot is the golden one") {
  const auto encoded = encode_flexbuffer(Json::Object{{"is_root", Json(true)}});
  REQUIRE(encoded);
  CHECK(*encoded == from_hex("69735f726f6f740001090101010168022401"));
  CHECK(flex_text(*encoded) == R"({"is_root":true})");
}

TEST_CASE("format/metadata: every JSON value survives a FlexBuffer") {
  const auto encoded = encode_flexbuffer(sample);
  REQUIRE(encoded);
  CHECK(decode_flexbuffer(*encoded, "key").value() == sample);
  for (const Json& value : {Json(), Json(1), Json(2.5), Json("x"), Json(Json::Array{}), Json(true)}) {
    CHECK(decode_flexbuffer(encode_flexbuffer(value).value(), "key").value() == value);
  }
}

TEST_CASE("format/metadata: trap 24: members are sorted by name, and the last of several counts") {
  const Json value = Json::Object{{"b", 1}, {"a", 2}, {"b", 3}};
  CHECK(flex_text(encode_flexbuffer(value).value()) == R"({"a":2,"b":3})");
}

TEST_CASE("format/metadata: a name with a zero byte and endless nesting cannot be written") {
  CHECK(encode_flexbuffer(Json::Object{{std::string("a\0b", 3), 1}}).error().code() == errc::invalid_argument);
  Json deep;
  for (int i = 0; i != 70; ++i) deep = Json::Array{deep};
  CHECK(encode_flexbuffer(deep).error().code() == errc::invalid_argument);
}

TEST_CASE("format/metadata: every encoding that the FlexBuffers library offers is read") {
  CHECK(flex_text(flex([](auto& b) { b.TypedVector([&] { b.Int(1), b.Int(-300); }); })) == "[1,-300]");
  CHECK(flex_text(flex([](auto& b) { b.TypedVector([&] { b.UInt(1), b.UInt(70000); }); })) == "[1,70000]");
  CHECK(flex_text(flex([](auto& b) { b.TypedVector([&] { b.Double(0.5), b.Double(0.1); }); })) == "[0.5,0.1]");
  CHECK(flex_text(flex([](auto& b) { b.TypedVector([&] { b.Bool(true), b.Bool(false); }); })) == "[true,false]");
  CHECK(flex_text(flex([](auto& b) { b.TypedVector([&] { b.Key("x"), b.Key("yz"); }); })) == R"(["x","yz"])");
  const std::int32_t two[] = {1, -2};
  const std::uint64_t three[] = {1, 2, 1ULL << 40};
  const float four[] = {1, 2, 3, 4.5F};
  CHECK(flex_text(flex([&](auto& b) { b.FixedTypedVector(two, 2); })) == "[1,-2]");
  CHECK(flex_text(flex([&](auto& b) { b.FixedTypedVector(three, 3); })) == "[1,2,1099511627776]");
  CHECK(flex_text(flex([&](auto& b) { b.FixedTypedVector(four, 4); })) == "[1.0,2.0,3.0,4.5]");
  CHECK(flex_text(flex([](auto& b) {
          b.Vector([&] { b.IndirectInt(-5), b.IndirectUInt(6), b.IndirectFloat(0.5F), b.IndirectDouble(0.1); });
        })) == "[-5,6,0.5,0.1]");
  CHECK(flex_text(flex([](auto& b) { b.Key("key"); })) == R"("key")");
  CHECK(flex_text(flex([](auto& b) { b.UInt(std::numeric_limits<std::uint64_t>::max()); })) == "18446744073709551615");
  CHECK(flex_text(flex([](auto& b) { b.String(std::string(70'000, 'x')); })).size() == 70'002);
}

TEST_CASE("format/metadata: blobs are refused, as the reference refuses them") {
  const Bytes blob = flex([](auto& b) { b.Blob("abc", 3); });
  CHECK(decode_flexbuffer(blob, "key").error().code() == errc::corrupt);
}

TEST_CASE("format/metadata: no damage to a FlexBuffer makes a read leave it") {
  Bytes bytes = encode_flexbuffer(sample).value();
  for (std::size_t kept = 0; kept != bytes.size(); ++kept) {
    walk::flexbuffer(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(kept)));
  }
  for (std::size_t at = 0; at != bytes.size(); ++at) {
    const std::byte was = bytes[at];
    for (unsigned value = 0; value != 256; ++value) {
      bytes[at] = static_cast<std::byte>(value);
      walk::flexbuffer(bytes);
    }
    bytes[at] = was;
  }
}

TEST_CASE("format/metadata: values that share their parts without end are refused") {
  // Vectors of one byte a field: each refers twice to the one before it, so 40 of them stand for 2^40 values.
  Bytes bytes = from_hex("00");
  std::size_t last = 0;
  for (int i = 0; i != 40; ++i) {
    bytes.push_back(std::byte{2});  // the length
    const std::size_t at = bytes.size();
    const auto back = [&](std::size_t from) { return static_cast<std::byte>(from - last); };
    bytes.push_back(i == 0 ? std::byte{0} : back(at));
    bytes.push_back(i == 0 ? std::byte{0} : back(at + 1));
    const std::byte type = i == 0 ? std::byte{0} : std::byte{10 << 2};
    bytes.push_back(type);
    bytes.push_back(type);
    last = at;
  }
  bytes.push_back(static_cast<std::byte>(bytes.size() - last));
  bytes.push_back(std::byte{10 << 2});
  bytes.push_back(std::byte{1});
  CHECK(decode_flexbuffer(bytes, "key").error().code() == errc::corrupt);
  // A vector that holds itself.
  CHECK(decode_flexbuffer(from_hex("010028022801"), "key").error().code() == errc::corrupt);
}

TEST_CASE("format/metadata: the MessagePack values of the specification") {
  CHECK(pack_text("81a769735f726f6f74c3") == R"({"is_root":true})");
  CHECK(pack_text("9501cb4004000000000000a178c0c3") == R"([1,2.5,"x",null,true])");
  CHECK(pack_text("81a16bfd") == R"({"k":-3})");
  CHECK(pack_text("98ccffcdffffceffffffffcfffffffffffffffffd080d18000d280000000d38000000000000000") ==
        "[255,65535,4294967295,18446744073709551615,-128,-32768,-2147483648,-9223372036854775808]");
  CHECK(pack_text("93ca3f000000c27f") == "[0.5,false,127]");
  CHECK(pack_text("93d90161da000162db0000000163") == R"(["a","b","c"])");
  CHECK(pack_text("92dc000101dd0000000102") == "[[1],[2]]");
  CHECK(pack_text("92de0001a16101df00000001a16202") == R"([{"a":1},{"b":2}])");
  CHECK(pack_text("e0") == "-32");
}

TEST_CASE("format/metadata: damaged MessagePack is refused without reading beyond it") {
  for (const char* hex : {"", "81", "81a1", "a5616263", "dd7fffffff", "dfffffffff", "dbffffffff61", "c1", "c40161", "d40101",
                          "8101c3", "c0c0", "cb40"}) {
    const Bytes bytes = from_hex(hex);
    const auto value = decode_messagepack(bytes, "snapshots/x");
    REQUIRE_FALSE(value);
    CHECK(value.error().code() == errc::corrupt);
    CHECK(value.error().key() == "snapshots/x");
  }
  CHECK_FALSE(decode_messagepack(Bytes(100'000, std::byte{0x91}), "key"));  // 100 000 nested arrays
  for (std::uint64_t seed = 0; seed != 2000; ++seed) {
    walk::messagepack(support::noise(1 + seed % 40, seed));
    walk::flexbuffer(support::noise(1 + seed % 40, seed));
  }
}
