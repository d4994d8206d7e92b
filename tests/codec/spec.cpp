// SPDX-License-Identifier: Apache-2.0
#include <varve/codec/spec.hpp>

#include <varve/codec/default.hpp>
#include <varve/zarr/json.hpp>

#include "support/doctest.hpp"

namespace codec = varve::codec;
using varve::Json;

static Json json(std::string_view text) { return varve::zarr::parse_json(text, "test").value(); }

TEST_CASE("codec/spec: codecs are objects or bare names") {
  const auto specs = codec::parse_specs(json(R"(["bytes",{"name":"zstd","configuration":{"level":3}},{"name":"crc32c"}])"));
  REQUIRE(specs);
  REQUIRE(specs->size() == 3);
  CHECK((*specs)[0] == codec::Spec{"bytes"});
  CHECK((*specs)[1] == codec::Spec{"zstd", Json::Object{{"level", 3}}});
  CHECK(codec::specs_json(*specs).text() ==
        R"([{"name":"bytes"},{"name":"zstd","configuration":{"level":3}},{"name":"crc32c"}])");
  for (const char* bad : {"{}", "3", R"([3])", R"([{}])", R"([{"name":3}])", R"([{"name":"zstd","configuration":3}])"}) {
    const auto refused = codec::parse_specs(json(bad));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == varve::errc::bad_metadata);
  }
}

TEST_CASE("codec/spec: what a user leaves out is completed, inside shards too") {
  const auto text = [](std::vector<codec::Spec> specs, std::size_t item_size) {
    return codec::specs_json(codec::complete(std::move(specs), item_size)).text();
  };
  CHECK(text({}, 4) == R"([{"name":"bytes","configuration":{"endian":"little"}}])");
  CHECK(text({}, 1) == R"([{"name":"bytes"}])");
  CHECK(text({codec::transpose({1, 0}), codec::gzip(1)}, 1) ==
        R"([{"name":"transpose","configuration":{"order":[1,0]}},{"name":"bytes"},)"
        R"({"name":"gzip","configuration":{"level":1}}])");
  CHECK(text({codec::bytes(std::endian::big)}, 8) == R"([{"name":"bytes","configuration":{"endian":"big"}}])");
  const auto blosc = codec::complete({codec::blosc({.cname = "lz4"})}, 8);
  CHECK(codec::Blosc::from_configuration(blosc[1].configuration).value().typesize == 8);
  const auto kept = codec::complete({codec::blosc({.typesize = 2})}, 8);
  CHECK(codec::Blosc::from_configuration(kept[1].configuration).value().typesize == 2);

  const auto shard = codec::complete({codec::sharding({.chunk_shape = {2}, .codecs = {codec::zstd(1)}})}, 4);
  REQUIRE(shard.size() == 1);
  const auto inner = codec::Sharding::from_configuration(shard[0].configuration).value();
  CHECK(inner.codecs == std::vector{codec::bytes(), codec::zstd(1)});
  CHECK(inner.index_codecs == std::vector{codec::bytes(), codec::crc32c()});
}

TEST_CASE("codec/spec: sizes that no memory holds are refused") {
  using Shape = std::vector<std::uint64_t>;
  CHECK(codec::detail::checked_size(Shape{3, 4}, 8).value() == 96);
  CHECK(codec::detail::checked_size(Shape{}, 8).value() == 8);
  CHECK(codec::detail::checked_size(Shape{~0ULL, 0}, 8).value() == 0);
  CHECK_FALSE(codec::detail::checked_size(Shape{~0ULL}, 1));
  CHECK_FALSE(codec::detail::checked_size(Shape{1ULL << 32, 1ULL << 32}, 1));
}
