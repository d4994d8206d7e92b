// A backend of your own: whole objects in a std::map. `get put list remove` are all that a store must do; the one
// promise that matters is that `put` checks its condition and writes in one step.
#include <varve/varve.hpp>

#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

using namespace varve;

struct Shelf {
  struct Object { Bytes bytes; unsigned version; };
  struct State { std::mutex mutex; std::map<std::string, Object, std::less<>> objects; unsigned writes = 0; };
  std::shared_ptr<State> state = std::make_shared<State>();

  static VersionTag tag(unsigned version) { return VersionTag{std::to_string(version)}; }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    const std::scoped_lock lock(state->mutex);
    const auto found = state->objects.find(key);
    Fetched result;
    if (found == state->objects.end()) co_return result;
    const auto& [bytes, version] = found->second;
    result.version = tag(version);
    result.status = options.known == result.version ? Fetched::Status::unchanged : Fetched::Status::found;
    if (result.status == Fetched::Status::unchanged) co_return result;
    const ByteRange range = options.range.value_or(ByteRange{0, bytes.size()});
    const std::uint64_t last = std::min<std::uint64_t>(range.last, bytes.size());
    if (range.first < last) result.bytes = copy_bytes(ByteView(bytes).subspan(range.first, last - range.first));
    co_return result;
  }
  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    const std::scoped_lock lock(state->mutex);
    const auto found = state->objects.find(key);
    const bool exists = found != state->objects.end();
    if (condition.kind == PutCondition::Kind::absent && exists) co_return PutOutcome();
    if (condition.kind == PutCondition::Kind::matches && !(exists && tag(found->second.version) == condition.version)) co_return PutOutcome();
    const unsigned version = ++state->writes;
    state->objects.insert_or_assign(std::string(key), Object{copy_bytes(bytes), version});
    co_return PutOutcome{true, tag(version)};
  }
  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string>) {
    const std::scoped_lock lock(state->mutex);
    ListPage page;
    for (const auto& [key, object] : state->objects) {
      if (key.starts_with(prefix)) page.objects.push_back(ObjectInfo{key, object.bytes.size(), Timestamp()});
    }
    co_return page;
  }
  Awaitable<Result<void>> remove(std::span<const std::string> keys) {
    const std::scoped_lock lock(state->mutex);
    for (const std::string& key : keys) state->objects.erase(key);
    co_return Result<void>();
  }
};
static_assert(Backend<Shelf>);

int main() {
  auto repo = Repository<Shelf>::create({});
  repo.transaction("main", "numbers", [](auto& session) {
    session.template create_array<int, 1>("/numbers", {.shape = {1000}, .chunks = {500}}).write(std::vector<int>(1000, 7));
  });
  const auto numbers = repo.readonly_session(Branch{"main"}).open_array<int, 1>("/numbers").read();
  std::printf("%zu numbers, the last is %d, in %zu objects\n", numbers.size(), numbers.back(), repo.storage().state->objects.size());
}
