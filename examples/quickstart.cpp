// The whole main path on real data: reads a repository that the reference wrote (monthly sea-surface temperature),
// works on a branch of it as two writers would, and leaves it for Python to open.
//
//   quickstart REPOSITORY_FOLDER
#include <varve/storage/local.hpp>
#include <varve/varve.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

using namespace varve;

// A policy of our own: where two writers met in one chunk, keep the larger value of each element.
struct Warmest {
  conflict::Decision resolve(const Conflict&) const { return conflict::Decision::fail; }
  conflict::Decision resolve_chunk(conflict::ChunkConflict& chunk) const {
    return chunk.merge([](auto /*base*/, auto ours, auto theirs)
                         requires requires { ours < theirs; }
                       { return ours < theirs ? theirs : ours; });
  }
};

template <class Policy>
using Repo = Repository<storage::Local, codec::Default, cache::Lru, Policy>;

constexpr std::size_t months = 12, rows = 18, columns = 432;
const char* const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

void title(const char* text) { std::printf("\n\033[1m%s\033[0m\n", text); }

// The mean of each calendar month over the whole series, a value for each cell of the grid.
std::vector<float> climatology_of(const std::vector<float>& series) {
  std::vector<float> mean(months * rows * columns, 0.0F);
  const std::size_t years = series.size() / mean.size();
  for (std::size_t i = 0; i != years * mean.size(); ++i) {
    mean[i % mean.size()] += series[i] / static_cast<float>(years);
  }
  return mean;
}

double mean_of(const std::vector<float>& field) {
  double sum = 0, count = 0;
  for (const float value : field) {
    if (!std::isnan(value)) sum += value, count += 1;
  }
  return count == 0 ? NAN : sum / count;
}

// Two sessions write the same chunk; what `Policy` makes of it when the second one commits.
template <class Policy>
void collide(const std::string& folder, const char* name) {
  auto repo = Repo<Policy>::open(storage::Local(folder));
  auto first = repo.writable_session("climate"), second = repo.writable_session("climate");
  const Box<2> one_chunk{{0, 0}, {rows, columns}};
  std::vector<float> warm_west(rows * columns, 280.0F), warm_east(rows * columns, 280.0F);
  for (std::size_t i = 0; i != warm_west.size(); ++i) (i % columns < columns / 2 ? warm_west : warm_east)[i] = 300.0F;
  first.template open_array<float, 2>("/front").write(one_chunk, warm_west);
  first.commit("warm in the west");
  second.template open_array<float, 2>("/front").write(one_chunk, warm_east);
  try {
    second.commit("warm in the east", {.rebase_tries = 10});
    const auto left = repo.readonly_session(Branch{"climate"}).template open_array<float, 2>("/front").read();
    std::printf("  %-8s  west %.0f K, east %.0f K\n", name, left.front(), left.back());
  } catch (const ConflictError& conflict) {
    std::printf("  %-8s  refused: %s\n", name, std::string(name_of(conflict.conflicts().at(0).kind)).c_str());
  }
}

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "sst";
  auto repo = Repo<conflict::Fail>::open(storage::Local(folder));

  title("The tree, as Python left it");
  auto reader = repo.readonly_session(Branch{"main"});
  for (const auto& node : reader.nodes()) {
    if (node.kind == NodeKind::group) std::printf("  %s\n", node.path.text().c_str());
    if (node.kind == NodeKind::array) std::printf("  %-24s %s\n", node.path.text().c_str(), reader.open_array(node.path.text()).summary().c_str());
  }
  title("Its history");
  for (const auto& snapshot : repo.ancestry(Branch{"main"})) {
    std::printf("  %s  %s\n", snapshot.id.to_string().c_str(), snapshot.message.c_str());
  }

  title("A climatology on a branch of its own, from two years of data");
  repo.create_branch("climate", repo.lookup_tag("two-years"));
  auto writer = repo.writable_session("climate");
  const auto sst = writer.open_array<float, 3>("/surface_temperature").read();
  const auto climatology = climatology_of(sst);
  writer.create_array<float, 3>("/climatology", {.shape = {months, rows, columns}, .chunks = {1, rows, columns},
      .codecs = {codec::zstd(3)}, .fill_value = NAN, .dimension_names = {"month", "latitude", "longitude"},
      .attributes = R"({"units": "K", "long_name": "mean of each calendar month"})"}).write(climatology);
  writer.create_array<float, 2>("/front", {.shape = {rows, columns}, .chunks = {rows, columns}, .dimension_names = {"latitude", "longitude"}});
  const auto seen = [&] { return repo.readonly_session(Branch{"climate"}).exists("/climatology") ? "sees it" : "does not see it"; };
  std::printf("  before the commit a reader %s,", seen());
  const auto first = writer.commit("a climatology of twelve months", {{"author", "quickstart"}});
  std::printf(" after it a reader %s\n", seen());
  for (std::size_t month = 0; month != months; ++month) {
    const auto at = climatology.begin() + static_cast<std::ptrdiff_t>(month * rows * columns);
    const double mean = mean_of({at, at + rows * columns});
    std::printf("  %s %6.2f K  %s\n", month_names[month], mean, std::string(static_cast<std::size_t>(std::max(0.0, (mean - 298) * 20)), '#').c_str());
  }

  title("Two writers, two chunks: the second one rebases, and both survive");
  auto one = repo.writable_session("climate"), two = repo.writable_session("climate");
  one.open_array<float, 3>("/climatology").write(Box<3>{{0, 0, 0}, {1, rows, columns}}, std::vector<float>(rows * columns, 290.0F));
  two.open_array<float, 3>("/climatology").write(Box<3>{{1, 0, 0}, {1, rows, columns}}, std::vector<float>(rows * columns, 295.0F));
  one.commit("January corrected");
  try {
    two.commit("February corrected");
  } catch (const ConflictError& conflict) {
    std::printf("  %s\n", conflict.what());
    two.rebase();
    two.commit("February corrected");
  }
  const auto both = repo.readonly_session(Branch{"climate"}).open_array<float, 3>("/climatology").read();
  std::printf("  January is %.0f K, February is %.0f K\n", both[0], both[rows * columns]);

  title("Two writers, one chunk: the policy decides");
  collide<conflict::Fail>(folder, "Fail");
  collide<conflict::Ours>(folder, "Ours");
  collide<conflict::Theirs>(folder, "Theirs");
  collide<Warmest>(folder, "Warmest");

  title("Back in time: January as first committed");
  const auto past = repo.readonly_session(first).open_array<float, 3>("/climatology").read();
  std::printf("  %.2f K then, %.2f K now\n", past[0], both[0]);

  title("What has changed since");
  for (const auto& [path, chunks] : repo.diff(first, Branch{"climate"}).updated_chunks) {
    std::printf("  %s: %zu chunk(s)\n", path.c_str(), chunks.size());
  }
  title("The last operations");
  std::size_t shown = 0;
  for (const auto& update : repo.ops_log()) {
    std::printf("  %s\n", format::describe(update.kind).c_str());
    if (++shown == 8) break;
  }
}
