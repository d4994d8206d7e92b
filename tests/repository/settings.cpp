// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

template <class Call>
errc code_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("it did not throw");
  return {};
}

}  // namespace

TEST_CASE("repository/settings: metadata is replaced or merged, and everybody sees it") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  CHECK(repo.metadata().empty());
  repo.set_metadata({{"title", "ocean"}, {"depths", Json::Array{5, 10}}});
  repo.update_metadata({{"title", "oceans"}, {"owner", "us"}});
  const Metadata both{{"title", "oceans"}, {"depths", Json::Array{5, 10}}, {"owner", "us"}};
  CHECK(repo.metadata() == both);
  CHECK(Repo::open(store).metadata() == both);
  repo.set_metadata({});
  CHECK(Repo::open(store).metadata().empty());
  auto log = repo.ops_log();
  for (int i = 0; i != 3; ++i) CHECK(std::holds_alternative<format::MetadataChanged>(log.next()->kind));
}

TEST_CASE("repository/settings: a read-only repository takes no change but its status") {
  const storage::Memory store;
  auto repo = Repo::create(store);
  CHECK(repo.status().availability == RepoAvailability::online);
  auto early = repo.writable_session("main");
  early.create_group("/early");
  auto other = Repo::open(store);
  other.set_status(RepoAvailability::read_only, "until it has been looked at");
  const RepoStatus status = repo.status();
  CHECK(status.availability == RepoAvailability::read_only);
  CHECK(status.reason == "until it has been looked at");
  CHECK(status.set_at > Timestamp());
  CHECK(code_of([&] { repo.writable_session("main"); }) == errc::read_only_repository);
  CHECK(code_of([&] { early.commit("late"); }) == errc::read_only_repository);
  CHECK(code_of([&] { early.flush("late"); }) == errc::read_only_repository);
  CHECK(code_of([&] { repo.create_tag("t", initial_snapshot_id); }) == errc::read_only_repository);
  CHECK(code_of([&] { repo.set_metadata({}); }) == errc::read_only_repository);
  CHECK(code_of([&] { repo.set_feature(Feature::create_tag, false); }) == errc::read_only_repository);
  CHECK(repo.readonly_session(Branch{"main"}).nodes().empty());
  CHECK(code_of([&] { repo.set_status(RepoAvailability::offline); }) == errc::invalid_argument);

  repo.set_status(RepoAvailability::online);
  CHECK_FALSE(repo.status().reason);
  early.commit("late");
  CHECK(repo.readonly_session(Branch{"main"}).exists("/early"));
}

TEST_CASE("repository/settings: features are on until somebody forbids them, and can be put back") {
  auto repo = Repo::create({});
  const std::vector<FeatureState> defaults{{Feature::move_node}, {Feature::create_tag}, {Feature::delete_tag}};
  CHECK(repo.features() == defaults);
  repo.create_tag("kept", initial_snapshot_id);
  repo.set_feature(Feature::delete_tag, false);
  repo.set_feature(Feature::create_tag, false);
  repo.set_feature(Feature::move_node, true);
  CHECK(repo.features() == std::vector<FeatureState>{{Feature::move_node, true, true},
                                                     {Feature::create_tag, false, true},
                                                     {Feature::delete_tag, false, true}});
  CHECK(code_of([&] { repo.create_tag("new", initial_snapshot_id); }) == errc::feature_disabled);
  CHECK(code_of([&] { repo.delete_tag("kept"); }) == errc::feature_disabled);
  repo.set_feature(Feature::create_tag, true);
  repo.create_tag("new", initial_snapshot_id);
  for (const Feature feature : {Feature::move_node, Feature::create_tag, Feature::delete_tag}) repo.set_feature(feature, std::nullopt);
  CHECK(repo.features() == defaults);
  repo.delete_tag("kept");
  auto log = repo.ops_log();
  log.next();
  const auto reset = log.next();
  CHECK(reset->kind == format::UpdateKind(format::FeatureFlagChanged{5, false, false}));
}
