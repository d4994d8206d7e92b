// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/gcs.hpp>

#include "storage/backend_suite.hpp"
#include "support/bytes.hpp"
#include "support/doctest.hpp"
#include "support/http_server.hpp"
#include "support/temp_dir.hpp"

#include <varve/core/json.hpp>
#include <varve/storage/auth/date.hpp>
#include <varve/storage/gcs/answers.hpp>
#include <varve/storage/http/digest.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
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

GcsOptions options(const HttpServer& server) {
  GcsOptions options;
  options.endpoint = server.url();
  options.bucket = "bucket";
  options.prefix = "root";
  options.credentials = gcs::Anonymous();
  options.http.proxy = "";
  options.http.limits.tries = 3;
  options.http.limits.first_pause = std::chrono::milliseconds(1);
  return options;
}

/// An RSA key pair of the test's own.
struct KeyPair {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), &EVP_PKEY_free};

  std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }
  bool verifies(std::string_view text, ByteView signature) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  }
};

const KeyPair& key_pair() {
  static const KeyPair pair;
  return pair;
}

std::string service_account(const std::string& token_uri) {
  Json::Object key;
  key.emplace_back("type", "service_account");
  key.emplace_back("client_email", "me@project.example");
  key.emplace_back("private_key", key_pair().pem());
  key.emplace_back("private_key_id", "id7");
  key.emplace_back("token_uri", token_uri);
  return Json(std::move(key)).text();
}

Bytes decode_url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : (c == '_' ? '/' : c);
  return http::decode_base64(text).value();
}

constexpr std::string_view resource = R"({"name":"root/k","size":"3","generation":"77"})";

}  // namespace

