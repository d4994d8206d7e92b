// A service: its own io_context on its own thread, requests that run side by side, each with a deadline.
#include <varve/storage/latency.hpp>
#include <varve/varve.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <cstdio>
#include <vector>

using namespace varve;
using namespace std::chrono_literals;
using Repo = Repository<storage::Latency<storage::Memory>>;

// Answers one request: a row of the newest field, or an error value; nothing here throws or blocks.
Awaitable<Result<std::vector<float>>> row(Repo repo, std::size_t at) {
  auto session = co_await repo.async_readonly_session(Branch{"main"});
  if (!session) co_return std::move(session).error();
  auto field = session->open_array<float, 2>("/field");
  std::vector<float> values(64);
  const Box<2> box{{at, 0}, {1, 64}};
  auto read = co_await field.async_read(box, values);
  if (!read) co_return std::move(read).error();
  co_return values;
}

Awaitable<void> serve(Repo repo, std::size_t at, std::chrono::milliseconds deadline) {
  const auto answer = co_await within(deadline, row(repo, at));
  if (answer) {
    std::printf("row %zu begins with %g\n", at, (*answer)[0]);
  } else {
    std::printf("row %zu: %s\n", at, std::string(answer.error().kind()).c_str());
  }
}

int main() {
  asio::io_context io;
  Options options;
  options.runtime = Runtime(io.get_executor(), 1);  // decoding runs here too: no thread that is not ours
  storage::Memory store;
  auto setup = Repository<storage::Memory>::create(store);
  std::vector<float> field(64 * 64);
  for (std::size_t i = 0; i != field.size(); ++i) field[i] = static_cast<float>(i / 64);
  setup.transaction("main", "a field", [&](auto& session) {
    session.template create_array<float, 2>("/field", {.shape = {64, 64}, .chunks = {1, 64}, .codecs = {codec::zstd()}}).write(field);
  });
  auto repo = Repo::open(storage::Latency<storage::Memory>(store, {.request = 5ms}), options);
  for (const std::size_t at : {3U, 14U, 15U}) asio::co_spawn(io, serve(repo, at, 10s), asio::detached);
  asio::co_spawn(io, serve(repo, 9, 1ms), asio::detached);  // too little for a store this slow
  io.run();
}
