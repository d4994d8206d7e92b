// expect: Backend must be move constructible: it is passed by value
#include <varve/storage/backend.hpp>

struct Store {
  Store() = default;
#if defined(VARVE_REPAIRED)
  Store(Store&&) = default;
#else
  Store(Store&&) = delete;
#endif
  varve::Awaitable<varve::Result<varve::Fetched>> get(std::string_view, varve::GetOptions);
  varve::Awaitable<varve::Result<varve::PutOutcome>> put(std::string_view, varve::ByteView, varve::PutCondition);
  varve::Awaitable<varve::Result<varve::ListPage>> list(std::string_view, std::optional<std::string>);
  varve::Awaitable<varve::Result<void>> remove(std::span<const std::string>);
};
static_assert(varve::expect_backend<Store>());
