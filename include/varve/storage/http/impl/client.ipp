// SPDX-License-Identifier: Apache-2.0
// Bodies of client.hpp: connections to hosts, tries, and reads that continue where they broke.
#pragma once

#include <varve/async/gather.hpp>
#include <varve/async/sleep.hpp>
#include <varve/core/version.hpp>
#include <varve/storage/http/client.hpp>
#include <varve/storage/http/impl/host.ipp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage::http {

namespace detail {

/// How one try of a request ended.
struct Attempted {
  Exchange exchange;
  bool sent = false;     ///< the server may have seen the request
  bool reused = false;   ///< on a connection that had carried others
  std::optional<errc> hopeless;  ///< the next try will end the same way
  bool late = false;
};

/// A read that may take several tries.
struct Reading {
  explicit Reading(const ReadOptions& options) : range(options.range), into(options.into) {
    if (into) sink = Sink(range ? into->first(std::min<std::uint64_t>(into->size(), range->size())) : *into);
    else sink = Sink(body, std::uint64_t{1} << 40);
    if (range && !into) sink.take_only(range->size());
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// The first byte of the object that is still missing.
  std::uint64_t next() const { return (range ? range->first : 0) + sink.filled(); }

  void prepare(Request& request) const {
    if (!range && sink.filled() == 0) return;
    std::string value = "bytes=" + std::to_string(next()) + '-';
    if (range) value += std::to_string(range->last - 1);
    request.set("Range", std::move(value));
  }

  /// Looks at a success before its body is read.
  Sink* accept(const Response& response) {
    std::string now(response.field("ETag"));
    if (now.empty()) now = response.field("x-goog-generation");
    if (now.empty()) now = response.field("Last-Modified");
    if (sink.filled() != 0 && now != identity) {  // the object was replaced between two tries: from the start
      sink.restart();
      return nullptr;
    }
    identity = std::move(now);
    begun = true;
    expected.reset();
    if (response.status != 206) {
      sink.skip(next());
      return &sink;
    }
    const auto part = parse_content_range(response.field("Content-Range"));
    if (!part || part->first != next()) return nullptr;
    if (part->total) expected = range ? std::min(*part->total, range->last) : *part->total;
    return &sink;
  }
  /// Completes the response that the bytes came with.
  void finish(Response& response) {
    response.filled = sink.filled();
    sink.finish();
    if (!into) response.body = std::move(body);
  }
  /// Whether a whole response left something out that the object has.
  bool short_of_more() const { return expected && next() < *expected && !sink.complete(); }

  struct ContentRange {
    std::uint64_t first;
    std::optional<std::uint64_t> total;
  };
  static std::optional<ContentRange> parse_content_range(std::string_view text) {
    const auto number = [&]() -> std::optional<std::uint64_t> {
      std::uint64_t value = 0;
      const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (failed != std::errc()) return std::nullopt;
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      return value;
    };
    if (!text.starts_with("bytes ")) return std::nullopt;
    text.remove_prefix(6);
    const auto first = number();
    if (!first || !text.starts_with('-')) return std::nullopt;
    text.remove_prefix(1);
    if (!number() || !text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
    return ContentRange{*first, number()};
  }

  const std::optional<ByteRange> range;
  const std::optional<MutableByteView> into;
  Bytes body;
  Sink sink;
  std::string identity;
  std::optional<std::uint64_t> expected;
  std::atomic<bool> begun = false;  ///< the body has begun to arrive
};

/// The proxy for a URL, as the environment says.
VARVE_DECL std::string proxy_from_environment(const Url& url) {
  const auto variable = [](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names) {
      const char* value = std::getenv(name);
      if (value != nullptr && *value != '\0') return value;
    }
    return {};
  };
  std::string exceptions = variable({"no_proxy", "NO_PROXY"});
  for (std::string_view rest = exceptions; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one == "*") return {};
    if (one.starts_with('.')) one.remove_prefix(1);
    if (one.empty() || !url.host.ends_with(one)) continue;
    if (url.host.size() == one.size() || url.host[url.host.size() - one.size() - 1] == '.') return {};
  }
  // $HTTP_PROXY in capitals is not read: a CGI program would take it from a request's Proxy field.
  return url.tls() ? variable({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) : variable({"http_proxy", "all_proxy", "ALL_PROXY"});
}

}  // namespace detail

struct Client::State {
  explicit State(ClientOptions given) : options(std::move(given)) {
    agent = options.user_agent.empty() ? std::string() : options.user_agent + ' ';
    agent += implementation_name;
    tokens = options.retry_budget;
  }

