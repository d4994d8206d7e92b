// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/azure.hpp>

#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"
#include "support/http_server.hpp"

#include <varve/storage/auth/date.hpp>
#include <varve/storage/azure/answers.hpp>
#include <varve/storage/azure/sign.hpp>
#include <varve/storage/http/digest.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
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

constexpr std::string_view account_key = "c2VjcmV0";  // "secret"

AzureOptions options(const HttpServer& server) {
  AzureOptions options;
  options.endpoint = server.url() + "/account";
  options.account = "account";
  options.container = "box";
  options.prefix = "/root/";
  options.credentials = azure::SharedKey{std::string(account_key)};
  options.http.proxy = "";
  options.http.limits.tries = 3;
  options.http.limits.first_pause = std::chrono::milliseconds(1);
  return options;
}

HttpReply says(int status, std::string_view code) {
  HttpReply reply(status);
  reply.set("x-ms-error-code", std::string(code));
  return reply;
}

/// Loses the response to every PUT; asked for the blob afterwards, it answers what `tell` makes of the last write's id.
HttpServer::Handler losing_puts(std::function<void(HttpReply&, const std::string& id)> tell) {
  return [tell = std::move(tell), id = std::string()](const HttpRequest& request) mutable {
    HttpReply reply(200);
    reply.drop = request.method == "PUT";
    if (reply.drop) {
      id = request.field("x-ms-meta-icechunkwriteid");
    } else {
      tell(reply, id);
    }
    return reply;
  };
}

http::Request request_of(std::string method, std::string_view url) {
  http::Request request;
  request.method = std::move(method);
  request.url = http::parse_url(url).value();
  return request;
}

}  // namespace

TEST_CASE("storage/azure: the text that is signed is the specification's") {
  http::Request request = request_of(
      "GET", "https://myaccount.blob.core.windows.net/mycontainer?restype=container&timeout=20&comp=metadata");
  request.set("x-ms-version", "2015-02-21").set("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT");
  CHECK(azure::string_to_sign(request, "myaccount") ==
        "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
        "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20");
}

TEST_CASE("storage/azure: fields, lengths and escaped names are signed as they are sent") {
  http::Request request = request_of("PUT", "http://127.0.0.1:10000/dev/dev/box/a%20b?comp=block&blockid=QQ%3D%3D");
  const std::string body = "12345";
  request.body = as_bytes(body);
  request.set("Content-Type", "application/octet-stream").set("If-None-Match", "*").set("Range", "bytes=1-2");
  request.set("X-Ms-Meta-B", " spaces around ").set("x-ms-date", "d").set("Other", "not signed");
  CHECK(azure::string_to_sign(request, "dev") ==
        "PUT\n\n\n5\n\napplication/octet-stream\n\n\n\n*\n\nbytes=1-2\nx-ms-date:d\nx-ms-meta-b:spaces around\n"
        "/dev/dev/dev/box/a%20b\nblockid:QQ==\ncomp:block");
  azure::sign(request, "dev", "secret");
  const auto digest = http::hmac_sha256(as_bytes("secret"), as_bytes(azure::string_to_sign(request, "dev")));
  CHECK(http::find_field(request.fields, "Authorization") == "SharedKey dev:" + http::base64(digest));
}

TEST_CASE("storage/azure: a listing is read, also with names that XML cannot hold") {
  const auto page = azure::parse_list(
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Prefix>root/</Prefix><Blobs>"
      "<Blob><Name>root/a &amp; b</Name><Properties><Last-Modified>Sun, 22 Nov 2026 18:30:00 GMT</Last-Modified>"
      "<Content-Length>7</Content-Length></Properties></Blob>"
      "<Blob><Name "
      "Encoded=\"true\">root/%EF%BF%BEx</Name><Properties><Content-Length>0</Content-Length></Properties></Blob>"
      "</Blobs><NextMarker>more!</NextMarker></EnumerationResults>",
      "root/");
  REQUIRE(page);
  REQUIRE(page->objects.size() == 2);
  CHECK(page->objects[0].key == "a & b");
  CHECK(page->objects[0].size == 7);
  CHECK(page->objects[0].modified == auth::parse_rfc3339("2026-11-22T18:30:00Z").value());
  CHECK(page->objects[1].key == "\xEF\xBF\xBEx");
  CHECK(page->next == "more!");
}

