// SPDX-License-Identifier: Apache-2.0
#include <varve/array/store.hpp>

#include "array/support/types.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <string>
#include <vector>

using namespace support;
using varve::Bytes;
using varve::errc;
using varve::StoreRange;
using Store = varve::ZarrStore<State>;
using Texts = std::vector<std::string>;

namespace {

const std::string group_json = R"({"zarr_format": 3, "node_type": "group"})";

/// A group with an array of two chunks, of which one is stored, and a scalar.
std::shared_ptr<State> example() {
  auto state = std::make_shared<State>();
  make<std::uint8_t, 2>(state, "/g/a", {.shape = {4, 2}, .chunks = {2, 2}})
      .write(varve::Box<2>{{2, 0}, {2, 2}}, std::vector<std::uint8_t>{1, 2, 3, 4});
  make<std::uint8_t, 0>(state, "/s", {}).set(7);
  return state;
}

}  // namespace

TEST_CASE("array/store: values are read by key, in whole or in part") {
  const Store store(example());
  CHECK(store.get("g/a/c/1/0") == bytes_of("\1\2\3\4"));
  CHECK(store.get("s/c") == bytes_of("\7"));
  CHECK_FALSE(store.get("g/a/c/0/0"));
  CHECK_FALSE(store.get("g/a/c/9/9"));
  CHECK_FALSE(store.get("g/b/c/0"));
  CHECK_FALSE(store.get("g/c/0"));  // a group has no chunks
  CHECK_FALSE(store.get("nothing/zarr.json"));
  CHECK(store.get("g/zarr.json").value().size() == store.getsize("g/zarr.json"));
  CHECK(store.get("g/a/c/1/0", StoreRange::bounded(1, 3)) == bytes_of("\2\3"));
  CHECK(store.get("g/a/c/1/0", StoreRange::bounded(3, 100)) == bytes_of("\4"));
  CHECK(store.get("g/a/c/1/0", StoreRange::bounded(4, 4)) == Bytes());
  CHECK(store.get("g/a/c/1/0", StoreRange::from(2)) == bytes_of("\3\4"));
  CHECK(store.get("g/a/c/1/0", StoreRange::suffix(1)) == bytes_of("\4"));
  CHECK(store.get("g/a/c/1/0", StoreRange::suffix(9)) == bytes_of("\1\2\3\4"));
  CHECK(store.get("g/zarr.json", StoreRange::suffix(1)) == bytes_of("}"));
  CHECK(store.getsize("g/a/c/1/0") == 4);
  CHECK(store.getsize("g/a/c/0/0") == 0);
  CHECK(store.exists("g/a/c/1/0"));
  CHECK_FALSE(store.exists("g/a/c/0/0"));
  CHECK(store.exists("zarr.json"));
}

TEST_CASE("array/store: keys that are not canonical are refused, those of another rank too") {
  const Store store(example());
  for (const char* key : {"", "foo", "/g/zarr.json", "g//zarr.json", "g/a/c/01/0", "g/a/c/+1/0", "g/a/c/-1/0", "abc",
                          "g/a/0.0", "g/a/c.0.0", "g/a/c/4294967296/0", "g/a/c/1/0/0", "g/a/c/1", "g/a/c", "s/c/0"}) {
    CAPTURE(key);
    CHECK(code_of([&] { store.get(key); }) == errc::invalid_key);
    CHECK(code_of([&] { store.exists(key); }) == errc::invalid_key);
    CHECK(code_of([&] { store.set(key, noise(1, 1)); }) == errc::invalid_key);
    CHECK(code_of([&] { store.erase(key); }) == errc::invalid_key);
  }
}

TEST_CASE("array/store: the metadata of Zarr v2 reads as missing and cannot be set") {
  const Store store(example());
  for (const char* key : {"g/.zgroup", "g/a/.zarray", ".zattrs", ".zmetadata"}) {
    CHECK_FALSE(store.get(key));
    CHECK_FALSE(store.exists(key));
    CHECK(store.getsize(key) == 0);
    store.erase(key);
    CHECK(code_of([&] { store.set(key, noise(1, 1)); }) == errc::unsupported_operation);
  }
}

