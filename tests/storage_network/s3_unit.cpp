// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/s3.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/sleep.hpp>
#include <varve/storage/http/digest.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"
#include "support/http_server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace varve;
using storage::S3;
using storage::S3Options;
using storage::s3::CredentialsProvider;
using support::bytes_of;
using support::HttpReply;
using support::HttpRequest;
using support::HttpServer;

// S3 against answers that the test makes up: what is sent, what odd answers mean. s3_servers.cpp has the real servers.
namespace {

S3Options options_for(const std::string& endpoint) {
  S3Options options;
  options.bucket = "bucket";
  options.prefix = "a/prefix/";
  options.region = "eu-test-1";
  options.endpoint = endpoint;
  options.credentials = CredentialsProvider::fixed("key", "secret");
  options.http.proxy = "";
  options.http.limits.first_pause = std::chrono::milliseconds(1);
  options.http.limits.tries = 4;
  return options;
}

template <class T>
T done(Awaitable<Result<T>> work) {
  return block_on(std::move(work)).value();
}
template <class T>
Error failed(Awaitable<Result<T>> work) {
  auto result = block_on(std::move(work));
  REQUIRE_FALSE(result);
  return result.error();
}

/// Answers requests in turn, the last one for all further ones.
struct Script {
  std::vector<HttpReply> replies;
  std::atomic<std::size_t> next{0};
  HttpReply operator()(const HttpRequest&) { return replies[std::min(next++, replies.size() - 1)]; }
};

struct Scripted {
  explicit Scripted(std::vector<HttpReply> replies)
      : script{std::move(replies)}, server([this](const HttpRequest& request) { return script(request); }) {}
  S3 store() const { return S3(options_for(server.url())); }
  HttpRequest request(std::size_t i) const {
    const auto all = server.requests();
    REQUIRE(i < all.size());
    return all[i];
  }
  std::size_t count() const { return server.requests().size(); }

  Script script;
  HttpServer server;
};

HttpReply reply(int status, std::string body = {}) { return HttpReply(status, std::move(body)); }
HttpReply tagged(int status, const std::string& etag, std::string body = {}) {
  return HttpReply(status, std::move(body)).set("ETag", '"' + etag + '"');
}
HttpReply error(int status, const std::string& code, const std::string& more = {}) {
  return HttpReply(status, "<?xml version=\"1.0\"?>\n<Error><Code>" + code + "</Code><Message>because</Message>" +
                               more + "</Error>");
}
HttpReply dropped() {
  HttpReply none;
  none.drop = true;
  return none;
}
/// What HEAD says of an object that a write put there.
HttpReply seen(const std::string& etag, const std::string& id, const std::string& replaced = {}) {
  HttpReply one = tagged(200, etag).set("x-amz-meta-icechunkwriteid", id);
  if (!replaced.empty()) one.set("x-amz-meta-varvereplaced", replaced);
  return one;
}

PutCondition if_version(std::string text) {
  VersionTag version;
  version.text = std::move(text);
  return PutCondition::if_version(std::move(version));
}

const Bytes body = bytes_of("some bytes");

}  // namespace

TEST_CASE("storage_network/s3_unit: a bucket stands in the path at an endpoint, with the prefix before the key") {
  Scripted fake({tagged(200, "v", "content")});
  S3 store = fake.store();
  const Fetched fetched = done(store.get("refs/branch.a b+c/ref.json", {}));
  CHECK(fetched.version.text == "v");
  CHECK(fetched.bytes == bytes_of("content"));
  const HttpRequest sent = fake.request(0);
  CHECK(sent.target() == "/bucket/a/prefix/refs/branch.a%20b%2Bc/ref.json");
  CHECK(sent.field("authorization").find("Credential=key/") != std::string::npos);
  CHECK(sent.field("authorization").find("/eu-test-1/s3/aws4_request") != std::string::npos);
  CHECK(store.url() == "s3://bucket/a/prefix");
}

TEST_CASE("storage_network/s3_unit: a bucket stands before the host's name otherwise, unless it has dots") {
  Scripted proxy({tagged(200, "v", "x")});
  S3Options options = options_for("http://s3.example.test:8080/base/");
  options.http.proxy = proxy.server.url();
  options.path_style = false;
  done(S3(options).get("k", {}));
  CHECK(proxy.request(0).path == "http://bucket.s3.example.test:8080/base/a/prefix/k");
  CHECK(proxy.request(0).field("host") == "bucket.s3.example.test:8080");
  options.path_style.reset();
  options.prefix.clear();
  done(S3(options).get("k", {}));
  CHECK(proxy.request(1).path == "http://s3.example.test:8080/base/bucket/k");
}