  using Permit = Semaphore::Permit;
  using Clock = detail::Clock;

  const ClientOptions options;
  std::string agent;
  detail::Counters counters;
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<detail::Host>, std::less<>> hosts;
  detail::SslContext tls;
  std::size_t tokens = 0;

  /// Where the requests to a URL's host go: to itself or to a proxy.
  struct Route {
    std::shared_ptr<detail::Host> host;
    bool proxied = false;  ///< requests in clear text name the whole URL to the proxy
    std::string tunnel;    ///< "host:port" that the proxy shall connect to
    std::string server;    ///< whose certificate is expected
  };

  Result<Route> route(const Url& url) {
    Route out;
    out.server = url.host;
    std::string proxy = options.proxy ? *options.proxy : detail::proxy_from_environment(url);
    std::string name = url.host;
    std::uint16_t port = url.port;
    if (!proxy.empty()) {
      if (proxy.find("://") == std::string::npos) proxy = "http://" + proxy;
      auto parsed = parse_url(proxy);
      if (!parsed) return std::move(parsed).error();
      if (parsed->scheme != "http") return Error(errc::invalid_argument, "use proxy", proxy, "a proxy's URL begins with http://");
      name = parsed->host;
      port = parsed->port;
      out.proxied = !url.tls();
      if (url.tls()) out.tunnel = (url.host.find(':') == std::string::npos ? url.host : '[' + url.host + ']') + ':' + std::to_string(url.port);
    }
    const std::string key = (url.tls() ? "s " : "p ") + name + ' ' + std::to_string(port) + ' ' + out.tunnel;
    const std::scoped_lock lock(mutex);
    auto& host = hosts[key];
    if (!host) host = std::make_shared<detail::Host>(name, port, url.tls(), std::max<std::size_t>(options.connections, 1));
    out.host = host;
    return out;
  }

  Result<SSL_CTX*> tls_context() {
    const std::scoped_lock lock(mutex);
    if (!tls) {
      auto made = detail::make_ssl_context(options.tls);
      if (!made) return std::move(made).error();
      tls = *std::move(made);
    }
    return tls.get();
  }

  bool spend_retry() {
    const std::scoped_lock lock(mutex);
    if (tokens < retry_cost) return false;
    tokens -= retry_cost;
    return true;
  }
  void refund(std::size_t retries) {
    const std::scoped_lock lock(mutex);
    tokens = std::min(options.retry_budget, tokens + std::max<std::size_t>(retries * retry_cost, 1));
  }
  static constexpr std::size_t retry_cost = 5;

  Awaitable<Result<std::vector<detail::Address>>> addresses(detail::Host& host) {
    {
      const std::scoped_lock lock(host.mutex);
      if (Clock::now() < host.addresses_until) co_return host.addresses;
    }
    auto work = [&host] { return detail::look_up(host.name, host.port); };
    auto found = co_await blocking(options.runtime, work);
    if (found) {
      const std::scoped_lock lock(host.mutex);
      host.addresses = *found;
      host.addresses_until = Clock::now() + std::chrono::seconds(60);
    }
    co_return found;
  }

