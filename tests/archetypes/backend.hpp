// SPDX-License-Identifier: Apache-2.0
// The smallest type that is a Backend: what a user must write for a store of his own, and not a line more.
#pragma once

#include <varve/storage/backend.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace archetypes {

/// One thread at a time; a real one takes a lock.
class SmallestBackend {
 public:
  SmallestBackend() = default;
  SmallestBackend(SmallestBackend&&) = default;

  varve::Awaitable<varve::Result<varve::Fetched>> get(std::string_view key, varve::GetOptions options) {
    varve::Fetched fetched;
    const auto at = objects_.find(key);
    if (at == objects_.end()) co_return fetched;
    fetched.version.text = std::to_string(at->second.version);
    fetched.status = options.known == fetched.version ? varve::Fetched::Status::unchanged : varve::Fetched::Status::found;
    if (fetched.status == varve::Fetched::Status::unchanged) co_return fetched;
    const auto& bytes = at->second.bytes;
    const auto last = std::min<std::size_t>(bytes.size(), options.range ? options.range->last : bytes.size());
    const auto first = std::min<std::size_t>(last, options.range ? options.range->first : 0);
    fetched.bytes = varve::copy_bytes(varve::ByteView(bytes).subspan(first, last - first));
    co_return fetched;
  }

  varve::Awaitable<varve::Result<varve::PutOutcome>> put(std::string_view key, varve::ByteView bytes,
                                                         varve::PutCondition condition) {
    using Kind = varve::PutCondition::Kind;
    if (key.empty()) co_return varve::Error(varve::errc::invalid_key, "write object");
    const auto at = objects_.find(key);
    const bool there = at != objects_.end();
    if (condition.kind == Kind::absent && there) co_return varve::PutOutcome();
    const bool same = there && std::to_string(at->second.version) == condition.version.text;
    if (condition.kind == Kind::matches && !same) co_return varve::PutOutcome();
    objects_[std::string(key)] = Object{varve::copy_bytes(bytes), ++last_};
    co_return varve::PutOutcome{true, {std::to_string(last_)}};
  }

  varve::Awaitable<varve::Result<varve::ListPage>> list(std::string_view prefix, std::optional<std::string>) {
    varve::ListPage page;
    for (const auto& [key, object] : objects_) {
      if (key.starts_with(prefix)) page.objects.push_back({key, object.bytes.size(), {}});
    }
    co_return page;
  }

  varve::Awaitable<varve::Result<void>> remove(std::span<const std::string> keys) {
    for (const std::string& key : keys) objects_.erase(key);
    co_return varve::Result<void>();
  }

 private:
  struct Object {
    varve::Bytes bytes;
    unsigned version;
  };
  std::map<std::string, Object, std::less<>> objects_;
  unsigned last_ = 0;
};
static_assert(varve::expect_backend<SmallestBackend>());

}  // namespace archetypes