TEST_CASE("storage_network/s3_unit: anonymous requests are not signed") {
  Scripted fake({tagged(200, "v")});
  S3Options options = options_for(fake.server.url());
  options.credentials = CredentialsProvider::anonymous();
  done(S3(options).get("k", {}));
  CHECK(fake.request(0).field("authorization").empty());
}

TEST_CASE("storage_network/s3_unit: options become fields of the requests they are for") {
  Scripted fake({tagged(200, "v")});
  S3Options options = options_for(fake.server.url());
  options.requester_pays = true;
  options.storage_class = "STANDARD_IA";
  options.chunk_storage_class = "GLACIER_IR";
  options.fields.push_back({"X-Amz-Expected-Bucket-Owner", "1"});
  options.write_fields.push_back({"X-Amz-Server-Side-Encryption", "aws:kms"});
  options.checksum = storage::s3::Checksum::md5;
  S3 store(options);
  done(store.put("chunks/a", body, PutCondition::always()));
  done(store.put("snapshots/a", body, PutCondition::always()));
  done(store.get("chunks/a", {}));
  CHECK(fake.request(0).field("x-amz-storage-class") == "GLACIER_IR");
  CHECK(fake.request(1).field("x-amz-storage-class") == "STANDARD_IA");
  CHECK(fake.request(0).field("x-amz-server-side-encryption") == "aws:kms");
  CHECK(fake.request(0).field("content-md5") == storage::http::base64(storage::http::md5(body)));
  CHECK(fake.request(0).field("x-amz-content-sha256") == storage::http::hex(storage::http::sha256(body)));
  CHECK(fake.request(2).field("x-amz-server-side-encryption").empty());
  CHECK(fake.request(2).field("x-amz-storage-class").empty());
  for (std::size_t i = 0; i != 3; ++i) {
    CHECK(fake.request(i).field("x-amz-request-payer") == "requester");
    CHECK(fake.request(i).field("x-amz-expected-bucket-owner") == "1");
  }
}

TEST_CASE("storage_network/s3_unit: a mistake in the options is the error of every call") {
  const auto code = [](auto change) {
    S3Options options = options_for("http://127.0.0.1:1");
    change(options);
    S3 store(options);
    CHECK(failed(store.list("", {})).code() == errc::invalid_argument);
    return failed(store.get("k", {})).code();
  };
  CHECK(code([](S3Options& o) { o.bucket = ""; }) == errc::invalid_argument);
  CHECK(code([](S3Options& o) { o.bucket = "a/b"; }) == errc::invalid_argument);
  CHECK(code([](S3Options& o) { o.endpoint = "ftp://host"; }) == errc::invalid_argument);
  CHECK(code([](S3Options& o) { o.region = "Evil.host/"; }) == errc::invalid_argument);
  CHECK(code([](S3Options& o) { o.fields.push_back({"X-A", "b\r\nc: d"}); }) == errc::invalid_argument);
  S3 store(options_for("http://127.0.0.1:1"));
  CHECK(failed(store.get("", {})).code() == errc::invalid_key);
  CHECK(failed(store.get(std::string(1020, 'k'), {})).code() == errc::invalid_key);
  CHECK(failed(store.put("k", body, if_version(""))).code() == errc::invalid_argument);
}

TEST_CASE("storage_network/s3_unit: conditions are sent as every server compares them, with the ids of the write") {
  Scripted fake({tagged(200, "v2")});
  S3 store = fake.store();
  const PutOutcome outcome = done(store.put("repo", body, if_version("v1")));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "v2");
  CHECK(done(store.put("new", body, PutCondition::if_absent())).written);
  CHECK(fake.request(0).field("if-match") == "v1");  // radosgw compares the quotes, too
  CHECK(fake.request(0).field("x-amz-meta-varvereplaced") == "v1");
  CHECK(fake.request(0).field("x-amz-meta-icechunkwriteid").size() == 36);
  CHECK(fake.request(1).field("if-none-match") == "*");
  CHECK(fake.request(1).field("x-amz-meta-varvereplaced") == "none");
  CHECK(fake.request(1).field("x-amz-meta-icechunkwriteid") != fake.request(0).field("x-amz-meta-icechunkwriteid"));
  CHECK(fake.count() == 2);
}

