// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/azure.hpp>

#include "s3_environment.hpp"
#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <varve/storage/auth/date.hpp>
#include <varve/storage/http/digest.hpp>
#include <varve/storage/probe.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace varve;
using storage::Azure;

// Azure on Azurite, which tests/services/with starts.
namespace {

storage::AzureOptions options(std::string prefix = support::fresh_prefix()) {
  storage::AzureOptions options;
  options.endpoint = support::required("VARVE_TEST_AZURE_ENDPOINT");
  options.account = support::required("VARVE_TEST_AZURE_ACCOUNT");
  options.container = support::required("VARVE_TEST_AZURE_CONTAINER");
  options.prefix = std::move(prefix);
  options.credentials = storage::azure::SharedKey{support::required("VARVE_TEST_AZURE_KEY")};
  options.http.proxy = "";
  return options;
}

Azure store() { return Azure(options()); }

support::BackendTraits traits() {
  support::BackendTraits traits;
  traits.backslashes = false;  // the service takes them for slashes
  return traits;
}

/// A signature of an hour for all blobs of the container ("Create a service SAS", version 2020-12-06 and later).
std::string signature(std::string_view rights) {
  const auto wanted = options();
  const auto key = storage::http::decode_base64(support::required("VARVE_TEST_AZURE_KEY")).value();
  const std::string start = "2020-01-01T00:00:00Z";
  const std::string expiry = "2099-01-01T00:00:00Z";
  const std::string version = "2021-12-02";
  std::string text(rights);
  text += '\n' + start + '\n' + expiry + "\n/blob/" + wanted.account + '/' + wanted.container;
  text += "\n\n\n\n" + version + "\nc\n\n\n\n\n\n\n";
  const std::string digest = storage::http::base64(storage::http::hmac_sha256(key, as_bytes(text)));
  return "?sv=" + version + "&sr=c&st=" + storage::http::escape(start) + "&se=" + storage::http::escape(expiry) +
         "&sp=" + std::string(rights) + "&sig=" + storage::http::escape(digest);
}

}  // namespace

TEST_CASE("storage/azure: behaves as a backend") { support::backend_suite(store, traits()); }

TEST_CASE("storage/azure: can be trusted with commits") {
  Azure probed = store();
  storage::ProbeOptions how;
  how.rounds = 10;
  const auto report = storage::probe(probed, how);
  INFO(report.table());
  CHECK(report.trusted_for_commits());
  CHECK(report.trusted_for_upkeep());
  CHECK(support::keys_below(probed, "").empty());
}

