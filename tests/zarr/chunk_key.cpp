// SPDX-License-Identifier: Apache-2.0
#include <varve/zarr/chunk_key.hpp>

#include "support/doctest.hpp"

namespace zarr = varve::zarr;
using Index = std::vector<std::uint32_t>;
using Kind = zarr::StoreKey::Kind;

TEST_CASE("zarr/chunk_key: keys of nodes and chunks are read and written alike") {
  struct Case { const char* key; const char* path; Kind kind; Index index; };
  for (const auto& [key, path, kind, index] : {Case{"zarr.json", "/", Kind::metadata, {}},
                                               Case{"a/b/zarr.json", "/a/b", Kind::metadata, {}},
                                               Case{"a/c/zarr.json", "/a/c", Kind::metadata, {}},
                                               Case{"c", "/", Kind::chunk, {}},
                                               Case{"c/0/1", "/", Kind::chunk, {0, 1}},
                                               Case{"a/c", "/a", Kind::chunk, {}},
                                               Case{"a/b/c/12/4294967295", "/a/b", Kind::chunk, {12, 4294967295U}},
                                               Case{"c/c/3", "/c", Kind::chunk, {3}},
                                               Case{"c/1/c/3", "/c/1", Kind::chunk, {3}},
                                               Case{"abc/c/0", "/abc", Kind::chunk, {0}}}) {
    INFO(std::string(key));
    const auto parsed = zarr::parse_key(key);
    REQUIRE(parsed);
    CHECK(parsed->path.text() == path);
    CHECK(parsed->kind == kind);
    CHECK(parsed->index == index);
    const auto written = kind == Kind::chunk ? zarr::chunk_key(parsed->path, index) : zarr::metadata_key(parsed->path);
    CHECK(written == key);
  }
}

TEST_CASE("zarr/chunk_key: every other text is refused, also what the reference takes") {
  for (const char* key : {"", "foo", "abc", "arr/0.0", "arr/c.0.0", "arr/c/+1", "arr/c/01", "arr/c/-1", "arr/c/ 1", "arr/c/0x1",
                          "arr/c/4294967296", "arr/c/99999999999999999999", "arr/c/", "arr/c//0", "/arr/c/0", "arr//c/0",
                          "a//b/zarr.json", "/zarr.json", "arr/zarr.json/", "arr/C/0", "0/1", "arr/c/0/", "../c/0",
                          "a/./zarr.json", "arr/c/1e0", "zarr.jsonx", "/", "/c", "c/"}) {
    INFO(std::string(key));
    const auto parsed = zarr::parse_key(key);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == varve::errc::invalid_key);
    CHECK(parsed.error().key() == key);
  }
}

TEST_CASE("zarr/chunk_key: the metadata keys of Zarr v2 are told apart") {
  for (const char* key : {".zgroup", "a/.zarray", "a/b/.zattrs", ".zmetadata"}) {
    CHECK(zarr::parse_key(key).value().kind == Kind::v2_metadata);
  }
}

TEST_CASE("zarr/chunk_key: a chunk's index has the rank of its array") {
  CHECK(zarr::check_rank(zarr::parse_key("a/c/0/1").value(), 2));
  const auto wrong = zarr::check_rank(zarr::parse_key("a/c/0").value(), 2);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code() == varve::errc::invalid_key);
  CHECK(wrong.error().key() == "a/c/0");
  CHECK(zarr::check_rank(zarr::parse_key("a/zarr.json").value(), 2));
}
