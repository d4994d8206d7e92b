// Writes two versions of a field in memory, then reads the first one back.
#include <varve/varve.hpp>

#include <cstdio>
#include <vector>

int main() {
  auto repo = varve::Repository<varve::storage::Memory>::create({});
  auto session = repo.writable_session("main");
  auto field = session.create_array<float, 2>("/sst", {.shape = {4, 6}, .chunks = {2, 3}});
  field.write(std::vector<float>(24, 1.0F));
  const auto first = session.commit("first field");

  session = repo.writable_session("main");
  session.open_array<float, 2>("/sst").write(std::vector<float>(24, 2.0F));
  session.commit("second field");

  const auto past = repo.readonly_session(first).open_array<float, 2>("/sst").read();
  std::printf("then every value was %g\n", past.front());
}