TEST_CASE("storage/azure: a large object goes in blocks, under the condition of its list") {
  auto small_blocks = options();
  small_blocks.single_put_bytes = 100'000;
  small_blocks.block_bytes = 64 * 1024;
  Azure blocks(small_blocks);
  const Bytes large = support::noise(1'000'001, 1);
  const PutOutcome first = support::put(blocks, "large", large, PutCondition::if_absent());
  CHECK(first.written);
  CHECK(support::get(blocks, "large").bytes == large);
  CHECK(support::get(blocks, "large").version == first.version);
  CHECK_FALSE(support::put(blocks, "large", support::noise(200'000, 2), PutCondition::if_absent()).written);
  const PutOutcome second =
      support::put(blocks, "large", support::noise(200'000, 3), PutCondition::if_version(first.version));
  CHECK(second.written);
  CHECK_FALSE(support::put(blocks, "large", large, PutCondition::if_version(first.version)).written);
  CHECK(support::get(blocks, "large").bytes == support::noise(200'000, 3));
  CHECK(support::put(blocks, "large", large).written);
  CHECK(support::get(blocks, "large").bytes == large);
}

TEST_CASE("storage/azure: of writers in blocks who create one object at once, one does") {
  auto small_blocks = options();
  small_blocks.single_put_bytes = 1000;
  small_blocks.block_bytes = 1024;
  Azure blocks(small_blocks);
  for (int round = 0; round != 3; ++round) {
    const std::string key = "race/" + std::to_string(round);
    std::atomic<int> winners = 0;
    std::atomic<std::uint64_t> winner = 0;
    support::on_threads(6, [&](std::size_t i) {
      if (support::put(blocks, key, support::noise(5000, i), PutCondition::if_absent()).written) {
        ++winners;
        winner = i;
      }
    });
    CHECK(winners == 1);
    CHECK(support::get(blocks, key).bytes == support::noise(5000, winner));
  }
}

TEST_CASE("storage/azure: a shared access signature does what its rights say") {
  const std::string prefix = support::fresh_prefix();
  Azure owner(options(prefix));
  const VersionTag version = support::put(owner, "k", as_bytes("v")).version;
  auto signed_options = options(prefix);
  signed_options.credentials = storage::azure::Sas{signature("rcwdl")};
  Azure guest(signed_options);
  CHECK(support::get(guest, "k").bytes == support::bytes_of("v"));
  CHECK(support::keys_below(guest, "") == std::vector<std::string>{"k"});
  CHECK(support::put(guest, "k", as_bytes("w"), PutCondition::if_version(version)).written);
  const VersionTag next = support::get(guest, "k").version;
  CHECK(block_on(copy_if_version(guest, "k", "copy", version)).value() == CopyOutcome::version_differs);
  CHECK(block_on(copy_if_version(guest, "k", "copy", next)).value() == CopyOutcome::copied);
  const std::vector<std::string> keys{"k", "copy"};
  CHECK(block_on(guest.remove(keys)));
  CHECK(support::keys_below(owner, "").empty());

  signed_options.credentials = storage::azure::Sas{signature("r")};
  Azure reader(signed_options);
  const auto refused = block_on(reader.put("k", as_bytes("x"), PutCondition::always()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
}

TEST_CASE("storage/azure: who is not allowed is told so, and a container that is not there is no empty store") {
  auto wrong = options();
  wrong.credentials = storage::azure::SharedKey{"c29tZWJvZHkgZWxzZSdzIGtleQ=="};
  Azure stranger(wrong);
  const auto refused = block_on(stranger.get("k", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
  wrong.credentials = storage::azure::Anonymous();
  Azure nobody(wrong);
  const auto listing = block_on(nobody.list("", std::nullopt));
  REQUIRE_FALSE(listing);
  auto nowhere = options();
  nowhere.container = "not-there";
  Azure empty(nowhere);
  for (const auto code :
       {block_on(empty.get("k", GetOptions())).error().code(),
        block_on(empty.put("k", as_bytes("x"), PutCondition::if_absent())).error().code(),
        block_on(empty.put("k", as_bytes("x"), PutCondition::if_version(VersionTag{"\"0x1\""}))).error().code(),
        block_on(empty.list("", std::nullopt)).error().code()}) {
    CHECK(code == errc::missing_object);
  }
}

TEST_CASE("storage/azure: a key that the service would change is refused") {
  Azure refusing = store();
  CHECK(block_on(refusing.put("a\\b", as_bytes("x"), PutCondition::always())).error().code() == errc::invalid_key);
  CHECK(block_on(refusing.get("a/../b", GetOptions())).error().code() == errc::invalid_key);
  CHECK(support::keys_below(refusing, "").empty());
}

TEST_CASE("storage/azure: a key of another program's writing is found by both") {
  const std::string prefix = support::fresh_prefix();
  Azure below(options(prefix + "/deep"));
  Azure above(options(prefix));
  CHECK(support::put(below, "k", as_bytes("v")).written);
  CHECK(support::get(above, "deep/k").bytes == support::bytes_of("v"));
  CHECK(support::keys_below(above, "") == std::vector<std::string>{"deep/k"});
  CHECK(support::keys_below(below, "") == std::vector<std::string>{"k"});
}
