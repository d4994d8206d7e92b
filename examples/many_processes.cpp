// Several processes write one field: each gets a fork of the session, and what it wrote comes back as a few bytes. Nobody
// sees a part of the field before the one commit.
#include <varve/varve.hpp>

#include <cstdio>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace varve;
using Repo = Repository<storage::Local>;

/// A process of its own, that writes row `row` of the field and the bytes of what it changed into `pipe`.
void work(const Bytes& fork, std::uint64_t row, int pipe) {
  auto session = Repo::attach(storage::Local("many_processes.repo")).forked_session(fork);
  auto field = session.open_array<double, 2>("/field");
  field.write(Box<2>{{row, 0}, {1, 1000}}, std::vector<double>(1000, static_cast<double>(row + 1)));
  const Bytes changes = session.changes();
  if (::write(pipe, changes.data(), changes.size()) < 0) std::perror("write");
}

int main() {
  auto repo = Repo::create(storage::Local("many_processes.repo"), {.runtime = Runtime(0)});  // no threads, for ::fork
  auto session = repo.writable_session("main");
  auto field = session.create_array<double, 2>("/field", {.shape = {4, 1000}, .chunks = {1, 1000}});
  const Bytes fork = session.fork();
  std::vector<int> pipes;
  for (std::uint64_t row = 0; row != 4; ++row) {
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    if (::fork() == 0) return work(fork, row, ends[1]), 0;
    ::close(ends[1]);
    pipes.push_back(ends[0]);
  }
  for (const int pipe : pipes) {
    Bytes changes, part(4096);
    for (ssize_t count; (count = ::read(pipe, part.data(), part.size())) > 0;) {
      changes.insert(changes.end(), part.begin(), part.begin() + count);
    }
    session.merge(changes);
  }
  while (::wait(nullptr) > 0) {}
  session.commit("a field of four processes");
  for (std::uint64_t row = 0; row != 4; ++row) std::printf("%g ", field.at({row, 999}));
  std::printf("\n");
}
