// SPDX-License-Identifier: Apache-2.0
// Turns: writers of one session who meet in one chunk, or in one zarr.json, take turns. A partial write of a chunk
// reads, changes and stores all of it; two at once would lose what one of them wrote.
#pragma once

#include <varve/async/semaphore.hpp>
#include <varve/core/object_id.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace varve::inline v0::detail {

/// Belongs to one session. Cancellation: total. Chunks share a few locks by their hash; nobody ever holds two of them,
/// but who holds all.
class Turns {
 public:
  Awaitable<Semaphore::Permit> chunk(NodeId node, std::span<const std::uint32_t> index) {
    std::size_t hash = std::hash<NodeId>()(node);
    for (const std::uint32_t coordinate : index) hash = (hash ^ coordinate) * 0x9E3779B97F4A7C15U;
    return take(chunks_[hash >> 32 & (chunks_.size() - 1)]);
  }
  /// Of every chunk at once.
  Awaitable<std::vector<Semaphore::Permit>> all_chunks() {
    std::vector<Semaphore::Permit> permits;
    for (Turn& turn : chunks_) permits.push_back(co_await take(turn));
    co_return permits;
  }
  /// Held before the turn of a chunk, where both are.
  Awaitable<Semaphore::Permit> metadata() { return take(metadata_); }

  /// The turns of a session, the same for all of its handles. They live as long as one of these does.
  static std::shared_ptr<Turns> of(const void* session) {
    static std::mutex mutex;
    static std::map<const void*, std::weak_ptr<Turns>> all;
    const std::scoped_lock lock(mutex);
    auto& known = all[session];
    if (auto turns = known.lock()) return turns;
    std::erase_if(all, [&](const auto& entry) { return entry.second.expired() && entry.first != session; });
    auto turns = std::make_shared<Turns>();
    all[session] = turns;
    return turns;
  }

 private:
  /// A cancelled semaphore grants nothing and lets the next await throw; a holder that never awaits must not go on.
  static Awaitable<Semaphore::Permit> take(Semaphore& turn) {
    auto permit = co_await turn.take(1);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
    co_return permit;
  }

  struct Turn : Semaphore {
    Turn() : Semaphore(1) {}
  };
  Turn metadata_;
  std::array<Turn, 64> chunks_;
};

}  // namespace varve::inline v0::detail
