// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/http.hpp>

#include "s3_environment.hpp"
#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"

#include <varve/storage/local.hpp>
#include <varve/storage/probe.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace varve;
using storage::Http;
using storage::Local;

// Http on nginx, which tests/services/with starts: what Local writes into the folder is read by HTTP.
namespace {

struct Place {
  std::string prefix = support::fresh_prefix();
  Local local{std::filesystem::path(support::required("VARVE_TEST_HTTP_ROOT")) / prefix};

  Http web(std::string_view area = "") const {
    storage::HttpOptions options;
    options.url = support::required("VARVE_TEST_HTTP_ENDPOINT") + std::string(area) + '/' + prefix + '/';
    options.http.proxy = "";
    return Http(options);
  }
};

}  // namespace

TEST_CASE("storage/http: what is in the folder is read, whole and in parts") {
  Place place;
  support::put(place.local, "a/b", support::bytes_of("0123456789"));
  for (const char* area : {"", "/norange"}) {
    CAPTURE(area);
    Http web = place.web(area);
    const Fetched whole = support::get(web, "a/b");
    REQUIRE(whole.status == Fetched::Status::found);
    CHECK(as_text(whole.bytes) == "0123456789");
    CHECK_FALSE(whole.version.text.empty());
    struct Case {
      ByteRange range;
      std::string_view expected;
    };
    for (const Case& one : {Case{{0, 10}, "0123456789"}, Case{{2, 5}, "234"}, Case{{8, 100}, "89"}, Case{{10, 20}, ""},
                            Case{{50, 60}, ""}, Case{{3, 3}, ""}, Case{{0, UINT64_MAX}, "0123456789"}}) {
      CAPTURE(one.range.first);
      const Fetched part = support::get(web, "a/b", one.range);
      CHECK(part.status == Fetched::Status::found);
      CHECK(as_text(part.bytes) == one.expected);
      CHECK(part.version == whole.version);
      Bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(one.range.size(), 100)));
      const auto size = block_on(read_into(web, "a/b", one.range.first, buffer)).value();
      REQUIRE(size);
      CHECK(as_text(ByteView(buffer).first(*size)) == one.expected);
    }
    CHECK(support::get(web, "none").status == Fetched::Status::missing);
    CHECK(support::get(web, "none", ByteRange{0, 4}).status == Fetched::Status::missing);
    CHECK(support::get(web, "none", ByteRange{4, 4}).status == Fetched::Status::missing);
    Bytes buffer(4);
    CHECK_FALSE(block_on(read_into(web, "none", 0, buffer)).value());
  }
}

TEST_CASE("storage/http: a file that has not changed is not sent again") {
  Place place;
  support::put(place.local, "k", support::bytes_of("first"));
  Http web = place.web();
  const VersionTag first = support::get(web, "k").version;
  const Fetched same = support::get(web, "k", {}, first);
  CHECK(same.status == Fetched::Status::unchanged);
  CHECK(same.version == first);
  CHECK(support::get(web, "k", {}, VersionTag{"of another world"}).status == Fetched::Status::found);
  CHECK(support::get(web, "k", {}, VersionTag{"\"of another world\""}).status == Fetched::Status::found);
  support::put(place.local, "k", support::bytes_of("of another length"));
  const Fetched changed = support::get(web, "k", {}, first);
  CHECK(changed.status == Fetched::Status::found);
  CHECK(changed.bytes == support::bytes_of("of another length"));
  CHECK(support::get(web, "none", {}, first).status == Fetched::Status::missing);
}

TEST_CASE("storage/http: an empty file is an object, and a size is known without its bytes") {
  Place place;
  support::put(place.local, "empty", {});
  const Bytes large = support::noise(3 << 20, 1);
  support::put(place.local, "large", large);
  Http web = place.web();
  CHECK(support::get(web, "empty").status == Fetched::Status::found);
  CHECK(support::get(web, "empty").bytes.empty());
  CHECK(support::get(web, "empty", ByteRange{0, 5}).bytes.empty());
  CHECK(support::get(web, "large").bytes == large);
  CHECK(block_on(object_size(web, "large")).value()->size == large.size());
  CHECK(block_on(object_size(web, "empty")).value()->size == 0);
  CHECK_FALSE(block_on(object_size(web, "none")).value());
}

TEST_CASE("storage/http: keys hold any character of a ref name") {
  Place place;
  Http web = place.web();
  for (const char* key : {"refs/branch.feature one/ref.json", "refs/tag.v1.0+rc~2/ref.json.deleted",
                          "refs/branch.ä-é 漢/x", "a=b&c?d%20e", "x#y", "..a/b..", "sp ace/ t", "quote\"'`$\\"}) {
    CAPTURE(key);
    support::put(place.local, key, as_bytes(key));
    CHECK(as_text(support::get(web, key).bytes) == key);
  }
}

TEST_CASE("storage/http: nothing is written, and the probe says so") {
  Place place;
  support::put(place.local, "k", support::bytes_of("v"));
  Http web = place.web();
  const auto put = block_on(web.put("k", as_bytes("w"), PutCondition::always()));
  REQUIRE_FALSE(put);
  CHECK(put.error().code() == errc::unsupported_operation);
  CHECK(block_on(web.list("", std::nullopt)).error().code() == errc::unsupported_operation);
  const std::vector<std::string> keys{"k"};
  CHECK(block_on(web.remove(keys)).error().code() == errc::unsupported_operation);
  CHECK(support::get(place.local, "k").bytes == support::bytes_of("v"));
  const auto report = storage::probe(web);
  CHECK_FALSE(report.trusted_for_commits());
}
