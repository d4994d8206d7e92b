// SPDX-License-Identifier: Apache-2.0
// Faults between a test and its server, by toxiproxy's API. tests/services/with puts the proxy "s3" before the S3 server.
#pragma once

#include <varve/async/block_on.hpp>
#include <varve/core/bytes.hpp>
#include <varve/storage/http/client.hpp>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace support {

/// A variable of the environment; nothing if it is not set or empty.
inline std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

/// The faults of one proxy. All of them are taken away when the test is done with it.
class Toxiproxy {
 public:
  /// Nothing if no toxiproxy runs.
  static std::optional<Toxiproxy> find() {
    auto api = variable("VARVE_TEST_TOXIPROXY");
    const auto endpoint = variable("VARVE_TEST_TOXIC_ENDPOINT");
    if (!api || !endpoint) return std::nullopt;
    return Toxiproxy(std::move(*api), *endpoint);
  }
  Toxiproxy(Toxiproxy&&) = default;
  Toxiproxy& operator=(Toxiproxy&&) = delete;
  ~Toxiproxy() {
    if (!api_.empty()) reset();
  }

  /// Where clients connect to.
  const std::string& endpoint() const { return endpoint_; }

  /// The server works, but its responses do not arrive: connections end in a reset.
  void lose_responses() { add("reset_peer", "downstream", "\"timeout\":0"); }
  /// Requests do not arrive: connections end in a reset.
  void lose_requests() { add("reset_peer", "upstream", "\"timeout\":0"); }
  /// Each response breaks off after so many bytes.
  void cut_responses(std::size_t bytes) { add("limit_data", "downstream", "\"bytes\":" + std::to_string(bytes)); }
  /// Nothing comes back, and the connection ends after so many milliseconds.
  void swallow_responses(int milliseconds) { add("timeout", "downstream", "\"timeout\":" + std::to_string(milliseconds)); }
  /// Responses come so much later, give or take `jitter`.
  void delay(int milliseconds, int jitter = 0) {
    add("latency", "downstream", "\"latency\":" + std::to_string(milliseconds) + ",\"jitter\":" + std::to_string(jitter));
  }
  /// Responses come at most this fast, for each connection.
  void narrow(int kilobytes_a_second) { add("bandwidth", "downstream", "\"rate\":" + std::to_string(kilobytes_a_second)); }
  /// Responses come in pieces of about so many bytes, a millisecond apart.
  void trickle(int bytes) {
    add("slicer", "downstream", "\"average_size\":" + std::to_string(bytes) + ",\"size_variation\":0,\"delay\":1000");
  }
  /// Refuses connections, and ends those that there are.
  void disable() { call("POST", "/proxies/s3", "{\"enabled\":false}"); }
  void enable() { call("POST", "/proxies/s3", "{\"enabled\":true}"); }
  /// Takes all faults away and enables all proxies.
  void reset() { call("POST", "/reset", ""); }

 private:
  Toxiproxy(std::string api, std::string endpoint) : api_(std::move(api)), endpoint_(std::move(endpoint)) { reset(); }

  void add(std::string_view type, std::string_view stream, const std::string& attributes) {
    std::string body = R"({"type":")";
    body.append(type).append(R"(","stream":")").append(stream);
    body.append(R"(","toxicity":1.0,"attributes":{)").append(attributes).append("}}");
    call("POST", "/proxies/s3/toxics", body);
  }

  void call(std::string method, const std::string& path, const std::string& body) {
    varve::storage::http::Request request;
    request.method = std::move(method);
    request.url = varve::storage::http::parse_url(api_ + path).value();
    request.set("Content-Type", "application/json");
    request.body = varve::as_bytes(body);
    const varve::storage::http::Service service;
    const auto response = varve::block_on(client_.send(std::move(request), service)).value();
    if (!response.succeeded()) {
      throw std::runtime_error("toxiproxy: " + path + ": " + std::string(varve::as_text(response.body)));
    }
  }

  std::string api_;
  std::string endpoint_;
  varve::storage::http::Client client_;
};

}  // namespace support