  /// Opens a connection; `attempted` says why it could not.
  Awaitable<std::unique_ptr<detail::Wire>> open(const Route& route, Clock::time_point last, detail::Attempted& attempted) {
    detail::Host& host = *route.host;
    const auto executor = co_await asio::this_coro::executor;
    auto& trouble = attempted.exchange.trouble;
    auto found = co_await addresses(host);
    if (!found) {
      trouble = "no address for `" + host.name + "`: " + found.error().backend_code();
      if (!found.error().retryable()) attempted.hopeless = errc::unreachable;
      co_return nullptr;
    }
    for (const detail::Address& address : *found) {
      const int number = ::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (number < 0) {
        trouble = std::strerror(errno);
        continue;
      }
      auto wire = std::make_unique<detail::Wire>(number);
      wire->family = address.family;
      const int yes = 1;
      ::setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      ::setsockopt(number, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
      const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
      if (::connect(number, where, address.size) != 0 && errno != EINPROGRESS) {
        trouble = std::strerror(errno);
        continue;
      }
      detail::Connection connection(executor, std::move(wire), options.limits.connect,
                                    std::min(last, Clock::now() + options.limits.connect));
      if (co_await set_up(connection, route, attempted)) {
        counters.connections.fetch_add(1, std::memory_order_relaxed);
        if (auto ready = connection.leave()) co_return ready;
      }
      if (trouble.empty()) trouble = connection.trouble();
      attempted.late = connection.timed_out();
      if (attempted.hopeless) break;
    }
    const std::scoped_lock lock(host.mutex);
    host.addresses_until = Clock::time_point();
    co_return nullptr;
  }

  /// What comes between a TCP connect and the first request.
  Awaitable<bool> set_up(detail::Connection& connection, const Route& route, detail::Attempted& attempted) {
    auto& trouble = attempted.exchange.trouble;
    trouble.clear();
    if (!co_await connection.connected()) co_return false;
    if (!route.tunnel.empty() && !co_await through_proxy(connection, route.tunnel, trouble)) co_return false;
    if (!route.host->tls) co_return true;
    const auto context = tls_context();
    if (!context) {
      trouble = context.error().what();
      attempted.hopeless = context.error().code();
      co_return false;
    }
    const bool done = co_await connection.handshake(**context, route.server, options.tls.verify, route.host->session);
    if (connection.refused()) attempted.hopeless = errc::denied;
    co_return done;
  }

  Awaitable<bool> through_proxy(detail::Connection& connection, const std::string& target, std::string& trouble) {
    std::string head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n\r\n";
    if (!co_await connection.send(as_bytes(head), ByteView(), counters.bytes_sent)) co_return false;
    Request request;
    request.method = "HEAD";  // as there, no body follows a success
    const detail::Accept none;
    const std::function<void(const Progress&)> quiet;
    detail::Exchange exchange;
    detail::Receiving receiving(connection, request, none, counters, quiet);
    co_await receiving.run(exchange);
    const bool through = exchange.response && exchange.response->succeeded();
    if (!through) {
      trouble = "the proxy did not connect: ";
      trouble += exchange.response ? std::to_string(exchange.response->status) : exchange.trouble;
    }
    co_return through;
  }

  /// One try.
  Awaitable<void> attempt(const Route& route, const Request& request, const detail::Accept& accept,
                          Clock::time_point last, bool fresh, detail::Attempted& out) {
    detail::Host& host = *route.host;
    const auto executor = co_await asio::this_coro::executor;
    std::unique_ptr<detail::Wire> wire;
    if (!fresh) wire = host.take_idle(options.idle);
    out.reused = wire != nullptr;
    if (!wire) wire = co_await open(route, last, out);
    if (!wire) co_return;
    detail::write_head(wire->head, request, route.proxied, agent);
    ++wire->requests;
    detail::Connection connection(executor, std::move(wire), options.limits.stall, last);
    out.sent = true;
    counters.requests.fetch_add(1, std::memory_order_relaxed);
    const bool asking = request.expect_continue && !request.body.empty();
    const ByteView head = as_bytes(connection.wire().head);
    bool sent = co_await connection.send(head, asking ? ByteView() : request.body, counters.bytes_sent);
    bool body_sent = !asking;
    if (sent && asking && co_await may_continue(connection)) {
      sent = co_await connection.send(ByteView(), request.body, counters.bytes_sent);
      body_sent = true;
    }
    // A server that says no before it has read a long body closes, and the answer is there all the same.
    detail::Receiving receiving(connection, request, accept, counters, options.progress);
    co_await receiving.run(out.exchange);
    out.late = connection.timed_out();
    if (out.exchange.reusable && sent && body_sent) {
      if (auto idle = connection.leave()) host.put_idle(std::move(idle), options.idle_connections);
    }
  }

  /// Waits for the server to ask for the body; false if it has answered instead.
  static Awaitable<bool> may_continue(detail::Connection& connection) {
    constexpr std::size_t status_line = 12;  // "HTTP/1.1 100"
    detail::Wire& wire = connection.wire();
    co_await connection.readable_within(std::chrono::milliseconds(1000));
    if (wire.tls == nullptr && wire.quiet()) co_return true;  // it does not know of this; the body goes
    while (wire.end < status_line) {
      const std::size_t count = co_await connection.receive(MutableByteView(wire.received).subspan(wire.end), true);
      if (count == 0) co_return false;
      wire.end += count;
    }
    co_return as_text(ByteView(wire.received).first(status_line)).substr(9, 1) == "1";
  }

  struct Hedge;
  static Awaitable<Result<Response>> run(std::shared_ptr<State> state, Request request, const Service& service,
                                         detail::Reading* reading);
};

namespace detail {

/// The error of a request whose tries are over.
struct Failure {
  const Request& request;
  errc code;
  const std::string& trouble;
  std::size_t tries;
  Clock::time_point begun;
  Error operator()(std::string_view why) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begun).count();
    std::string hint = std::string(why) + " after " + std::to_string(tries) + (tries == 1 ? " try in " : " tries in ");
    hint += std::to_string(seconds) + " s";
    return Error(code, request.method, request.url.text(), std::move(hint)).from_backend(trouble, true);
  }
};

inline std::optional<Error> check_request(const Request& request) {
  for (const Field& field : request.fields) {
    for (const std::string* text : {&field.name, &field.value}) {
      for (const char c : *text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
          return Error(errc::invalid_argument, "send request", field.name, "a header field holds a control character");
        }
      }
    }
  }
  return std::nullopt;
}

