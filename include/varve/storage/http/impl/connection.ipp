// SPDX-License-Identifier: Apache-2.0
// Connection: a TCP stream, maybe under TLS, on which one request at a time runs. Between requests it is a `Wire`: a
// socket and a TLS session that belong to no event loop, so the next request may run on any.
#pragma once

#include <varve/async/suspend.hpp>
#include <varve/storage/http/impl/tls.ipp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <netinet/tcp.h>
#include <sys/uio.h>
#include <unistd.h>

namespace varve::inline v0::storage::http::detail {

using Clock = std::chrono::steady_clock;

/// An open connection between two requests.
struct Wire {
  explicit Wire(int number) : socket(number) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() {
    tls.reset();
    if (socket >= 0) ::close(socket);
  }
  /// Nothing has come since the last response. Whatever comes then, an end or an alert, makes it useless.
  bool quiet() const {
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

  int socket;
  int family = AF_INET;
  std::shared_ptr<KeptSession> kept;  // outlives the session that points to it
  SslPtr tls;
  std::string head;  // of the last request; its memory is used again
  Bytes received = Bytes(16 << 10);
  std::size_t begin = 0;  // of what was received and not yet taken
  std::size_t end = 0;
  Clock::time_point since{};  // it became idle
  unsigned generation = varve::detail::fork_generation();
};

/// Shuts a socket down when nothing has moved on it for too long, which ends every wait for it. A shutdown, unlike a
/// cancellation, is safe from another thread than the one that waits.
class Watch : public std::enable_shared_from_this<Watch> {
 public:
  Watch(const asio::any_io_executor& executor, int socket, std::chrono::milliseconds stall, Clock::time_point last)
      : timer_(executor), socket_(socket), stall_(stall), last_(last) {}

  void start() {
    moved();
    const std::scoped_lock lock(mutex_);
    wait();
  }
  /// Something was sent or received.
  void moved() { limit_.store(std::min(Clock::now() + stall_, last_).time_since_epoch().count(), std::memory_order_relaxed); }
  bool fired() {
    const std::scoped_lock lock(mutex_);
    return fired_;
  }
  /// After this the socket is the caller's alone. Returns whether the limit was reached.
  bool stop() {
    const std::scoped_lock lock(mutex_);
    socket_ = -1;
    timer_.cancel();
    return fired_;
  }

 private:
  Clock::time_point limit() const { return Clock::time_point(Clock::duration(limit_.load(std::memory_order_relaxed))); }
  void wait() {
    timer_.expires_at(limit());
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& stopped) {
      if (!stopped) self->look();
    });
  }
  void look() {
    const std::scoped_lock lock(mutex_);
    if (socket_ < 0) return;
    if (Clock::now() < limit()) return wait();
    fired_ = true;
    ::shutdown(socket_, SHUT_RDWR);
  }

  std::mutex mutex_;
  asio::steady_timer timer_;
  int socket_;
  const std::chrono::milliseconds stall_;
  const Clock::time_point last_;
  std::atomic<Clock::rep> limit_{0};
  bool fired_ = false;
};