TEST_CASE("storage_network/s3_unit: a condition that does not hold is no error") {
  for (const int status : {412, 404}) {
    Scripted fake({error(status, "PreconditionFailed")});
    S3 store = fake.store();
    CHECK_FALSE(done(store.put("repo", body, if_version("v1"))).written);
    CHECK(fake.count() == 1);
  }
  Scripted nowhere({error(404, "NoSuchBucket")});
  S3 store = nowhere.store();
  CHECK(failed(store.put("repo", body, if_version("v1"))).code() == errc::io_error);
}

TEST_CASE("storage_network/s3_unit: a write whose response was lost is recognized by its id") {
  std::string id;
  HttpServer server([&](const HttpRequest& request) {
    if (request.method == "HEAD") return seen("v2", id);
    id = request.field("x-amz-meta-icechunkwriteid");
    return dropped();
  });
  S3 store(options_for(server.url()));
  const PutOutcome outcome = done(store.put("repo", body, if_version("v1")));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "v2");
  CHECK(server.requests().size() == 2);
}

TEST_CASE("storage_network/s3_unit: a write that never arrived is sent again with the same id") {
  Scripted fake({dropped(), seen("v1", "another"), tagged(200, "v2")});
  S3 store = fake.store();
  CHECK(done(store.put("repo", body, if_version("v1"))).written);
  CHECK(fake.count() == 3);
  CHECK(fake.request(0).field("x-amz-meta-icechunkwriteid") == fake.request(2).field("x-amz-meta-icechunkwriteid"));
  CHECK(fake.request(0).body == fake.request(2).body);
}

TEST_CASE("storage_network/s3_unit: a 500 for a lost race is a lost race if the winner says what it replaced") {
  Scripted fake({error(500, "UnknownError"), seen("v2", "another", "v1")});
  S3 store = fake.store();
  CHECK_FALSE(done(store.put("repo", body, if_version("v1"))).written);
  std::string id;
  HttpServer ours([&](const HttpRequest& request) {
    if (request.method == "HEAD") return seen("v4", "another", "v3=more,v2=" + id + ",v1");
    id = request.field("x-amz-meta-icechunkwriteid");
    return error(500, "InternalError");
  });
  S3 again(options_for(ours.url()));
  const PutOutcome outcome = done(again.put("repo", body, if_version("v1")));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "v2");
  Scripted silent({dropped(), seen("v2", "of the reference")});
  S3 third = silent.store();
  const Error unknown = failed(third.put("repo", body, if_version("v1")));
  CHECK(unknown.code() == errc::unreachable);
  CHECK(unknown.backend_code() == "outcome unknown");
}

TEST_CASE("storage_network/s3_unit: a write notes the line of what it replaces, as it was read or written") {
  Scripted fake({seen("v3", "id-3", "v2=id-2,none"), tagged(200, "v4"), tagged(200, "v5"), tagged(200, "v6")});
  S3 store = fake.store();
  done(store.get("repo", {}));
  done(store.put("repo", body, if_version("v3")));
  done(store.put("repo", body, if_version("v4")));
  done(store.put("repo", body, if_version("v9")));
  CHECK(fake.request(1).field("x-amz-meta-varvereplaced") == "v3=id-3,v2=id-2,none");
  const std::string id = fake.request(1).field("x-amz-meta-icechunkwriteid");
  CHECK(fake.request(2).field("x-amz-meta-varvereplaced") == "v4=" + id + ",v3=id-3,v2=id-2,none");
  CHECK(fake.request(3).field("x-amz-meta-varvereplaced") == "v9");
}

TEST_CASE("storage_network/s3_unit: a 409 is looked into, and the write sent again if the condition still holds") {
  Scripted fake({error(409, "ConditionalRequestConflict"), seen("v1", "another"), tagged(200, "v2")});
  S3 store = fake.store();
  CHECK(done(store.put("repo", body, if_version("v1"))).written);
  Scripted lost({error(409, "ConditionalRequestConflict"), seen("v2", "another")});
  S3 other = lost.store();
  CHECK_FALSE(done(other.put("repo", body, if_version("v1"))).written);
}