/// "Retry-After: 3"; dates are not understood.
inline std::chrono::milliseconds retry_after(const Response& response, std::chrono::milliseconds most) {
  const std::string_view text = response.field("Retry-After");
  std::uint32_t seconds = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failed != std::errc() || end != text.data() + text.size()) return std::chrono::milliseconds(0);
  return std::min(most, std::chrono::milliseconds(std::chrono::seconds(seconds)));
}

}  // namespace detail

VARVE_DECL Awaitable<Result<Response>> Client::State::run(std::shared_ptr<State> state, Request request, const Service& service,
                                                          detail::Reading* reading) {
  State& self = *state;
  const Limits& limits = self.options.limits;
  if (auto wrong = detail::check_request(request)) co_return *std::move(wrong);
  auto route = self.route(request.url);
  if (!route) co_return std::move(route).error();
  detail::Host& host = *route->host;
  const auto begun = Clock::now();
  const auto deadline = begun + limits.operation;
  Backoff backoff;
  backoff.immediate = 1;
  backoff.initial = limits.first_pause;
  backoff.most = limits.longest_pause;
  std::size_t tries = 0;
  std::size_t retries = 0;
  bool fresh = false;
  bool renewed = false;
  bool redated = false;
  errc code = errc::unreachable;
  std::string trouble;
  const detail::Accept accept = reading == nullptr ? detail::Accept() : [reading](const Response& response) { return reading->accept(response); };

  for (;;) {
    if (const auto begins = host.begins(); begins > Clock::now()) {
      const auto pause = begins - Clock::now();
      self.counters.paused.fetch_add(std::chrono::nanoseconds(pause).count(), std::memory_order_relaxed);
      co_await sleep_for(pause);
    }
    const auto queued = Clock::now();
    Permit place = co_await host.places.take(1);
    const auto started = Clock::now();
    self.counters.queued.fetch_add(std::chrono::nanoseconds(started - queued).count(), std::memory_order_relaxed);

    Request one = request;
    if (reading != nullptr) {
      reading->prepare(one);
      if (reading->sink.filled() != 0) self.counters.resumed.fetch_add(1, std::memory_order_relaxed);
    }
    if (service.authorize) {
      auto allowed = co_await service.authorize(one);
      if (!allowed) co_return std::move(allowed).error();
      if (auto wrong = detail::check_request(one)) co_return *std::move(wrong);
    }
    detail::Attempted tried;
    const std::size_t before = reading == nullptr ? 0 : reading->sink.filled();
    co_await self.attempt(*route, one, accept, std::min(deadline, started + limits.attempt), fresh, tried);
    place = Permit();

    // A connection that the server was about to close as idle: once more on a new one, and that is no retry.
    if (!tried.exchange.response && tried.reused && !tried.exchange.begun && !tried.late && !fresh && request.repeat == Repeat::freely) {
      fresh = true;
      continue;
    }
    fresh = false;
    ++tries;

    std::chrono::milliseconds asked{0};
    if (tried.exchange.response && reading != nullptr && tried.exchange.response->succeeded() && reading->short_of_more()) {
      tried.exchange.response.reset();
      tried.exchange.trouble = "the server sent less than the object has";
    }
    if (tried.exchange.response) {
      Response& response = *tried.exchange.response;
      Verdict verdict = service.judge(response);
      if (verdict == Verdict::new_credentials && std::exchange(renewed, true)) verdict = Verdict::done;
      if (verdict == Verdict::new_date && std::exchange(redated, true)) verdict = Verdict::done;
      if (verdict == Verdict::done) {
        if (response.status < 500) {
          host.faster();
          self.refund(retries);
        }
        co_return std::move(response);
      }
      if (verdict == Verdict::new_credentials || verdict == Verdict::new_date) continue;
      trouble = std::to_string(response.status);
      code = errc::unreachable;
      if (verdict == Verdict::slower) {
        asked = detail::retry_after(response, limits.longest_pause);
        host.slower(started, asked);
        self.counters.throttled.fetch_add(1, std::memory_order_relaxed);
        code = errc::throttled;
      }
      // 429 is said before anything is done; 5xx may be said after.
      if (request.repeat == Repeat::if_not_applied && response.status >= 500) {
        Response unclear;
        unclear.trouble = std::move(trouble);
        co_return unclear;
      }
    } else {
      self.counters.failures.fetch_add(1, std::memory_order_relaxed);
      trouble = tried.exchange.trouble;
      code = tried.late ? errc::timed_out : errc::unreachable;
      if (tried.hopeless) {
        co_return Error(*tried.hopeless, request.method, request.url.text()).from_backend(trouble, false);
      }
      if (request.repeat == Repeat::if_not_applied && tried.sent) {
        Response unclear;
        unclear.trouble = std::move(trouble);
        co_return unclear;
      }
      // A read that has got further begins to count anew: a slow line is no outage.
      if (reading != nullptr && reading->sink.filled() > before) tries = 1;
    }

    const detail::Failure fail{request, code, trouble, tries, begun};
    if (tries >= limits.tries) co_return fail("given up");
    const auto pause = std::max<std::chrono::microseconds>(backoff.pause(tries + 1, self.options.environment), asked);
    if (Clock::now() + pause >= deadline) co_return fail("no time is left");
    if (!self.spend_retry()) co_return fail("the client's budget for retries is empty");
    ++retries;
    self.counters.retries.fetch_add(1, std::memory_order_relaxed);
    self.counters.paused.fetch_add(std::chrono::nanoseconds(pause).count(), std::memory_order_relaxed);
    co_await sleep_for(pause);
  }
}

