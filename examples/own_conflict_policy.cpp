// A conflict policy of your own: where two writers changed one chunk, keep of each element the value that was changed;
// only an element that both changed is a conflict.
#include <varve/varve.hpp>

#include <cstdio>
#include <optional>
#include <vector>

using namespace varve;

struct ByElement {
  conflict::Decision resolve_chunk(conflict::ChunkConflict& chunk) const {
    return chunk.merge([](auto base, auto ours, auto theirs) -> std::optional<decltype(base)> {
      if (ours == base) return theirs;
      if (theirs == base || ours == theirs) return ours;
      return std::nullopt;  // both changed it, to different values
    });
  }
};
static_assert(conflict::ConflictPolicy<ByElement>);

int main() {
  auto repo = Repository<storage::Memory, codec::Default, cache::Lru, ByElement>::create({});
  repo.transaction("main", "line", [](auto& session) {
    session.template create_array<int, 1>("/line", {.shape = {4}, .chunks = {4}}).write(std::vector<int>{0, 0, 0, 0});
  });
  const auto write = [](auto& session, std::size_t at, int value) {
    session.template open_array<int, 1>("/line").write(Box<1>{{at}, {1}}, std::vector<int>{value});
  };
  auto first = repo.writable_session("main"), second = repo.writable_session("main"), third = repo.writable_session("main");
  write(first, 0, 1);
  write(second, 3, 2);
  write(third, 0, 9);
  first.commit("the first element");
  second.commit("the last element", {.rebase_tries = 3});
  for (const int value : repo.readonly_session(Branch{"main"}).open_array<int, 1>("/line").read()) std::printf("%d ", value);
  try {
    third.commit("the first element again", {.rebase_tries = 3});
  } catch (const ConflictError& error) {
    std::printf("\n%s\n", error.what());
  }
}
