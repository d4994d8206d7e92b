// SPDX-License-Identifier: Apache-2.0
// The smallest type that is a Backend: what a user must write for a store of his own, and not a line more.
#pragma once
#include <varve/storage/backend.hpp>
#include <map>

namespace archetypes {

/// One thread at a time; a real one takes a lock.
class SmallestBackend {
 public:
  varve::Awaitable<varve::Result<varve::Fetched>> get(std::string_view key, varve::GetOptions options) {
    using Status = varve::Fetched::Status;
    const auto at = objects_.find(key);
    if (at == objects_.end()) co_return varve::Fetched();
    const auto& [bytes, version] = at->second;
    if (options.known == version) co_return varve::Fetched{Status::unchanged, {}, version};
    const std::size_t last = options.range ? std::min<std::size_t>(options.range->last, bytes.size()) : bytes.size();
    const std::size_t first = options.range ? std::min<std::size_t>(options.range->first, last) : 0;
    const varve::ByteView part = varve::ByteView(bytes).subspan(first, last - first);
    co_return varve::Fetched{Status::found, varve::copy_bytes(part), version};
  }
  varve::Awaitable<varve::Result<varve::PutOutcome>> put(std::string_view key, varve::ByteView bytes,
                                                         varve::PutCondition condition) {
    using Kind = varve::PutCondition::Kind;
    if (key.empty()) co_return varve::Error(varve::errc::invalid_key, "write object");
    const auto at = objects_.find(key);
    if (condition.kind == Kind::absent && at != objects_.end()) co_return varve::PutOutcome();
    const bool same = at != objects_.end() && at->second.second == condition.version;
    if (condition.kind == Kind::matches && !same) co_return varve::PutOutcome();
    const varve::VersionTag version{std::to_string(++writes_)};
    objects_.insert_or_assign(std::string(key), std::pair(varve::copy_bytes(bytes), version));
    co_return varve::PutOutcome{true, version};
  }
  varve::Awaitable<varve::Result<varve::ListPage>> list(std::string_view prefix, std::optional<std::string>) {
    varve::ListPage page;
    for (const auto& [key, object] : objects_) {
      if (key.starts_with(prefix)) page.objects.push_back({key, object.first.size(), {}});
    }
    co_return page;
  }
  varve::Awaitable<varve::Result<void>> remove(std::span<const std::string> keys) {
    for (const std::string& key : keys) objects_.erase(key);
    co_return varve::Result<void>();
  }

 private:
  std::map<std::string, std::pair<varve::Bytes, varve::VersionTag>, std::less<>> objects_;
  unsigned writes_ = 0;
};
static_assert(varve::expect_backend<SmallestBackend>());

}  // namespace archetypes