VARVE_DECL Client::Client(ClientOptions options) : state_(std::make_shared<State>(std::move(options))) {}

VARVE_DECL Awaitable<Result<Response>> Client::send(Request request, const Service& service) {
  return State::run(state_, std::move(request), service, nullptr);
}

/// Two equal reads, the second after a while; the first to end well is the answer. `gather` ends both when one fails, so
/// the winner says that it failed.
struct Client::State::Hedge {
  std::shared_ptr<State> state;
  const Request& request;
  const Service& service;
  detail::Reading& first;
  detail::Reading& second;
  std::mutex mutex{};
  std::size_t started = 0;
  detail::Reading* winner = nullptr;
  std::optional<Result<Response>> result{};

  Awaitable<Result<void>> operator()() {
    detail::Reading* mine = &first;
    {
      const std::scoped_lock lock(mutex);
      if (started++ == 1) mine = &second;
    }
    if (mine == &second) {
      co_await sleep_for(*state->options.hedge);
      if (first.begun) co_return Result<void>();
      state->counters.hedged.fetch_add(1, std::memory_order_relaxed);
    }
    auto response = co_await run(state, request, service, mine);
    const std::scoped_lock lock(mutex);
    if (winner != nullptr || (!response && result)) co_return Result<void>();
    const bool won = response.has_value();
    result = std::move(response);
    if (!won) co_return Result<void>();
    winner = mine;
    co_return Error(errc::cancelled, "read twice");
  }
};

