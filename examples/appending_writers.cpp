// Two writers who do not know of each other append to one array and note in its attributes what they did. A conflict policy
// puts the append of the second behind that of the first and merges the notes; neither has to begin again.
#include <varve/varve.hpp>

#include <cstdio>
#include <string>
#include <vector>

using namespace varve;
using Policy = conflict::All<conflict::At<conflict::Append>, conflict::MergeAttributes>;
using Repo = Repository<storage::Memory, codec::Default, cache::Lru, Policy>;

void append_day(const Repo::SessionType& session, int day) {
  auto hours = session.open_array<int, 1>("/hours");
  hours.append(0, std::vector<int>(24, day));
  hours.set_attributes("{\"day " + std::to_string(day) + "\": \"done\"}");
}

int main() {
  const Policy policy{conflict::At("/hours", conflict::Append()), conflict::MergeAttributes()};
  auto repo = Repo::create({}, {}, {.cache = {}, .conflicts = policy});
  repo.transaction("main", "no hours yet", [](auto& session) {
    session.template create_array<int, 1>("/hours", {.shape = {0}, .chunks = {24}});
  });
  auto first = repo.writable_session("main"), second = repo.writable_session("main");
  append_day(first, 1);
  append_day(second, 2);
  first.commit("day 1");
  second.commit("day 2", {.rebase_tries = 3});

  const auto hours = repo.readonly_session(Branch{"main"}).open_array<int, 1>("/hours");
  std::printf("%zu hours, of day %d and day %d: ", hours.read().size(), hours.at({0}), hours.at({24}));
  std::printf("%s\n", hours.attributes().c_str());
}