TEST_CASE("storage/gcs: a claim is signed by the key, and says who asks whom for what") {
  const auto key = gcs::parse_key(service_account("https://tokens.example/token")).value();
  const Timestamp now = auth::parse_rfc3339("2026-11-22T18:30:00Z").value();
  const std::string claim = gcs::signed_claim(key, "scope", now).value();
  const std::size_t first = claim.find('.');
  const std::size_t second = claim.rfind('.');
  REQUIRE(first < second);
  CHECK(as_text(decode_url(claim.substr(0, first))) == R"({"alg":"RS256","typ":"JWT","kid":"id7"})");
  CHECK(
      as_text(decode_url(claim.substr(first + 1, second - first - 1))) ==
      R"({"iss":"me@project.example","scope":"scope","aud":"https://tokens.example/token","iat":1795372200,"exp":1795375800})");
  CHECK(key_pair().verifies(claim.substr(0, second), decode_url(claim.substr(second + 1))));
}

TEST_CASE("storage/gcs: what is no key is refused, and not quoted") {
  const std::string secret = "TOPSECRET";
  for (const std::string& text :
       {std::string(), std::string("{"), "[\"" + secret + "\"]",
        "{\"type\":\"external_account\",\"x\":\"" + secret + "\"}",
        "{\"type\":\"service_account\",\"private_key\":\"" + secret + "\"}",
        "{\"type\":\"authorized_user\",\"client_id\":\"a\",\"refresh_token\":\"" + secret + "\"}"}) {
    const auto key = gcs::parse_key(text);
    REQUIRE_FALSE(key);
    CHECK(key.error().code() == errc::invalid_argument);
    CHECK(std::string(key.error().what()).find(secret) == std::string::npos);
  }
  gcs::KeyContent not_pem;
  not_pem.private_key = secret;
  CHECK_FALSE(gcs::signed_claim(not_pem, "s", Timestamp()));
}

TEST_CASE("storage/gcs: answers are read, and wrong ones are errors") {
  const auto object = gcs::parse_object(
      R"({"name":"n","size":"5","generation":"1700000000000001","updated":"2026-11-22T18:30:00.5Z","metadata":{"icechunkwriteid":"w","varvereplaced":"3"}})",
      "test");
  REQUIRE(object);
  CHECK(object->generation == "1700000000000001");
  CHECK(object->size == 5);
  CHECK(object->write_id == "w");
  CHECK(object->replaced == "3");
  CHECK(object->modified == auth::parse_rfc3339("2026-11-22T18:30:00.5Z").value());
  CHECK(gcs::parse_object(R"({"name":"n","size":5,"generation":6})", "test"));
  for (const char* wrong :
       {"", "{}", "[]", "5", "null", R"({"name":"n","size":"5"})", R"({"name":"n","size":"-5","generation":"1"})",
        R"({"name":5,"size":"5","generation":"1"})", R"({"name":"n","size":{},"generation":"1"})"}) {
    CAPTURE(wrong);
    CHECK_FALSE(gcs::parse_object(wrong, "test"));
  }
  const std::string list =
      R"({"nextPageToken":"t","items":[{"name":"root/a","size":"1","updated":"2026-11-22T18:30:00Z"},{"name":"root/b","size":"0"}]})";
  const auto page = gcs::parse_list(list, "root/");
  REQUIRE(page);
  CHECK(page->objects.at(0).key == "a");
  CHECK(page->objects.at(1).key == "b");
  CHECK(page->next == "t");
  CHECK_FALSE(gcs::parse_list(list, "other/"));
  CHECK(gcs::parse_list("{}", "")->objects.empty());
  CHECK_FALSE(gcs::parse_list("{}", "")->next);
  for (std::size_t kept = 0; kept != list.size(); ++kept) CHECK_FALSE(gcs::parse_list(list.substr(0, kept), "root/"));
  CHECK_FALSE(gcs::parse_list(R"({"items":[5]})", ""));
  CHECK_FALSE(gcs::parse_list(std::string(100'000, '['), ""));
}

TEST_CASE("storage/gcs: options that cannot be right are refused, without a request") {
  HttpServer server([](const HttpRequest&) { return HttpReply(500); });
  const auto refused = [&](auto change) {
    GcsOptions wrong = options(server);
    change(wrong);
    auto opened = Gcs::open(std::move(wrong));
    return !opened && opened.error().code() == errc::invalid_argument;
  };
  CHECK(refused([](GcsOptions& o) { o.bucket = "a/b"; }));
  CHECK(refused([](GcsOptions& o) { o.bucket.clear(); }));
  CHECK(refused([](GcsOptions& o) { o.endpoint = "gopher://x"; }));
  CHECK(refused([](GcsOptions& o) { o.credentials = gcs::Key{"{}"}; }));
  CHECK(refused([](GcsOptions& o) { o.credentials = gcs::Bearer{"a\nb"}; }));
  CHECK(server.requests().empty());
}

TEST_CASE("storage/gcs: an object's name is one segment of the path, and its generation the version") {
  HttpServer server([](const HttpRequest&) { return HttpReply(200, "abc").set("x-goog-generation", "77"); });
  Gcs store(options(server));
  const Fetched read = support::get(store, "a/b c", std::nullopt, VersionTag{"76"});
  CHECK(read.status == Fetched::Status::found);
  CHECK(read.version.text == "77");
  CHECK(server.requests().at(0).path == "/storage/v1/b/bucket/o/root%2Fa%2Fb%20c");
  CHECK(server.requests().at(0).query == "alt=media&ifGenerationNotMatch=76");
  CHECK(support::get(store, "a/b c", std::nullopt, VersionTag{"77"}).status == Fetched::Status::unchanged);
  support::get(store, "k", std::nullopt, VersionTag{"no&number=1"});
  CHECK(server.requests().at(2).query == "alt=media");
}

TEST_CASE("storage/gcs: 304 is unchanged, 416 is found and empty") {
  HttpServer server([](const HttpRequest& request) {
    if (request.query.find("ifGenerationNotMatch") != std::string::npos) return HttpReply(304);
    if (request.query.find("alt=media") != std::string::npos) return HttpReply(416);
    return HttpReply(200, std::string(resource));
  });
  Gcs store(options(server));
  CHECK(support::get(store, "k", std::nullopt, VersionTag{"77"}).status == Fetched::Status::unchanged);
  const Fetched past = support::get(store, "k", ByteRange{3, 9});
  CHECK(past.status == Fetched::Status::found);
  CHECK(past.bytes.empty());
  CHECK(past.version.text == "77");
}

TEST_CASE("storage/gcs: a conditional write carries its id beside the bytes; others are sent as they are") {
  HttpServer server([](const HttpRequest&) { return HttpReply(200, std::string(resource)); });
  Gcs store(options(server));
  CHECK(support::put(store, "k", as_bytes("abc"), PutCondition::if_absent()).version.text == "77");
  CHECK(support::put(store, "k", as_bytes("abc"), PutCondition::if_version(VersionTag{"76"})).written);
  CHECK(support::put(store, "k", as_bytes("abc")).written);
  const auto seen = server.requests();
  REQUIRE(seen.size() == 3);
  CHECK(seen[0].path == "/upload/storage/v1/b/bucket/o");
  CHECK(seen[0].query.find("ifGenerationMatch=0") != std::string::npos);
  CHECK(seen[1].query.find("ifGenerationMatch=76") != std::string::npos);
  const std::string type = seen[0].field("content-type");
  REQUIRE(type.starts_with("multipart/related; boundary="));
  const std::string boundary = type.substr(type.find('=') + 1);
  CHECK(seen[0].body == "--" + boundary + "\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n" +
                            R"({"name":"root/k","metadata":{"icechunkwriteid":")" + boundary +
                            R"(","varvereplaced":"none"}})" + "\r\n--" + boundary +
                            "\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--" + boundary + "--\r\n");
  CHECK(seen[2].query.find("uploadType=media&name=root%2Fk") != std::string::npos);
  CHECK(seen[2].body == "abc");
  for (const char* version : {"", "0", "x", "-1", "\"7\"", "99999999999999999999"}) {
    CHECK_FALSE(support::put(store, "k", as_bytes("x"), PutCondition::if_version(VersionTag{version})).written);
  }
  CHECK(server.requests().size() == 3);
}

TEST_CASE("storage/gcs: a write whose response was lost is looked up, and is ours by its id") {
  std::string id;
  HttpServer server([&](const HttpRequest& request) {
    HttpReply reply(200);
    if (request.method == "POST") {
      id = request.field("content-type").substr(request.field("content-type").find('=') + 1);
      reply.drop = true;
    } else {
      reply.body = R"({"name":"root/k","size":"3","generation":"78","metadata":{"icechunkwriteid":")" + id + "\"}}";
    }
    return reply;
  });
  Gcs store(options(server));
  const PutOutcome outcome = support::put(store, "k", as_bytes("abc"), PutCondition::if_version(VersionTag{"77"}));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "78");
}

