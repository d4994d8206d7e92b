// SPDX-License-Identifier: Apache-2.0
// HttpServer: a small HTTP/1.1 server on the loopback for tests: a callable answers, and an answer may be odd: cut,
// late, none at all, or bytes of the test's own.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace support {

struct HttpRequest {
  std::string method;
  std::string path;                                         ///< escaped, as it came
  std::string query;                                        ///< without the question mark
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
  std::string body;
  std::size_t connection = 0;  ///< counted from 1

  std::string field(std::string_view name) const {
    for (const auto& [own, value] : fields) {
      if (own == name) return value;
    }
    return {};
  }
  std::string target() const { return query.empty() ? path : path + '?' + query; }
};

struct HttpReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> fields{};  ///< without Content-Length, unless it shall lie
  std::string body{};
  std::chrono::milliseconds delay{0};
  bool drop = false;                    ///< no answer: the connection is reset
  bool close = false;                   ///< after the answer
  bool trickle = false;                 ///< comes in small pieces
  bool silence = false;                 ///< none until the client gives up
  std::optional<std::size_t> cut_at{};  ///< bytes of the body after which the connection is reset
  std::optional<std::string> raw{};     ///< sent instead of all of the above, then the connection is closed

  HttpReply() = default;
  explicit HttpReply(int code, std::string text = {}) : status(code), body(std::move(text)) {}
  HttpReply& set(std::string name, std::string value) {
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

class HttpServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;

  /// `handler` is called for one request at a time. `on_expect` may answer a request that asks before it sends its
  /// body; it is told of that to go on otherwise. The first `most_noted` requests are kept for `requests`.
  explicit HttpServer(Handler handler, std::function<std::optional<HttpReply>(const HttpRequest&)> on_expect = {},
                      std::size_t most_noted = 20'000)
      : handler_(std::move(handler)), on_expect_(std::move(on_expect)), most_noted_(most_noted) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool open = listener_ >= 0 && ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                      ::listen(listener_, 128) == 0 &&
                      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (!open) throw std::runtime_error("the test's server cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~HttpServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::scoped_lock lock(mutex_);
      for (const int number : open_) ::shutdown(number, SHUT_RDWR);
    }
    stopped_.notify_all();
    std::unique_lock lock(mutex_);
    stopped_.wait(lock, [this] { return open_.empty(); });
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// What has arrived so far, the first of it.
  std::vector<HttpRequest> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  std::size_t connections() const {
    const std::scoped_lock lock(mutex_);
    return connections_;
  }

 private:
  void accept_all() {
    while (!stopping_) {
      const int number = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (number < 0) {
        if (stopping_) return;
        continue;
      }
      const std::scoped_lock lock(mutex_);
      open_.push_back(number);
      const std::size_t connection = ++connections_;
      std::thread([this, number, connection] { serve(number, connection); }).detach();
    }
  }

  void serve(int number, std::size_t connection) {
    std::string received;
    bool reset = false;
    while (!stopping_) {
      auto request = read_request(number, received, connection);
      if (!request) break;
      HttpReply reply;
      {
        const std::scoped_lock lock(handling_);
        reply = handler_(*request);
      }
      if (!answer(number, *request, reply, reset)) break;
    }
    if (reset) {
      const linger at_once{1, 0};
      ::setsockopt(number, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    const std::scoped_lock lock(mutex_);
    std::erase(open_, number);
    ::close(number);
    stopped_.notify_all();
  }

  static bool receive(int number, std::string& into) {
    char buffer[16384];
    const auto count = ::recv(number, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    into.append(buffer, static_cast<std::size_t>(count));
    return true;
  }
  static bool send_all(int number, std::string_view text) {
    while (!text.empty()) {
      const auto count = ::send(number, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  std::optional<HttpRequest> read_request(int number, std::string& received, std::size_t connection) {
    std::size_t end = received.find("\r\n\r\n");
    while (end == std::string::npos) {
      if (!receive(number, received)) return std::nullopt;
      end = received.find("\r\n\r\n");
    }
    HttpRequest request = parse(received.substr(0, end));
    request.connection = connection;
    received.erase(0, end + 4);
    if (request.field("expect") == "100-continue") {
      std::optional<HttpReply> refusal;
      if (on_expect_) refusal = on_expect_(request);
      if (refusal) {
        note(request);
        bool reset = false;
        refusal->close = true;
        answer(number, request, *refusal, reset);
        return std::nullopt;
      }
      send_all(number, "HTTP/1.1 100 Continue\r\n\r\n");
    }
    std::size_t size = 0;
    const std::string length = request.field("content-length");
    std::from_chars(length.data(), length.data() + length.size(), size);
    while (received.size() < size) {
      if (!receive(number, received)) return std::nullopt;
    }
    request.body = received.substr(0, size);
    received.erase(0, size);
    note(request);
    return request;
  }

  static HttpRequest parse(const std::string& head) {
    HttpRequest request;
    const std::size_t line = std::min(head.find("\r\n"), head.size());
    const std::size_t first = head.find(' ');
    const std::size_t second = head.find(' ', first + 1);
    request.method = head.substr(0, first);
    request.path = head.substr(first + 1, second - first - 1);
    if (const std::size_t mark = request.path.find('?'); mark != std::string::npos) {
      request.query = request.path.substr(mark + 1);
      request.path.resize(mark);
    }
    for (std::size_t at = line; at < head.size();) {
      at += 2;
      const std::size_t end = std::min(head.find("\r\n", at), head.size());
      const std::size_t colon = std::min(head.find(':', at), end);
      std::string name = head.substr(at, colon - at);
      for (char& letter : name) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
      }
      std::size_t value = std::min(colon + 1, end);
      while (value < end && head[value] == ' ') ++value;
      request.fields.emplace_back(std::move(name), head.substr(value, end - value));
      at = end;
    }
    return request;
  }

  void note(const HttpRequest& request) {
    const std::scoped_lock lock(mutex_);
    if (requests_.size() < most_noted_) requests_.push_back(request);
  }

  /// Whether the connection goes on.
  bool answer(int number, const HttpRequest& request, const HttpReply& reply, bool& reset) {
    if (reply.delay.count() != 0) {
      std::unique_lock lock(mutex_);
      stopped_.wait_for(lock, reply.delay, [this] { return stopping_.load(); });
    }
    if (reply.drop) {
      reset = true;
      return false;
    }
    if (reply.silence) {
      std::string ignored;
      while (receive(number, ignored)) {
      }
      return false;
    }
    if (reply.raw) {
      send_all(number, *reply.raw);
      return false;
    }
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Test\r\n";
    bool has_length = false;
    for (const auto& [name, value] : reply.fields) {
      text += name + ": " + value + "\r\n";
      has_length = has_length || name == "Content-Length";
    }
    const bool bare = reply.status == 204 || reply.status == 304;
    if (!has_length && !bare) text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    if (reply.close) text += "Connection: close\r\n";
    text += "\r\n";
    if (request.method != "HEAD" && !bare) text += reply.body.substr(0, reply.cut_at.value_or(reply.body.size()));
    const std::size_t step = reply.trickle ? text.size() / 7 + 1 : text.size();
    bool sent = true;
    for (std::size_t at = 0; sent && at < text.size(); at += step) {
      if (at != 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
      sent = send_all(number, std::string_view(text).substr(at, step));
    }
    reset = reply.cut_at.has_value();
    return sent && !reply.close && !reset;
  }

  Handler handler_;
  std::function<std::optional<HttpReply>(const HttpRequest&)> on_expect_;
  const std::size_t most_noted_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread acceptor_;
  std::atomic<bool> stopping_ = false;
  std::mutex handling_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  std::vector<int> open_;
  std::vector<HttpRequest> requests_;
  std::size_t connections_ = 0;
};

}  // namespace support
