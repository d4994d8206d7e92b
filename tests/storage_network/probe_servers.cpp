// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/probe.hpp>

#include "s3_environment.hpp"
#include "support/doctest.hpp"

#include <varve/storage/azure.hpp>
#include <varve/storage/gcs.hpp>
#include <varve/storage/http.hpp>
#include <varve/repository/repository.hpp>

#include <string>
#include <utility>

using namespace varve;
using storage::Any;
using storage::ProbeOptions;
using storage::ProbeReport;

// The probe on each of the servers that tests/services/with can start, two of which lose updates.
namespace {

Any store() {
  if (support::variable("VARVE_TEST_S3_SERVER")) return Any(support::s3_store());
  if (support::variable("VARVE_TEST_AZURE_ENDPOINT")) {
    storage::AzureOptions options;
    options.endpoint = support::required("VARVE_TEST_AZURE_ENDPOINT");
    options.account = support::required("VARVE_TEST_AZURE_ACCOUNT");
    options.container = support::required("VARVE_TEST_AZURE_CONTAINER");
    options.prefix = support::fresh_prefix();
    options.credentials = storage::azure::SharedKey{support::required("VARVE_TEST_AZURE_KEY")};
    options.http.proxy = "";
    return Any(storage::Azure(options));
  }
  if (support::variable("VARVE_TEST_GCS_ENDPOINT")) {
    storage::GcsOptions options;
    options.endpoint = support::required("VARVE_TEST_GCS_ENDPOINT");
    options.bucket = support::required("VARVE_TEST_GCS_BUCKET");
    options.prefix = support::fresh_prefix();
    options.credentials = storage::gcs::Anonymous();
    options.http.proxy = "";
    return Any(storage::Gcs(options));
  }
  storage::HttpOptions options;
  options.url = support::required("VARVE_TEST_HTTP_ENDPOINT");
  options.http.proxy = "";
  return Any(storage::Http(options));
}

std::string server() {
  if (auto name = support::variable("VARVE_TEST_S3_SERVER")) return *std::move(name);
  if (support::variable("VARVE_TEST_AZURE_ENDPOINT")) return "azurite";
  return support::variable("VARVE_TEST_GCS_ENDPOINT") ? "fake-gcs-server" : "nginx";
}

bool loses_updates() { return server() == "s3s-fs" || server() == "s3proxy"; }

ProbeReport probe_with(const ProbeOptions& options) {
  Any probed = store();
  ProbeReport report = storage::probe(probed, options);
  MESSAGE(server() << "\n" << report.table());
  if (server() == "nginx") return report;
  auto left = block_on(probed.list("", std::nullopt));
  REQUIRE(left);
  CHECK(left->objects.empty());
  return report;
}

}  // namespace

TEST_CASE("storage/probe: a quick one trusts the stores that compare and swap, and no other") {
  const ProbeReport report = probe_with(ProbeOptions::quick());
  if (server() == "versitygw") return;  // its torn reads are rare: it is trusted or not
  CHECK(report.trusted_for_commits() == !(loses_updates() || server() == "nginx"));
  CHECK(report.require_commits().has_value() == report.trusted_for_commits());
  if (server() != "nginx" && !loses_updates()) CHECK(report.trusted_for_upkeep());
}

TEST_CASE("storage/probe: no repository is created on a store that loses updates, unless its owner insists") {
  if (!loses_updates()) return;
  storage::S3Options options = support::s3_options(support::fresh_prefix());
  const auto refused = block_on(Repository<storage::S3>::async_create(storage::S3(options)));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::unsupported_operation);
  CHECK(refused.error().hint().find("commits could be lost") != std::string::npos);
  options.probe = false;
  CHECK(block_on(Repository<storage::S3>::async_create(storage::S3(options))));
}

TEST_CASE("storage/probe: a store that loses updates is refused each time") {
  if (!loses_updates()) return;
  for (int i = 0; i != 5; ++i) CHECK_FALSE(probe_with(ProbeOptions::quick()).trusted_for_commits());
}
