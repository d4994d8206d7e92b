// SPDX-License-Identifier: Apache-2.0
// Memory: a store inside the process, the default of tests and of programs that only want the transactions. A handle is
// one pointer: its copies are the same store, so two repositories, or two generations of one, can share it.
#pragma once

#include <varve/storage/backend.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace varve::inline v0::storage {

/// Thread-safe. Nothing here ever suspends, so it needs no Runtime. Readers share a lock for the time of a look-up and
/// copy bytes outside it.
class Memory {
 public:
  Memory() : state_(std::make_shared<State>()) {}

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    const std::optional<Object> object = find(key);
    Fetched fetched;
    if (!object) co_return fetched;
    fetched.version = tag(object->version);
    if (options.known == fetched.version) {
      fetched.status = Fetched::Status::unchanged;
      co_return fetched;
    }
    fetched.status = Fetched::Status::found;
    ByteView bytes(*object->bytes);
    if (options.range) bytes = cut(bytes, options.range->first, options.range->last);
    fetched.bytes.assign(bytes.begin(), bytes.end());
    co_return fetched;
  }

  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) {
    const std::optional<Object> object = find(key);
    if (!object) co_return std::optional<std::size_t>();
    const ByteView bytes = cut(*object->bytes, first, first + buffer.size());
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    co_return std::optional<std::size_t>(bytes.size());
  }

  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    if (key.empty()) co_return Error(errc::invalid_key, "write object", {}, "a key is not empty");
    auto copy = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
    co_return replace(key, std::move(copy), condition);
  }

  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    if (to.empty()) co_return Error(errc::invalid_key, "copy object", std::string(from), "a key is not empty");
    const std::optional<Object> object = find(from);
    if (!object) co_return CopyOutcome::source_missing;
    if (tag(object->version) != version) co_return CopyOutcome::version_differs;
    replace(to, object->bytes, PutCondition::always());
    co_return CopyOutcome::copied;
  }

  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) {
    ListPage page;
    const std::shared_lock lock(state_->mutex);
    const auto end = state_->objects.end();
    for (auto at = state_->objects.lower_bound(next ? std::string_view(*next) : prefix); at != end; ++at) {
      if (!at->first.starts_with(prefix)) break;
      if (page.objects.size() == page_size) {
        page.next = at->first;
        break;
      }
      page.objects.push_back(info(*at));
    }
    co_return page;
  }

  Awaitable<Result<void>> remove(std::span<const std::string> keys) {
    const std::scoped_lock lock(state_->mutex);
    for (const std::string& key : keys) {
      const auto at = state_->by_key.find(key);
      if (at == state_->by_key.end()) continue;
      const Objects::iterator object = at->second;
      state_->by_key.erase(at);
      state_->objects.erase(object);
    }
    co_return Result<void>();
  }

  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) {
    const std::shared_lock lock(state_->mutex);
    const auto at = state_->by_key.find(key);
    if (at == state_->by_key.end()) co_return std::optional<ObjectInfo>();
    co_return std::optional<ObjectInfo>(info(*at->second));
  }

 private:
  static constexpr std::size_t page_size = 1000;

  struct Object {
    std::shared_ptr<const Bytes> bytes;
    std::uint64_t version = 0;
    Timestamp modified{};
  };
  using Objects = std::map<std::string, Object, std::less<>>;
  struct State {
    std::shared_mutex mutex;
    Objects objects;  // in order, for lists
    std::unordered_map<std::string_view, Objects::iterator> by_key;  // a tree of many keys costs a cache miss a level
    std::uint64_t last_version = 0;
  };

  static VersionTag tag(std::uint64_t version) { return {std::to_string(version)}; }
  static ByteView cut(ByteView bytes, std::uint64_t first, std::uint64_t last) {
    last = std::min<std::uint64_t>(last, bytes.size());
    if (first >= last) return {};
    return bytes.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
  }
  static ObjectInfo info(const Objects::value_type& entry) {
    return {entry.first, entry.second.bytes->size(), entry.second.modified};
  }

  std::optional<Object> find(std::string_view key) const {
    const std::shared_lock lock(state_->mutex);
    const auto at = state_->by_key.find(key);
    if (at == state_->by_key.end()) return std::nullopt;
    return at->second->second;
  }

  PutOutcome replace(std::string_view key, std::shared_ptr<const Bytes> bytes, const PutCondition& condition) {
    const Timestamp now = std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    std::shared_ptr<const Bytes> replaced;  // freed after the lock
    const std::scoped_lock lock(state_->mutex);
    auto at = state_->by_key.find(key);
    const bool present = at != state_->by_key.end();
    if (condition.kind == PutCondition::Kind::absent && present) return {};
    if (condition.kind == PutCondition::Kind::matches && !(present && tag(at->second->second.version) == condition.version)) {
      return {};
    }
    if (!present) {
      const auto added = state_->objects.try_emplace(std::string(key)).first;
      at = state_->by_key.emplace(added->first, added).first;
    }
    Object& object = at->second->second;
    replaced = std::exchange(object.bytes, std::move(bytes));
    object.version = ++state_->last_version;
    object.modified = now;
    PutOutcome outcome;
    outcome.written = true;
    outcome.version = tag(object.version);
    return outcome;
  }

  std::shared_ptr<State> state_;
};
static_assert(Backend<Memory>);

}  // namespace varve::inline v0::storage