TEST_CASE("storage_network/s3_unit: a large conditional write that loses does not send its bytes") {
  HttpServer server([](const HttpRequest&) { return tagged(200, "v"); },
                    [](const HttpRequest&) { return std::optional<HttpReply>(error(412, "PreconditionFailed")); });
  S3 store(options_for(server.url()));
  CHECK_FALSE(done(store.put("repo", Bytes(300 << 10), if_version("v1"))).written);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].body.empty());
  CHECK(done(store.put("repo", body, if_version("v1"))).written);
}

TEST_CASE("storage_network/s3_unit: what is known is not sent again, and missing objects are no error") {
  Scripted fake({HttpReply(304), error(404, "NoSuchKey"), error(404, "NoSuchBucket")});
  S3 store = fake.store();
  GetOptions options;
  options.known = VersionTag{"v1"};
  const Fetched same = done(store.get("k", options));
  CHECK(same.status == Fetched::Status::unchanged);
  CHECK(same.version.text == "v1");
  CHECK(fake.request(0).field("if-none-match") == "\"v1\"");
  CHECK(done(store.get("k", {})).status == Fetched::Status::missing);
  CHECK(failed(store.get("k", {})).code() == errc::io_error);
}

TEST_CASE("storage_network/s3_unit: a range beyond the end finds the object without bytes") {
  HttpServer server([](const HttpRequest& request) {
    if (request.method == "HEAD") return tagged(200, "v");
    return error(416, "InvalidRange");
  });
  S3 store(options_for(server.url()));
  GetOptions options;
  options.range = ByteRange{5, 10};
  const Fetched beyond = done(store.get("k", options));
  CHECK(beyond.status == Fetched::Status::found);
  CHECK(beyond.bytes.empty());
  CHECK(beyond.version.text == "v");
  options.known = VersionTag{"v"};
  CHECK(done(store.get("k", options)).status == Fetched::Status::unchanged);
  Bytes buffer(4);
  CHECK(*done(store.read_into("k", 99, buffer)) == 0);
  const std::size_t before = server.requests().size();
  options.range = ByteRange{3, 3};
  CHECK(done(store.get("k", options)).status == Fetched::Status::unchanged);
  CHECK(server.requests().size() == before + 1);
  CHECK(server.requests().back().method == "HEAD");
}

TEST_CASE("storage_network/s3_unit: refusals say what to do") {
  struct Case {
    HttpReply answer;
    errc code;
    const char* backend;
    const char* hint;
  };
  const std::vector<Case> cases{
      {error(403, "SignatureDoesNotMatch"), errc::denied, "403 SignatureDoesNotMatch", "secret key"},
      {error(403, "InvalidAccessKeyId"), errc::denied, "403 InvalidAccessKeyId", "access key"},
      {error(403, "AccessDenied"), errc::denied, "403 AccessDenied", "do not allow"},
      {error(400, "ExpiredToken"), errc::denied, "400 ExpiredToken", "expired"},
      {error(404, "NoSuchBucket"), errc::io_error, "404 NoSuchBucket", "bucket"},
      {error(301, "PermanentRedirect"), errc::io_error, "301 PermanentRedirect", "endpoint"},
      {error(507, "XMinioStorageFull"), errc::no_space, "507 XMinioStorageFull", "because"},
      {error(400, "KeyTooLongError"), errc::io_error, "400 KeyTooLongError", "because"},
      {error(405, "MethodNotAllowed"), errc::unsupported_operation, "405 MethodNotAllowed", "because"},
      {reply(403, "not XML at all"), errc::denied, "403", "do not allow"}};
  for (const Case& one : cases) {
    CAPTURE(one.backend);
    Scripted fake({one.answer});
    S3 store = fake.store();
    const Error get = failed(store.get("k", {}));
    CHECK(get.code() == one.code);
    CHECK(get.backend_code() == one.backend);
    CHECK(get.hint().find(one.hint) != std::string::npos);
    CHECK(get.key() == "a/prefix/k");
    CHECK(failed(store.put("k", body, PutCondition::always())).code() == one.code);
    CHECK(failed(store.put("k", body, PutCondition::if_absent())).code() == one.code);
    CHECK(failed(store.list("", {})).code() == one.code);
  }
}

