// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/s3/signer.hpp>

#include <varve/storage/auth/date.hpp>

#include "support/doctest.hpp"

#include <chrono>
#include <string>

using namespace varve;
using namespace varve::storage;
using namespace varve::storage::s3;

namespace {

// The examples of "Authenticating Requests: Using the Authorization Header" in Amazon's reference of the S3 API.
const Timestamp documented{std::chrono::sys_days(std::chrono::year(2013) / 5 / 24)};

Credentials example() {
  Credentials who;
  who.access_key = "AKIAIOSFODNN7EXAMPLE";
  who.secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  return who;
}

http::Request request(std::string method, const char* url) {
  http::Request made;
  made.method = std::move(method);
  made.url = http::parse_url(url).value();
  return made;
}

/// The last part of the Authorization field, and the names before it.
std::string signature(const http::Request& signed_request) {
  const std::string text(http::find_field(signed_request.fields, "Authorization"));
  return text.substr(text.find("Signature=") + 10);
}
std::string signed_names(const http::Request& signed_request) {
  const std::string text(http::find_field(signed_request.fields, "Authorization"));
  const std::size_t first = text.find("SignedHeaders=") + 14;
  return text.substr(first, text.find(',', first) - first);
}

}  // namespace

TEST_CASE("storage_network/signer: a ranged GET is signed as Amazon's example") {
  http::Request get = request("GET", "https://examplebucket.s3.amazonaws.com/test.txt");
  get.set("Range", "bytes=0-9").set("x-amz-content-sha256", std::string(empty_payload));
  Signer().sign(get, example(), "us-east-1", documented);
  CHECK(signed_names(get) == "host;range;x-amz-content-sha256;x-amz-date");
  CHECK(signature(get) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(std::string(http::find_field(get.fields, "Authorization"))
            .starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "));
}

TEST_CASE("storage_network/signer: a PUT is signed as Amazon's example") {
  http::Request put = request("PUT", "https://examplebucket.s3.amazonaws.com/test%24file.text");
  put.set("Date", "Fri, 24 May 2013 00:00:00 GMT").set("X-Amz-Storage-Class", "REDUCED_REDUNDANCY");
  put.set("x-amz-content-sha256", http::hex(http::sha256(as_bytes("Welcome to Amazon S3."))));
  Signer().sign(put, example(), "us-east-1", documented);
  CHECK(signature(put) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_CASE("storage_network/signer: queries are signed as Amazon's examples, in any order") {
  for (const char* url : {"https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
                          "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2"}) {
    http::Request list = request("GET", url);
    list.set("x-amz-content-sha256", std::string(empty_payload));
    Signer().sign(list, example(), "us-east-1", documented);
    CHECK(signature(list) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  }
  http::Request lifecycle = request("GET", "https://examplebucket.s3.amazonaws.com/?lifecycle");
  lifecycle.set("x-amz-content-sha256", std::string(empty_payload));
  Signer().sign(lifecycle, example(), "us-east-1", documented);
  CHECK(signature(lifecycle) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_CASE("storage_network/signer: fields of the connection are left out, and white space does not count") {
  Signer signer;
  http::Request plain = request("GET", "https://h/a");
  plain.set("X-Amz-Meta-A", "b c");
  signer.sign(plain, example(), "r", documented);
  http::Request other = request("GET", "https://h/a");
  other.set("Expect", "100-continue").set("User-Agent", "x").set("Connection", "close").set("x-amz-meta-a", "  b   c ");
  signer.sign(other, example(), "r", documented);
  CHECK(signature(plain) == signature(other));
  CHECK(signed_names(other) == "host;x-amz-date;x-amz-meta-a");
}

TEST_CASE("storage_network/signer: each part of what is asked changes the signature") {
  Signer signer;
  const auto sign = [&](const char* method, const char* url, Credentials who, const char* region, Timestamp when) {
    http::Request made = request(method, url);
    signer.sign(made, who, region, when);
    return signature(made);
  };
  const std::string base = sign("GET", "https://h/a?b=c", example(), "r", documented);
  CHECK(sign("GET", "https://h/a?b=c", example(), "r", documented) == base);
  CHECK(sign("PUT", "https://h/a?b=c", example(), "r", documented) != base);
  CHECK(sign("GET", "https://h:444/a?b=c", example(), "r", documented) != base);
  CHECK(sign("GET", "https://h/b?b=c", example(), "r", documented) != base);
  CHECK(sign("GET", "https://h/a?b=d", example(), "r", documented) != base);
  CHECK(sign("GET", "https://h/a?b=c", example(), "s", documented) != base);
  CHECK(sign("GET", "https://h/a?b=c", example(), "r", documented + std::chrono::seconds(1)) != base);
  CHECK(sign("GET", "https://h/a?b=c", example(), "r", documented + std::chrono::days(1)) != base);
  Credentials other = example();
  other.secret_key += 'x';
  CHECK(sign("GET", "https://h/a?b=c", other, "r", documented) != base);
  CHECK(sign("GET", "https://h/a?b=c", example(), "r", documented) == base);
}

TEST_CASE("storage_network/signer: a session token is sent and signed") {
  Credentials who = example();
  who.session_token = "token/of+session==";
  http::Request get = request("GET", "https://h/a");
  Signer().sign(get, who, "r", documented);
  CHECK(http::find_field(get.fields, "x-amz-security-token") == "token/of+session==");
  CHECK(signed_names(get) == "host;x-amz-date;x-amz-security-token");
}

TEST_CASE("storage_network/signer: dates are written and read") {
  const Timestamp time = documented + std::chrono::hours(13) + std::chrono::minutes(7) + std::chrono::seconds(9);
  CHECK(amz_date(time + std::chrono::microseconds(999'999)) == "20130524T130709Z");
  CHECK(auth::parse_http_date("Fri, 24 May 2013 13:07:09 GMT") == time);
  CHECK(auth::parse_rfc3339("2013-05-24T13:07:09Z") == time);
  CHECK(auth::parse_rfc3339("2013-05-24T13:07:09.25Z") == time + std::chrono::milliseconds(250));
  CHECK(auth::parse_rfc3339("2013-05-24T13:07:09.123456789Z") == time + std::chrono::microseconds(123'456));
  CHECK(auth::parse_rfc3339("2013-05-24T15:07:09+02:00") == time);
  for (const char* text :
       {"", "Fri", "Fri, 24 May 2013 13:07:09 CET", "Fri, 32 May 2013 13:07:09 GMT", "Fri, 24 Mai 2013 13:07:09 GMT",
        "Fri, 24 May 2013 25:07:09 GMT", "Fri, 24 ayJ 2013 13:07:09 GMT"}) {
    CHECK_FALSE(auth::parse_http_date(text));
  }
  for (const char* text : {"", "2013-05-24", "2013-05-24T13:07:09", "2013-02-30T13:07:09Z", "2013-05-24T13:07:61Z",
                           "2013-05-24T13:07:09.Z.", "2013-05-24T13:07:09+0200", "20130524T130709Z....."}) {
    CHECK_FALSE(auth::parse_rfc3339(text));
  }
}
