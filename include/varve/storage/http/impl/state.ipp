// SPDX-License-Identifier: Apache-2.0
// Client::State: the hosts of a client, how it opens connections to them, and one try of a request.
#pragma once

#include <varve/core/version.hpp>
#include <varve/storage/http/client.hpp>
#include <varve/storage/http/impl/host.ipp>
#include <varve/storage/http/impl/reading.ipp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
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

/// The proxies that the environment names, as they were when the client was made.
struct Proxies {
  // $HTTP_PROXY in capitals is not read: a CGI program would take it from a request's Proxy field.
  std::string http = variable({"http_proxy", "all_proxy", "ALL_PROXY"});
  std::string https = variable({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  std::string exceptions = variable({"no_proxy", "NO_PROXY"});

  /// The proxy for a URL; empty for none.
  std::string_view of(const Url& url) const {
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
    return url.tls() ? https : http;
  }

 private:
  static std::string variable(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const char* value = std::getenv(name);
      if (value != nullptr && *value != '\0') return value;
    }
    return {};
  }
};

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
  const detail::Proxies proxies;
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
    std::string proxy(options.proxy ? std::string_view(*options.proxy) : proxies.of(url));
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

}  // namespace varve::inline v0::storage::http
