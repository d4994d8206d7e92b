// SPDX-License-Identifier: Apache-2.0
// Commits of one small chunk each, one after the other and at once, and walks over what they leave. chunk= is the size of
// a chunk in bytes.
#include "peer.hpp"

#include <varve/async/block_on.hpp>
#include <varve/async/gather.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace peer {

namespace {

std::uint64_t width() { return number("chunk") / 4; }

/// A repository with an array of `n` chunks that nobody has written yet.
template <class Backend>
Repo<Backend> prepare(const Backend& store, std::uint64_t n) {
  auto repo = Repo<Backend>::create(store);
  auto session = repo.writable_session("main");
  session.template create_array<float, 1>("/a", {.shape = {n * width()}, .chunks = {width()}, .codecs = {}});
  session.commit("an array");
  return repo;
}

Box<1> chunk_box(std::uint64_t i) { return {{i * width()}, {width()}}; }

/// How many commits main has beyond those of `prepare`, to check what the writers claim.
template <class Backend>
std::uint64_t count_commits(Repo<Backend>& repo) {
  std::uint64_t snapshots = 0;
  for ([[maybe_unused]] const auto& snapshot : repo.ancestry(Branch{"main"})) ++snapshots;
  return snapshots - 2;
}

}  // namespace

void prepare_commits(const std::string& where, const Watch&) {
  on_store(where, [](const auto& store) { prepare(store, number("n")); });
}

/// n chunks and one commit.
void writes(const std::string& where, const Watch&) {
  on_store(where, [](const auto& store) {
    const std::uint64_t n = number("n");
    auto repo = prepare(store, n);
    auto session = repo.writable_session("main");
    auto array = session.template open_array<float, 1>("/a");
    const std::vector<float> values(n * width(), 1.5F);
    const Watch watch;
    array.write(values);
    session.commit("written");
    print(n, watch.taken());
  });
}

/// n commits of one chunk each, from chunk `first` on; rebases when others were faster. In memory it begins with the
/// repository, elsewhere with opening it.
void commits(const std::string& where, const Watch& begun) {
  on_store(where, [&](const auto& store) {
    const std::uint64_t n = number("n");
    const std::uint64_t first = number("first");
    const bool in_memory = where == "memory";
    auto repo = in_memory ? prepare(store, n) : attach(store);
    const Watch watch = in_memory ? Watch() : begun;
    std::vector<double> each;
    const std::vector<float> values(width(), static_cast<float>(first + 1));
    for (std::uint64_t i = first; i != first + n; ++i) {
      const Watch one;
      repo.transaction("main", "a step", [&](auto& session) { session.template open_array<float, 1>("/a").write(chunk_box(i), values); });
      each.push_back(one.wall());
    }
    const Taken taken = watch.taken();
    print(in_memory ? count_commits(repo) : n, taken, each);
  });
}

namespace {

/// One of the writers of `tasks`: `n` commits to chunks of its own, each in a new session of the shared repository.
template <class Backend>
struct Task {
  Repo<Backend>& repo;
  std::atomic<std::uint64_t>& started;
  std::vector<std::vector<double>>& each;  // one row a writer
  std::uint64_t n;

  Awaitable<Result<void>> operator()() const {
    const std::uint64_t writer = started++;
    const std::vector<float> values(width(), static_cast<float>(writer + 1));
    for (std::uint64_t i = writer * n; i != (writer + 1) * n; ++i) {
      const Watch one;
      auto session = co_await repo.async_writable_session("main");
      if (!session) co_return std::move(session).error();
      const Box<1> box = chunk_box(i);
      const auto array = session->template open_array<float, 1>("/a");
      auto written = co_await array.async_write(box, values);
      if (!written) co_return std::move(written).error();
      CommitOptions options;
      options.rebase_tries = 10'000;
      auto committed = co_await session->async_commit("a step", std::move(options));
      if (!committed) co_return std::move(committed).error();
      each[writer].push_back(one.wall());
    }
    co_return Result<void>();
  }
};

}  // namespace

/// `tasks` writers at once in this process, of `n` commits each.
void tasks(const std::string& where, const Watch&) {
  on_store(where, [](const auto& store) {
    const std::uint64_t writers = number("tasks");
    auto repo = prepare(store, writers * number("n"));
    std::atomic<std::uint64_t> started = 0;
    std::vector<std::vector<double>> each(writers);
    const Task<std::decay_t<decltype(store)>> task{repo, started, each, number("n")};
    const Watch watch;
    block_on(gather(Runtime(), writers, task)).value();
    const Taken taken = watch.taken();
    std::vector<double> all;
    for (const auto& row : each) all.insert(all.end(), row.begin(), row.end());
    print(count_commits(repo), taken, all);
  });
}

void history(const std::string& where, const Watch& begun) {
  on_store(where, [&begun](const auto& store) {
    auto repo = attach(store);
    const std::uint64_t found = count_commits(repo);
    print(found, begun.taken());
  });
}