TEST_CASE("storage_network/s3_unit: the bucket's region is learned from a redirect, once for all requests") {
  for (const bool in_field : {true, false}) {
    const HttpReply moved = in_field ? reply(301).set("x-amz-bucket-region", "us-west-7")
                                     : error(400, "AuthorizationHeaderMalformed", "<Region>us-west-7</Region>");
    Scripted fake({moved, tagged(200, "v")});
    S3 store = fake.store();
    CHECK(done(store.get("k", {})).status == Fetched::Status::found);
    CHECK(done(store.put("k", body, PutCondition::if_absent())).written);
    CHECK(fake.request(1).field("authorization").find("/us-west-7/s3/") != std::string::npos);
    CHECK(fake.request(2).field("authorization").find("/us-west-7/s3/") != std::string::npos);
    CHECK(fake.count() == 3);
  }
  Scripted circle({reply(301).set("x-amz-bucket-region", "r-1"), reply(301).set("x-amz-bucket-region", "r-2")});
  S3 store = circle.store();
  CHECK(failed(store.get("k", {})).hint().find("r-2") != std::string::npos);
  CHECK(circle.count() == 2);
  Scripted evil({reply(301).set("x-amz-bucket-region", "evil.example/")});
  S3 other = evil.store();
  CHECK(failed(other.get("k", {})).backend_code() == "301");
  CHECK(evil.count() == 1);
}

TEST_CASE("storage_network/s3_unit: a clock that is wrong is put right by the server's") {
  HttpServer server([](const HttpRequest& request) {
    if (request.field("x-amz-date").starts_with("20330501T1")) return tagged(200, "v", "x");
    return error(403, "RequestTimeTooSkewed").set("Date", "Sun, 01 May 2033 12:00:00 GMT");
  });
  S3 store(options_for(server.url()));
  CHECK(done(store.get("k", {})).status == Fetched::Status::found);
  CHECK(server.requests().size() == 2);
  CHECK(done(store.put("k", body, PutCondition::if_absent())).written);
  CHECK(server.requests().size() == 3);
}

