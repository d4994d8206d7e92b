// SPDX-License-Identifier: Apache-2.0
#include <varve/storage/http/client.hpp>

#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>

#include "support/bytes.hpp"
#include "support/doctest.hpp"
#include "support/http_server.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace varve;
using namespace varve::storage::http;
using support::HttpReply;
using support::HttpRequest;
using support::HttpServer;
using std::chrono::milliseconds;

namespace {

ClientOptions brisk() {
  ClientOptions options;
  options.limits.connect = milliseconds(5000);
  options.limits.stall = milliseconds(5000);
  options.limits.tries = 4;
  options.limits.first_pause = milliseconds(1);
  options.limits.longest_pause = milliseconds(5);
  options.proxy = "";
  return options;
}

Request get(const HttpServer& server, const std::string& path = "/x") {
  Request request;
  request.url = parse_url(server.url() + path).value();
  return request;
}

Request conditional_put(const HttpServer& server, ByteView body) {
  Request request = get(server);
  request.method = "PUT";
  request.body = body;
  request.repeat = Repeat::if_not_applied;
  return request;
}

Result<Response> read(Client& client, Request request, ReadOptions options = ReadOptions()) {
  const Service plain;
  return block_on(client.read(std::move(request), plain, std::move(options)));
}
Result<Response> send(Client& client, Request request, const Service& service = Service()) {
  return block_on(client.send(std::move(request), service));
}

std::string text_of(const Response& response) { return std::string(as_text(response.body)); }

/// A reply with a part of `object`, as a range asks.
HttpReply part(const HttpRequest& request, const std::string& object, const std::string& etag = "\"1\"") {
  HttpReply reply(200, object);
  reply.set("ETag", etag);
  const std::string range = request.field("range");
  if (!range.empty()) {
    const std::size_t first = std::stoul(range.substr(6));
    const std::size_t dash = range.find('-');
    const std::size_t last = dash + 1 < range.size() ? std::min(std::stoul(range.substr(dash + 1)), object.size() - 1) : object.size() - 1;
    reply.status = 206;
    reply.body = object.substr(first, last - first + 1);
    reply.set("Content-Range", "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/' + std::to_string(object.size()));
  }
  return reply;
}

ReadOptions range_of(std::uint64_t first, std::uint64_t last, std::optional<MutableByteView> into = {}) {
  ReadOptions options;
  options.range = ByteRange{first, last};
  options.into = into;
  return options;
}

}  // namespace

TEST_CASE("storage_network/client: requests and responses arrive as they are, on one connection") {
  HttpServer server([](const HttpRequest& request) {
    HttpReply reply(200, request.method + ' ' + request.target() + ' ' + request.field("x-own") + ' ' + request.body);
    reply.set("X-Answer", "yes");
    return reply;
  });
  Client client(brisk());
  for (int i = 0; i != 3; ++i) {
    Request request = get(server, "/a%20b?c=d");
    request.method = "POST";
    request.set("X-Own", "mine");
    const std::string body = "some text";
    request.body = as_bytes(body);
    const auto response = send(client, std::move(request));
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(text_of(*response) == "POST /a%20b?c=d mine some text");
    CHECK(response->field("x-answer") == "yes");
    CHECK(response->field("none").empty());
  }
  CHECK(server.connections() == 1);
  CHECK(client.counts().requests == 3);
  CHECK(client.counts().connections == 1);
  CHECK(client.counts().bytes_sent == 27);
  const auto request = server.requests().front();
  CHECK(request.field("host") == "127.0.0.1:" + std::to_string(server.port()));
  CHECK(request.field("user-agent").find("varve") != std::string::npos);
}

TEST_CASE("storage_network/client: bodies of every framing are read whole") {
  const std::string big(300'000, 'z');
  HttpServer server([&](const HttpRequest& request) {
    HttpReply reply;
    if (request.path == "/chunked") {
      reply.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n6;x=y\r\npedia \r\n0\r\nTrailer: t\r\n\r\n";
    } else if (request.path == "/until-close") {
      reply.raw = "HTTP/1.1 200 OK\r\n\r\n" + big;
    } else if (request.path == "/interim") {
      reply.raw = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    } else if (request.path == "/none") {
      reply.status = 204;
    } else {
      reply.body = big;
    }
    return reply;
  });
  Client client(brisk());
  CHECK(text_of(read(client, get(server, "/chunked")).value()) == "wikipedia ");
  CHECK(text_of(read(client, get(server, "/until-close")).value()) == big);
  CHECK(text_of(read(client, get(server, "/interim")).value()) == "ok");
  CHECK(text_of(read(client, get(server, "/big")).value()) == big);
  CHECK(read(client, get(server, "/none")).value().status == 204);
  Request head = get(server, "/big");
  head.method = "HEAD";
  const auto response = send(client, std::move(head));
  REQUIRE(response);
  CHECK(response->body.empty());
  CHECK(response->field("Content-Length") == "300000");
}

TEST_CASE("storage_network/client: a range goes into the caller's buffer, also from a server that ignores ranges") {
  const std::string object = "0123456789";
  for (const bool ranges : {true, false}) {
    CAPTURE(ranges);
    HttpServer server([&](const HttpRequest& request) { return ranges ? part(request, object) : HttpReply(200, object); });
    Client client(brisk());
    struct Case {
      std::uint64_t first;
      std::uint64_t last;
      std::string expected;
    };
    for (const Case& one : {Case{0, 10, "0123456789"}, Case{2, 5, "234"}, Case{8, 100, "89"}, Case{9, 10, "9"}}) {
      CAPTURE(one.first);
      Bytes buffer(static_cast<std::size_t>(one.last - one.first), std::byte{'-'});
      const auto into = read(client, get(server), range_of(one.first, one.last, MutableByteView(buffer)));
      REQUIRE(into);
      CHECK(as_text(ByteView(buffer).first(into->filled)) == one.expected);
      CHECK(into->body.empty());
      CHECK(text_of(read(client, get(server), range_of(one.first, one.last)).value()) == one.expected);
    }
  }
}

TEST_CASE("storage_network/client: a read that breaks goes on where it broke, while the object is the same") {
  const Bytes noise = support::noise(200'000, 5);
  const std::string object(as_text(noise));
  std::atomic<int> calls = 0;
  HttpServer server([&](const HttpRequest& request) {
    HttpReply reply = part(request, object);
    if (calls++ < 3) reply.cut_at = reply.body.size() / 2;
    return reply;
  });
  Client client(brisk());
  Bytes buffer(noise.size());
  const auto response = read(client, get(server), range_of(0, noise.size(), MutableByteView(buffer)));
  REQUIRE(response);
  CHECK(response->filled == noise.size());
  CHECK(buffer == noise);
  CHECK(client.counts().resumed == 3);
  CHECK(client.counts().failures == 3);
  const auto requests = server.requests();
  REQUIRE(requests.size() == 4);
  for (std::size_t i = 1; i != 4; ++i) CHECK(requests[i].field("range") != requests[i - 1].field("range"));
}

TEST_CASE("storage_network/client: a read never mixes two versions of an object") {
  const std::string old_bytes(100'000, 'o');
  const std::string new_bytes(100'000, 'n');
  std::atomic<int> calls = 0;
  HttpServer server([&](const HttpRequest& request) {
    if (calls++ == 0) {
      HttpReply reply = part(request, old_bytes, "\"old\"");
      reply.cut_at = 50'000;
      return reply;
    }
    return part(request, new_bytes, "\"new\"");
  });
  Client client(brisk());
  const auto response = read(client, get(server));
  REQUIRE(response);
  CHECK(text_of(*response) == new_bytes);
  CHECK(response->field("ETag") == "\"new\"");
}

TEST_CASE("storage_network/client: a part that is shorter than the object has, or another than was asked for, is not taken") {
  const std::string object = "0123456789";
  std::atomic<int> calls = 0;
  HttpServer server([&](const HttpRequest& request) {
    HttpReply reply = part(request, object);
    if (calls == 0) {
      reply = HttpReply(206, "23").set("ETag", "\"1\"").set("Content-Range", "bytes 2-3/10");
    } else if (calls == 1) {
      reply = HttpReply(206, "0123").set("ETag", "\"1\"").set("Content-Range", "bytes 0-3/10");
    } else if (calls == 2) {
      reply = HttpReply(206, "0123").set("ETag", "\"1\"");
    }
    ++calls;
    return reply;
  });
  Client client(brisk());
  const auto response = read(client, get(server), range_of(2, 8));
  REQUIRE(response);
  CHECK(text_of(*response) == "234567");
  CHECK(calls == 4);
}

TEST_CASE("storage_network/client: a passing failure is tried again, and a refusal is the answer") {
  std::atomic<int> calls = 0;
  HttpServer server([&](const HttpRequest& request) {
    if (request.path == "/no") return HttpReply(403, "not for you");
    const int call = calls++;
    if (call == 0) {
      HttpReply gone;
      gone.drop = true;
      return gone;
    }
    return HttpReply(call == 1 ? 500 : call == 2 ? 502 : 200, "done");
  });
  Client client(brisk());
  CHECK(text_of(read(client, get(server)).value()) == "done");
  CHECK(client.counts().retries == 3);
  const auto refused = read(client, get(server, "/no"));
  REQUIRE(refused);
  CHECK(refused->status == 403);
  CHECK(text_of(*refused) == "not for you");
  CHECK(client.counts().retries == 3);
}

TEST_CASE("storage_network/client: what fails for ever fails after the tries that are allowed, and says how") {
  HttpServer server([](const HttpRequest& request) {
    if (request.path == "/slow") return HttpReply(503);
    HttpReply gone;
    gone.drop = true;
    return gone;
  });
  Client client(brisk());
  const auto broken = read(client, get(server, "/broken"));
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code() == errc::unreachable);
  CHECK(broken.error().retryable());
  CHECK(broken.error().key().find("/broken") != std::string::npos);
  CHECK(std::string(broken.error().what()).find("4 tries") != std::string::npos);
  const auto slow = read(client, get(server, "/slow"));
  REQUIRE_FALSE(slow);
  CHECK(slow.error().code() == errc::throttled);
  CHECK(slow.error().backend_code() == "503");
}

TEST_CASE("storage_network/client: a server that asks for less gets less, and later more again") {
  std::atomic<int> calls = 0;
  HttpServer server([&](const HttpRequest&) {
    const int call = calls++;
    return call < 2 ? HttpReply(503).set("Retry-After", "0") : HttpReply(200, "x");
  });
  ClientOptions options = brisk();
  options.connections = 16;
  Client client(options);
  CHECK(client.concurrency() == 16);
  CHECK(read(client, get(server)));
  CHECK(client.counts().throttled == 2);
  const std::size_t less = client.concurrency();
  CHECK(less < 16);
  for (int i = 0; i != 300; ++i) REQUIRE(read(client, get(server)));
  CHECK(client.concurrency() > less);
}

TEST_CASE("storage_network/client: retries have a budget that all calls share and successes fill") {
  std::atomic<bool> healthy = false;
  HttpServer server([&](const HttpRequest&) { return HttpReply(healthy ? 200 : 500); });
  ClientOptions options = brisk();
  options.retry_budget = 20;  // four retries
  Client client(options);
  REQUIRE_FALSE(read(client, get(server)));
  CHECK(client.counts().retries == 3);
  const auto second = read(client, get(server));
  REQUIRE_FALSE(second);
  CHECK(client.counts().retries == 4);
  CHECK(std::string(second.error().what()).find("budget") != std::string::npos);
  REQUIRE_FALSE(read(client, get(server)));
  CHECK(client.counts().retries == 4);
  healthy = true;
  for (int i = 0; i != 10; ++i) REQUIRE(read(client, get(server)));
  healthy = false;
  REQUIRE_FALSE(read(client, get(server)));
  CHECK(client.counts().retries == 6);
}

TEST_CASE("storage_network/client: a conditional write whose end is not known is not sent again, and says so") {
  std::atomic<int> calls = 0;
  std::atomic<int> kind = 0;
  HttpServer server([&](const HttpRequest&) {
    ++calls;
    HttpReply reply(kind == 1 ? 500 : kind == 2 ? 503 : kind == 3 ? 412 : 200);
    reply.drop = kind == 0;
    reply.silence = kind == 4;
    return reply;
  });
  ClientOptions options = brisk();
  options.limits.stall = milliseconds(300);
  Client client(options);
  const Bytes body = support::noise(1000, 1);
  for (int k = 0; k != 5; ++k) {
    CAPTURE(k);
    kind = k;
    calls = 0;
    const auto response = send(client, conditional_put(server, body));
    REQUIRE(response);
    CHECK(calls == 1);
    CHECK(response->unclear() == (k != 3));
    if (k != 3) CHECK_FALSE(response->trouble.empty());
  }
  // Nobody listens there: it was surely not applied, so it is an error like any other.
  Request request = conditional_put(server, body);
  request.url.port = 1;
  const auto refused = send(client, std::move(request));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::unreachable);
}

TEST_CASE("storage_network/client: a host that no name service knows is an error that names it, at once") {
  Request request;
  request.url.scheme = "http";
  request.url.host = std::string(64, 'x');  // no label of a name is that long, so nobody outside is asked
  request.url.port = 80;
  request.url.path = "/x";
  Client client(brisk());
  const auto response = read(client, request);
  REQUIRE_FALSE(response);
  CHECK(response.error().code() == errc::unreachable);
  CHECK(std::string(response.error().what()).find(request.url.host) != std::string::npos);
  CHECK(client.counts().retries == 0);
}

TEST_CASE("storage_network/client: a connection that the server closed while it was idle is replaced without a retry") {
  HttpServer server([](const HttpRequest&) {
    HttpReply reply(200, "x");
    reply.raw = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";  // and then it closes without a word
    return reply;
  });
  Client client(brisk());
  for (int i = 0; i != 20; ++i) REQUIRE(read(client, get(server)));
  CHECK(client.counts().retries == 0);
}

TEST_CASE("storage_network/client: a body that is asked about first is not sent to a server that says no") {
  std::atomic<std::size_t> body_bytes = 0;
  std::atomic<bool> refuse = true;
  HttpServer server(
      [&](const HttpRequest& request) {
        body_bytes = request.body.size();
        return HttpReply(200, "taken");
      },
      [&](const HttpRequest&) { return refuse ? std::optional(HttpReply(412)) : std::nullopt; });
  Client client(brisk());
  const Bytes body = support::noise(1 << 20, 2);
  Request request = conditional_put(server, body);
  request.expect_continue = true;
  const auto refused = send(client, request);
  REQUIRE(refused);
  CHECK(refused->status == 412);
  CHECK(client.counts().bytes_sent == 0);
  refuse = false;
  const auto taken = send(client, request);
  REQUIRE(taken);
  CHECK(taken->status == 200);
  CHECK(body_bytes == body.size());
}

TEST_CASE("storage_network/client: hostile responses are errors, whatever they claim") {
  std::mutex mutex;
  std::string answer;
  HttpServer server([&](const HttpRequest&) {
    const std::scoped_lock lock(mutex);
    HttpReply reply;
    reply.raw = answer;
    return reply;
  });
  ClientOptions options = brisk();
  options.limits.tries = 2;
  Client client(options);
  const std::vector<std::string> hostile = {
      "", "\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "SSH-2.0-x\r\n", "HTTP/1.1 99999 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nabc",
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nabc\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'h') + "\r\n\r\n",
      "HTTP/1.1 200 OK\r\n" + std::string(80'000, 'n') + ": x\r\n\r\n", "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'e') + "\r\na\r\n0\r\n\r\n"};
  for (const std::string& one : hostile) {
    CAPTURE(one.substr(0, 80));
    {
      const std::scoped_lock lock(mutex);
      answer = one;
    }
    const auto response = read(client, get(server));
    REQUIRE_FALSE(response);
    CHECK(response.error().code() == errc::unreachable);
  }
  {
    const std::scoped_lock lock(mutex);
    answer = "HTTP/1.1 500 X\r\nContent-Length: 3000000000\r\n\r\n" + std::string(20 << 20, 'x');  // an error without an end
  }
  CHECK_FALSE(read(client, get(server)));
}

TEST_CASE("storage_network/client: a field of a header cannot smuggle another one in") {
  HttpServer server([](const HttpRequest&) { return HttpReply(200); });
  Client client(brisk());
  Request request = get(server);
  request.set("X-Own", "a\r\nX-Other: b");
  const auto refused = send(client, request);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::invalid_argument);
  CHECK(server.requests().empty());
}

TEST_CASE("storage_network/client: a server that is silent is given up, and the next request is none the worse") {
  std::atomic<bool> silent = true;
  HttpServer server([&](const HttpRequest&) {
    HttpReply reply(200, "x");
    reply.silence = silent;
    return reply;
  });
  ClientOptions options = brisk();
  options.limits.stall = milliseconds(300);
  options.limits.tries = 2;
  Client client(options);
  const auto late = read(client, get(server));
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == errc::timed_out);
  const Service plain;
  const auto cut = block_on(within(milliseconds(50), client.read(get(server), plain, ReadOptions())));
  REQUIRE_FALSE(cut);
  CHECK(cut.error().code() == errc::timed_out);
  silent = false;
  CHECK(read(client, get(server)));
}

TEST_CASE("storage_network/client: a slow body is no silence") {
  const std::string object(1000, 's');
  HttpServer server([&](const HttpRequest&) {
    HttpReply reply(200, object);
    reply.trickle = true;
    return reply;
  });
  Client client(brisk());
  for (int i = 0; i != 10; ++i) CHECK(text_of(read(client, get(server)).value()) == object);
  CHECK(client.counts().retries == 0);
}

TEST_CASE("storage_network/client: a hedged read takes whoever answers first") {
  std::atomic<int> calls = 0;
  HttpServer server([&](const HttpRequest& request) {
    HttpReply reply = part(request, "0123456789");
    reply.silence = calls++ == 0;
    return reply;
  });
  ClientOptions options = brisk();
  options.hedge = milliseconds(20);
  Client client(options);
  Bytes buffer(4);
  const auto response = read(client, get(server), range_of(3, 7, MutableByteView(buffer)));
  REQUIRE(response);
  CHECK(response->filled == 4);
  CHECK(as_text(buffer) == "3456");
  CHECK(client.counts().hedged == 1);
  CHECK(text_of(read(client, get(server)).value()) == "0123456789");
}

TEST_CASE("storage_network/client: a proxy is told the whole URL") {
  HttpServer proxy([](const HttpRequest& request) { return HttpReply(200, request.target()); });
  ClientOptions options = brisk();
  options.proxy = proxy.url();
  options.limits.connect = milliseconds(300);
  options.limits.tries = 1;
  Client client(options);
  Request request;
  request.url = parse_url("http://store.invalid:81/bucket/key?a=b").value();
  CHECK(text_of(read(client, request).value()) == "http://store.invalid:81/bucket/key?a=b");
  CHECK(proxy.requests().front().field("host") == "store.invalid:81");
  request.url = parse_url("https://store.invalid/x").value();
  const auto refused = read(client, request);  // the proxy answers to CONNECT, but speaks no TLS
  REQUIRE_FALSE(refused);
  CHECK(proxy.requests().back().method == "CONNECT");
  CHECK(proxy.requests().back().path == "store.invalid:443");
}

TEST_CASE("storage_network/client: what proves who asks is made anew for each try, and fetched anew once") {
  std::atomic<int> calls = 0;
  HttpServer server([&](const HttpRequest& request) {
    ++calls;
    return request.field("authorization") == "token 2" ? HttpReply(200, "in") : HttpReply(401);
  });
  Client client(brisk());
  int token = 1;
  Service service;
  service.authorize = [&](Request& request) -> Awaitable<Result<void>> {
    request.set("Authorization", "token " + std::to_string(token));
    co_return Result<void>();
  };
  service.judge = [&](const Response& response) {
    if (response.status != 401) return judge_status(response);
    ++token;
    return Verdict::new_credentials;
  };
  CHECK(text_of(send(client, get(server), service).value()) == "in");
  CHECK(calls == 2);
  token = 5;
  CHECK(send(client, get(server), service).value().status == 401);
  CHECK(calls == 4);
}

TEST_CASE("storage_network/client: many requests at once keep to the limit of connections, from one loop and from many threads") {
  HttpServer server([](const HttpRequest& request) { return HttpReply(200, request.path); });
  ClientOptions options = brisk();
  options.connections = 5;
  Client client(options);
  std::atomic<int> next = 0;
  const Service plain;
  auto work = [&]() -> Awaitable<Result<void>> {
    for (int i = next++; i < 200; i = next++) {
      const std::string path = "/" + std::to_string(i);
      auto response = co_await client.read(get(server, path), plain, ReadOptions());
      if (!response) co_return std::move(response).error();
      if (text_of(*response) != path) co_return Error(errc::corrupt, "compare");
    }
    co_return Result<void>();
  };
  CHECK(block_on(gather(20, work)));
  CHECK(server.connections() <= 5);
  next = 0;
  Runtime runtime(4);
  CHECK(block_on(gather(runtime, 20, work)));
  next = 0;
  std::vector<std::thread> threads;
  std::atomic<int> well = 0;
  for (int i = 0; i != 4; ++i) threads.emplace_back([&] { well += block_on(work()) ? 1 : 0; });
  for (std::thread& thread : threads) thread.join();
  CHECK(well == 4);
  CHECK(server.connections() <= 10);
  CHECK(client.counts().requests == 600);
}

TEST_CASE("storage_network/client: progress is told") {
  const std::string object(3 << 20, 'p');
  HttpServer server([&](const HttpRequest&) { return HttpReply(200, object); });
  ClientOptions options = brisk();
  std::vector<std::uint64_t> told;
  std::optional<std::uint64_t> total;
  options.progress = [&](const Progress& progress) {
    told.push_back(progress.bytes);
    total = progress.total;
  };
  Client client(options);
  REQUIRE(read(client, get(server)));
  REQUIRE_FALSE(told.empty());
  CHECK(told.back() == object.size());
  CHECK(total == object.size());
}
