// An HPC loop: every step appends one field along time and commits it, in plain blocking code. A run that died is
// continued from the last committed step by starting it again.
//
//   time_steps [FOLDER]
#include <varve/storage/local.hpp>
#include <varve/varve.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace varve;

int main(int argc, char** argv) {
  constexpr std::size_t rows = 45, columns = 90, steps = 12;
  auto repo = Repository<storage::Local>::open_or_create(storage::Local(argc > 1 ? argv[1] : "time_steps_output"));
  auto session = repo.writable_session("main");
  if (!session.exists("/temperature")) {
    session.create_array<float, 3>("/temperature", {.shape = {0, rows, columns}, .chunks = {1, rows, columns}, .codecs = {codec::zstd(3)},
        .fill_value = NAN, .dimension_names = {"time", "lat", "lon"}});
    session.commit("an empty record");
  }
  std::vector<float> field(rows * columns);
  for (std::size_t step = repo.readonly_session(Branch{"main"}).open_array<float, 3>("/temperature").shape()[0]; step != steps; ++step) {
    for (std::size_t i = 0; i != field.size(); ++i) {
      field[i] = 288.0F + 10.0F * std::sin(static_cast<float>(i % columns) * 0.07F + static_cast<float>(step));
    }
    session = repo.writable_session("main");
    session.open_array<float, 3>("/temperature").append(0, field);
    const auto id = session.commit("step " + std::to_string(step), {{"step", step}, {"model", "sine"}});
    std::printf("step %2zu is committed as %s\n", step, id.to_string().c_str());
  }
}
