// SPDX-License-Identifier: Apache-2.0
// Host: what a client knows about one server: its addresses, its idle connections, and how much it takes at once.
#pragma once

#include <varve/async/blocking.hpp>
#include <varve/async/semaphore.hpp>
#include <varve/storage/http/impl/exchange.ipp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <netdb.h>

namespace varve::inline v0::storage::http::detail {

/// An address to connect to.
struct Address {
  int family = 0;
  socklen_t size = 0;
  sockaddr_storage storage{};
};

/// Looks a name up; numbers need no server. Blocks.
VARVE_DECL Result<std::vector<Address>> look_up(const std::string& name, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string service = std::to_string(port);
  int failed = ::getaddrinfo(name.c_str(), service.c_str(), &hints, &found);
  if (failed != 0) {  // a machine that has nothing but its loopback has no address to configure by
    hints.ai_flags = AI_NUMERICSERV;
    failed = ::getaddrinfo(name.c_str(), service.c_str(), &hints, &found);
  }
  if (failed != 0) {
    const bool passing = failed == EAI_AGAIN || failed == EAI_SYSTEM;
    return Error(errc::unreachable, "look up host", name, "check the endpoint and the name service")
        .from_backend(::gai_strerror(failed), passing);
  }
  // The system's order, with the families in turn: a broken IPv6 then costs one failed try, not all of them.
  std::vector<Address> first, second;
  const int family = found->ai_family;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Address address;
    address.family = one->ai_family;
    address.size = one->ai_addrlen;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    (one->ai_family == family ? first : second).push_back(address);
  }
  ::freeaddrinfo(found);
  std::vector<Address> all;
  for (std::size_t i = 0; i != std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) all.push_back(first[i]);
    if (i < second.size()) all.push_back(second[i]);
  }
  return all;
}

struct Host {
  Host(std::string its_name, std::uint16_t its_port, bool its_tls, std::size_t places_at_most)
      : name(std::move(its_name)), port(its_port), tls(its_tls), places(places_at_most), most(places_at_most),
        limit(static_cast<double>(places_at_most)) {}

  const std::string name;
  const std::uint16_t port;
  const bool tls;
  Semaphore places;  // requests that may be in flight
  const std::shared_ptr<KeptSession> session = std::make_shared<KeptSession>();

  /// The server has asked for less: half of what is in flight, once for all requests that were sent before it spoke.
  void slower(Clock::time_point sent, std::chrono::milliseconds pause) {
    const std::scoped_lock lock(mutex);
    const auto now = Clock::now();
    not_before = std::max(not_before, now + pause);
    if (sent < last_cut) return;
    last_cut = now;
    limit = std::max(1.0, limit / 2);
    places.resize(static_cast<std::uint64_t>(limit));
  }
  /// A request went well: a little more, until it is as much as allowed.
  void faster() {
    const std::scoped_lock lock(mutex);
    if (limit >= static_cast<double>(most)) return;
    const auto before = static_cast<std::uint64_t>(limit);
    limit = std::min(static_cast<double>(most), limit + 1 / limit);
    if (static_cast<std::uint64_t>(limit) != before) places.resize(static_cast<std::uint64_t>(limit));
  }
  std::size_t concurrency() const {
    const std::scoped_lock lock(mutex);
    return static_cast<std::size_t>(limit);
  }
  Clock::time_point begins() const {
    const std::scoped_lock lock(mutex);
    return not_before;
  }

  /// The connection that was used last and is still good; none if there is none.
  std::unique_ptr<Wire> take_idle(std::chrono::milliseconds oldest) {
    const auto now = Clock::now();
    for (;;) {
      std::unique_ptr<Wire> wire;
      {
        const std::scoped_lock lock(mutex);
        if (idle.empty()) return nullptr;
        wire = std::move(idle.back());
        idle.pop_back();
      }
      if (wire->generation == varve::detail::fork_generation() && now - wire->since < oldest && wire->quiet()) return wire;
    }
  }
  void put_idle(std::unique_ptr<Wire> wire, std::size_t most_idle) {
    wire->since = Clock::now();
    wire->begin = wire->end = 0;
    if (wire->received.size() > (64 << 10)) wire->received = Bytes(16 << 10);
    std::unique_ptr<Wire> closed;  // outside the lock
    const std::scoped_lock lock(mutex);
    idle.push_back(std::move(wire));
    if (idle.size() > most_idle) {
      closed = std::move(idle.front());
      idle.erase(idle.begin());
    }
  }

  mutable std::mutex mutex;
  const std::size_t most;
  double limit;
  Clock::time_point last_cut{};
  Clock::time_point not_before{};
  std::vector<std::unique_ptr<Wire>> idle;
  std::vector<Address> addresses;
  Clock::time_point addresses_until{};
};

}  // namespace varve::inline v0::storage::http::detail
