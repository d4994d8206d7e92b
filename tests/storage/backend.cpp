#include <varve/storage/backend.hpp>

#include "archetypes/backend.hpp"
#include "backend_suite.hpp"

#include <memory>
#include <mutex>

namespace {

/// The smallest backend, with a lock around it.
class LockedBackend {
 public:
  varve::Awaitable<varve::Result<varve::Fetched>> get(std::string_view key, varve::GetOptions options) {
    const std::scoped_lock lock(*mutex_);
    co_return co_await inner_.get(key, options);
  }
  varve::Awaitable<varve::Result<varve::PutOutcome>> put(std::string_view key, varve::ByteView bytes,
                                                         varve::PutCondition condition) {
    const std::scoped_lock lock(*mutex_);
    co_return co_await inner_.put(key, bytes, condition);
  }
  varve::Awaitable<varve::Result<varve::ListPage>> list(std::string_view prefix, std::optional<std::string> next) {
    const std::scoped_lock lock(*mutex_);
    co_return co_await inner_.list(prefix, next);
  }
  varve::Awaitable<varve::Result<void>> remove(std::span<const std::string> keys) {
    const std::scoped_lock lock(*mutex_);
    co_return co_await inner_.remove(keys);
  }

 private:
  archetypes::SmallestBackend inner_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

}  // namespace

TEST_CASE("storage/backend: the smallest backend behaves as one, with the general read_into, copy and size") {
  support::backend_suite([] { return LockedBackend(); });
}
