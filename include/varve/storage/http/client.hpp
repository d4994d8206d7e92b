// SPDX-License-Identifier: Apache-2.0
// Client: HTTP/1.1 for object stores. Connections are kept and reused, bodies go straight into the caller's buffer,
// every wait has a limit, and what may be tried again is. A connection that is idle belongs to no event loop: a request
// takes it to the loop that it runs on, so blocking callers, a service's own loop and varve's threads share one pool, and
// no request changes threads.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/core/result.hpp>
#include <varve/async/runtime.hpp>
#include <varve/storage/http/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace varve::inline v0::storage::http {

/// TLS: certificates are verified against the system's roots, and names against certificates, unless told otherwise.
struct TlsOptions {
  std::string ca_file;  ///< PEM certificates to trust instead of the system's; $SSL_CERT_FILE is honoured without it
  bool verify = true;   ///< false trusts whoever answers: for experiments on a loopback only
};

/// How long to wait, and how often to try.
struct Limits {
  std::chrono::milliseconds connect{5'000};     ///< for one address, its TLS handshake included
  std::chrono::milliseconds stall{20'000};      ///< without a byte sent or received
  std::chrono::milliseconds attempt{300'000};   ///< for one try
  std::chrono::milliseconds operation{600'000}; ///< for a call with all its tries
  std::size_t tries = 10;                       ///< of one call, the first included
  std::chrono::milliseconds first_pause{100};   ///< before the second try, doubled for each further one, halved at random
  std::chrono::milliseconds longest_pause{20'000};
};

/// What a transfer has done so far.
struct Progress {
  std::string_view method;
  std::string_view path;  ///< escaped, as sent
  std::uint64_t bytes = 0;  ///< of the body, sent or received
  std::optional<std::uint64_t> total;
};

struct ClientOptions {
  TlsOptions tls;
  Limits limits;
  std::size_t connections = 64;       ///< requests in flight to one host, each on a connection of its own
  std::size_t idle_connections = 64;  ///< kept for one host
  std::chrono::milliseconds idle{25'000};  ///< an idle connection older than this is not used again
  /// Tries beyond the first that all calls together may spend: 10, and one more for each ten requests that succeed,
  /// up to this many. An outage is then not multiplied by its own retries.
  std::size_t retry_budget = 500;
  /// Starts a second, equal read when the first has not begun to answer after this long, and takes what comes first.
  std::optional<std::chrono::milliseconds> hedge;
  /// "http://host:port" for all requests, "" for none; otherwise $https_proxy, $http_proxy, $all_proxy and $no_proxy.
  std::optional<std::string> proxy;
  std::string user_agent;  ///< before varve's own
  std::function<void(const Progress&)> progress;  ///< called from the requests' threads, for each MiB of a body
  Environment environment;
  Runtime runtime;  ///< where host names are looked up
};

/// What a client has done since it was made.
struct ClientCounts {
  std::uint64_t requests = 0;        ///< sent, tries included
  std::uint64_t retries = 0;         ///< tries beyond the first
  std::uint64_t throttled = 0;       ///< responses that asked for fewer requests
  std::uint64_t failures = 0;        ///< tries that ended without a whole response
  std::uint64_t connections = 0;     ///< opened
  std::uint64_t resumed = 0;         ///< bodies continued on another connection after a break
  std::uint64_t hedged = 0;          ///< second reads that were started
  std::uint64_t bytes_sent = 0;      ///< of bodies
  std::uint64_t bytes_received = 0;  ///< of bodies
  std::chrono::nanoseconds queued{0};  ///< waited for a free place among the requests in flight
  std::chrono::nanoseconds paused{0};  ///< waited between tries
};

/// Where the body of a successful read goes, and which part of the object is asked for.
struct ReadOptions {
  std::optional<ByteRange> range;  ///< not empty; the whole object without it
  /// Filled with the bytes of `range`, or the first of the object; without it they become `Response::body`.
  std::optional<MutableByteView> into;
};

/// A handle; copies are the same client. Thread-safe.
class Client {
 public:
  explicit Client(ClientOptions options = ClientOptions());

  /// Sends `request` until its end is clear or the limits are reached. Conditional writes pass
  /// `Repeat::if_not_applied` and look at `Response::unclear`.
  /// Errors: `errc::unreachable`, `throttled`, `timed_out`, `denied` (TLS), all after the tries that the limits allow; a
  /// response that says no is no error.
  /// Cancellation: total for the client; the server may or may not have seen the request.
  Awaitable<Result<Response>> send(Request request, const Service& service);

  /// Reads an object, or a part of it. A body that breaks is continued from where it broke, while the object is the
  /// same. A server that ignores ranges is coped with. Of a response that says no, `body` has the text.
  /// Errors and cancellation: as `send`.
  Awaitable<Result<Response>> read(Request request, const Service& service, ReadOptions options);

  ClientCounts counts() const;
  const ClientOptions& options() const;
  /// The requests that may be in flight at once now: fewer than `connections` after the server asked for less.
  std::size_t concurrency() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace varve::inline v0::storage::http

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/http/impl/client.ipp>
#endif