/// A Wire on the event loop of the coroutine that holds it.
class Connection {
 public:
  /// Takes a wire to `executor`'s loop. `last` is when the work on it must be over.
  Connection(const asio::any_io_executor& executor, std::unique_ptr<Wire> wire, std::chrono::milliseconds stall,
             Clock::time_point last)
      : wire_(std::move(wire)),
        socket_(executor, wire_->family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), wire_->socket),
        watch_(std::make_shared<Watch>(executor, wire_->socket, stall, last)) {
    watch_->start();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { static_cast<void>(leave()); }

  Wire& wire() { return *wire_; }
  /// Whether the connection was ended by its limits.
  bool timed_out() const { return timed_out_; }
  const std::string& trouble() const { return trouble_; }

  /// Gives the wire back, off the event loop; it is closed if the limits were reached.
  std::unique_ptr<Wire> leave() {
    if (!wire_) return nullptr;
    timed_out_ = watch_->stop() || timed_out_;
    boost::system::error_code ignored;
    socket_.release(ignored);
    if (timed_out_) wire_.reset();
    return std::move(wire_);
  }

  /// The end of a TCP connect that has begun.
  Awaitable<bool> connected() {
    co_await wait(asio::socket_base::wait_write);
    int code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(wire_->socket, SOL_SOCKET, SO_ERROR, &code, &size);
    if (code == 0 && !check_time()) co_return true;
    if (code != 0) trouble_ = std::strerror(code);
    co_return false;
  }

  Awaitable<bool> handshake(SSL_CTX& context, const std::string& host, bool verify, std::shared_ptr<KeptSession> kept) {
    auto tls = make_ssl(context, wire_->socket, host, verify, *kept);
    wire_->kept = std::move(kept);
    if (!tls) {
      trouble_ = tls.error().what();
      co_return false;
    }
    wire_->tls = *std::move(tls);
    for (;;) {
      ERR_clear_error();
      const int done = SSL_do_handshake(wire_->tls.get());
      watch_->moved();
      if (done == 1) co_return true;
      if (!co_await again(done)) break;
    }
    const long verdict = SSL_get_verify_result(wire_->tls.get());
    if (verdict != X509_V_OK) {
      refused_ = true;
      trouble_ = std::string("the certificate was not accepted: ") + X509_verify_cert_error_string(verdict);
    }
    co_return false;
  }
  /// The peer's certificate was not accepted: no further try will help.
  bool refused() const { return refused_; }

  /// Sends all of both. False: the connection broke, and `trouble` says how.
  Awaitable<bool> send(ByteView head, ByteView body, std::atomic<std::uint64_t>& counted) {
    const std::size_t total = head.size() + body.size();
    std::size_t sent = 0;
    while (sent != total) {
      const ByteView first = sent < head.size() ? head.subspan(sent) : ByteView();
      const ByteView second = body.subspan(sent > head.size() ? sent - head.size() : 0);
      const std::ptrdiff_t step = send_some(first, second);
      if (step > 0) {
        const std::size_t before = std::max(sent, head.size());
        sent += static_cast<std::size_t>(step);
        counted.fetch_add(std::max(sent, head.size()) - before, std::memory_order_relaxed);
        watch_->moved();
        continue;
      }
      if (!co_await again(static_cast<int>(step))) co_return false;
    }
    co_return true;
  }

  /// Bytes that have been received, at most `buffer.size()`; 0: the peer has ended, or the connection broke and
  /// `trouble` says how. `eager` looks before it waits.
  Awaitable<std::size_t> receive(MutableByteView buffer, bool eager) {
    if (!eager && (!wire_->tls || SSL_pending(wire_->tls.get()) == 0)) co_await wait(asio::socket_base::wait_read);
    for (;;) {
      const std::ptrdiff_t step = receive_some(buffer);
      if (step > 0) {
        watch_->moved();
        co_return static_cast<std::size_t>(step);
      }
      if (step == 0 || !co_await again(static_cast<int>(step))) break;
    }
    check_time();
    co_return 0;
  }

  /// Waits until there is something to read, at most for `pause`.
  Awaitable<void> readable_within(std::chrono::milliseconds pause) {
    asio::steady_timer timer(socket_.get_executor(), pause);
    auto start = [&](Resumer resume) {
      timer.async_wait([resume](const boost::system::error_code&) { resume(); });
      socket_.async_wait(asio::socket_base::wait_read, [resume](const boost::system::error_code&) { resume(); });
    };
    co_await suspend(start);
    timer.cancel();
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }

 private:
  bool check_time() {
    if (!timed_out_ && watch_->fired()) {
      timed_out_ = true;
      trouble_ = "no byte moved, or the attempt was not over, within its limit";
    }
    return timed_out_;
  }

  Awaitable<void> wait(asio::socket_base::wait_type what) {
    boost::system::error_code ended;
    co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, ended));
  }

  /// After a step that did not move anything: waits until it may, or finds out that it never will.
  Awaitable<bool> again(int step) {
    if (wire_->tls) {
      switch (SSL_get_error(wire_->tls.get(), step)) {
        case SSL_ERROR_WANT_READ: co_await wait(asio::socket_base::wait_read); co_return true;
        case SSL_ERROR_WANT_WRITE: co_await wait(asio::socket_base::wait_write); co_return true;
        case SSL_ERROR_ZERO_RETURN: trouble_ = "the peer ended the connection"; break;
        case SSL_ERROR_SYSCALL: trouble_ = errno != 0 ? std::strerror(errno) : "the connection broke"; break;
        default: trouble_ = "TLS: " + ssl_reason();
      }
    } else if (errno == EAGAIN || errno == EINTR) {
      co_await wait(sending_ ? asio::socket_base::wait_write : asio::socket_base::wait_read);
      co_return true;
    } else {
      trouble_ = std::strerror(errno);
    }
    check_time();
    co_return false;
  }

  std::ptrdiff_t send_some(ByteView first, ByteView second) {
    sending_ = true;
    if (wire_->tls) {
      ERR_clear_error();
      const ByteView bytes = first.empty() ? second : first;
      std::size_t sent = 0;
      const int done = SSL_write_ex(wire_->tls.get(), bytes.data(), bytes.size(), &sent);
      return done == 1 ? static_cast<std::ptrdiff_t>(sent) : -1;
    }
    std::array<iovec, 2> parts{};
    parts[0] = {const_cast<std::byte*>(first.data()), first.size()};
    parts[1] = {const_cast<std::byte*>(second.data()), second.size()};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return ::sendmsg(wire_->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  std::ptrdiff_t receive_some(MutableByteView buffer) {
    sending_ = false;
    if (!wire_->tls) return ::recv(wire_->socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    ERR_clear_error();
    std::size_t read = 0;
    const int done = SSL_read_ex(wire_->tls.get(), buffer.data(), buffer.size(), &read);
    return done == 1 ? static_cast<std::ptrdiff_t>(read) : -1;
  }

  std::unique_ptr<Wire> wire_;
  asio::ip::tcp::socket socket_;
  std::shared_ptr<Watch> watch_;
  bool sending_ = false;
  bool timed_out_ = false;
  bool refused_ = false;
  std::string trouble_;
};

}  // namespace varve::inline v0::storage::http::detail
