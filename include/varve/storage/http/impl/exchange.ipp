// SPDX-License-Identifier: Apache-2.0
// One request and its response on an open connection. Beast parses the header and the chunked framing; a body of known
// length goes from the socket into its place without passing through a parser.
#pragma once

#include <varve/storage/http/impl/connection.ipp>
#include <varve/storage/http/impl/sink.ipp>
#include <varve/storage/http/message.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage::http::detail {

namespace beast = boost::beast::http;

/// Collects a response as Beast's parser recognises its parts.
class ResponseParser final : public beast::basic_parser<false> {
 public:
  ResponseParser() {
    this->header_limit(64 << 10);
    this->body_limit(boost::none);
  }
  std::vector<Field> fields;
  int status = 0;
  Sink* sink = nullptr;

 private:
  using view = boost::beast::string_view;
  using error = boost::beast::error_code;
  void on_request_impl(beast::verb, view, view, int, error&) override {}
  void on_response_impl(int code, view, int, error&) override { status = code; }
  void on_field_impl(beast::field, view name, view value, error&) override {
    fields.push_back({std::string(name), std::string(value)});
  }
  void on_header_impl(error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error&) override {}
  std::size_t on_body_impl(view body, error& failed) override { return take(body, failed); }
  void on_chunk_header_impl(std::uint64_t, view, error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, view body, error& failed) override { return take(body, failed); }
  void on_finish_impl(error&) override {}
  std::size_t take(view body, error& failed) {
    if (sink != nullptr) {
      sink->put(as_bytes(std::string_view(body.data(), body.size())));
      if (sink->overflowed()) failed = beast::error::body_limit;
    }
    return body.size();
  }
};

/// How one exchange ended.
struct Exchange {
  std::optional<Response> response;  ///< whole; its body may be in the sink
  std::string trouble;               ///< why there is none
  bool begun = false;                ///< a byte of a response came
  bool broken_body = false;          ///< the header came, and not all of the body
  bool reusable = false;             ///< the connection may carry another request
};

/// Counters that requests add to while they run.
struct Counters {
  std::atomic<std::uint64_t> requests{0}, retries{0}, throttled{0}, failures{0}, connections{0}, resumed{0}, hedged{0};
  std::atomic<std::uint64_t> bytes_sent{0}, bytes_received{0};
  std::atomic<std::int64_t> queued{0}, paused{0};
};

/// Tells the caller's progress callback at each MiB.
struct Reporter {
  const std::function<void(const Progress&)>& call;
  const Request& request;
  std::uint64_t told = 0;
  void operator()(std::uint64_t bytes, std::optional<std::uint64_t> total) {
    if (!call || (bytes - told < (1 << 20) && bytes != total)) return;
    told = bytes;
    call(Progress{request.method, request.url.path, bytes, total});
  }
};

/// What is done with the header of a success, before its body: where the body goes (none: refuse the response).
using Accept = std::function<Sink*(const Response&)>;

/// Reads the response to `request` from `connection`.
class Receiving {
 public:
  Receiving(Connection& connection, const Request& request, const Accept& accept, Counters& counters,
            const std::function<void(const Progress&)>& progress)
      : connection_(connection), request_(request), accept_(accept), counters_(counters), report_{progress, request} {}

  Awaitable<void> run(Exchange& exchange) {
    Wire& wire = connection_.wire();
    std::optional<ResponseParser> parser;
    do {  // interim responses, 100 to 199, come before the one that counts
      parser.emplace();
      if (request_.method == "HEAD") parser->skip(true);
      if (!co_await header(*parser, exchange)) co_return;
    } while (parser->status / 100 == 1);
    Response response;
    response.status = parser->status;
    response.fields = std::move(parser->fields);
    const bool keep = parser->keep_alive();
    Sink text(response.body, std::uint64_t{16} << 20);
    Sink* sink = &text;
    if (response.succeeded() && accept_) {
      sink = accept_(response);
      if (sink == nullptr) {
        exchange.trouble = "the response is not what was asked for";
        co_return;
      }
    }
    parser->sink = sink;
    const bool whole = co_await body(*parser, *sink, exchange);
    if (sink == &text) text.finish();
    if (!whole) {
      exchange.broken_body = !sink->overflowed();
      if (sink->overflowed()) exchange.trouble = "the body is longer than it may be";
      co_return;
    }
    exchange.reusable = keep && !unfinished_ && wire.begin == wire.end;
    exchange.response = std::move(response);
  }

 private:
  /// Reads on into the wire's buffer. False: nothing more comes.
  Awaitable<bool> more(Exchange& exchange, bool eager) {
    Wire& wire = connection_.wire();
    if (wire.begin == wire.end) wire.begin = wire.end = 0;
    if (wire.end == wire.received.size()) {
      if (wire.begin != 0) {
        std::copy(wire.received.begin() + static_cast<std::ptrdiff_t>(wire.begin),
                  wire.received.begin() + static_cast<std::ptrdiff_t>(wire.end), wire.received.begin());
        wire.end -= std::exchange(wire.begin, 0);
      } else {
        wire.received.resize(wire.received.size() * 2);
      }
    }
    const std::size_t count = co_await connection_.receive(MutableByteView(wire.received).subspan(wire.end), eager);
    wire.end += count;
    if (count == 0) exchange.trouble = ended();
    exchange.begun = exchange.begun || count != 0;
    co_return count != 0;
  }
  std::string ended() const {
    return connection_.trouble().empty() ? "the peer ended the connection" : connection_.trouble();
  }

