// expect: Backend needs Awaitable<Result<void>> remove(std::span<const std::string> keys)
#include <varve/storage/backend.hpp>

struct Store {
  varve::Awaitable<varve::Result<varve::Fetched>> get(std::string_view, varve::GetOptions);
  varve::Awaitable<varve::Result<varve::PutOutcome>> put(std::string_view, varve::ByteView, varve::PutCondition);
  varve::Awaitable<varve::Result<varve::ListPage>> list(std::string_view, std::optional<std::string>);
#if defined(VARVE_REPAIRED)
  varve::Awaitable<varve::Result<void>> remove(std::span<const std::string>);
#else
  varve::Awaitable<varve::Result<void>> remove(std::string_view);
#endif
};
static_assert(varve::expect_backend<Store>());
