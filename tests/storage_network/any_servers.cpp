// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/any.hpp>

#include "s3_environment.hpp"
#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <varve/storage/http/url.hpp>
#include <varve/storage/local.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

using namespace varve;
using storage::Any;

// One program, one URL: Any on all the servers at once that tests/services/with starts, credentials in the environment.
namespace {

std::string escaped(std::string_view text) { return storage::http::escape(text); }

Any open(const std::string& url) {
  storage::AnyOptions options;
  options.http.proxy = "";
  return Any(url, std::move(options));
}

Any s3(const std::string& endpoint, bool trusting = true) {
  std::string more;
  if (auto authority = support::variable("VARVE_TEST_S3_CA"); authority && trusting)
    more = "&ca_file=" + escaped(*authority);
  ::setenv("AWS_ACCESS_KEY_ID", support::required("VARVE_TEST_S3_KEY").c_str(), 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", support::required("VARVE_TEST_S3_SECRET").c_str(), 1);
  return open("s3://" + support::required("VARVE_TEST_S3_BUCKET") + '/' + support::fresh_prefix() +
              "?region=" + support::required("VARVE_TEST_S3_REGION") + "&endpoint=" + escaped(endpoint) + more);
}

support::BackendTraits short_lists(bool hashes) {
  support::BackendTraits traits;
  traits.versions_are_hashes = hashes;
  traits.listed = 50;
  traits.removed = 50;
  return traits;
}

}  // namespace

TEST_CASE("storage/any: s3 behaves as a backend") {
  support::backend_suite([] { return s3(support::required("VARVE_TEST_S3_ENDPOINT")); }, short_lists(true));
}

TEST_CASE("storage/any: s3 over TLS knows the authority that its URL names") {
  const std::string endpoint = support::required("VARVE_TEST_S3_TLS_ENDPOINT");
  Any trusting = s3(endpoint);
  CHECK(support::put(trusting, "k", as_bytes("v"), PutCondition::if_absent()).written);
  CHECK(support::get(trusting, "k").bytes == support::bytes_of("v"));
  Any distrustful = s3(endpoint, /*trusting=*/false);
  const auto refused = block_on(distrustful.get("k", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
}

TEST_CASE("storage/any: gs behaves as a backend") {
  support::backend_suite(
      [] {
        return open("gs://" + support::required("VARVE_TEST_GCS_BUCKET") + '/' + support::fresh_prefix() +
                    "?anonymous=true&endpoint=" + escaped(support::required("VARVE_TEST_GCS_ENDPOINT")));
      },
      short_lists(false));
}

TEST_CASE("storage/any: az takes its key from the environment") {
  ::setenv("AZURE_STORAGE_KEY", support::required("VARVE_TEST_AZURE_KEY").c_str(), 1);
  Any store = open("az://" + support::required("VARVE_TEST_AZURE_ACCOUNT") + '/' +
                   support::required("VARVE_TEST_AZURE_CONTAINER") + '/' + support::fresh_prefix() +
                   "?endpoint=" + escaped(support::required("VARVE_TEST_AZURE_ENDPOINT")));
  const PutOutcome first = support::put(store, "k", as_bytes("v"), PutCondition::if_absent());
  CHECK(first.written);
  CHECK_FALSE(support::put(store, "k", as_bytes("w"), PutCondition::if_absent()).written);
  CHECK(support::put(store, "k", as_bytes("w"), PutCondition::if_version(first.version)).written);
  CHECK(support::get(store, "k").bytes == support::bytes_of("w"));
  CHECK(support::keys_below(store, "") == std::vector<std::string>{"k"});
}

TEST_CASE("storage/any: http reads what a folder holds") {
  const std::string prefix = support::fresh_prefix();
  storage::Local local(std::filesystem::path(support::required("VARVE_TEST_HTTP_ROOT")) / prefix);
  support::put(local, "a/b", support::bytes_of("v"));
  Any web = open(support::required("VARVE_TEST_HTTP_ENDPOINT") + '/' + prefix);
  CHECK(support::get(web, "a/b").bytes == support::bytes_of("v"));
  CHECK(block_on(web.put("k", as_bytes("x"), PutCondition::always())).error().code() == errc::unsupported_operation);
}
