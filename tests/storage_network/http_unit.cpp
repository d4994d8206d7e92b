// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/http.hpp>

#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"
#include "support/http_server.hpp"

#include <varve/storage/http_store/redirect.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace varve;
using namespace varve::storage;
using support::HttpReply;
using support::HttpRequest;
using support::HttpServer;

namespace {

HttpOptions options(std::string url) {
  HttpOptions options;
  options.url = std::move(url);
  options.http.proxy = "";
  options.http.limits.tries = 3;
  options.http.limits.first_pause = std::chrono::milliseconds(1);
  return options;
}

http::Client client() { return http::Client(options("").http); }

HttpReply to(std::string location, int status = 302) { return HttpReply(status).set("Location", std::move(location)); }

/// The URL of the store that a redirect to `location` leads to.
std::string resolved(std::string location) {
  HttpServer server([&](const HttpRequest&) { return to(location); });
  auto url = block_on(async_resolve_redirect(server.url() + "/repo", client()));
  return url ? *url : "error: " + std::string(url.error().kind());
}

}  // namespace

TEST_CASE("storage/http: a version is the ETag, or the time of the change and the length") {
  for (const bool etag : {true, false}) {
    CAPTURE(etag);
    HttpServer server([&](const HttpRequest& request) {
      const std::string_view whole = "0123456789";
      const bool ranged = !request.field("range").empty();
      HttpReply reply(ranged ? 206 : 200, std::string(ranged ? whole.substr(2, 3) : whole));
      if (ranged) reply.set("Content-Range", "bytes 2-4/10");
      if (etag) reply.set("ETag", "W/\"1\"");
      reply.set("Last-Modified", "Sun, 22 Nov 2026 18:30:00 GMT");
      if (etag && request.field("if-none-match") == "W/\"1\"") return HttpReply(304);
      if (!etag && request.field("if-modified-since") == "Sun, 22 Nov 2026 18:30:00 GMT") return HttpReply(304);
      return reply;
    });
    Http store(options(server.url()));
    const Fetched whole = support::get(store, "k");
    CHECK(whole.version.text == (etag ? "W/\"1\"" : "Sun, 22 Nov 2026 18:30:00 GMT; 10"));
    CHECK(support::get(store, "k", ByteRange{2, 5}).version == whole.version);
    CHECK(support::get(store, "k", {}, whole.version).status == Fetched::Status::unchanged);
    CHECK(server.requests().size() == 3);
    CHECK(support::get(store, "k", {}, VersionTag{"of\r\nanother: world"}).status == Fetched::Status::found);
  }
}

TEST_CASE("storage/http: an unchanged file is known also from a server that sends it again") {
  HttpServer server([](const HttpRequest&) { return HttpReply(200, "abc").set("ETag", "\"1\""); });
  Http store(options(server.url()));
  const Fetched same = support::get(store, "k", {}, VersionTag{"\"1\""});
  CHECK(same.status == Fetched::Status::unchanged);
  CHECK(same.bytes.empty());
}

TEST_CASE("storage/http: fields, tokens and the query go to the server, and to no other") {
  HttpServer other([](const HttpRequest&) { return HttpReply(200, "abc"); });
  HttpServer server([&](const HttpRequest& request) {
    return request.path == "/base/moved" ? to(other.url() + "/there") : HttpReply(200, "abc");
  });
  HttpOptions how = options(server.url() + "/base/?key=secret");
  how.fields.push_back({"X-Own", "secret"});
  how.bearer = []() -> Awaitable<Result<auth::AccessToken>> {
    auth::AccessToken token;
    token.text = "secret";
    co_return token;
  };
  Http store(how);
  CHECK(support::get(store, "here").bytes == support::bytes_of("abc"));
  CHECK(support::get(store, "moved").bytes == support::bytes_of("abc"));
  const HttpRequest first = server.requests().at(0);
  CHECK(first.target() == "/base/here?key=secret");
  CHECK(first.field("x-own") == "secret");
  CHECK(first.field("authorization") == "Bearer secret");
  const HttpRequest strange = other.requests().at(0);
  CHECK(strange.target() == "/there");
  CHECK(strange.field("x-own").empty());
  CHECK(strange.field("authorization").empty());
  CHECK(store.url().find("secret") == std::string::npos);
}