TEST_CASE("storage/gcs: a write notes what its predecessors replaced, and is known by the notes of its successors") {
  const auto id_of = [](const HttpRequest& request) {  // the boundary of its parts
    return request.field("content-type").substr(request.field("content-type").find('=') + 1);
  };
  std::string last;
  std::atomic<bool> lose = false;
  HttpServer server([&](const HttpRequest& request) {
    HttpReply reply(200, R"({"name":"root/k","size":"1","generation":"78"})");
    if (request.method == "POST") {
      last = id_of(request);
      reply.drop = lose;
    } else {  // two others have written since
      reply.body = R"({"name":"root/k","size":"1","generation":"81","metadata":{"icechunkwriteid":"another",)"
                   R"("varvereplaced":"80=other,79=)" + last + "\"}}";
    }
    return reply;
  });
  Gcs store(options(server));
  support::put(store, "k", as_bytes("x"), PutCondition::if_version(VersionTag{"77"}));
  lose = true;
  const PutOutcome outcome = support::put(store, "k", as_bytes("y"), PutCondition::if_version(VersionTag{"78"}));
  CHECK(outcome.written);
  CHECK(outcome.version.text == "79");
  const auto seen = server.requests();
  REQUIRE(seen.size() == 3);
  CHECK(seen[1].body.find(R"("varvereplaced":"78=)" + id_of(seen[0]) + ",77\"") != std::string::npos);
}

TEST_CASE("storage/gcs: a lost race is 412; no bucket and no permission are errors") {
  struct Case {
    int status;
    const char* body;
    bool refused;
    errc error;
  };
  for (const Case& one :
       {Case{412, R"({"error":{"errors":[{"reason":"conditionNotMet"}]}})", true, {}},
        Case{404, R"({"error":{"message":"The specified bucket does not exist.","errors":[{"reason":"notFound"}]}})",
             false, errc::missing_object},
        Case{403, R"({"error":{"message":"no access","errors":[{"reason":"forbidden"}]}})", false, errc::denied},
        Case{400, "<html>", false, errc::io_error}}) {
    CAPTURE(one.status);
    HttpServer server([&](const HttpRequest&) { return HttpReply(one.status, one.body); });
    Gcs store(options(server));
    const auto put = block_on(store.put("k", as_bytes("x"), PutCondition::if_version(VersionTag{"7"})));
    CHECK(put.has_value() == one.refused);
    if (put) CHECK_FALSE(put->written);
    else CHECK(put.error().code() == one.error);
    CHECK(server.requests().size() == 1);
  }
}

TEST_CASE("storage/gcs: a service account's key is exchanged for a token, which is kept until it is refused") {
  std::atomic<int> tokens = 0;
  HttpServer server([&](const HttpRequest& request) {
    if (request.path == "/token") {
      ++tokens;
      return HttpReply(200, R"({"access_token":"t)" + std::to_string(tokens.load()) +
                                R"(","expires_in":3600,"token_type":"Bearer"})");
    }
    if (request.field("authorization") != "Bearer t2") return HttpReply(401, R"({"error":{"code":401}})");
    return HttpReply(404);
  });
  GcsOptions how = options(server);
  how.credentials = gcs::Key{service_account(server.url() + "/token")};
  Gcs store(how);
  CHECK(tokens == 0);
  for (int i = 0; i != 4; ++i) CHECK(support::get(store, "k").status == Fetched::Status::missing);
  CHECK(tokens == 2);
  const HttpRequest first = server.requests().at(0);
  CHECK(first.method == "POST");
  CHECK(first.field("content-type") == "application/x-www-form-urlencoded");
  CHECK(first.body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
}