VARVE_DECL Awaitable<Result<Response>> Client::read(Request request, const Service& service, ReadOptions options) {
  const auto state = state_;
  detail::Reading reading(options);
  if (!state->options.hedge) {
    auto response = co_await State::run(state, std::move(request), service, &reading);
    if (response && response->succeeded()) reading.finish(*response);
    co_return response;
  }
  ReadOptions apart = options;
  Bytes buffer;
  if (options.into) {
    buffer.resize(options.into->size());
    apart.into = MutableByteView(buffer);
  }
  detail::Reading again(apart);
  State::Hedge both{state, request, service, reading, again};
  static_cast<void>(co_await gather(2, both));
  if (!both.result) co_return Error(errc::cancelled, request.method, request.url.text());
  if (*both.result && (*both.result)->succeeded()) {
    both.winner->finish(**both.result);
    if (both.winner == &again && options.into) std::copy_n(buffer.begin(), (*both.result)->filled, options.into->begin());
  }
  co_return *std::move(both.result);
}

VARVE_DECL ClientCounts Client::counts() const {
  const detail::Counters& now = state_->counters;
  ClientCounts out;
  out.requests = now.requests.load(std::memory_order_relaxed);
  out.retries = now.retries.load(std::memory_order_relaxed);
  out.throttled = now.throttled.load(std::memory_order_relaxed);
  out.failures = now.failures.load(std::memory_order_relaxed);
  out.connections = now.connections.load(std::memory_order_relaxed);
  out.resumed = now.resumed.load(std::memory_order_relaxed);
  out.hedged = now.hedged.load(std::memory_order_relaxed);
  out.bytes_sent = now.bytes_sent.load(std::memory_order_relaxed);
  out.bytes_received = now.bytes_received.load(std::memory_order_relaxed);
  out.queued = std::chrono::nanoseconds(now.queued.load(std::memory_order_relaxed));
  out.paused = std::chrono::nanoseconds(now.paused.load(std::memory_order_relaxed));
  return out;
}

VARVE_DECL const ClientOptions& Client::options() const { return state_->options; }

VARVE_DECL std::size_t Client::concurrency() const {
  const std::scoped_lock lock(state_->mutex);
  std::size_t least = state_->options.connections;
  for (const auto& [key, host] : state_->hosts) least = std::min(least, host->concurrency());
  return least;
}

}  // namespace varve::inline v0::storage::http