TEST_CASE("storage/http: redirects end") {
  HttpServer server([](const HttpRequest& request) { return to(request.path + "x"); });
  Http store(options(server.url()));
  CHECK_FALSE(block_on(store.get("k", GetOptions())));
  CHECK(server.requests().size() == 6);
}

TEST_CASE("storage/http: a refusal is denied, a missing file is missing") {
  HttpServer server([](const HttpRequest& request) { return HttpReply(request.path == "/secret" ? 403 : 410); });
  Http store(options(server.url()));
  CHECK(block_on(store.get("secret", GetOptions())).error().code() == errc::denied);
  CHECK(support::get(store, "gone").status == Fetched::Status::missing);
  CHECK(block_on(store.get("a/../secret", GetOptions())).error().code() == errc::invalid_key);
  CHECK(block_on(store.get("", GetOptions())).error().code() == errc::invalid_key);
}

TEST_CASE("storage/http: what is no web address is refused") {
  for (const char* url : {"", "ftp://x", "x", "http://user:password@host/"}) {
    CHECK(Http::open(options(url)).error().code() == errc::invalid_argument);
  }
}

TEST_CASE("storage/http: a redirect leads to a store, which is asked anonymously") {
  CHECK(resolved("s3://bucket/a/b?region=eu-west-1") == "s3://bucket/a/b?anonymous=true&region=eu-west-1");
  CHECK(resolved("gs://bucket/a") == "gs://bucket/a?anonymous=true");
  CHECK(resolved("gcs://bucket") == "gs://bucket?anonymous=true");
  CHECK(resolved("r2://bucket/a?account_id=abc123") ==
        "s3://bucket/a?anonymous=true&region=auto&endpoint=https%3A%2F%2Fabc123.r2.cloudflarestorage.com");
  CHECK(resolved("tigris://bucket/a?region=iad") ==
        "s3://bucket/a?anonymous=true&region=iad&endpoint=https%3A%2F%2Ft3.storage.dev");
  CHECK(resolved("https+icechunk://host/repo?x=1") == "https://host/repo?x=1");
  CHECK(resolved("http+ic://host/repo") == "http://host/repo");
  CHECK(resolved("s3://bucket/a") == "error: invalid_argument");
  CHECK(resolved("r2://bucket/a") == "error: invalid_argument");
  CHECK(resolved("r2://bucket/a?account_id=evil.example/") == "error: invalid_argument");
  CHECK(resolved("s3:///a?region=x") == "error: invalid_argument");
  CHECK(resolved("file:///etc") == "error: invalid_argument");
  CHECK(resolved("memory:x") == "error: invalid_argument");
}

TEST_CASE("storage/http: redirects on the way are followed, relative ones too, and end") {
  HttpServer server([](const HttpRequest& request) {
    if (request.path == "/a/1") return to("2");
    if (request.path == "/a/2") return to("/b/3", 301);
    if (request.path == "/b/3") return to("?x=1", 307);
    if (request.target() == "/b/4") return HttpReply(200, "hello");
    if (request.path == "/loop") return to("/loop");
    return HttpReply(404);
  });
  const auto ends = [&](std::string path) { return block_on(async_resolve_redirect(server.url() + path, client())); };
  HttpServer last([](const HttpRequest&) { return to("gs://bucket/x"); });
  HttpServer hops([&](const HttpRequest& request) {
    if (request.path == "/a/1") return to("2");
    if (request.path == "/a/2") return to("//127.0.0.1:" + std::to_string(last.port()) + "/z#part");
    return HttpReply(404);
  });
  CHECK(block_on(async_resolve_redirect(hops.url() + "/a/1", client())).value() == "gs://bucket/x?anonymous=true");
  CHECK(ends("/a/1").error().code() == errc::repository_not_found);
  CHECK(ends("/b/4").error().code() == errc::repository_not_found);
  CHECK(ends("/none").error().code() == errc::repository_not_found);
  CHECK(ends("/loop").error().code() == errc::repository_not_found);
  CHECK(ends("/loop").error().what());
}