/// What the last `n` commits changed; finding the first of them is not a part of it.
void diff(const std::string& where, const Watch&) {
  on_store(where, [](const auto& store) {
    auto repo = attach(store);
    auto ancestry = repo.ancestry(Branch{"main"});
    for (std::uint64_t i = 0; i != number("n"); ++i) ancestry.next();
    const SnapshotId from = ancestry.next()->id;
    const Watch watch;
    const Diff found = repo.diff(from, Branch{"main"});
    const Taken taken = watch.taken();
    print(found.updated_chunks.at("/a").size(), taken);
  });
}

/// Leaves `n` chunks that nothing needs any more: their array is deleted, and the commits that had it have expired.
void litter(const std::string& where, const Watch&) {
  on_store(where, [](const auto& store) {
    const std::uint64_t n = number("n");
    auto repo = prepare(store, n);
    auto session = repo.writable_session("main");
    session.template open_array<float, 1>("/a").write(std::vector<float>(n * width(), 1.5F));
    session.commit("written");
    session = repo.writable_session("main");
    session.delete_node("/a");
    session.commit("deleted");
    ExpireOptions options;
    options.older_than = repo.ancestry(Branch{"main"}).next()->flushed_at;
    repo.expire_snapshots(options);
  });
}

/// Collects all that nothing needs; with `threads`, on as many.
void collect(const std::string& where, const Watch& begun) {
  on_store(where, [&begun](const auto& store) {
    Options opening;
    if (!text("threads").empty()) opening.runtime = Runtime(number("threads"));
    auto repo = Repo<std::decay_t<decltype(store)>>::attach(store, opening);
    CollectOptions options;
    options.older_than = Environment().now() + std::chrono::hours(1);
    const std::uint64_t chunks = repo.garbage_collect(options).chunks;
    print(chunks, begun.taken());
  });
}

/// The floor of `collect` in a folder: every chunk is unlinked, on 16 threads.
void bare_remove(const std::string& where, const Watch&) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(where + "/chunks")) files.push_back(entry.path());
  std::atomic<std::size_t> next = 0;
  const Watch watch;
  std::vector<std::thread> threads;
  for (int i = 0; i != 16; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < files.size(); at = next++) ::unlink(files[at].c_str());
    });
  }
  for (std::thread& thread : threads) thread.join();
  print(files.size(), watch.taken());
}

namespace {

/// The sizes of the last `n` files written to a folder, oldest first.
std::vector<std::uint64_t> sizes_of_last(std::uint64_t n, const std::filesystem::path& folder) {
  std::vector<std::pair<std::filesystem::file_time_type, std::uint64_t>> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.emplace_back(entry.last_write_time(), entry.file_size());
  std::sort(files.begin(), files.end());
  std::vector<std::uint64_t> sizes;
  for (std::size_t i = files.size() - std::min<std::size_t>(n, files.size()); i != files.size(); ++i) sizes.push_back(files[i].second);
  return sizes;
}

void write_file(const std::string& name, std::uint64_t size) {
  static const Bytes zeros(64 << 20);
  const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (::write(file, zeros.data(), size) != static_cast<ssize_t>(size)) throw std::runtime_error("the disk is full");
  ::close(file);
}

}  // namespace

/// The floor of `commits` in a folder: files of the number and sizes that the `n` commits to the repository `like` left,
/// each written under a first name and renamed, `repo` last and with a link to it; with `sync=yes` one sync of the file
/// system before that rename and one of the folder after it.
void bare_commits(const std::string& where, const Watch&) {
  const std::filesystem::path like = text("like");
  const std::uint64_t n = number("n");
  const bool sync = text("sync") == "yes";
  std::vector<std::pair<std::string, std::vector<std::uint64_t>>> kinds;
  for (const char* kind : {"chunks", "manifests", "snapshots", "transactions"}) {
    std::filesystem::create_directories(where + '/' + kind);
    if (std::filesystem::exists(like / kind)) kinds.emplace_back(where + '/' + kind + '/', sizes_of_last(n, like / kind));
  }
  std::filesystem::create_directories(where + "/overwritten");
  const auto repo_sizes = sizes_of_last(n, like / "overwritten");
  const std::string repo = where + "/repo", staged = repo + "#1";
  write_file(repo, repo_sizes.front());
  const int root = ::open(where.c_str(), O_RDONLY | O_CLOEXEC);
  std::vector<double> each;
  const Watch watch;
  for (std::uint64_t i = 0; i != n; ++i) {
    const Watch one;
    for (const auto& [kind, sizes] : kinds) {
      if (i >= sizes.size()) continue;
      const std::string name = kind + std::to_string(i);
      write_file(name + "#1", sizes[i]);
      ::rename((name + "#1").c_str(), name.c_str());
    }
    write_file(staged, repo_sizes[i]);
    static_cast<void>(::link(repo.c_str(), (where + "/overwritten/" + std::to_string(i)).c_str()));
    if (sync) ::syncfs(root);
    ::rename(staged.c_str(), repo.c_str());
    if (sync) ::fsync(root);
    each.push_back(one.wall());
  }
  print(n, watch.taken(), each);
  ::close(root);
}

}  // namespace peer