  /// Feeds the parser with what has been received. False: it is no HTTP.
  bool feed(ResponseParser& parser, Exchange& exchange) {
    Wire& wire = connection_.wire();
    boost::beast::error_code failed;
    const asio::const_buffer ready(wire.received.data() + wire.begin, wire.end - wire.begin);
    wire.begin += parser.put(ready, failed);
    if (!failed || failed == beast::error::need_more) return true;
    exchange.trouble = "the response is not HTTP/1.1: " + failed.message();
    return false;
  }

  Awaitable<bool> header(ResponseParser& parser, Exchange& exchange) {
    Wire& wire = connection_.wire();
    bool eager = false;  // a response is never there at once
    while (!parser.is_header_done()) {
      if (wire.begin == wire.end && !co_await more(exchange, eager)) co_return false;
      if (!feed(parser, exchange)) co_return false;
      if (!parser.is_header_done() && !co_await more(exchange, true)) co_return false;
      eager = true;
    }
    co_return true;
  }

  /// Reads the body. False: it broke off, or is none.
  Awaitable<bool> body(ResponseParser& parser, Sink& sink, Exchange& exchange) {
    if (parser.is_done()) co_return true;
    Wire& wire = connection_.wire();
    const auto announced = parser.content_length();
    if (announced && !parser.chunked()) co_return co_await known_length(*announced, sink, exchange);
    std::uint64_t received = wire.end - wire.begin;
    parser.eager(true);
    while (!parser.is_done()) {
      if (wire.begin != wire.end) {
        const std::size_t before = wire.begin;
        if (!feed(parser, exchange)) co_return false;
        if (parser.is_done()) break;
        if (wire.begin == before && wire.end - wire.begin > (64 << 10)) {
          exchange.trouble = "the framing of the body has no end";
          co_return false;
        }
      }
      if (sink.complete()) {
        unfinished_ = true;
        co_return true;
      }
      const std::size_t held = wire.end - wire.begin;
      if (!co_await more(exchange, true)) {
        if (!parser.need_eof() || !connection_.trouble().empty()) co_return false;
        boost::beast::error_code failed;
        parser.put_eof(failed);
        unfinished_ = true;
        co_return !failed;
      }
      received += wire.end - wire.begin - held;
      report_(received, std::nullopt);
    }
    counters_.bytes_received.fetch_add(received, std::memory_order_relaxed);
    co_return true;
  }

  Awaitable<bool> known_length(std::uint64_t length, Sink& sink, Exchange& exchange) {
    Wire& wire = connection_.wire();
    std::uint64_t left = length;
    const auto count = [&](std::uint64_t bytes) {
      left -= bytes;
      counters_.bytes_received.fetch_add(bytes, std::memory_order_relaxed);
      report_(length - left, length);
    };
    while (left != 0) {
      if (wire.begin != wire.end) {
        const auto ready = static_cast<std::size_t>(std::min<std::uint64_t>(left, wire.end - wire.begin));
        sink.put(ByteView(wire.received).subspan(wire.begin, ready));
        if (sink.overflowed() && !sink.complete()) co_return false;
        wire.begin += ready;
        count(ready);
        continue;
      }
      // What nobody wants is read to its end if that is near, so that the connection can be used again.
      if (sink.complete() && left > (256 << 10)) {
        unfinished_ = true;
        co_return true;
      }
      const MutableByteView place = sink.complete() ? MutableByteView() : sink.room(left);
      if (place.empty()) {
        if (!co_await more(exchange, true)) co_return false;
        continue;
      }
      const std::size_t arrived = co_await connection_.receive(place, true);
      if (arrived == 0) {
        exchange.trouble = ended();
        co_return false;
      }
      sink.arrived(arrived);
      count(arrived);
    }
    co_return true;
  }

  Connection& connection_;
  const Request& request_;
  const Accept& accept_;
  Counters& counters_;
  Reporter report_;
  bool unfinished_ = false;  // bytes of this response may still come
};

/// The first lines of a request.
VARVE_DECL void write_head(std::string& head, const Request& request, bool through_proxy, std::string_view agent) {
  head.clear();
  head += request.method;
  head += ' ';
  head += through_proxy ? request.url.text() : request.url.target();
  head += " HTTP/1.1\r\nHost: ";
  head += request.url.authority();
  head += "\r\nUser-Agent: ";
  head += agent;
  head += "\r\n";
  for (const Field& field : request.fields) {
    head += field.name;
    head += ": ";
    head += field.value;
    head += "\r\n";
  }
  if (!request.body.empty() || request.method == "PUT" || request.method == "POST") {
    head += "Content-Length: ";
    head += std::to_string(request.body.size());
    head += "\r\n";
  }
  if (request.expect_continue && !request.body.empty()) head += "Expect: 100-continue\r\n";
  head += "\r\n";
}

}  // namespace varve::inline v0::storage::http::detail