TEST_CASE("storage_network/s3_unit: expired credentials are fetched again once") {
  for (const char* code : {"ExpiredToken", "InvalidToken"}) {
    HttpServer server([&](const HttpRequest& request) {
      const bool second = request.field("authorization").find("Credential=key-2/") != std::string::npos;
      return second ? tagged(200, "v", "x") : error(400, code);
    });
    std::atomic<int> fetched = 0;
    auto clock = std::make_shared<std::atomic<std::int64_t>>(1'900'000'000);
    storage::s3::CredentialsOptions aging;
    aging.environment.now = [clock] { return Timestamp(std::chrono::seconds(clock->fetch_add(10))); };
    auto fetch = [&]() -> Awaitable<Result<storage::s3::Credentials>> {
      storage::s3::Credentials who;
      who.access_key = "key-" + std::to_string(++fetched);
      who.secret_key = "s";
      who.session_token = "t";
      co_return who;
    };
    S3Options options = options_for(server.url());
    options.credentials = CredentialsProvider::custom(fetch, aging);
    S3 store(options);
    CHECK(done(store.get("k", {})).status == Fetched::Status::found);
    CHECK(fetched == 2);
    CHECK(server.requests().size() == 2);
  }
}

TEST_CASE("storage_network/s3_unit: a listing is read with its entities, escapes and pages") {
  const std::string first =
      "<?xml version=\"1.0\"?><ListBucketResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>true</IsTruncated>"
      "<NextContinuationToken>a&amp;b+c=</NextContinuationToken>"
      "<Contents><Key>a/prefix/x&lt;y&#10;z</Key><Size>12345678901</Size><LastModified>2030-01-01T00:00:01.000Z</"
      "LastModified></Contents>"
      "<Contents><Key>a/prefix/ \xC3\xA4</Key><Size>0</Size></Contents>"
      "<Contents><Key>of/another</Key><Size>1</Size></Contents></ListBucketResult>";
  const std::string second =
      "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
      "<Contents><Key>a%2Fprefix/b+c%2Bd%25</Key><Size>1</Size></Contents></ListBucketResult>";
  Scripted fake({reply(200, first), reply(200, second)});
  S3 store = fake.store();
  const ListPage page = done(store.list("", {}));
  REQUIRE(page.objects.size() == 2);
  CHECK(page.objects[0].key == "x<y\nz");
  CHECK(page.objects[0].size == 12'345'678'901);
  CHECK(page.objects[0].modified == Timestamp(std::chrono::seconds(1'893'456'001)));
  CHECK(page.objects[1].key == " \xC3\xA4");
  REQUIRE(page.next);
  const ListPage rest = done(store.list("", page.next));
  REQUIRE(rest.objects.size() == 1);
  CHECK(rest.objects[0].key == "b c+d%");
  CHECK_FALSE(rest.next);
  CHECK(fake.request(0).target() == "/bucket?list-type=2&prefix=a%2Fprefix%2F");
  CHECK(fake.request(1).query.find("continuation-token=a%26b%2Bc%3D") != std::string::npos);
}

TEST_CASE("storage_network/s3_unit: a listing that is none is an error") {
  for (const char* text : {"", "<", "hello", "<html/>", "<ListBucketResult>", "{\"a\":1}",
                           "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                           "<!DOCTYPE x [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;&a;\">]><x>&c;</x>"}) {
    CAPTURE(text);
    Scripted fake({reply(200, text)});
    S3 store = fake.store();
    CHECK(failed(store.list("", {})).code() == errc::io_error);
  }
  const std::string page =
      "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></"
      "ListBucketResult>";
  Scripted circle({reply(200, page)});
  S3 store = circle.store();
  const ListPage first = done(store.list("", {}));
  CHECK(failed(store.list("", first.next)).code() == errc::io_error);
  std::string deep;
  for (int i = 0; i != 200'000; ++i) deep += "<a>";
  Scripted nested({reply(200, deep)});
  S3 other = nested.store();
  CHECK(failed(other.list("", {})).code() == errc::io_error);
}

TEST_CASE("storage_network/s3_unit: objects are removed by the thousand at most, with a digest") {
  Scripted fake({reply(200, "<DeleteResult/>")});
  S3 store = fake.store();
  std::vector<std::string> keys;
  for (int i = 0; i != 25'000; ++i) keys.push_back("k/" + std::to_string(i) + (i == 0 ? "<&>" : ""));
  block_on(store.remove(keys)).value();
  REQUIRE(fake.count() == 25);
  std::size_t of_first = 0;
  while (fake.request(of_first).body.find("&lt;") == std::string::npos) ++of_first;  // they go out side by side
  const HttpRequest first = fake.request(of_first);
  CHECK(first.method == "POST");
  CHECK(first.path == "/bucket");
  CHECK((first.query == "delete" || first.query == "delete="));
  CHECK(first.field("content-md5") == storage::http::base64(storage::http::md5(as_bytes(first.body))));
  CHECK(first.body.find("<Key>a/prefix/k/0&lt;&amp;&gt;</Key>") != std::string::npos);
  CHECK(first.body.find("<Key>a/prefix/k/999</Key>") != std::string::npos);
  CHECK(first.body.find("<Key>a/prefix/k/1000</Key>") == std::string::npos);
  block_on(store.remove(std::span<const std::string>())).value();
  CHECK(fake.count() == 25);
  block_on(store.remove(std::span(keys).first(400))).value();
  CHECK(fake.count() == 29);  // fewer are shared out, since the server works on several requests at once
}

TEST_CASE("storage_network/s3_unit: an object that could not be removed is an error, a missing one is not") {
  const std::vector<std::string> keys{"a", "b"};
  Scripted denied(
      {reply(200,
             "<DeleteResult><Error><Key>a/prefix/a</Key><Code>NoSuchKey</Code></Error>"
             "<Error><Key>a/prefix/b</Key><Code>AccessDenied</Code><Message>locked</Message></Error></DeleteResult>")});
  S3 store = denied.store();
  const Error error_of_one = failed(store.remove(keys));
  CHECK(error_of_one.code() == errc::denied);
  CHECK(error_of_one.key() == "a/prefix/b");
  const auto slow = reply(200,
                          "<DeleteResult><Error><Key>a/prefix/a</Key><Code>NoSuchKey</Code></Error>"
                          "<Error><Key>a/prefix/b</Key><Code>SlowDown</Code></Error></DeleteResult>");
  Scripted throttled({slow, slow, reply(200, "<DeleteResult/>")});
  S3 patient = throttled.store();
  block_on(patient.remove(keys)).value();
  CHECK(throttled.count() == 3);
  Scripted missing(
      {reply(200, "<DeleteResult><Error><Key>a/prefix/a</Key><Code>NoSuchKey</Code></Error></DeleteResult>")});
  S3 other = missing.store();
  block_on(other.remove(keys)).value();
  Scripted silent({reply(200, "")});
  S3 third = silent.store();
  CHECK(failed(third.remove(keys)).code() == errc::io_error);
}

TEST_CASE("storage_network/s3_unit: a server without a removal of many is asked one by one") {
  HttpServer server([](const HttpRequest& request) {
    return request.method == "DELETE" ? reply(204) : error(501, "NotImplemented");
  });
  S3 store(options_for(server.url()));
  std::vector<std::string> keys;
  for (int i = 0; i != 40; ++i) keys.push_back("k" + std::to_string(i));
  block_on(store.remove(keys)).value();
  CHECK(server.requests().size() == 41);
  block_on(store.remove(keys)).value();
  CHECK(server.requests().size() == 81);  // it is not asked again
  Scripted fake({reply(204)});
  S3 single = fake.store();
  block_on(single.remove(std::span<const std::string>(keys).first(1))).value();
  CHECK(fake.request(0).method == "DELETE");
}

TEST_CASE("storage_network/s3_unit: a copy names its source and the version it may be of") {
  Scripted fake({reply(200, "<CopyObjectResult><ETag>\"v\"</ETag></CopyObjectResult>"),
                 error(412, "PreconditionFailed"), error(404, "NoSuchKey"), error(404, "NoSuchBucket"),
                 error(200, "AccessDenied")});
  S3 store = fake.store();
  const VersionTag version{"v1"};
  CHECK(done(store.copy("repo", "overwritten/a b", version)) == CopyOutcome::copied);
  CHECK(done(store.copy("repo", "overwritten/1", version)) == CopyOutcome::version_differs);
  CHECK(done(store.copy("repo", "overwritten/1", version)) == CopyOutcome::source_missing);
  CHECK(failed(store.copy("repo", "overwritten/1", version)).code() == errc::io_error);
  CHECK(failed(store.copy("repo", "overwritten/1", version)).backend_code() == "200 AccessDenied");
  CHECK(fake.request(0).method == "PUT");
  CHECK(fake.request(0).path == "/bucket/a/prefix/overwritten/a%20b");
  CHECK(fake.request(0).field("x-amz-copy-source") == "/bucket/a/prefix/repo");
  CHECK(fake.request(0).field("x-amz-copy-source-if-match") == "v1");
}

TEST_CASE("storage_network/s3_unit: a failure that is told after a 200 is tried again if it passes") {
  Scripted fake({error(200, "InternalError"), error(200, "SlowDown"), reply(200, "<CopyObjectResult/>")});
  S3 store = fake.store();
  CHECK(done(store.copy("repo", "b", VersionTag{"v"})) == CopyOutcome::copied);
  CHECK(fake.count() == 3);
  // The content of an object is never taken for an answer of the store.
  Scripted content({tagged(200, "v", "<Error><Code>InternalError</Code></Error>")});
  S3 other = content.store();
  CHECK(done(other.get("k", {})).bytes.size() == 41);
  CHECK(content.count() == 1);
}

namespace {

/// A server that joins parts, and can be told to fail.
struct PartServer {
  std::atomic<int> parts_until_failure = -1;
  std::atomic<bool> lose_joined_response = false;
  std::atomic<bool> refuse_to_join = false;
  std::atomic<std::size_t> hang_on_part = 0;
  std::vector<std::string> parts = std::vector<std::string>(20);
  std::string write_id;
  std::string joined;
  std::atomic<int> aborted = 0;
  HttpServer server{[this](const HttpRequest& request) { return answer(request); }};

  HttpReply answer(const HttpRequest& request) {
    if (request.method == "POST" && request.query.starts_with("uploads")) {
      write_id = request.field("x-amz-meta-icechunkwriteid");
      return reply(200,
                   "<InitiateMultipartUploadResult><UploadId>an id/+&amp;</UploadId></InitiateMultipartUploadResult>");
    }
    if (request.method == "HEAD") return joined.empty() ? reply(404) : seen("joined-2", write_id);
    if (request.method == "PUT" && request.query.empty()) return tagged(200, "whole");
    if (request.query.find("uploadId=an%20id%2F%2B%26") == std::string::npos) return error(400, "InvalidRequest");
    if (request.method == "DELETE") {
      ++aborted;
      return reply(204);
    }
    if (request.method == "PUT") {
      if (parts_until_failure.fetch_sub(1) == 0) return error(403, "AccessDenied");
      const std::size_t number = std::stoul(request.query.substr(request.query.find("partNumber=") + 11));
      parts[number] = request.body;
      HttpReply kept = tagged(200, "etag&" + std::to_string(number));
      if (number == hang_on_part) kept.delay = std::chrono::minutes(1);
      return kept;
    }
    if (!joined.empty()) return error(404, "NoSuchUpload");
    if (refuse_to_join) return error(200, "InvalidPart");
    for (std::size_t i = 1; i != parts.size() && !parts[i].empty(); ++i) {
      if (request.body.find("<PartNumber>" + std::to_string(i) + "</PartNumber><ETag>\"etag&amp;" +
                            std::to_string(i)) == std::string::npos) {
        return error(400, "InvalidPart");
      }
      joined += parts[i];
    }
    if (lose_joined_response) return dropped();
    return reply(200,
                 "<CompleteMultipartUploadResult><ETag>&quot;joined-2&quot;</ETag></CompleteMultipartUploadResult>");
  }
  S3 store() const {
    S3Options options = options_for(server.url());
    options.multipart_above = 5 << 20;
    options.part_bytes = 5 << 20;
    return S3(options);
  }
};

}  // namespace

TEST_CASE("storage_network/s3_unit: a large object goes in parts") {
  PartServer parts;
  S3 store = parts.store();
  const Bytes large = support::noise((11 << 20) + 3, 1);
  const PutOutcome outcome = done(store.put("chunks/a", large, PutCondition::always()));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "joined-2");
  CHECK(parts.joined == as_text(large));
  CHECK(parts.server.requests().size() == 5);
  CHECK(parts.aborted == 0);
  done(store.put("chunks/b", support::noise(5 << 20, 1), PutCondition::always()));
  CHECK(parts.server.requests().size() == 6);
}

TEST_CASE("storage_network/s3_unit: parts that come to nothing are taken away") {
  PartServer parts;
  parts.parts_until_failure = 1;
  S3 store = parts.store();
  CHECK(failed(store.put("chunks/a", support::noise(11 << 20, 1), PutCondition::always())).code() == errc::denied);
  CHECK(parts.aborted == 1);
  PartServer refusing;
  refusing.refuse_to_join = true;
  S3 other = refusing.store();
  CHECK(failed(other.put("chunks/a", support::noise(6 << 20, 1), PutCondition::always())).backend_code() ==
        "200 InvalidPart");
  CHECK(refusing.aborted == 1);
}

TEST_CASE("storage_network/s3_unit: a cancelled write takes its parts away") {
  PartServer parts;
  parts.hang_on_part = 2;
  S3 store = parts.store();
  const Bytes large = support::noise(16 << 20, 1);
  const auto put =
      block_on(within(std::chrono::milliseconds(500), store.put("chunks/a", large, PutCondition::always())));
  REQUIRE_FALSE(put);
  CHECK(put.error().code() == errc::timed_out);
  CHECK(parts.aborted == 1);
  CHECK(parts.joined.empty());
}

TEST_CASE("storage_network/s3_unit: joined parts whose response was lost are recognized") {
  PartServer parts;
  parts.lose_joined_response = true;
  S3 store = parts.store();
  const PutOutcome outcome = done(store.put("chunks/a", support::noise(6 << 20, 1), PutCondition::always()));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "joined-2");
  CHECK(parts.aborted == 0);
}

TEST_CASE("storage_network/s3_unit: noise for an answer is never more than an error") {
  std::uint64_t seed = 0;
  HttpServer server([&](const HttpRequest&) {
    ++seed;
    HttpReply odd(static_cast<int>(200 + seed * 37 % 300), std::string(as_text(support::noise(seed * 13 % 400, seed))));
    if (seed % 3 == 0) odd.body = "<Error><Code>" + odd.body;
    if (seed % 5 == 0) odd.set("ETag", "\"").set("Last-Modified", "x").set("x-amz-bucket-region", "\t");
    if (seed % 7 == 0) odd.raw = odd.body;
    return odd;
  });
  S3Options options = options_for(server.url());
  options.http.limits.tries = 2;
  S3 store(options);
  const std::vector<std::string> keys{"a", "b"};
  GetOptions part;
  part.range = ByteRange{1, 9};
  for (int i = 0; i != 60; ++i) {
    static_cast<void>(block_on(store.get("k", part)));
    static_cast<void>(block_on(store.list("", {})));
    static_cast<void>(block_on(store.remove(keys)));
    static_cast<void>(block_on(store.size("k")));
    static_cast<void>(block_on(store.copy("k", "l", VersionTag{"v"})));
    static_cast<void>(block_on(store.put("k", body, PutCondition::always())));
  }
  CHECK(server.requests().size() > 300);
}
