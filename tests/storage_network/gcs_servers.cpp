// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/gcs.hpp>

#include "s3_environment.hpp"
#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <varve/storage/probe.hpp>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

using namespace varve;
using storage::Gcs;

// Gcs on fake-gcs-server, which tests/services/with starts.
namespace {

storage::GcsOptions options(std::string prefix = support::fresh_prefix()) {
  storage::GcsOptions options;
  options.endpoint = support::required("VARVE_TEST_GCS_ENDPOINT");
  options.bucket = support::required("VARVE_TEST_GCS_BUCKET");
  options.prefix = std::move(prefix);
  options.credentials = storage::gcs::Anonymous();
  options.http.proxy = "";
  return options;
}

Gcs store() { return Gcs(options()); }

}  // namespace

TEST_CASE("storage/gcs: behaves as a backend") { support::backend_suite(store); }

TEST_CASE("storage/gcs: can be trusted with commits") {
  Gcs probed = store();
  storage::ProbeOptions how;
  how.rounds = 10;
  const auto report = storage::probe(probed, how);
  INFO(report.table());
  CHECK(report.trusted_for_commits());
  CHECK(report.trusted_for_upkeep());
  CHECK(support::keys_below(probed, "").empty());
}

TEST_CASE("storage/gcs: a large conditional write arrives as it was sent, or not at all") {
  Gcs bucket = store();
  const Bytes large = support::noise(3'000'001, 1);
  const PutOutcome first = support::put(bucket, "large", large, PutCondition::if_absent());
  CHECK(first.written);
  CHECK(support::get(bucket, "large").bytes == large);
  CHECK_FALSE(support::put(bucket, "large", support::noise(3'000'001, 2), PutCondition::if_absent()).written);
  CHECK(support::get(bucket, "large").version == first.version);
}

TEST_CASE("storage/gcs: content that looks like the frame around it stays content") {
  Gcs bucket = store();
  for (const std::string text : {"\r\n--boundary--\r\n", "--", "\r\n", "\n", "--\r\n--"}) {
    CHECK(support::put(bucket, "k", as_bytes(text)).written);
    const VersionTag version = support::get(bucket, "k").version;
    CHECK(support::put(bucket, "k", as_bytes(text), PutCondition::if_version(version)).written);
    CHECK(as_text(support::get(bucket, "k").bytes) == text);
  }
}

TEST_CASE("storage/gcs: the variable for emulators is honoured") {
  auto by_variable = options();
  ::setenv("STORAGE_EMULATOR_HOST", by_variable.endpoint.c_str(), 1);
  by_variable.endpoint.clear();
  by_variable.credentials = storage::gcs::ApplicationDefault();
  Gcs bucket(by_variable);
  ::unsetenv("STORAGE_EMULATOR_HOST");
  CHECK(support::put(bucket, "k", as_bytes("v")).written);
  CHECK(support::get(bucket, "k").bytes == support::bytes_of("v"));
}

TEST_CASE("storage/gcs: a bucket that is not there is no empty store") {
  auto nowhere = options();
  nowhere.bucket = "not-there-at-all";
  Gcs empty(nowhere);
  const auto put = block_on(empty.put("k", as_bytes("x"), PutCondition::if_absent()));
  REQUIRE_FALSE(put);
  CHECK(put.error().code() == errc::missing_object);
  const auto listed = block_on(empty.list("", std::nullopt));
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code() == errc::missing_object);
}