TEST_CASE("array/store: setting zarr.json creates and updates nodes, which keep their kind") {
  const auto state = example();
  const Store store(state);
  store.set("new/zarr.json", bytes_of(group_json));
  CHECK(store.get("new/zarr.json") == bytes_of(group_json));
  const std::string changed = R"({"zarr_format": 3, "node_type": "group", "attributes": {"a": 1}})";
  store.set("new/zarr.json", bytes_of(changed));
  CHECK(Group::open(state, path("/new")).value().attributes() == R"({"a": 1})");
  store.set_if_not_exists("new/zarr.json", bytes_of(group_json));
  CHECK(store.get("new/zarr.json") == bytes_of(changed));
  CHECK(code_of([&] { store.set("g/a/zarr.json", bytes_of(group_json)); }) == errc::node_exists);
  for (const char* json : {"{}", "nonsense", "", R"({"zarr_format": 3, "node_type": "array"})"}) {
    CHECK(code_of([&] { store.set("bad/zarr.json", bytes_of(json)); }) == errc::bad_metadata);
  }
  CHECK_FALSE(store.exists("bad/zarr.json"));
}

TEST_CASE("array/store: chunks are set as they are, where there is an array for them") {
  const auto state = example();
  const Store store(state);
  store.set("g/a/c/0/0", bytes_of("\5\6\7\10"));
  CHECK(Array<std::uint8_t, 2>::open(state, path("/g/a")).value().read() ==
        std::vector<std::uint8_t>{5, 6, 7, 8, 1, 2, 3, 4});
  store.set_if_not_exists("g/a/c/0/0", bytes_of("xxxx"));
  CHECK(store.get("g/a/c/0/0") == bytes_of("\5\6\7\10"));
  store.erase("g/a/c/0/0");
  store.erase("g/a/c/0/0");
  CHECK_FALSE(store.exists("g/a/c/0/0"));
  store.set_if_not_exists("g/a/c/0/0", bytes_of("\1\1\1\1"));
  CHECK(store.exists("g/a/c/0/0"));
  CHECK(code_of([&] { store.set("h/c/0", noise(1, 1)); }) == errc::node_not_found);
  CHECK(code_of([&] { store.set("g/c/0", noise(1, 1)); }) == errc::not_an_array);
}

TEST_CASE("array/store: erasing takes a node with all below it, or chunks by whole segments") {
  const auto state = example();
  const Store store(state);
  const auto wide = make<std::uint8_t, 1>(state, "/w", {.shape = {12}, .chunks = {1}});
  wide.write(std::vector<std::uint8_t>(12, 1));
  store.erase_prefix("w/c/1");  // not 10 and 11
  CHECK(store.list_prefix("w/c/1") == Texts{"w/c/10", "w/c/11"});
  store.erase_prefix("w/c/");
  CHECK(store.list_prefix("w/") == Texts{"w/zarr.json"});
  store.erase_prefix("missing/thing");
  store.erase("g/zarr.json");
  CHECK(store.list_prefix("g/").empty());
  CHECK(store.exists("s/zarr.json"));
  store.erase_prefix("");
  CHECK(store.list().empty());
}

TEST_CASE("array/store: everything is listed, keys of nodes first") {
  const Store store(example());
  CHECK(store.list() == Texts{"zarr.json", "g/zarr.json", "g/a/zarr.json", "s/zarr.json", "g/a/c/1/0", "s/c"});
  CHECK(store.list_prefix("g/a/c/") == Texts{"g/a/c/1/0"});
  CHECK(store.list_prefix("g/a") == Texts{"g/a/zarr.json", "g/a/c/1/0"});
  CHECK(store.list_prefix("x").empty());
}

TEST_CASE("array/store: a folder shows the next segments") {
  const Store store(example());
  CHECK(store.list_dir("") == Texts{"g", "s", "zarr.json"});
  CHECK(store.list_dir("g") == Texts{"a", "zarr.json"});
  CHECK(store.list_dir("g/a/") == Texts{"c", "zarr.json"});
  CHECK(store.list_dir("g/a/c") == Texts{"1"});
  CHECK(store.list_dir("g/a/c/1") == Texts{"0"});
  CHECK(store.list_dir("s") == Texts{"c", "zarr.json"});
  CHECK(store.list_dir("s/c").empty());
  CHECK(store.list_dir("none").empty());
  CHECK(code_of([&] { store.list_dir("/g"); }) == errc::invalid_key);
}

TEST_CASE("array/store: a virtual chunk exists and has a size, but is not read") {
  const auto state = example();
  const Store store(state);
  state->store(state->find_node(path("/g/a")).value()->id, {0, 0}, noise(4, 1), /*is_virtual=*/true);
  CHECK(store.exists("g/a/c/0/0"));
  CHECK(store.getsize("g/a/c/0/0") == 4);
  CHECK(code_of([&] { store.get("g/a/c/0/0"); }) == errc::unsupported_virtual);
}
