// SPDX-License-Identifier: Apache-2.0
// Both real repositories, whole: every snapshot, node, attribute and value of what the reference says is in them.
#include <varve/repository/repository.hpp>
#include <varve/storage/local.hpp>
#include <varve/zarr/json.hpp>

#include "support/data.hpp"
#include "support/doctest.hpp"
#include "support/sha256.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Local>;

/// The same value with the members of every object in the order of their names: JSON does not tell two orders apart.
Json ordered(const Json& value) {
  if (const auto* array = value.as_array()) {
    Json::Array out;
    for (const Json& item : *array) out.push_back(ordered(item));
    return Json(std::move(out));
  }
  if (const auto* object = value.as_object()) {
    Json::Object out;
    for (const auto& [name, item] : *object) out.emplace_back(name, ordered(item));
    std::ranges::sort(out, {}, &Json::Member::first);
    return Json(std::move(out));
  }
  return value;
}

Json parsed(std::string_view text) { return ordered(zarr::parse_json(text, "test").value()); }

Json expected_of(const std::string& name) {
  const Bytes file = support::read_file(support::data_folder() / (name + ".expected.json"));
  return zarr::parse_json(as_text(file), name).value();
}

Json metadata_json(const Metadata& metadata) {
  Json::Object out;
  for (const auto& [name, value] : metadata) out.emplace_back(name, value);
  return ordered(Json(std::move(out)));
}

Json numbers(const auto& values) { return Json(Json::Array(values.begin(), values.end())); }

/// What zarr-python calls the chunks of an array: where it is sharded, what is inside a shard.
Json chunks_of(std::string_view zarr_json, const std::string& path) {
  const auto metadata = zarr::parse_array(zarr_json, path).value();
  if (metadata.codecs.front().name == "sharding_indexed") return *metadata.codecs.front().configuration.find("chunk_shape");
  return numbers(metadata.chunk_shape);
}

void check_node(const auto& session, const NodeInfo& node, const Json& expected) {
  const std::string& path = node.path.text();
  CAPTURE(path);
  const auto attributes = zarr::attributes_of(*node.zarr_json, path).value();
  CHECK(parsed(attributes) == ordered(*expected.find("attributes")));
  if (*expected.find("kind")->as_string() == "group") {
    CHECK(node.kind == NodeKind::group);
    return;
  }
  REQUIRE(node.kind == NodeKind::array);
  const auto array = session.open_array(path);
  CHECK(Json(array.data_type()) == *expected.find("data_type"));
  CHECK(numbers(array.shape()) == *expected.find("shape"));
  CHECK(chunks_of(*node.zarr_json, path) == *expected.find("chunks"));
  Json::Array names;
  for (const auto& name : array.dimension_names()) names.push_back(name ? Json(*name) : Json());
  CHECK(Json(names) == *expected.find("dimension_names"));
  CHECK(Json(support::sha256(array.read_bytes())) == *expected.find("sha256_little_endian_c_order"));
}

/// Returns how many arrays were compared.
std::size_t check_snapshot(Repo& repo, const std::string& id, const Json::Object& expected) {
  CAPTURE(id);
  const auto session = repo.readonly_session(SnapshotId::parse(id).value());
  std::set<std::string> found;
  std::size_t arrays = 0;
  for (const NodeInfo& node : session.nodes()) {
    found.insert(node.path.text());
    const auto wanted = std::ranges::find(expected, node.path.text(), &Json::Member::first);
    REQUIRE_MESSAGE(wanted != expected.end(), node.path.text());
    check_node(session, node, wanted->second);
    if (node.kind == NodeKind::array) ++arrays;
  }
  CHECK(found.size() == expected.size());
  return arrays;
}

void check_history(Repo& repo, const std::string& branch, const Json::Array& expected) {
  CAPTURE(branch);
  CHECK(Json(repo.lookup_branch(branch).to_string()) == *expected.front().find("id"));
  std::size_t at = 0;
  std::optional<SnapshotId> parent;
  Timestamp younger = Timestamp::max();
  for (const auto& snapshot : repo.ancestry(Branch{branch})) {
    REQUIRE(at < expected.size());
    if (at != 0) CHECK(snapshot.id == parent);
    CHECK(Json(snapshot.id.to_string()) == *expected[at].find("id"));
    CHECK(Json(snapshot.message) == *expected[at].find("message"));
    CHECK(metadata_json(snapshot.metadata) == ordered(*expected[at].find("metadata")));
    CHECK(snapshot.flushed_at < younger);
    parent = snapshot.parent;
    younger = snapshot.flushed_at;
    ++at;
  }
  CHECK(at == expected.size());
  CHECK_FALSE(parent);
}

std::vector<std::string> names_of(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : *object.as_object()) names.push_back(name);
  return names;
}

void check_repository(const std::string& name, int spec_version) {
  const Json expected = expected_of(name);
  auto repo = Repo::open(storage::Local(support::data_folder() / name));
  CHECK(repo.spec_version() == spec_version);

  CHECK(repo.list_branches() == names_of(*expected.find("branches")));
  for (const auto& [branch, log] : *expected.find("branches")->as_object()) check_history(repo, branch, *log.as_array());
  CHECK(repo.list_tags() == names_of(*expected.find("tags")));
  for (const auto& [tag, id] : *expected.find("tags")->as_object()) CHECK(Json(repo.lookup_tag(tag).to_string()) == id);

  std::size_t arrays = 0;
  for (const auto& [id, nodes] : *expected.find("snapshots")->as_object()) {
    arrays += check_snapshot(repo, id, *nodes.as_object());
  }
  CHECK(arrays > 100);
}

}  // namespace

TEST_CASE("repository/real_repositories: every snapshot, node, attribute and value of the one in format 1") {
  check_repository("sst-v1", 1);
}

TEST_CASE("repository/real_repositories: every snapshot, node, attribute and value of the one in format 2") {
  check_repository("sst-v2", 2);
}