TEST_CASE("storage/azure: a listing that is none is an error") {
  const std::string good =
      "<EnumerationResults><Blobs><Blob><Name>r/k</Name><Properties><Content-Length>1</Content-Length></Properties>"
      "</Blob></Blobs><NextMarker/></EnumerationResults>";
  REQUIRE(azure::parse_list(good, "r/"));
  CHECK_FALSE(azure::parse_list(good, "r/")->next);
  CHECK(azure::parse_list(good, "other/").error().code() == errc::corrupt);
  for (std::size_t kept = 0; kept != good.size(); ++kept) CHECK_FALSE(azure::parse_list(good.substr(0, kept), "r/"));
  for (const char* size : {"", "-1", "1x", "99999999999999999999999"}) {
    std::string bad = good;
    bad.replace(bad.find(">1<"), 3, ">" + std::string(size) + "<");
    CHECK_FALSE(azure::parse_list(bad, "r/"));
  }
  CHECK_FALSE(azure::parse_list("<Error><Code>X</Code></Error>", ""));
  std::string deep;
  for (int i = 0; i != 100'000; ++i) deep += "<a>";
  CHECK_FALSE(azure::parse_list(deep, ""));
}

TEST_CASE("storage/azure: options that cannot be right are refused, without a request") {
  HttpServer server([](const HttpRequest&) { return HttpReply(500); });
  const auto refused = [&](auto change) {
    AzureOptions wrong = options(server);
    change(wrong);
    auto opened = Azure::open(std::move(wrong));
    return !opened && opened.error().code() == errc::invalid_argument;
  };
  CHECK(refused([](AzureOptions& o) { o.account = "Has Capitals"; }));
  CHECK(refused([](AzureOptions& o) { o.container = "a/b"; }));
  CHECK(refused([](AzureOptions& o) { o.container.clear(); }));
  CHECK(refused([](AzureOptions& o) { o.endpoint = "ftp://host"; }));
  CHECK(refused([](AzureOptions& o) { o.endpoint = "nonsense"; }));
  CHECK(refused([](AzureOptions& o) { o.credentials = azure::SharedKey{"not base64!"}; }));
  CHECK(refused([](AzureOptions& o) { o.credentials = azure::Sas{"line\r\nbreak"}; }));
  CHECK(refused([](AzureOptions& o) { o.credentials = azure::Bearer{"line\nbreak"}; }));
  CHECK(refused([](AzureOptions& o) { o.credentials = auth::TokenFunction(); }));
  CHECK(server.requests().empty());
}

TEST_CASE("storage/azure: requests are signed, dated and addressed") {
  HttpServer server([](const HttpRequest&) { return says(404, "BlobNotFound"); });
  Azure store(options(server));
  CHECK(support::get(store, "a b/c").status == Fetched::Status::missing);
  const HttpRequest seen = server.requests().at(0);
  CHECK(seen.method == "GET");
  CHECK(seen.path == "/account/box/root/a%20b/c");
  CHECK(seen.field("authorization").starts_with("SharedKey account:"));
  CHECK(auth::parse_http_date(seen.field("x-ms-date")));
  CHECK(store.url() == "az://account/box/root/");
}

TEST_CASE("storage/azure: a signature goes along in the query, a token in a field") {
  HttpServer server([](const HttpRequest&) { return says(404, "BlobNotFound"); });
  AzureOptions how = options(server);
  how.credentials = azure::Sas{"?sv=1&sig=a%2Bb%3D"};
  Azure with_signature(how);
  CHECK(support::get(with_signature, "k").status == Fetched::Status::missing);
  how.credentials = azure::Bearer{"token"};
  Azure with_token(how);
  CHECK(support::get(with_token, "k").status == Fetched::Status::missing);
  CHECK(server.requests().at(0).query == "sv=1&sig=a%2Bb%3D");
  CHECK(server.requests().at(0).field("authorization").empty());
  CHECK(server.requests().at(1).field("authorization") == "Bearer token");
}

TEST_CASE("storage/azure: a token is fetched once, and again when it is refused") {
  std::atomic<int> fetched = 0;
  HttpServer server([](const HttpRequest& request) {
    return request.field("authorization") == "Bearer 2" ? says(404, "BlobNotFound") : HttpReply(401);
  });
  AzureOptions how = options(server);
  how.credentials = auth::TokenFunction([&fetched]() -> Awaitable<Result<auth::AccessToken>> {
    auth::AccessToken token;
    token.text = std::to_string(++fetched);
    co_return token;
  });
  Azure store(how);
  for (int i = 0; i != 5; ++i) CHECK(support::get(store, "k").status == Fetched::Status::missing);
  CHECK(fetched == 2);
  CHECK(server.requests().size() == 6);
}

TEST_CASE("storage/azure: a clock that is wrong is corrected by the service's") {
  const Timestamp theirs = auth::parse_rfc3339("2026-11-22T18:30:00Z").value();
  HttpServer server([&](const HttpRequest& request) {
    const auto date = auth::parse_http_date(request.field("x-ms-date"));
    const bool near = date && std::chrono::abs(*date - theirs) < std::chrono::minutes(15);
    HttpReply reply = near ? says(404, "BlobNotFound") : says(403, "AuthenticationFailed");
    reply.set("Date", auth::http_date(theirs));
    return reply;
  });
  AzureOptions how = options(server);
  how.environment.now = [&] { return theirs - std::chrono::hours(5); };
  Azure store(how);
  CHECK(support::get(store, "k").status == Fetched::Status::missing);
  CHECK(support::get(store, "k").status == Fetched::Status::missing);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("storage/azure: a wrong key is told at once") {
  HttpServer server([](const HttpRequest&) {
    HttpReply reply = says(403, "AuthenticationFailed");
    reply.set("Date", auth::http_date(Environment().now()));
    return reply;
  });
  Azure store(options(server));
  const auto refused = block_on(store.get("k", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
  CHECK(refused.error().backend_code() == "403 AuthenticationFailed");
  CHECK(server.requests().size() == 1);
}

TEST_CASE("storage/azure: a range past the end is found and empty, however the server says it") {
  for (const int status : {416, 206}) {
    CAPTURE(status);
    HttpServer server([status](const HttpRequest& request) {
      HttpReply reply(request.method == "HEAD" ? 200 : status);
      if (request.method == "HEAD" || status == 206) reply.set("ETag", "\"0x1\"");
      if (request.method != "HEAD" && status == 206) reply.set("Content-Range", "bytes 4-3/4");
      return reply;
    });
    Azure store(options(server));
    const Fetched past = support::get(store, "k", ByteRange{4, 9});
    CHECK(past.status == Fetched::Status::found);
    CHECK(past.bytes.empty());
    CHECK(past.version.text == "\"0x1\"");
    Bytes buffer(3);
    CHECK(block_on(store.read_into("k", 4, buffer)).value() == 0);
  }
}

TEST_CASE("storage/azure: a condition goes along, with an id and what is replaced") {
  HttpServer server([](const HttpRequest&) { return HttpReply(201).set("ETag", "\"0x2\""); });
  Azure store(options(server));
  CHECK(support::put(store, "k", as_bytes("x"), PutCondition::if_absent()).version.text == "\"0x2\"");
  CHECK(support::put(store, "k", as_bytes("x"), PutCondition::if_version(VersionTag{"\"0x1\""})).written);
  CHECK(support::put(store, "k", as_bytes("x")).written);
  const auto seen = server.requests();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].field("if-none-match") == "*");
  CHECK(seen[0].field("x-ms-meta-varvereplaced") == "none");
  CHECK(seen[0].field("x-ms-blob-type") == "BlockBlob");
  CHECK(seen[1].field("if-match") == "\"0x1\"");
  CHECK(seen[1].field("x-ms-meta-varvereplaced") == "\"0x1\"");
  CHECK(seen[0].field("x-ms-meta-icechunkwriteid").size() == 36);
  CHECK(seen[0].field("x-ms-meta-icechunkwriteid") != seen[1].field("x-ms-meta-icechunkwriteid"));
  CHECK(seen[2].field("x-ms-meta-icechunkwriteid").empty());
  CHECK_FALSE(
      support::put(store, "k", as_bytes("x"), PutCondition::if_version(VersionTag{"of\r\nanother: world"})).written);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("storage/azure: what says that a write lost, and what does not") {
  struct Case {
    int status;
    const char* code;
    bool refused;
    errc error;
  };
  for (const Case& one : {Case{409, "BlobAlreadyExists", true, {}}, Case{412, "ConditionNotMet", true, {}},
                          Case{412, "LeaseIdMissing", false, errc::io_error},
                          Case{404, "ContainerNotFound", false, errc::missing_object},
                          Case{403, "AuthorizationPermissionMismatch", false, errc::denied},
                          Case{400, "InvalidInput", false, errc::io_error}}) {
    CAPTURE(one.code);
    HttpServer server([&](const HttpRequest&) { return says(one.status, one.code); });
    Azure store(options(server));
    const auto put = block_on(store.put("k", as_bytes("x"), PutCondition::if_absent()));
    CHECK(put.has_value() == one.refused);
    if (put) CHECK_FALSE(put->written);
    else CHECK(put.error().code() == one.error);
    CHECK(server.requests().size() == 1);
  }
}

TEST_CASE("storage/azure: a write whose response was lost is looked up, and is ours by its id") {
  HttpServer server(losing_puts([](HttpReply& reply, const std::string& id) {
    reply.set("ETag", "\"0x7\"").set("x-ms-meta-icechunkwriteid", id);
  }));
  Azure store(options(server));
  const PutOutcome outcome = support::put(store, "k", as_bytes("x"), PutCondition::if_version(VersionTag{"\"0x6\""}));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "\"0x7\"");
  CHECK(server.requests().size() == 2);
}

TEST_CASE("storage/azure: a write notes what its predecessors replaced, as far as it read or wrote them") {
  HttpServer server([](const HttpRequest& request) {
    HttpReply reply(request.method == "PUT" ? 201 : 200);
    reply.set("ETag", request.method == "PUT" ? "\"0x4\"" : "\"0x3\"");
    reply.set("x-ms-meta-icechunkwriteid", "third").set("x-ms-meta-varvereplaced", "\"0x2\"=second,\"0x1\"");
    return reply;
  });
  Azure store(options(server));
  CHECK(block_on(store.get("k", {})).value().version.text == "\"0x3\"");
  support::put(store, "k", as_bytes("x"), PutCondition::if_version(VersionTag{"\"0x3\""}));
  support::put(store, "k", as_bytes("y"), PutCondition::if_version(VersionTag{"\"0x4\""}));
  const auto seen = server.requests();
  REQUIRE(seen.size() == 3);
  const std::string first = "\"0x3\"=third,\"0x2\"=second,\"0x1\"";
  CHECK(seen[1].field("x-ms-meta-varvereplaced") == first);
  CHECK(seen[2].field("x-ms-meta-varvereplaced") ==
        "\"0x4\"=" + std::string(seen[1].field("x-ms-meta-icechunkwriteid")) + ',' + first);
}

TEST_CASE("storage/azure: a write whose response was lost is known by the notes of those who replaced it") {
  HttpServer server(losing_puts([](HttpReply& reply, const std::string& id) {
    reply.set("ETag", "\"0x9\"").set("x-ms-meta-icechunkwriteid", "another");
    reply.set("x-ms-meta-varvereplaced", "\"0x8\"=other,\"0x7\"=" + id);
  }));
  Azure store(options(server));
  const PutOutcome outcome = support::put(store, "k", as_bytes("x"), PutCondition::if_version(VersionTag{"\"0x6\""}));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "\"0x7\"");
}

TEST_CASE("storage/azure: a copy that the service does later is waited for") {
  std::atomic<int> asked = 0;
  HttpServer server([&](const HttpRequest& request) {
    HttpReply reply(request.method == "PUT" ? 202 : 200);
    reply.set("x-ms-copy-status", request.method == "PUT" || ++asked < 3 ? "pending" : "success");
    return reply;
  });
  Azure store(options(server));
  CHECK(block_on(store.copy("from", "to", VersionTag{"\"0x1\""})).value() == CopyOutcome::copied);
  const HttpRequest first = server.requests().at(0);
  CHECK(first.path == "/account/box/root/to");
  CHECK(first.field("x-ms-copy-source") == server.url() + "/account/box/root/from");
  CHECK(first.field("x-ms-source-if-match") == "\"0x1\"");
  CHECK(asked == 3);
}

TEST_CASE("storage/azure: the environment fills what the program left open") {
  for (const char* name : {"AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_KEY",
                           "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_ENDPOINT"}) {
    ::unsetenv(name);
  }
  ::setenv("AZURE_STORAGE_CONNECTION_STRING",
           "DefaultEndpointsProtocol=http;AccountName=dev;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:1/dev;", 1);
  AzureOptions open;
  REQUIRE(open.fill_from_environment());
  CHECK(open.account == "dev");
  CHECK(open.endpoint == "http://127.0.0.1:1/dev");
  REQUIRE(std::holds_alternative<azure::SharedKey>(open.credentials));
  CHECK(std::get<azure::SharedKey>(open.credentials).key == "YQ==");

  AzureOptions other;
  other.account = "other";
  REQUIRE(other.fill_from_environment());
  CHECK(other.endpoint.empty());  // the string speaks of another account
  CHECK(std::holds_alternative<azure::Anonymous>(other.credentials));

  ::setenv("AZURE_STORAGE_CONNECTION_STRING", "nonsense", 1);
  AzureOptions wrong;
  CHECK_FALSE(wrong.fill_from_environment());
  ::unsetenv("AZURE_STORAGE_CONNECTION_STRING");

  ::setenv("AZURE_STORAGE_ACCOUNT", "acc", 1);
  ::setenv("AZURE_STORAGE_SAS_TOKEN", "sv=1", 1);
  AzureOptions by_variable;
  REQUIRE(by_variable.fill_from_environment());
  CHECK(by_variable.account == "acc");
  CHECK(std::holds_alternative<azure::Sas>(by_variable.credentials));
  AzureOptions chosen;
  chosen.credentials = azure::Bearer{"t"};
  REQUIRE(chosen.fill_from_environment());
  CHECK(std::holds_alternative<azure::Bearer>(chosen.credentials));
  ::unsetenv("AZURE_STORAGE_ACCOUNT");
  ::unsetenv("AZURE_STORAGE_SAS_TOKEN");
}

TEST_CASE("storage/auth: dates are written and read as HTTP and RFC 3339 have them") {
  const Timestamp time = auth::parse_rfc3339("1994-11-06T08:49:37Z").value();
  CHECK(auth::http_date(time) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(auth::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == time);
  CHECK(auth::parse_rfc3339("1994-11-06T09:49:37.000000999+01:00") == time);
  CHECK(*auth::parse_rfc3339("1994-11-06T08:49:37.25Z") - time == std::chrono::milliseconds(250));
  for (const char* wrong :
       {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    CHECK_FALSE(auth::parse_http_date(wrong));
  }
  for (const char* wrong : {"", "1994-11-06", "1994-13-06T08:49:37Z", "1994-11-06T08:49:37", "1994-11-06T08:49:37.Z",
                            "1994-11-06T08:49:37+1:00", "1994-11-06T08:49:37ZZ"}) {
    CHECK_FALSE(auth::parse_rfc3339(wrong));
  }
}
