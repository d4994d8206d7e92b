// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/http/url.hpp>

#include "support/doctest.hpp"

#include <string>

using varve::errc;
using varve::storage::http::escape;
using varve::storage::http::parse_query;
using varve::storage::http::parse_url;
using varve::storage::http::unescape;

TEST_CASE("storage_network/url: a URL comes apart and together again") {
  struct Case {
    const char* text;
    const char* host;
    int port;
    const char* target;
    const char* authority;
  };
  for (const Case& one : {Case{"http://a", "a", 80, "/", "a"}, Case{"https://a.b/c?d=e", "a.b", 443, "/c?d=e", "a.b"},
                          Case{"HTTP://a:8080/x/", "a", 8080, "/x/", "a:8080"}, Case{"http://[::1]:9/k", "::1", 9, "/k", "[::1]:9"},
                          Case{"https://a:443?q", "a", 443, "/?q", "a"}, Case{"http://a/b c#part", "a", 80, "/b%20c", "a"},
                          Case{"s3://bucket/some/prefix", "bucket", 0, "/some/prefix", "bucket"}}) {
    CAPTURE(one.text);
    const auto url = parse_url(one.text);
    REQUIRE(url);
    CHECK(url->host == one.host);
    CHECK(url->port == one.port);
    CHECK(url->target() == one.target);
    CHECK(url->authority() == one.authority);
    CHECK(parse_url(url->text()).value() == *url);
  }
}

TEST_CASE("storage_network/url: what is no URL, or would leak or split a request, is refused") {
  for (const char* text : {"", "a", "/a/b", "://a", "http:///x", "http://u:p@a/", "http://a:0/", "http://a:70000/", "http://a:x/",
                           "http://[::1/", "http://[::1]9/", "http://a b/", "http://a\r\nX: y/", "ht tp://a/"}) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().code() == errc::invalid_argument);
  }
}

TEST_CASE("storage_network/url: escaping is reversible for every byte, and leaves only what a path may hold") {
  std::string all;
  for (int i = 0; i != 256; ++i) all += static_cast<char>(i);
  CHECK(unescape(escape(all)) == all);
  CHECK(unescape(escape(all, true)) == all);
  CHECK(escape("a/b c+ä~", true) == "a/b%20c%2B%C3%A4~");
  CHECK(escape("a/b") == "a%2Fb");
  CHECK(unescape("100%") == "100%");
  CHECK(unescape("%4") == "%4");
  CHECK(unescape("a+b%2b", true) == "a b+");
  const auto query = parse_query("a=1&b=x%20y+z&c&=d&&a=2");
  REQUIRE(query.size() == 5);
  CHECK(query[1].second == "x y z");
  CHECK(query[2].first == "c");
  CHECK(query[2].second.empty());
  CHECK(query[4].second == "2");
}
