// SPDX-License-Identifier: Apache-2.0
#include <varve/array/group.hpp>

#include "array/support/types.hpp"
#include "support/doctest.hpp"

#include <string>
#include <vector>

using namespace support;
using varve::errc;

namespace {

std::vector<std::string> paths(const std::vector<varve::NodeInfo>& nodes) {
  std::vector<std::string> out;
  for (const auto& node : nodes) out.push_back(node.path.text());
  return out;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("array/group: groups and arrays are made, found and removed by name") {
  const auto state = std::make_shared<State>();
  const auto root = Group::root(state).value();
  const auto ocean = root.create_group("ocean", R"({"basin": "Atlantic"})");
  CHECK(ocean.attributes() == R"({"basin": "Atlantic"})");
  const auto sst = ocean.create_array<float, 1>("sst", {.shape = {4}});
  CHECK(sst.path().text() == "/ocean/sst");
  ocean.create_array("depth/mean", {.data_type = "float64", .shape = {2}, .fill_value = "NaN"});
  CHECK(paths(root.children()) == Texts{"/ocean"});
  CHECK(paths(ocean.children()) == Texts{"/ocean/depth", "/ocean/sst"});
  CHECK(paths(root.nodes()) == Texts{"/ocean", "/ocean/depth", "/ocean/depth/mean", "/ocean/sst"});
  CHECK(root.open_group("ocean/depth").open_array("mean").data_type() == "float64");
  CHECK(ocean.open_array<float, 1>("sst").read() == std::vector<float>(4));
  CHECK(ocean.open_array<float, 1>("/ocean/sst").path() == sst.path());
  CHECK(ocean.contains("sst"));
  ocean.remove("depth");
  CHECK_FALSE(root.contains("ocean/depth/mean"));
  CHECK(code_of([&] { ocean.remove("depth"); }) == errc::node_not_found);
}

TEST_CASE("array/group: missing groups above a node are made, but nothing is made below an array") {
  const auto state = std::make_shared<State>();
  const auto root = Group::root(state).value();
  root.create_array<float, 1>("a/b/c", {.shape = {4}});
  CHECK(paths(state->nodes(varve::Path()).value()) == Texts{"/", "/a", "/a/b", "/a/b/c"});
  CHECK(code_of([&] { root.create_group("a/b/c/d"); }) == errc::not_a_group);
  CHECK(code_of([&] { root.create_array<float, 1>("a/b/c/d/e", {.shape = {4}}); }) == errc::not_a_group);
  CHECK(code_of([&] { root.create_group("a/b/c"); }) == errc::node_exists);
  CHECK(code_of([&] { root.create_group("a"); }) == errc::node_exists);
  CHECK(state->nodes(varve::Path()).value().size() == 4);
}

TEST_CASE("array/group: what is not there or is no group is refused") {
  const auto state = std::make_shared<State>();
  const auto root = Group::root(state).value();
  root.create_array<float, 1>("a", {.shape = {4}});
  CHECK(code_of([&] { root.open_group("a"); }) == errc::not_a_group);
  CHECK(code_of([&] { root.open_group("b"); }) == errc::node_not_found);
  CHECK(code_of([&] { root.open_array("b"); }) == errc::node_not_found);
  CHECK(code_of([&] { root.create_group("x//y"); }) == errc::invalid_path);
  CHECK(code_of([&] { root.create_group("x", "[]"); }) == errc::invalid_argument);
  state->is_writable = false;
  CHECK(code_of([&] { root.create_group("x"); }) == errc::read_only_session);
}

TEST_CASE("array/group: the root of an empty repository is a group that is stored when it is needed") {
  const auto state = std::make_shared<State>();
  const auto root = Group::root(state).value();
  CHECK(root.attributes() == "{}");
  CHECK(root.children().empty());
  CHECK(state->nodes(varve::Path()).value().empty());
  root.set_attributes(R"({"title": "all"})");
  CHECK(root.attributes() == R"({"title": "all"})");
  root.set_attributes(R"({"title": "none"})");
  CHECK(Group::open(state, path("/")).value().attributes() == R"({"title": "none"})");
}

TEST_CASE("array/group: a root that is an array has no groups") {
  const auto state = std::make_shared<State>();
  make<float, 1>(state, "/", {.shape = {4}}).write(std::vector<float>{1, 2, 3, 4});
  CHECK(AnyArray::open(state, path("/")).value().shape() == std::vector<std::uint64_t>{4});
  CHECK(Group::root(state).error().code() == errc::not_a_group);
  CHECK(Group::create(state, path("/g")).error().code() == errc::not_a_group);
}

TEST_CASE("array/group: changing attributes leaves every other byte of the metadata alone") {
  const auto state = std::make_shared<State>();
  const std::string json =
      R"({"zarr_format":3, "node_type":"group", "attributes":{"a":1}, "x":{"must_understand":false}})";
  CHECK(state->create_node(path("/g"), varve::NodeKind::group, json));
  Group::open(state, path("/g")).value().set_attributes(R"({"a":2})");
  CHECK(*state->find_node(path("/g")).value()->zarr_json ==
        R"({"zarr_format":3, "node_type":"group", "attributes":{"a":2}, "x":{"must_understand":false}})");
}
