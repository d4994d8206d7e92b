// SPDX-License-Identifier: Apache-2.0
// Requests and responses of HTTP/1.1, and what a service (S3, GCS, Azure) adds to them: how a request proves who asks,
// and what a response means.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/core/bytes.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/http/url.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve::inline v0::storage::http {

struct Field {
  std::string name;  ///< compared without regard to case
  std::string value;
};

inline bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// The value of a field; empty if there is none.
inline std::string_view find_field(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (same_name(field.name, name)) return field.value;
  }
  return {};
}

/// Whether a request may be sent again after an end that leaves open whether the server applied it.
enum class Repeat : std::uint8_t {
  freely,          ///< doing it twice is doing it once
  if_not_applied,  ///< only when it surely was not applied; see `Response::unclear`
};

struct Request {
  std::string method = "GET";
  Url url;
  std::vector<Field> fields;  ///< without Host, Content-Length, Connection, User-Agent, which the client adds
  ByteView body;              ///< lives until the request has ended
  Repeat repeat = Repeat::freely;
  /// Asks the server to look at the conditions before the body is sent: saves the body of a write that loses.
  bool expect_continue = false;

  Request& set(std::string name, std::string value) {
    fields.push_back({std::move(name), std::move(value)});
    return *this;
  }
};

struct Response {
  int status = 0;  ///< 0: `unclear`
  std::vector<Field> fields;
  Bytes body;              ///< empty where the bytes went into the caller's buffer
  std::size_t filled = 0;  ///< how much of the caller's buffer was filled
  std::string trouble;     ///< of an unclear end, what happened: "connection reset", "500"

  /// It is not known whether the server applied a request with `Repeat::if_not_applied`: the connection broke, time
  /// ran out, or the server answered with an error of its own, which it may have met after applying it.
  bool unclear() const { return status == 0; }
  bool succeeded() const { return status >= 200 && status < 300; }
  std::string_view field(std::string_view name) const { return find_field(fields, name); }
};

/// What to do about a response.
enum class Verdict : std::uint8_t {
  done,      ///< it is the answer, also if it says no
  again,     ///< a passing failure: try again after a pause
  slower,    ///< the server is overloaded: try again after a pause, with fewer requests at once
  new_date,  ///< the clocks differ: try again at once; `authorize` has learned the server's time
  new_credentials,  ///< they have expired: try again at once with fresh ones, one time
};

/// What HTTP itself says: 408, 500, 502, 504 again; 429 and 503 slower; all else done.
inline Verdict judge_status(const Response& response) {
  switch (response.status) {
    case 408: case 500: case 502: case 504: return Verdict::again;
    case 429: case 503: return Verdict::slower;
    default: return Verdict::done;
  }
}

/// What a service adds to plain HTTP. Both are called once an attempt.
struct Service {
  /// Adds to a fresh copy of the request what proves who asks. Empty: nothing.
  std::function<Awaitable<Result<void>>(Request&)> authorize;
  /// Decides about a response.
  std::function<Verdict(const Response&)> judge = judge_status;
};

}  // namespace varve::inline v0::storage::http