TEST_CASE("storage/gcs: a token is replaced before it expires, and one caller fetches it for all") {
  std::atomic<int> tokens = 0;
  std::atomic<std::int64_t> seconds = 0;
  HttpServer server([&](const HttpRequest& request) {
    if (request.path != "/token") return HttpReply(404);
    HttpReply reply(200, R"({"access_token":"t)" + std::to_string(++tokens) + R"(","expires_in":3600})");
    reply.delay = std::chrono::milliseconds(20);
    return reply;
  });
  GcsOptions how = options(server);
  how.environment.now = [&] { return Timestamp(std::chrono::seconds(1'700'000'000 + seconds)); };
  how.credentials =
      gcs::Key{R"({"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r","token_uri":")" +
               server.url() + "/token\"}"};
  Gcs store(how);
  support::on_threads(6, [&](std::size_t) { CHECK(support::get(store, "k").status == Fetched::Status::missing); });
  CHECK(tokens == 1);
  seconds = 3000;
  CHECK(support::get(store, "k").status == Fetched::Status::missing);
  CHECK(tokens == 1);
  seconds = 3500;  // 100 seconds before the end
  CHECK(support::get(store, "k").status == Fetched::Status::missing);
  CHECK(tokens == 2);
  CHECK(server.requests().at(0).body == "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=r");
}

TEST_CASE("storage/gcs: a machine's own account is asked for by its metadata server") {
  HttpServer metadata([](const HttpRequest& request) {
    if (request.field("metadata-flavor") != "Google") return HttpReply(403);
    return HttpReply(200, R"({"access_token":"machine","expires_in":3599,"token_type":"Bearer"})");
  });
  HttpServer server([](const HttpRequest& request) {
    return HttpReply(request.field("authorization") == "Bearer machine" ? 404 : 401);
  });
  GcsOptions how = options(server);
  how.credentials = gcs::MetadataServer{"127.0.0.1:" + std::to_string(metadata.port())};
  Gcs store(how);
  CHECK(support::get(store, "k").status == Fetched::Status::missing);
  CHECK(metadata.requests().at(0).path == "/computeMetadata/v1/instance/service-accounts/default/token");

  ::setenv("GCE_METADATA_HOST", ("127.0.0.1:" + std::to_string(metadata.port())).c_str(), 1);
  ::unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
  ::setenv("CLOUDSDK_CONFIG", "/nowhere", 1);
  how.credentials = gcs::ApplicationDefault();
  Gcs by_default(how);
  CHECK(support::get(by_default, "k").status == Fetched::Status::missing);
  ::unsetenv("GCE_METADATA_HOST");
  ::unsetenv("CLOUDSDK_CONFIG");
}

TEST_CASE("storage/gcs: application default credentials are a file first, gcloud's second") {
  support::TempDir folder;
  HttpServer server([](const HttpRequest& request) {
    if (request.path.starts_with("/token")) {
      return HttpReply(200, R"({"access_token":")" + request.path.substr(7) + R"(","expires_in":3600})");
    }
    return HttpReply(404);
  });
  const auto write =
      [&](const std::string& name) {
        std::ofstream(folder.path() / name)
            << R"({"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r","token_uri":")"
            << server.url() << "/token/" << name << "\"}";
      };
  write("application_default_credentials.json");
  write("named.json");
  ::setenv("CLOUDSDK_CONFIG", folder.text().c_str(), 1);
  ::setenv("GOOGLE_APPLICATION_CREDENTIALS", (folder.path() / "named.json").c_str(), 1);
  GcsOptions how = options(server);
  how.credentials = gcs::ApplicationDefault();
  Gcs named(how);
  support::get(named, "k");
  CHECK(server.requests().back().field("authorization") == "Bearer named.json");
  ::unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
  Gcs well_known(how);
  support::get(well_known, "k");
  CHECK(server.requests().back().field("authorization") == "Bearer application_default_credentials.json");
  ::setenv("GOOGLE_APPLICATION_CREDENTIALS", (folder.path() / "none.json").c_str(), 1);
  Gcs wrong(how);
  const auto refused = block_on(wrong.get("k", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::invalid_argument);
  ::unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
  ::unsetenv("CLOUDSDK_CONFIG");
}

TEST_CASE("storage/gcs: a refused key is denied, with the endpoint's word") {
  HttpServer server([](const HttpRequest&) {
    return HttpReply(400, R"({"error":"invalid_grant","error_description":"Account not found"})");
  });
  GcsOptions how = options(server);
  how.credentials = gcs::Key{service_account(server.url() + "/token")};
  Gcs store(how);
  const auto refused = block_on(store.get("k", GetOptions()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::denied);
  CHECK(refused.error().backend_code() == "400 invalid_grant");
}
