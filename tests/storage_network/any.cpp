// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/any.hpp>

#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"
#include "support/http_server.hpp"
#include "support/temp_dir.hpp"

#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

using namespace varve;
using namespace varve::storage;
using support::HttpReply;
using support::HttpRequest;
using support::HttpServer;

namespace {

/// The text of the error that opening a URL ends with; empty if it opens.
std::string refusal(std::string_view url) {
  const auto opened = Any::open(url);
  if (opened) return {};
  CHECK(opened.error().code() == errc::invalid_argument);
  return opened.error().what();
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

AnyOptions direct() {
  AnyOptions options;
  options.http.proxy = "";
  return options;
}

}  // namespace

TEST_CASE("storage/any: behaves as the backend that it holds") {
  support::backend_suite([] { return Any(Memory()); });
}

TEST_CASE("storage/any: a folder behaves as a backend") {
  support::TempDir folder;
  int last = 0;
  support::backend_suite([&] { return Any("file://" + folder.text() + "/" + std::to_string(++last)); });
}

TEST_CASE("storage/any: a store that is lent is used, not copied") {
  Memory store;
  Any lent = Any::borrow(store);
  support::put(lent, "k", as_bytes("v"));
  CHECK(support::get(store, "k").bytes == support::bytes_of("v"));
  Any copy = lent;
  CHECK(support::get(copy, "k").bytes == support::bytes_of("v"));
}

TEST_CASE("storage/any: a named memory is one store, a nameless one is always new") {
  Any first("memory:one");
  Any again("memory:one");
  Any slashes("memory://one");
  Any other("memory:two");
  Any nameless("memory:");
  Any nameless_too("memory:");
  support::put(first, "k", as_bytes("v"));
  support::put(nameless, "k", as_bytes("v"));
  CHECK(support::get(again, "k").status == Fetched::Status::found);
  CHECK(support::get(slashes, "k").status == Fetched::Status::found);
  CHECK(support::get(other, "k").status == Fetched::Status::missing);
  CHECK(support::get(nameless_too, "k").status == Fetched::Status::missing);
  CHECK(first.url() == "memory:one");
}

TEST_CASE("storage/any: a folder is named by an absolute path, and may have options") {
  support::TempDir folder;
  Any store("file://" + folder.text() + "/a%20b?durability=none");
  support::put(store, "k", as_bytes("v"));
  CHECK(std::filesystem::exists(folder.path() / "a b" / "k"));
  Any localhost("file://localhost" + folder.text() + "/a%20b");
  CHECK(support::get(localhost, "k").status == Fetched::Status::found);
  CHECK(has(refusal("file://relative/path"), "absolute"));
  CHECK(has(refusal("file://" + folder.text() + "?durability=maybe"), "durability"));
}

TEST_CASE("storage/any: an option that there is not is refused, with those that there are") {
  CHECK(has(refusal("s3://bucket/p?regoin=x"), "regoin"));
  CHECK(has(refusal("s3://bucket/p?regoin=x"), "region, endpoint, anonymous"));
  CHECK(has(refusal("gs://bucket?token=secret"), "there is no option token"));
  CHECK_FALSE(has(refusal("gs://bucket?token=secret"), "secret"));
  CHECK(has(refusal("az://account/box?key=secret"), "endpoint, anonymous"));
  CHECK(has(refusal("memory:x?y=z"), "takes none"));
  CHECK(has(refusal("s3://bucket?anonymous=maybe"), "anonymous"));
  CHECK(has(refusal("s3://bucket?tries=0"), "tries"));
  CHECK(has(refusal("s3://bucket?connections=many"), "connections"));
}

TEST_CASE("storage/any: a URL that names no store is refused") {
  CHECK(has(refusal("ftp://host/path"), "there are s3, gs, az"));
  for (const char* url : {"", "/a/path", "relative", "s3:bucket", "s3://", "gs://", "az://account", "az:///box",
                          "http://", "c:\\folder", ":", "s3://bucket/%0a", "redirect+ftp://x"}) {
    CAPTURE(url);
    CHECK_FALSE(refusal(url).empty());
  }
  CHECK_THROWS_AS(Any("nonsense"), ValidationError);
}

TEST_CASE("storage/any: each scheme opens its own kind of store") {
  ::setenv("AZURE_STORAGE_KEY", "YQ==", 1);
  HttpServer server([](const HttpRequest&) { return HttpReply(404); });
  const std::string endpoint = "endpoint=" + http::escape(server.url());
  struct Case {
    std::string url;
    std::string path;
  };
  for (const Case& one : {Case{"s3://bucket/pre%20fix/?anonymous=true&region=r&" + endpoint, "/bucket/pre%20fix/k"},
                          Case{"gs://bucket/prefix?anonymous=true&" + endpoint, "/storage/v1/b/bucket/o/prefix%2Fk"},
                          Case{"gcs://bucket?anonymous=1&" + endpoint, "/storage/v1/b/bucket/o/k"},
                          Case{"az://account/box/a/b?" + endpoint, "/box/a/b/k"},
                          Case{server.url() + "/some/folder?x=1", "/some/folder/k"}}) {
    CAPTURE(one.url);
    Any store(one.url, direct());
    CHECK(support::get(store, "k").status == Fetched::Status::missing);
    CHECK(server.requests().back().path == one.path);
    CHECK(store.url() == one.url);
  }
  CHECK(server.requests().back().query == "x=1");
  ::unsetenv("AZURE_STORAGE_KEY");
}

TEST_CASE("storage/any: a redirect is followed to its store") {
  HttpServer place([](const HttpRequest&) { return HttpReply(200, "abc"); });
  HttpServer server([&](const HttpRequest&) {
    return HttpReply(302).set("Location", "http+icechunk" + place.url().substr(4) + "/repo");
  });
  Any store("redirect+" + server.url() + "/which", direct());
  CHECK(support::get(store, "k").bytes == support::bytes_of("abc"));
  CHECK(place.requests().at(0).path == "/repo/k");
}
