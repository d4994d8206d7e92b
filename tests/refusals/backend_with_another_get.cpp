// expect: Backend needs Awaitable<Result<Fetched>> get(std::string_view key, GetOptions)
// A store whose `get` gives bytes alone; seen through a decorator, as a user would meet it.
#include <varve/storage/metrics.hpp>

struct Store {
#if defined(VARVE_REPAIRED)
  varve::Awaitable<varve::Result<varve::Fetched>> get(std::string_view, varve::GetOptions);
#else
  varve::Awaitable<varve::Result<varve::Bytes>> get(std::string_view, varve::GetOptions);
#endif
  varve::Awaitable<varve::Result<varve::PutOutcome>> put(std::string_view, varve::ByteView, varve::PutCondition);
  varve::Awaitable<varve::Result<varve::ListPage>> list(std::string_view, std::optional<std::string>);
  varve::Awaitable<varve::Result<void>> remove(std::span<const std::string>);
};
varve::storage::MetricsSnapshot seen(const varve::storage::Metrics<Store>& store) { return store.counters().snapshot(); }
