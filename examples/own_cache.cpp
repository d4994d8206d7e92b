// A cache of your own: keeps every metadata file that was ever read, never a chunk, and counts what it saved.
#include <varve/varve.hpp>

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

using namespace varve;

struct KeepMetadata {
  struct State { std::mutex mutex; std::map<CacheKey, CacheEntry> entries; std::size_t hits = 0; };
  std::shared_ptr<State> state = std::make_shared<State>();

  std::optional<CacheEntry> find(const CacheKey& key) {
    const std::scoped_lock lock(state->mutex);
    const auto found = state->entries.find(key);
    if (found == state->entries.end()) return std::nullopt;
    ++state->hits;
    return found->second;
  }
  void insert(const CacheKey& key, CacheEntry entry) {
    const std::scoped_lock lock(state->mutex);
    state->entries.insert_or_assign(key, std::move(entry));
  }
  bool admits(CacheKind kind, std::uint64_t) const { return kind != CacheKind::chunk; }
};
static_assert(Cache<KeepMetadata>);

int main() {
  KeepMetadata cache;
  auto repo = Repository<storage::Memory, codec::Default, KeepMetadata>::create({}, {}, {.cache = cache});
  repo.transaction("main", "zeros", [](auto& session) {
    session.template create_array<double, 1>("/x", {.shape = {4000}, .chunks = {1000}}).write(std::vector<double>(4000, 1.0));
  });
  for (int i = 0; i != 10; ++i) repo.readonly_session(Branch{"main"}).open_array<double, 1>("/x").read();
  std::printf("%zu files kept, %zu reads of the store saved\n", cache.state->entries.size(), cache.state->hits);
}
