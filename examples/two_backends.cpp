// One program compiled for two backends by changing one template argument: how long does the same work take?
#include <varve/storage/local.hpp>
#include <varve/varve.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <vector>

#include <unistd.h>

using namespace varve;

template <class Storage>
void measure(const char* name, Storage storage) {
  const auto began = std::chrono::steady_clock::now();
  auto repo = Repository<Storage>::create(std::move(storage));
  auto session = repo.writable_session("main");
  auto cube = session.template create_array<double, 3>("/cube", {.shape = {64, 128, 128}, .chunks = {8, 64, 128}, .codecs = {codec::zstd(1)}});
  cube.write(std::vector<double>(64 * 128 * 128, 273.15));
  session.commit("a cube");
  for (int i = 0; i != 20; ++i) {
    session = repo.writable_session("main");
    session.template open_array<double, 3>("/cube").write(Box<3>{{0, 0, 0}, {8, 64, 128}}, std::vector<double>(8 * 64 * 128, i));
    session.commit("one chunk");
  }
  const auto back = repo.readonly_session(Branch{"main"}).template open_array<double, 3>("/cube").read();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  std::printf("%-8s %7.1f ms for 21 commits and a read of %zu values\n", name, took.count(), back.size());
}

int main() {
  const auto folder = std::filesystem::temp_directory_path() / ("two_backends." + std::to_string(::getpid()));
  measure("memory", storage::Memory());
  measure("local", storage::Local(folder.string()));
  std::filesystem::remove_all(folder);
}
