// SPDX-License-Identifier: Apache-2.0
// Reads of single chunks: the first one of a process, and many.
#include "peer.hpp"

#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>
#include <varve/storage/http.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace peer {

static std::string chunk_key(std::uint64_t k, std::uint64_t side) {
  const std::uint64_t chunk = scattered(k, side * side);
  return "a/c/" + std::to_string(chunk / side) + '/' + std::to_string(chunk % side);
}

/// An array of side x side uncompressed chunks, each `chunk` bytes long and filled with its row's number.
void fill(const std::string& where, const Watch&) {
  on_store(where, [](const auto& store) {
    const std::uint64_t side = number("side");
    const std::uint64_t width = number("chunk") / 4;
    auto repo = Repo<std::decay_t<decltype(store)>>::create(store);
    auto session = repo.writable_session("main");
    auto array = session.template create_array<float, 2>("/a", {.shape = {side, side * width}, .chunks = {1, width}, .codecs = {}});
    for (std::uint64_t row = 0; row != side; ++row) {
      array.write(Box<2>{{row, 0}, {1, side * width}}, std::vector<float>(side * width, static_cast<float>(row + 1)));
    }
    session.commit("filled");
    if (const std::string file = text("descriptor"); !file.empty()) {
      const Bytes descriptor = repo.descriptor(Branch{"main"});
      const std::string_view bytes = as_text(descriptor);
      std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
  });
}

/// From nothing to the first chunk.
void cold(const std::string& where, const Watch& begun) {
  on_store(where, [&begun](const auto& store) {
    using Opened = Repo<std::decay_t<decltype(store)>>;
    std::string known;
    if (const std::string file = text("descriptor"); !file.empty()) {
      std::ifstream in(file, std::ios::binary);
      known.assign(std::istreambuf_iterator<char>(in), {});
    }
    auto repo = known.empty() ? Opened::attach(store) : Opened::attach(store, as_bytes(known));
    const auto chunk = repo.readonly_session(Branch{"main"}).store().get("a/c/0/0");
    print(chunk ? chunk->size() : 0, begun.taken());
  });
}

namespace {

/// One of the workers that read chunks.
template <class Face>
struct Reader {
  const Face& face;
  std::uint64_t& next;
  std::uint64_t& bytes;
  std::uint64_t n, side;
  Awaitable<Result<void>> operator()() const {
    while (next < n) {
      auto chunk = co_await face.async_get(chunk_key(next++, side));
      if (!chunk) co_return std::move(chunk).error();
      bytes += *chunk ? (*chunk)->size() : 0;
    }
    co_return Result<void>();
  }
};

template <class Backend>
void read_from(const Backend& store) {
  auto repo = attach(store);
  auto session = repo.readonly_session(Branch{"main"});
  const auto face = session.store();
  static_cast<void>(face.get("a/c/0/0"));
  std::uint64_t next = 0;
  std::uint64_t bytes = 0;
  const Reader<decltype(face)> reader{face, next, bytes, number("n"), number("side")};
  const Watch watch;
  block_on(gather(static_cast<std::size_t>(number("at_once")), reader)).value();
  print(bytes, watch.taken());
}

}  // namespace

/// n chunks, `at_once` in flight, after the session has the manifest.
void reads(const std::string& where, const Watch&) {
  if (where.starts_with("http://")) return read_from(storage::Http(where));
  read_from(folder(where));
}

/// The floor of `reads` from a folder: `n` of its chunk files opened, measured, read into memory of their own and closed.
void bare_files(const std::string& where, const Watch&) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(where + "/chunks")) names.push_back(entry.path());
  std::uint64_t bytes = 0;
  const Watch watch;
  for (std::uint64_t k = 0; k != number("n"); ++k) {
    const int file = ::open(names[scattered(k, names.size())].c_str(), O_RDONLY | O_CLOEXEC);
    struct ::stat status {};
    ::fstat(file, &status);
    Bytes chunk(static_cast<std::size_t>(status.st_size));
    bytes += static_cast<std::uint64_t>(::pread(file, chunk.data(), chunk.size(), 0));
    ::close(file);
  }
  print(bytes, watch.taken());
}

/// The floor of `reads` from a server: the chunks' files through a bare socket, one request after the other. `memory=fresh` reads each
/// into memory of its own, of which `at_once` live at a time, as `reads` must; else one buffer stays warm.
void bare(const std::string& url, const Watch&) {
  const std::size_t colon = url.rfind(':');
  const std::size_t slash = url.find('/', colon);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(url.substr(colon + 1))));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("no server at " + url);
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  std::vector<std::string> names;
  std::ifstream list(text("list"));
  for (std::string name; std::getline(list, name);) names.push_back(name);
  const bool fresh = text("memory") == "fresh";
  std::vector<Bytes> buffers(fresh ? number("at_once") : 1, Bytes(number("chunk") + 4096));
  std::size_t turn = 0;
  std::uint64_t bytes = 0;
  const Watch watch;
  for (const std::string& name : names) {
    const std::string request = "GET " + url.substr(slash) + "/chunks/" + name + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
    Bytes& buffer = buffers[turn++ % buffers.size()];
    if (fresh) buffer = Bytes(number("chunk") + 4096);
    std::size_t have = 0;
    std::size_t want = 0;
    while (want == 0 || have < want) {
      const auto count = ::recv(socket, buffer.data() + have, buffer.size() - have, 0);
      if (count <= 0) throw std::runtime_error("the connection broke");
      have += static_cast<std::size_t>(count);
      const std::size_t end = want == 0 ? as_text(ByteView(buffer).first(have)).find("\r\n\r\n") : std::string_view::npos;
      if (end != std::string_view::npos) want = end + 4 + number("chunk");
    }
    bytes += number("chunk");
  }
  print(bytes, watch.taken());
  ::close(socket);
}

}  // namespace peer
