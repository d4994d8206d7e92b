// SPDX-License-Identifier: Apache-2.0
// Ranged reads over HTTP, and their floor: the same request written to a bare socket, and the answer read into a buffer.
//   tests/services/with nginx -- build/release/bench/varve_storage_bench --benchmark_filter=http
#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/storage/http/client.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using namespace varve;
using namespace varve::storage::http;

constexpr std::size_t object_bytes = 64 << 20;

/// The URL of an object on the server that tests/services/with has started; empty without one.
std::string object_url() {
  const char* const endpoint = std::getenv("VARVE_TEST_HTTP_ENDPOINT");
  const char* const root = std::getenv("VARVE_TEST_HTTP_ROOT");
  if (endpoint == nullptr || root == nullptr) return {};
  static const bool written = [&] {
    std::ofstream(std::string(root) + "/object", std::ios::binary) << std::string(object_bytes, 'x');
    return true;
  }();
  return written ? std::string(endpoint) + "/object" : std::string();
}

/// One of the workers that read a range after the other.
struct Reader {
  Client& client;
  const Service& service;
  const Url& url;
  std::size_t size;
  MutableByteView buffer;
  std::size_t& left;

  Awaitable<Result<void>> operator()() const {
    while (left != 0) {
      const std::size_t i = --left;
      Request request;
      request.url = url;
      ReadOptions options;
      const std::size_t first = i * size % object_bytes;
      options.range = ByteRange{first, first + size};
      options.into = buffer;
      auto response = co_await client.read(std::move(request), service, std::move(options));
      if (!response) co_return std::move(response).error();
    }
    co_return Result<void>();
  }
};

/// Ranges of range(0) bytes, range(1) of them in flight.
void http_read(benchmark::State& state) {
  const std::string text = object_url();
  if (text.empty()) return state.SkipWithError("no server: run this under tests/services/with nginx");
  const Url url = parse_url(text).value();
  const auto size = static_cast<std::size_t>(state.range(0));
  Client client;
  const Service service;
  Bytes buffer(size);
  std::size_t left = 0;
  Reader reader{client, service, url, size, buffer, left};
  constexpr std::size_t batch = 64;
  for (auto _ : state) {
    left = batch;
    block_on(gather(static_cast<std::size_t>(state.range(1)), reader)).value();
  }
  const auto requests = static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(batch);
  state.SetItemsProcessed(requests);
  state.SetBytesProcessed(requests * state.range(0));
}

/// The floor: one request after the other.
void http_read_floor(benchmark::State& state) {
  const std::string text = object_url();
  if (text.empty()) return state.SkipWithError("no server: run this under tests/services/with nginx");
  const Url url = parse_url(text).value();
  const auto size = static_cast<std::size_t>(state.range(0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(url.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return state.SkipWithError("the server does not answer");
  }
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const std::string request = "GET /object HTTP/1.1\r\nHost: " + url.authority() + "\r\nRange: bytes=0-" + std::to_string(size - 1) + "\r\n\r\n";
  std::vector<char> buffer(size + 4096);
  for (auto _ : state) {
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    std::size_t have = 0;
    std::size_t want = 0;
    while (want == 0 || have < want) {
      const auto count = ::recv(socket, buffer.data() + have, buffer.size() - have, 0);
      if (count <= 0) return state.SkipWithError("the connection broke");
      have += static_cast<std::size_t>(count);
      const std::size_t end = want == 0 ? std::string_view(buffer.data(), have).find("\r\n\r\n") : std::string_view::npos;
      if (end != std::string_view::npos) want = end + 4 + size;
    }
  }
  ::close(socket);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

}  // namespace

BENCHMARK(http_read)->ArgsProduct({{1 << 10, 64 << 10, 4 << 20}, {1, 16}});
BENCHMARK(http_read_floor)->Arg(1 << 10)->Arg(64 << 10)->Arg(4 << 20);
