// SPDX-License-Identifier: Apache-2.0
// inspect_object: fetches a metadata object as it is stored, past the cache, and tells what stands in it.
#pragma once

#include <varve/async/awaitable.hpp>
#include <varve/format/inspect.hpp>
#include <varve/format/keys.hpp>
#include <varve/session/context.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::detail {

template <class Storage, class CacheType>
Awaitable<Result<Json>> inspect_object(std::shared_ptr<Context<Storage, CacheType>> context, std::string key,
                                       std::size_t most_refs) {
  constexpr std::array<std::string_view, 4> folders{"snapshots/", "manifests/", "transactions/", "overwritten/repo."};
  bool known = key == format::repo_key;
  for (const std::string_view folder : folders) known = known || key.starts_with(folder);
  if (!known) {
    co_return Error(errc::invalid_argument, "inspect", std::move(key),
                    "name a metadata object: repo, snapshots/ID, manifests/ID, transactions/ID or overwritten/repo.NAME");
  }
  auto fetched = co_await context->storage.get(key, GetOptions());
  if (!fetched) co_return std::move(fetched).error();
  if (fetched->status != Fetched::Status::found) co_return Error(errc::missing_object, "inspect", std::move(key));
  co_return format::inspect(fetched->bytes, key, most_refs);
}

}  // namespace varve::inline v0::detail
